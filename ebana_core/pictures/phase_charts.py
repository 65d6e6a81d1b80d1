"""The charts of recorded phases: swings of nodes, changes by a nudge, crossbars and their wires."""

from typing import Any

import numpy as np

from ebana_core.analysis.views import Changes, NodeVoltages
from ebana_core.arrays import Array, IntArray
from ebana_core.pictures.charts import FEW, ROWS, axis_of, figure_of, plotly, shrunk
from ebana_core.plots import PALETTE

LEVELS = {"threshold": "dash", "bound": "solid", "supply": "dot"}
"""How levels of nodes are drawn."""


def boxes(nodes: NodeVoltages) -> Any:
    """Return node voltages of every phase as boxes, and levels of the nodes as lines."""
    traces = [
        _box(np.arange(len(nodes.nodes)), percentiles, phase, PALETTE[place])
        for place, (phase, percentiles) in enumerate(nodes.phases.items())
    ]
    # Over all of the width where all nodes have one, else at each node.
    shapes = []
    for place, level in enumerate(nodes.levels):
        line = {"color": PALETTE[-1 - place % 3], "dash": LEVELS[level.kind], "width": 2}
        pieces = [(-0.5, len(nodes.nodes) - 0.5, level.volts[0])]
        if not level.is_one or len(level.places) < len(nodes.nodes):
            pieces = [(k - 0.4, k + 0.4, v) for k, v in zip(level.places, level.volts, strict=True)]
        for number, (start, end, volts) in enumerate(pieces):
            told = {"name": level.label, "showlegend": not number, "legendgroup": level.label}
            at = {"x0": start, "x1": end, "y0": volts, "y1": volts}
            shapes.append({"type": "line", "line": line, **at, **told})
    # Ticks of numbers lie apart by themselves; a name at every node would not.
    ticks = {"dtick": 1} if len(nodes.nodes) <= FEW else {}
    ends = [-0.6, len(nodes.nodes) - 0.4]
    x = {"title": {"text": f"node of {nodes.layer}"}, "range": ends, **ticks}
    return figure_of(traces, xaxis=x, yaxis=axis_of("voltage", "V"), boxmode="group", shapes=shapes)


def _box(names: Any, percentiles: Array, label: str, color: str) -> Any:
    low, first, middle, third, high = percentiles
    ends = {"lowerfence": low, "q1": first, "median": middle, "q3": third, "upperfence": high}
    return plotly("graph_objects").Box(x=names, name=label, marker={"color": color}, **ends)


def change_boxes(changes: Changes) -> Any:
    """Return by how much the nudge moves the nodes of each layer, over decades."""
    trace = _box(list(changes.layers), changes.percentiles, "|nudged - free|", PALETTE[0])
    y = {**axis_of("|nudged − free|", "V"), "type": "log", "dtick": 1}
    return figure_of([trace], xaxis={"title": {"text": "layer"}}, yaxis=y, showlegend=False)


def wire_map(lost: Array) -> Any:
    """Return what wires take from every cell, as a map."""
    means, rows, columns = shrunk(lost)
    cell = "row %{y}, column %{x}: %{z:.3s}V<extra></extra>"
    trace = plotly("graph_objects").Heatmap(
        z=means.astype(np.float32),
        x=columns,
        y=rows,
        colorscale="Viridis",
        colorbar=axis_of("", "V"),
        hovertemplate=cell,
    )
    return figure_of([trace], xaxis={"title": {"text": "column"}}, yaxis=ROWS)


def crossbar_slider(epochs: IntArray, values: Array, unit: str) -> Any:
    """Return a crossbar over epochs: one map, and a slider that chooses the epoch.

    Args:
        epochs: Of each matrix, 0 for the values before the first.
        values: Shape ``(n_epochs, n_rows, n_columns)``, in `unit`.
        unit: Of the values.
    """
    draw, last = plotly("graph_objects"), len(epochs) - 1
    traces, steps = [], []
    for place, (epoch, matrix) in enumerate(zip(epochs.tolist(), values, strict=True)):
        means, rows, columns = shrunk(matrix)
        traces.append(
            draw.Heatmap(
                z=means.astype(np.float32),
                x=columns,
                y=rows,
                coloraxis="coloraxis",
                visible=place == last,
                hovertemplate="row %{y}, column %{x}: %{z:.4s}" + unit + "<extra></extra>",
            )
        )
        shown = [number == place for number in range(len(epochs))]
        label = str(epoch) if epoch else "before"
        steps.append({"method": "restyle", "args": [{"visible": shown}], "label": label})
    slider = {
        "active": last,
        "steps": steps,
        "pad": {"t": 30},
        "currentvalue": {"prefix": "epoch: ", "xanchor": "right"},
    }
    return figure_of(
        traces,
        yaxis=ROWS,
        coloraxis={
            "colorscale": "Viridis",
            "cmin": float(values.min()),
            "cmax": float(values.max()),
            "colorbar": axis_of("", unit),
        },
        sliders=[slider],
    )
