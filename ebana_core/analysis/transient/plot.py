"""Plots node voltages over time."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends import OperatingPoints
from ebana_core.checking import checked_whole
from ebana_core.circuit.circuit import GROUND
from ebana_core.circuit.names import layer_name
from ebana_core.plots import axes_of, in_units, legend_above

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_NAMED = 12
"""Curves up to which a legend names them."""


class InTime(Protocol):
    """The parts of a `Transient` that a plot needs."""

    @property
    def times(self) -> Array:
        """Points of time, from 0. Shape ``(n_times,)``, s."""
        ...

    @property
    def voltages(self) -> Array:
        """Voltages of the nodes that layers present. Shape ``(n_times, n_samples, n_nodes)``, V."""
        ...

    @property
    def node_names(self) -> Sequence[str]:
        """Names of the nodes."""
        ...

    @property
    def settled(self) -> Sequence[OperatingPoints]:
        """Operating points at which the phases settle."""
        ...

    def part(self, phase: int) -> slice:
        """Return the points of time of a phase."""
        ...


def plot_transient(found: InTime, layer: Any, sample: int, axes: "Axes | None") -> "Axes":
    """Plot the node voltages of a sample over time; see `Transient.plot`."""
    row = _checked_sample(sample, found.voltages.shape[1])
    circuit = found.settled[0].circuit
    shown = circuit.visible_nodes
    if layer is None:
        is_fixed = found.settled[0].compiled.constraints.root == GROUND
        chosen = shown[~is_fixed[shown]]
    else:
        chosen = circuit.nodes_of(layer_name(layer))
    axes = axes_of(axes)
    times = found.times
    for node in chosen:
        column = int(np.flatnonzero(shown == node)[0])
        (line,) = axes.plot(times, found.voltages[:, row, column], label=found.node_names[column])
        for phase, points in enumerate(found.settled):
            ends = times[found.part(phase)][[0, -1]]
            level = points.voltages[row, column]
            axes.plot(ends, [level, level], ":", color=line.get_color())
    axes.set_xlabel("time")
    in_units(axes.xaxis, "s")
    axes.set_ylabel("node voltage")
    in_units(axes.yaxis, "V")
    axes.grid(alpha=0.3)
    if 0 < len(chosen) <= MOST_NAMED:
        legend_above(axes)
    return axes


def _checked_sample(sample: object, n: int) -> int:
    fix = f"give a whole number from 0 to {n - 1}"
    return checked_whole(sample, "sample", fix, at_least=-n, at_most=n - 1)
