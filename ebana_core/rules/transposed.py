"""Displacements of a circuit by its transposed response, and what devices make of them."""

from collections.abc import Mapping, Set
from typing import final

import numpy as np

from ebana_core.arrays import Array, IntArray, exact
from ebana_core.backends import OperatingPoints
from ebana_core.backends.linearized import Linearized, terminal_slopes
from ebana_core.circuit.circuit import Circuit
from ebana_core.circuit.elements import ElementArray, Parameter, TerminalDevices, resolved
from ebana_core.circuit.leaving import CurrentChanges, sum_leaving
from ebana_core.errors import ConvergenceError
from ebana_core.laws.numerical import GAUSS_PLACES, GAUSS_SHARES
from ebana_core.rules.phases import Phases, collect

EXACT = 1e-13
"""Step, relative to the displacement, that ends the search."""
GOOD = 1e-9
"""Step that is good enough where rounding allows no smaller one."""
MAX_STEPS = 60


@final
class Transposed:
    """The free phase of a batch, and what displaces it by the transposed response.

    Args:
        points: The free phase.
        linearized: The circuit linearised there.

    Attributes:
        voltages: Of the free phase. Shape ``(n_samples, n_nodes)``, V.
    """

    def __init__(self, points: OperatingPoints, linearized: Linearized) -> None:
        self.voltages = exact(points.free_voltages)
        self._points, self._linearized = points, linearized

    def response(self, drawn: Array) -> Array:
        """Return the displacement of the linearised circuit; shape of `drawn`, V.

        Args:
            drawn: Current that leaves each node. Shape ``(n_samples, n_nodes)``, A.
        """
        return -self._linearized.multipliers_of_nodes(drawn)

    def displacement(self, beta: float, by_nodes: Array) -> Array:
        """Return how far a nudge moves the nodes of the circuit whose asymmetry is undone.

        Args:
            beta: Strength of the nudge, of either sign, S.
            by_nodes: dL/dv. Shape ``(n_samples, n_nodes)``, V.

        Returns:
            Shape of `by_nodes`, V.

        Raises:
            ConvergenceError: There is none near by; names sample and beta.
        """
        nudge = beta * by_nodes
        moved = self.response(nudge)
        size, last = _largest(moved), np.full(len(moved), np.inf)
        # What overflows on the way is refused below, not warned of.
        with np.errstate(over="ignore", invalid="ignore"):
            for _ in range(MAX_STEPS):
                # The linearised circuit stays the same: its error shrinks by about beta in a step.
                step = self.response(self._drawn(moved) + nudge)
                left = _largest(step)
                if not np.isfinite(left).all():
                    break
                moved = moved + step
                is_done = (left <= EXACT * size) | ((left <= GOOD * size) & (left >= last))
                if is_done.all():
                    return moved
                last = left
        raise _not_found(beta, size, left)

    def _drawn(self, moved: Array) -> Array:
        """Return what leaves the nodes more, with what undoes the asymmetry, A."""
        points = self._points
        changes = _Undone(points, self.voltages, moved)
        return sum_leaving(points.compiled, points.parameters, changes)


class _Undone:
    """The response of devices to a displacement, that of each plus ``(A.T - A) @ displacement``."""

    def __init__(self, points: OperatingPoints, voltages: Array, moved: Array) -> None:
        self._points, self._moved = points, moved
        self._changes = CurrentChanges(voltages, moved, points.parameters, points.inputs)

    @property
    def at_nodes(self) -> Array:
        return self._moved

    def of_branches(
        self, array: ElementArray, samples: slice, heads: IntArray, tails: IntArray
    ) -> Array:
        # The slopes of a device of two terminals are symmetric.
        return self._changes.of_branches(array, samples, heads, tails)

    def of_terminals(self, devices: TerminalDevices) -> Array:
        slopes, own = terminal_slopes(self._points, devices), self._moved[:, devices.nodes]
        undone = slopes.transposed_times(own) - slopes.times(own)
        return self._changes.of_terminals(devices) + undone


def _not_found(beta: float, size: Array, left: Array) -> ConvergenceError:
    # Not a number counts as worst.
    sample = int(np.argmax(np.nan_to_num(left, nan=np.inf) / np.where(size == 0, 1.0, size)))
    return ConvergenceError(
        f"No displaced phase (beta={beta:g} S) of sample {sample} was found: the last of up to "
        f"{MAX_STEPS} steps moved a node by {left[sample]:.3g} V, the first one by "
        f"{size[sample]:.3g} V.",
        "lower beta",
    )


def _largest(amounts: Array) -> Array:
    return np.asarray(np.abs(amounts).max(axis=1, initial=0.0))


def is_branch_value(circuit: Circuit, name: str) -> bool:
    """Tell whether a parameter is a value of devices of two terminals."""
    return any(
        isinstance(value, Parameter) and value.name == name
        for array in circuit.element_arrays
        for value in array.values.values()
    )


def has_devices(circuit: Circuit, name: str) -> bool:
    """Tell whether a parameter is a value of devices, of two or of several terminals."""
    return is_branch_value(circuit, name) or any(
        isinstance(value, Parameter) and value.name == name
        for devices in circuit.terminal_devices
        for value in devices.values.values()
    )


def terminal_sums(
    sums: dict[str, Array],
    circuit: Circuit,
    parameters: Mapping[str, Array],
    wanted: Set[str],
    phases: Phases,
) -> None:
    """Add the contrasts of devices of several terminals between two phases.

    The contrast of a value is the integral of ``dcurrent/dvalue``, over all terminals, along the
    straight way from one phase to the other. A gate that draws no current has one, too: that of the
    currents at the other terminals.
    """
    for devices in circuit.terminal_devices:
        for name, value in devices.values.items():
            if not (isinstance(value, Parameter) and value.name in wanted):
                continue
            values = resolved(devices.values, parameters)
            first, change = phases.of(slice(None), devices.nodes.ravel())
            shape = (len(first), *devices.nodes.shape)
            first, change = first.reshape(shape), change.reshape(shape)
            total = np.zeros(devices.nodes.shape[0])
            for place, share in zip(GAUSS_PLACES, GAUSS_SHARES, strict=True):
                found = devices.law.sensitivity(name, first + place * change, values)
                total += share * (found * change).sum(axis=(0, 2))
            collect(sums, value, phases.factor * total, parameters[value.name].shape)
