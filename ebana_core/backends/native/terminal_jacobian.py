"""The sparse Jacobian of circuits with devices of several terminals: one pattern per circuit."""

from functools import cached_property
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray, Values, add_at
from ebana_core.backends.factors import Factors, Pattern, factors_of
from ebana_core.backends.native.assembly import assembled
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.equations import Evaluation
from ebana_core.backends.native.partition import Partition
from ebana_core.backends.native.sparse_linear import SparseLinearPart
from ebana_core.backends.native.terminal_arrays import TerminalArray, inverse_of
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import IntArray, TerminalDevices
from ebana_core.laws.slopes import Incidence, SlopePlaces
from ebana_core.laws.terminal_law import TerminalLaw

DRAWN = 1.0
"""V: up to it voltages are drawn at which devices show the sizes of their slopes."""
TYPICAL = 1e-5
"""S: a conductance among such devices."""


@final
class Wired:
    """Where the slopes of equal devices stand in the Jacobian.

    Args:
        places: Unknown that each terminal follows. Shape ``(n_devices, n_terminals)``.
        between: Between which terminals of a device there are slopes.
        n_unknowns: How many there are; at this number terminals are fixed.
    """

    def __init__(self, places: IntArray, between: SlopePlaces, n_unknowns: int) -> None:
        rows, columns = places[:, between.rows], places[:, between.columns]
        self.within: BoolArray = (rows < n_unknowns) & (columns < n_unknowns)
        self.rows, self.columns = rows[self.within], columns[self.within]

    def found_in(self, pattern: Pattern) -> Incidence:
        """Return what adds the slopes within up at the entries of a pattern."""
        return Incidence(pattern.find(self.rows, self.columns), len(pattern))


@final
class TerminalJacobian:
    """The pattern of a circuit's Jacobian, and that of its factors.

    Args:
        compiled: The circuit.
        partition: The numbering of its unknowns.
        linear: The pattern of its branches and the diagonal.
    """

    def __init__(self, compiled: CompiledCircuit, partition: Partition, linear: Pattern) -> None:
        self._devices = compiled.circuit.terminal_devices
        n = self._n = partition.n_unknowns
        self._places = [partition.of_node[devices.nodes] for devices in self._devices]
        wired = [
            Wired(places, devices.law.slope_places, n)
            for places, devices in zip(self._places, self._devices, strict=True)
        ]
        rows = np.concatenate([linear.rows, *(part.rows for part in wired)])
        columns = np.concatenate([linear.columns, *(part.columns for part in wired)])
        self.pattern = Pattern(rows, columns, linear.shape)
        self._linear = linear
        self.of_linear = self.pattern.find(linear.rows, linear.columns)
        self.diagonal = self.pattern.find(np.arange(n), np.arange(n))
        pairs = zip(self._places, self._devices, strict=True)
        self._currents = np.concatenate([_currents(*pair) for pair in pairs])
        self._wired = [(part.within, part.found_in(self.pattern)) for part in wired]

    def wired(self, number: int, between: SlopePlaces) -> tuple[BoolArray, Incidence]:
        """Return which slopes of an array of devices stand in the Jacobian, and where.

        Args:
            number: Of the array.
            between: Between which terminals there are slopes: the law's own, or the diagonal too.
        """
        if between is self._devices[number].law.slope_places:
            return self._wired[number]
        part = Wired(self._places[number], between, self._n)
        return part.within, part.found_in(self.pattern)

    @cached_property
    def factors(self) -> Factors | None:
        """Pivots and factors, from sizes that entries have as a rule; None: it is singular."""
        is_diagonal = self._linear.rows == self._linear.columns
        degree = np.bincount(self._linear.rows, minlength=self._n) - 1
        entries = np.zeros(len(self.pattern))
        entries[self.of_linear] = TYPICAL * np.where(is_diagonal, degree[self._linear.rows], -1.0)
        for devices, (within, incidence) in zip(self._devices, self._wired, strict=True):
            entries += incidence.of(_typical(devices)[within])
        is_current = np.zeros(self._n, dtype=bool)
        is_current[self._currents] = True
        # Among nodes, diagonal entries are good pivots as a rule, and cost least.
        between = np.where(is_current[self.pattern.columns], 0.0, np.abs(entries))
        entries[self.diagonal] = np.bincount(self.pattern.rows, between, self._n)
        # A current that is computed from the drop of a milliohm would have no digits.
        entries[self.diagonal[is_current]] = 0.0
        return factors_of(self.pattern.matrix(entries))


def _currents(places: IntArray, devices: TerminalDevices) -> IntArray:
    """Return the unknowns of devices that are currents."""
    return places[:, devices.law.n_outer + len(devices.law.inner_nodes) :].ravel()


def _typical(devices: TerminalDevices) -> Array:
    """Return slopes at drawn voltages and the values that the law itself has, ``(n, entries)``."""
    law: TerminalLaw = devices.law
    values: Values = {
        item.name: np.array(1.0 if item.default is None else item.default) for item in law.values
    }
    rng = np.random.default_rng(0)
    voltages = rng.uniform(-DRAWN, DRAWN, (1, *devices.nodes.shape))
    slopes = law.at(voltages, values).slopes.amounts[0]
    return np.where(np.isfinite(slopes), slopes, 0.0)


@final
@attrs.frozen(eq=False)
class TerminalAssembly:
    """Assembles the Jacobians of samples at one set of parameters.

    Args:
        plan: Where entries stand.
        linear: The linear part.
        devices: The nonlinear branches.
        terminals: The devices of several terminals.
    """

    plan: TerminalJacobian
    linear: SparseLinearPart
    devices: tuple[DeviceArray, ...]
    terminals: tuple[TerminalArray, ...]

    def entries(self, at: Evaluation) -> Array:
        """Return the entries of the Jacobians. Shape ``(n_samples, n_entries)``, S."""
        plan = self.plan
        result = np.zeros((len(at.residual), len(plan.pattern)))
        result[:, plan.of_linear] = self.linear.entries
        if self.devices:
            added = assembled(self.devices, at)
            result[:, plan.diagonal] += added.own
            for entries in added.entries:
                add_at(result, plan.pattern.find(entries.rows, entries.columns), entries.amounts)
        for number, (array, state) in enumerate(zip(self.terminals, at.terminals, strict=True)):
            within, incidence = plan.wired(number, state.slopes.places)
            amounts = state.slopes.amounts[:, within]
            if not array.is_unscaled:
                amounts = amounts * _ratio(array, state.slopes.places)[within]
            result += incidence.of(amounts)
        return result


def _ratio(array: TerminalArray, between: SlopePlaces) -> Array:
    """Return the scale of the voltage over that of the current at each slope."""
    rows, columns = inverse_of(array.scale)[:, between.rows], array.scale[:, between.columns]
    return np.asarray(rows * columns)
