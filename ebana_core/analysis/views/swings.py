"""How far nodes swing, against the levels at which devices conduct or end."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self, final

import attrs
import numpy as np

from ebana_core.analysis.views.changes import PERCENTILES
from ebana_core.arrays import Array
from ebana_core.circuit.levels import levels
from ebana_core.errors import DataError
from ebana_core.execution.simulated import BackendChoice, SimulatedNetwork
from ebana_core.plots import PALETTE, box_plot, grid, in_units, legend_above

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SAME = 1e-6
"""Levels of a layer's nodes within this of each other are one line, V."""
STYLES = {"threshold": "--", "bound": "-", "supply": ":"}
"""How levels are drawn."""


@final
@attrs.frozen(eq=False)
class Level:
    """A level of some nodes of a layer: where a device conducts, or where it ends.

    Args:
        device: Name of the layer whose devices they are.
        kind: ``"threshold"``, ``"bound"`` or ``"supply"``; see `ebana_core.circuit.levels`.
        places: Of the nodes, within their layer. Shape ``(n,)``.
        volts: Same shape, V.
    """

    device: str
    kind: str
    places: Array
    volts: Array

    @property
    def is_one(self) -> bool:
        """All nodes have the same one."""
        return bool(np.ptp(self.volts) <= SAME)

    @property
    def label(self) -> str:
        """What a legend calls it."""
        return f"{self.device}: {self.kind}"


@final
@attrs.frozen(eq=False)
class NodeVoltages:
    """Voltages of the nodes of one layer over samples.

    Args:
        layer: Name.
        nodes: Names of its nodes.
        phases: Phase to the percentiles 0, 25, 50, 75, 100. Shape ``(5, n_nodes)``, V.
        levels: Thresholds, bounds and supplies of these nodes.
    """

    layer: str
    nodes: tuple[str, ...]
    phases: Mapping[str, Array]
    levels: tuple[Level, ...] = ()


@final
@attrs.frozen(eq=False)
class Swings:
    """Voltages of the nodes of every layer whose nodes move.

    Args:
        layers: One item per layer.
    """

    layers: tuple[NodeVoltages, ...]

    @classmethod
    def of_nodes(
        cls,
        names: Sequence[str],
        phases: Mapping[str, Array],
        levels: Sequence[Mapping[str, Any]],
        numbers: Mapping[str, int],
    ) -> Self:
        """Return the swings of nodes by the layer that each belongs to.

        Args:
            names: Of the nodes, such as ``"d1[7]"``.
            phases: Phase to voltages. Shape ``(n_samples, n_nodes)``, V.
            levels: As `Levels.plain` of the circuit.
            numbers: Name of a node to its number in `levels`.
        """
        owners = [name.split("[")[0] for name in names]
        moves = np.max([np.ptp(voltages, axis=0) for voltages in phases.values()], axis=0) > 0
        found = []
        for layer in dict.fromkeys(o for o, moved in zip(owners, moves, strict=True) if moved):
            columns = [k for k, owner in enumerate(owners) if owner == layer]
            own = tuple(names[k] for k in columns)
            found.append(
                NodeVoltages(
                    layer,
                    own,
                    {
                        phase: np.percentile(voltages[:, columns], PERCENTILES, axis=0)
                        for phase, voltages in phases.items()
                    },
                    tuple(_of_layer(levels, [numbers[name] for name in own])),
                )
            )
        return cls(tuple(found))

    def plot(self) -> "Figure":
        """Plot every layer's nodes: middle half, median and range, and levels as lines.

        Raises:
            DataError: No node moves.
            MissingLibraryError: matplotlib is not installed.
        """
        if not self.layers:
            raise DataError("No node moves over these samples.", "give samples that differ")
        figure = grid(len(self.layers), 1, width=9.0, height=2.1)
        for axes, nodes in zip(figure.axes, self.layers, strict=True):
            _draw(axes, nodes, is_first=axes is figure.axes[0])
        figure.axes[-1].set_xlabel("node; middle half, median and range over the samples")
        return figure


def _draw(axes: "Axes", nodes: NodeVoltages, *, is_first: bool) -> None:
    n = len(nodes.nodes)
    spread = 0.8 / len(nodes.phases)
    for step, (phase, percentiles) in enumerate(nodes.phases.items()):
        shift = spread * (step - (len(nodes.phases) - 1) / 2)
        name = phase if is_first else ""  # said once
        box_plot(
            axes,
            percentiles,
            np.arange(n, dtype=np.float64) + shift,
            0.9 * spread,
            PALETTE[step],
            name,
        )
    for place, level in enumerate(nodes.levels):
        color, style = PALETTE[-1 - place % 3], STYLES[level.kind]
        if level.is_one and len(level.places) == n:
            axes.axhline(level.volts[0], color=color, linestyle=style, label=level.label)
        else:
            ends = level.places - 0.45, level.places + 0.45
            axes.hlines(level.volts, *ends, color=color, linestyle=style, label=level.label)
    axes.set_title(nodes.layer, loc="right", fontsize="medium")
    in_units(axes.yaxis, "V")
    axes.locator_params(axis="x", integer=True)
    axes.set_xlim(-0.7, n - 0.3)
    axes.grid(alpha=0.3)
    if is_first or nodes.levels:
        legend_above(axes, n_columns=5)


def _of_layer(found: Sequence[Mapping[str, Any]], numbers: Sequence[int]) -> Iterator[Level]:
    """Yield the levels of some nodes."""
    places = {number: place for place, number in enumerate(numbers)}
    for item in found:
        own = [
            (places[n], v) for n, v in zip(item["nodes"], item["volts"], strict=True) if n in places
        ]
        if own:
            at, volts = np.array(own).T
            yield Level(item["layer"], item["kind"], at, volts)


def swings(simulated: SimulatedNetwork, inputs: Any, backend: BackendChoice = "native") -> Swings:
    """Return how far the nodes of every layer swing, and what their levels are.

    Args:
        simulated: The network on simulators.
        inputs: Samples; see `operating_points`.
        backend: See `operating_points`.
    """
    points = simulated.operating_points(inputs, backend)
    compiled, circuit = points.compiled, points.circuit
    found = levels(circuit, compiled.constraints, points.parameters)
    numbers = {name: number for number, name in enumerate(circuit.node_names)}
    return Swings.of_nodes(
        points.node_names, {"free": points.voltages}, [item.plain() for item in found], numbers
    )
