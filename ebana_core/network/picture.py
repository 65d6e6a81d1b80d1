"""The picture of a network: one block per layer, stages by colour."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ebana_core.layers import Layer
from ebana_core.network.values import NetworkValues
from ebana_core.plots import axes_of, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes


WIDTH, HEIGHT = 0.8, 0.62
"""Width and height of a block, relative to the distance of two blocks."""
FIXED = "#e8e8e8"
"""Colour of layers whose nodes sources hold."""
STAGES = ("#cfe3f6", "#fbe0c3", "#d4edd0", "#f3d3e0", "#e0d8f0", "#f4efc2")
"""Colours of the stages, in turn."""


def plot(values: NetworkValues, axes: "Axes | None" = None) -> "Axes":
    """Draw the network: layers, nodes, devices, and the stages with their weights.

    Args:
        values: Of the network.
        axes: Where to draw; None: a new figure.

    Raises:
        MissingLibraryError: matplotlib is not installed.
        ParameterError: `axes` are none of matplotlib.
    """
    places = _places(values.layers)
    columns = 1 + max(column for column, _ in places.values())
    rows = 1 + max(row for _, row in places.values())
    if axes is None:
        axes = new_figure(max(4.0, 1.55 * columns), max(2.0, 1.2 * rows)).subplots()
    axes = axes_of(axes)
    for name, layer in values.layers.items():
        for parent in layer.parents:
            start, end = places[parent.name], places[name]
            axes.annotate(
                "",
                xy=(end[0] - WIDTH / 2, end[1]),
                xytext=(start[0] + WIDTH / 2, start[1]),
                arrowprops={"arrowstyle": "-|>", "color": "0.45", "shrinkA": 0, "shrinkB": 0},
                zorder=1,
            )
        _draw_block(values, layer, places[name], axes)
    axes.set_xlim(-0.6, columns - 0.4)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_axis_off()
    return axes


def _places(layers: Mapping[str, Layer]) -> dict[str, tuple[float, float]]:
    """Return column and row of every layer: right of its parents, centred in its column."""
    columns: dict[str, int] = {}
    for name, layer in layers.items():
        columns[name] = 1 + max((columns[parent.name] for parent in layer.parents), default=-1)
    # A source stands just before what it feeds, not at the far left.
    for name, layer in layers.items():
        if not layer.parents and layer.children:
            columns[name] = min(columns[child.name] for child in layer.children) - 1
    members: dict[int, list[str]] = {}
    for name, column in columns.items():
        members.setdefault(column, []).append(name)
    tallest = max(map(len, members.values()))
    return {
        name: (float(column), row + (tallest - len(names)) / 2)
        for column, names in members.items()
        for row, name in enumerate(names)
    }


def _draw_block(
    values: NetworkValues, layer: Layer, place: tuple[float, float], axes: "Axes"
) -> None:
    from matplotlib.patches import FancyBboxPatch

    compiled = values.network.compiled
    stage = compiled.stages.of_node[compiled.circuit.nodes_of(layer.name)]
    own = np.unique(stage[stage >= 0])
    column, row = place
    axes.add_patch(
        FancyBboxPatch(
            (column - WIDTH / 2, row - HEIGHT / 2),
            WIDTH,
            HEIGHT,
            boxstyle="round,pad=0,rounding_size=0.06",
            facecolor=STAGES[int(own[0]) % len(STAGES)] if len(own) else FIXED,
            edgecolor="black",
            linewidth=1.8 if _n_trained(values, layer) else 0.7,
            zorder=2,
        )
    )
    axes.text(column, row, "\n".join(_lines(values, layer)), ha="center", va="center", fontsize=7)


def _lines(values: NetworkValues, layer: Layer) -> list[str]:
    """Return what a block says: name, device and kind, shape, trained values, stage weight."""
    compiled = values.network.compiled
    kind = getattr(layer, "kind", "")
    shape = "x".join(map(str, values.network.shapes[layer.name]))
    lines = [layer.name, f"{kind} {layer.device}".strip(), f"{shape} nodes"]
    if n_trained := _n_trained(values, layer):
        lines.append(f"{n_trained} trained")
    nodes = compiled.circuit.nodes_of(layer.name)
    weights = compiled.weights(values.parameters.snapshot())
    own = np.unique(weights.of_node[nodes[compiled.stages.of_node[nodes] >= 0]])
    if weights.conflict is None and len(own) == 1:
        lines.append(f"weight {own[0]:.4g}")
    return lines


def _n_trained(values: NetworkValues, layer: Layer) -> int:
    """Return how many values of a layer learning changes now."""
    return sum(
        values.parameters[name].size
        for name in values.trainable_parameters()
        if values.declared[name].layer is layer
    )
