"""The result of a transient analysis: voltages in time, settling times, energies."""

from typing import TYPE_CHECKING, Any, final

import attrs
import numpy as np

from ebana_core.analysis.transient.checks import (
    checked_positive,
)
from ebana_core.analysis.transient.plot import plot_transient
from ebana_core.arrays import Array, BoolArray
from ebana_core.backends import OperatingPoints
from ebana_core.checking import checked_whole
from ebana_core.errors import UnsupportedError
from ebana_core.tables import NotebookText

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TOLERANCE = 1e-3
"""Distance from the operating point at which a node counts as settled, V."""
FEW_STEPS = 5
"""A network that settles within so few steps was not resolved in time."""
LARGE_SHARE = 0.05
"""A first step that takes more than this share of a phase's energy is too long."""


@final
@attrs.frozen(eq=False, repr=False)
class Transient(NotebookText):
    """A network in time: the free phase, then, if asked for, the nudged one.

    Every phase has as many points of time. Its first is just after its switch: capacitors as
    before, all else already where the new sources drive it.

    Args:
        times: From 0; the nudged phase begins where the free one ends. Shape ``(n_times,)``, s.
        voltages: Of the nodes that layers show. Shape ``(n_times, n_samples, n_nodes)``, V.
        node_names: Names of the nodes.
        duration: Of each phase, s.
        settled: Where each phase ends up: its operating points.
        power: What all devices take up. Shape ``(n_times, n_samples)``, W.
        stored: Energy in the capacitors. Same shape, J.
        switched: Energy that goes into capacitors, and is lost on the way, where ideal diodes move
            them at once. Shape ``(n_phases, n_samples)``, J.
        jumps: How far a capacitor moves at a switch, at most. Same shape, V.
        uncounted: What stores charge that neither `power` nor `stored` counts; empty: nothing.
    """

    times: Array
    voltages: Array
    node_names: tuple[str, ...]
    duration: float
    settled: tuple[OperatingPoints, ...]
    power: Array
    stored: Array
    switched: Array
    jumps: Array
    uncounted: str = ""

    @property
    def n_phases(self) -> int:
        """1, or 2 with a nudge."""
        return len(self.settled)

    def part(self, phase: int) -> slice:
        """Return the points of time of a phase: 0, or 1 for the nudged one.

        Raises:
            ParameterError: There is no such phase.
        """
        phase = checked_whole(phase, "phase", at_least=0, at_most=self.n_phases - 1)
        n = len(self.times) // self.n_phases
        return slice(phase * n, (phase + 1) * n)

    def settling_times(self, tolerance: float = TOLERANCE) -> Array:
        """Return after what time of a phase every node stays near its operating point.

        Args:
            tolerance: How near, V.

        Returns:
            Shape ``(n_phases, n_samples)``, s; nan where the phase is too short.

        Raises:
            ParameterError: `tolerance` is not a finite number above zero.
        """
        near = checked_positive(tolerance, "tolerance", "V")
        result = np.empty((self.n_phases, self.voltages.shape[1]))
        for phase, points in enumerate(self.settled):
            part = self.part(phase)
            times = self.times[part] - self.times[part][0]
            for sample, end in enumerate(points.voltages):
                distance = np.abs(self.voltages[part, sample] - end).max(axis=1)
                result[phase, sample] = _settling_time(times, distance, near)
        return result

    @property
    def energy(self) -> Array:
        """Energy that sources, amplifiers and the nudge deliver, ``(n_phases, n_samples)``, J.

        What the devices took up in each phase, by the trapezoidal rule, and what the capacitors
        gained.

        Raises:
            UnsupportedError: A device stores charge that is not counted; names layer and numbers.
        """
        if self.uncounted:
            raise UnsupportedError(
                f"The energy is not known: {self.uncounted}.",
                "leave charge out of the device's model and give its layer a capacitance instead",
            )
        steps = [self._energy_of_steps(phase).sum(axis=0) for phase in range(self.n_phases)]
        return np.array(steps) + self.switched

    def _energy_of_steps(self, phase: int) -> Array:
        part = self.part(phase)
        power = (self.power[part][1:] + self.power[part][:-1]) / 2
        taken = power * np.diff(self.times[part])[:, None]
        return np.asarray(taken + np.diff(self.stored[part], axis=0))

    @property
    def is_resolved(self) -> BoolArray:
        """Whether steps of time are short enough for each sample, ``(n_phases, n_samples)``.

        They are not where it settles within the first few, or where the first alone has more than
        a twentieth of the energy.
        """
        settling = self.settling_times()
        result = np.ones(settling.shape, dtype=np.bool_)
        few = min(FEW_STEPS, (len(self.times) // self.n_phases) - 1)
        for phase in range(self.n_phases):
            times = self.times[self.part(phase)]
            steps = self._energy_of_steps(phase)
            moves = settling[phase] > 0
            if not self.settled[0].circuit.clamps:  # which move capacitors at once
                moves |= self.jumps[phase] > TOLERANCE
            is_early = moves & (settling[phase] <= times[few] - times[0])
            has_all = np.abs(steps[0]) > LARGE_SHARE * np.abs(steps.sum(axis=0))
            result[phase] = ~(is_early | has_all)
        return result

    def plot(self, layer: Any = None, sample: int = 0, axes: "Axes | None" = None) -> "Axes":
        """Plot the node voltages of a sample over time; dotted: where they end up.

        Args:
            layer: A layer or its name; None: all nodes that no source fixes.
            sample: Which; negative: from the last.
            axes: Where to draw; None: a new figure.

        Raises:
            UnknownNameError: There is no such layer.
            ParameterError: There is no such sample.
            MissingLibraryError: matplotlib is not installed.
        """
        return plot_transient(self, layer, sample, axes)

    def __str__(self) -> str:
        times, is_resolved = self.settling_times(), self.is_resolved
        energy = None if self.uncounted else self.energy
        lines = []
        for phase, name in enumerate(("free", "nudged")[: self.n_phases]):
            known = times[phase][~np.isnan(times[phase])]
            n, n_slow = times.shape[1], times.shape[1] - len(known)
            when = f"after {np.median(known):.3g} s at the median" if len(known) else "never"
            late = f", {n_slow} of {n} samples not within {self.duration:g} s" if n_slow else ""
            took = "unknown" if energy is None else f"{energy[phase].mean():.3g} J per sample"
            lines.append(f"{name} phase: settled to {TOLERANCE:g} V {when}{late}; energy {took}")
            if n_coarse := int((~is_resolved[phase]).sum()):
                lines.append(
                    f"  steps are too long for {n_coarse} of {n} samples: lower `duration`"
                )
        if self.uncounted:
            lines.append(f"  energy is unknown: {self.uncounted}")
        return "\n".join(lines)

    __repr__ = __str__


def _settling_time(times: Array, distance: Array, near: float) -> float:
    """Return when a distance falls to `near` for good, on straight lines between the points."""
    away = np.flatnonzero(distance > near)
    if not len(away):
        return 0.0
    last = int(away[-1])
    if last + 1 == len(times):
        return float("nan")
    share = (distance[last] - near) / (distance[last] - distance[last + 1])
    return float(times[last] + share * (times[last + 1] - times[last]))
