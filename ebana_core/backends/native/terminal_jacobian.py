"""The sparse Jacobian of circuits with devices of several terminals: one pattern per circuit."""

from functools import cached_property
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray, IntArray, Values, add_at
from ebana_core.backends.factors import Factors, Pattern, factors_of
from ebana_core.backends.native.assembly import assembled
from ebana_core.backends.native.contraction import Contraction
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.equations import Evaluation
from ebana_core.backends.native.partition import Partition
from ebana_core.backends.native.sparse_linear import SparseLinearPart, all_ends
from ebana_core.backends.native.terminal_arrays import TerminalArray, inverse_of
from ebana_core.backends.stability import LARGEST, masses_of
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import TerminalDevices
from ebana_core.laws.slopes import Incidence, SlopePlaces
from ebana_core.laws.terminal_law import TerminalLaw

DRAWN = 1.0
"""V: up to it voltages are drawn at which devices show the sizes of their slopes."""
TYPICAL = 1e-5
"""S: a conductance among such devices."""
HARDLY_ANY = 1e-30
"""S: an entry that keeps its place among the factors, too small to be taken as a pivot."""


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
        has_gmin: Conductances from all nodes of devices to ground are added.

    Attributes:
        pattern: Where the Jacobian has entries.
        masses: Capacitance or inductance of every unknown that stability is judged with; see
            `masses_of`.
    """

    def __init__(
        self,
        compiled: CompiledCircuit,
        partition: Partition,
        linear: Pattern,
        *,
        has_gmin: bool = False,
    ) -> None:
        self._given = compiled, partition, linear
        self._devices = compiled.circuit.terminal_devices
        n = self._n = partition.n_unknowns
        self._places = [partition.of_node[devices.nodes] for devices in self._devices]
        between = [devices.law.slope_places for devices in self._devices]
        wired = [
            Wired(places, own.with_diagonal if has_gmin else own, n)
            for places, own in zip(self._places, between, strict=True)
        ]
        # The linear pattern has all of the diagonal: an unknown without branches has none there,
        # and an equation of one unknown is worth a lot.
        ends = np.concatenate(all_ends(compiled.circuit.element_arrays))
        is_touched = np.bincount(partition.of_node[ends], minlength=n + 1)[:n] > 0
        self.linear_entries = np.flatnonzero(
            (linear.rows != linear.columns) | is_touched[linear.rows]
        )
        self._linear_rows = linear.rows[self.linear_entries]
        self._linear_columns = linear.columns[self.linear_entries]
        self.masses = masses_of(compiled)[partition.nodes] if n <= LARGEST else np.zeros(n)
        massive = np.flatnonzero(self.masses)
        rows = np.concatenate([self._linear_rows, massive, *(part.rows for part in wired)])
        columns = np.concatenate([self._linear_columns, massive, *(part.columns for part in wired)])
        self.pattern = Pattern(rows, columns, linear.shape)
        self.of_linear = self.pattern.find(self._linear_rows, self._linear_columns)
        self.touched = np.flatnonzero(is_touched)
        self.diagonal = self.pattern.find(self.touched, self.touched)
        self.wired = [(part.within, part.found_in(self.pattern)) for part in wired]

    @cached_property
    def with_gmin(self) -> "TerminalJacobian":
        """The same with conductances from all nodes of devices to ground."""
        return TerminalJacobian(*self._given, has_gmin=True)

    @cached_property
    def is_current(self) -> BoolArray:
        """Which unknowns are currents of devices."""
        result = np.zeros(self._n, dtype=bool)
        for places, devices in zip(self._places, self._devices, strict=True):
            result[places[:, devices.law.n_nodes :]] = True
        return result

    @cached_property
    def _sizes(self) -> Array:
        """Sizes that entries have as a rule, S."""
        entries = np.zeros(len(self.pattern))
        entries[self.of_linear] = TYPICAL
        for devices, (within, incidence) in zip(self._devices, self.wired, strict=True):
            entries += np.abs(incidence.of(_typical(devices, within.shape[1])[within]))
        # What is off at these voltages is on at others.
        return np.maximum(entries, TYPICAL)

    @cached_property
    def factors(self) -> Factors | None:
        """Pivots and factors, from sizes that entries have as a rule; None: it is singular."""
        return _pivoted(self.pattern, self._sizes, self.is_current)

    @cached_property
    def contraction(self) -> Contraction:
        """Which unknowns follow others through ideal sources inside of devices."""
        return Contraction(self.pattern, self.is_current)

    @cached_property
    def contracted_factors(self) -> Factors | None:
        """Pivots and factors of the Jacobian by the unknowns that stay; see `factors`."""
        own = self.contraction
        return _pivoted(own.pattern, own.summed(self._sizes), self.is_current[own.kept])


def _pivoted(pattern: Pattern, sizes: Array, is_current: BoolArray) -> Factors | None:
    """Return pivots and factors of a matrix whose entries have such sizes as a rule, S."""
    # Among nodes, diagonal entries are good pivots as a rule, and cost least.
    is_diagonal = pattern.rows == pattern.columns
    between = np.where(is_current[pattern.columns] | is_diagonal, 0.0, sizes)
    sums = np.bincount(pattern.rows, between, len(is_current))
    entries = np.where(is_diagonal, 2 * sums[pattern.rows] + TYPICAL, -sizes)
    # A current that is computed from the drop of a milliohm would have no digits.
    entries[is_diagonal & is_current[pattern.rows]] = HARDLY_ANY
    return factors_of(pattern.matrix(entries))


def _typical(devices: TerminalDevices, n_entries: int) -> Array:
    """Return slopes at drawn voltages and the values that the law itself has.

    Shape ``(n_devices, n_entries)``, S; entries beyond those of the law are `TYPICAL`.
    """
    law: TerminalLaw = devices.law
    values: Values = {
        item.name: np.array(1.0 if item.default is None else item.default) for item in law.values
    }
    rng = np.random.default_rng(0)
    voltages = rng.uniform(-DRAWN, DRAWN, (1, *devices.nodes.shape))
    slopes = law.at(voltages, values).slopes.amounts[0]
    result = np.full((len(slopes), n_entries), TYPICAL)
    result[:, : slopes.shape[1]] = np.where(np.isfinite(slopes), slopes, 0.0)
    return result


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

    def entries(self, at: Evaluation) -> tuple[TerminalJacobian, Array]:
        """Return the pattern and the entries of the Jacobians, ``(n_samples, n_entries)``, S."""
        plan, own = self.plan, zip(self.terminals, at.terminals, strict=True)
        if any(state.slopes.places is not array.law.slope_places for array, state in own):
            plan = plan.with_gmin
        result = np.zeros((len(at.residual), len(plan.pattern)))
        result[:, plan.of_linear] = self.linear.entries[plan.linear_entries]
        if self.devices:
            added = assembled(self.devices, at)
            result[:, plan.diagonal] += added.own[:, plan.touched]
            for entries in added.entries:
                add_at(result, plan.pattern.find(entries.rows, entries.columns), entries.amounts)
        wired = zip(self.terminals, at.terminals, plan.wired, strict=True)
        for array, state, (within, incidence) in wired:
            slopes = state.slopes
            amounts = slopes.amounts[:, within]
            if not array.is_unscaled:
                amounts = amounts * slope_ratios(array, slopes.places)[within]
            result += incidence.of(amounts)
        return plan, result


def slope_ratios(array: TerminalArray, between: SlopePlaces) -> Array:
    """Return the scale of the voltage over that of the current at each slope."""
    rows, columns = inverse_of(array.scale)[:, between.rows], array.scale[:, between.columns]
    return np.asarray(rows * columns)
