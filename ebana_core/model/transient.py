"""Transient analysis: how a network settles, how long that takes, what energy."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.backend import Backend, OperatingPoints
from ebana_core.backends.trajectory import TimedPhase
from ebana_core.circuit.circuit import GROUND
from ebana_core.errors import ParameterError, UnknownNameError
from ebana_core.model.backends import find_backend
from ebana_core.model.checks import checked_count, checked_nudge, checked_samples
from ebana_core.model.simulated import SimulatedModel
from ebana_core.plots import new_axes
from ebana_core.tables import NotebookText

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TOLERANCE = 1e-3
"""Distance from the operating point at which a node counts as settled, V."""


@final
@attrs.frozen(eq=False, repr=False)
class Transient(NotebookText):
    """A network in time: the free phase, then, if asked for, the nudged one.

    Args:
        times: From 0. Shape ``(n_times,)``, s.
        voltages: Of the nodes that layers show. Shape ``(n_times, n_samples, n_nodes)``, V.
        node_names: Names of the nodes.
        duration: Of each phase, s.
        settled: Where each phase ends up: its operating points.
        power: What all devices take up. Shape ``(n_times, n_samples)``, W.
        stored: Energy in the capacitors. Same shape, J.
    """

    times: Array
    voltages: Array
    node_names: tuple[str, ...]
    duration: float
    settled: tuple[OperatingPoints, ...]
    power: Array
    stored: Array

    @property
    def n_phases(self) -> int:
        """1, or 2 with a nudge."""
        return len(self.settled)

    def _part(self, phase: int) -> slice:
        n = (len(self.times) - 1) // self.n_phases
        return slice(phase * n, (phase + 1) * n + 1)

    def settling_times(self, tolerance: float = TOLERANCE) -> Array:
        """Return after what time of a phase every node stays near its operating point.

        Args:
            tolerance: How near, V.

        Returns:
            Shape ``(n_phases, n_samples)``, s; nan where the phase is too short.
        """
        if not 0 < tolerance < np.inf:
            raise ParameterError(f"tolerance is {tolerance!r} V.", "give a voltage above zero")
        result = np.empty((self.n_phases, self.voltages.shape[1]))
        for phase, points in enumerate(self.settled):
            part = self._part(phase)
            apart = np.abs(self.voltages[part] - points.voltages).max(axis=2)
            times = self.times[part] - self.times[part][0]
            for sample, distance in enumerate(apart.T):
                away = np.flatnonzero(distance > tolerance)
                last = away[-1] if len(away) else -1
                is_settled = last + 1 < len(times)
                result[phase, sample] = times[last + 1] if is_settled else np.nan
        return result

    @property
    def energy(self) -> Array:
        """Energy that sources and amplifiers deliver in each phase, ``(n_phases, n_samples)``, J.

        What the devices took up, by the trapezoidal rule, and what the capacitors gained.
        """
        result = np.empty((self.n_phases, self.voltages.shape[1]))
        for phase in range(self.n_phases):
            part = self._part(phase)
            taken = np.trapezoid(self.power[part], self.times[part], axis=0)
            result[phase] = taken + self.stored[part][-1] - self.stored[part][0]
        return result

    def plot(self, layer: Any = None, sample: int = 0, axes: "Axes | None" = None) -> "Axes":
        """Plot the node voltages of a sample over time; dotted: where they end up.

        Args:
            layer: A layer or its name; None: all nodes that no source fixes.
            sample: Which.
            axes: Where to draw; None: a new figure.

        Raises:
            UnknownNameError: There is no such layer.
            MissingLibraryError: matplotlib is not installed.
        """
        circuit = self.settled[0].circuit
        shown = circuit.visible_nodes
        fixed = self.settled[0].compiled.constraints.root == GROUND
        chosen = [n for n in shown if not fixed[n]] if layer is None else _nodes(circuit, layer)
        axes = axes or new_axes()
        for node in chosen:
            column = int(np.flatnonzero(shown == node)[0])
            (line,) = axes.plot(
                1e9 * self.times, self.voltages[:, sample, column], label=self.node_names[column]
            )
            for phase, points in enumerate(self.settled):
                part = self._part(phase)
                ends = 1e9 * self.times[part][[0, -1]]
                level = points.voltages[sample, column]
                axes.plot(ends, [level, level], ":", color=line.get_color())
        axes.set_xlabel("time (ns)")
        axes.set_ylabel("node voltage (V)")
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small")
        return axes

    def __str__(self) -> str:
        lines = []
        for phase, name in enumerate(("free", "nudged")[: self.n_phases]):
            times, energy = self.settling_times()[phase], self.energy[phase]
            slow = int(np.isnan(times).sum())
            known = times[~np.isnan(times)]
            when = f"{np.median(known):.3g} s at the median" if len(known) else "never"
            late = (
                f", {slow} of {len(times)} samples not within {self.duration:g} s" if slow else ""
            )
            lines.append(
                f"{name} phase: settled to {TOLERANCE:g} V after {when}{late}; energy "
                f"{energy.mean():.3g} J per sample"
            )
        return "\n".join(lines)

    __repr__ = __str__


def _nodes(circuit: Any, layer: Any) -> Any:
    return circuit.nodes_of(getattr(layer, "name", layer))


def transient(
    model: SimulatedModel,
    inputs: Mapping[str, Any],
    capacitance: float | Mapping[str, float],
    duration: float,
    nudge: Mapping[str, Any] | None,
    n_steps: int,
    backend: str | Backend,
) -> Transient:
    """Let a circuit settle; see `Model.transient`."""
    if not 0 < duration < np.inf:
        raise ParameterError(f"duration is {duration!r} s.", "give a time above zero")
    checked_count(n_steps, "n_steps")
    network = model.network
    samples = checked_samples(network, inputs)
    n = len(next(iter(samples.values())))
    phases = [TimedPhase(duration, n_steps, {})]
    values = model.readings()
    simulator = model.simulator(backend)
    free = simulator.operating_points(values, samples)
    settled = [free]
    if nudge is not None:
        injected = checked_nudge(network, nudge, n)
        phases.append(TimedPhase(duration, n_steps, injected))
        settled.append(simulator.operating_points(values, samples, injected, free))
    compiled = network.compiled
    capacitances = _capacitances(model, capacitance)
    found = find_backend(backend).trajectory(compiled, values, samples, capacitances, phases)
    power = np.empty(found.voltages.shape[:2])
    for place, voltages in enumerate(found.voltages):
        points = OperatingPoints(
            compiled=compiled, parameters=values, inputs=samples, nudge={}, free_voltages=voltages
        )
        power[place] = points.total_power()
    shown = compiled.circuit.visible_nodes
    return Transient(
        found.times,
        found.voltages[..., shown],
        free.node_names,
        duration,
        tuple(settled),
        power,
        (capacitances * found.voltages**2).sum(axis=2) / 2,
    )


def _capacitances(model: SimulatedModel, given: float | Mapping[str, float]) -> Array:
    """Return the capacitance of every node, 0 where sources fix it, F."""
    circuit, constraints = model.network.compiled.circuit, model.network.compiled.constraints
    per_layer = dict(given) if isinstance(given, Mapping) else None
    if per_layer is not None and (unknown := sorted(set(per_layer) - set(model.layers))):
        raise UnknownNameError(
            f"capacitance names the layers {unknown}; the model has {sorted(model.layers)}.",
            "use these names",
        )
    result = np.zeros(circuit.n_nodes)
    for group in circuit.groups:
        value = given if per_layer is None else per_layer.get(group.layer)
        own = slice(group.first, group.first + group.size)
        if group.label or value is None or (constraints.root[own] == GROUND).all():
            continue
        if not isinstance(value, int | float | np.number) or not 0 < value < np.inf:
            raise ParameterError(
                f"The capacitance of {group.layer!r} is {value!r} F.",
                "give a finite number above zero, or leave the layer out",
            )
        result[own] = value
    result[constraints.root == GROUND] = 0.0
    if not result.any():
        raise ParameterError(
            f"capacitance={given!r} reaches no node that can move.",
            "give a capacitance to a layer whose nodes no source fixes",
        )
    return result
