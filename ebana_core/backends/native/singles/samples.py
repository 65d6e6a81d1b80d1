"""Samples of a network of branches, one after the other: free, and clamped from there."""

from collections.abc import Mapping
from itertools import pairwise
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.backends.native.singles.solving import sample_solver
from ebana_core.backends.native.singles.wiring import Wiring
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.backends.several_points import Stability
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.latest import are_the_same

_STABLE = np.ones(1, dtype=bool), np.zeros(1, dtype=bool)


@final
class SingleSamples:
    """Solves one sample after the other, free and clamped, of a network of branches.

    Args:
        compiled: The circuit; see `ahead.no_singles`.
    """

    def __init__(self, compiled: CompiledCircuit) -> None:
        self._compiled = compiled
        self._wiring = wiring = Wiring(compiled)
        self._solver = sample_solver(wiring)
        self._everywhere = np.ones(wiring.n_nodes + len(wiring.sensed), dtype=bool)
        ends = np.cumsum([0, *(sense.topology.size for sense in wiring.senses)])
        self._clamps = [
            (sense.clamps.name, slice(first, last))
            for sense, (first, last) in zip(wiring.senses, pairwise(ends), strict=True)
        ]
        self._free: OperatingPoints | None = None
        # Whoever gave them may put others into the mapping that the free phase keeps.
        self._solved_at: Mapping[str, Array] = {}
        self._transistors: object = None  # of the latest solve

    @property
    def settles(self) -> bool:
        """Whether few nodes that are far from their balance settle by themselves."""
        return len(self._wiring.near[0]) > 0

    def free(
        self, parameters: Mapping[str, Array], inputs: Mapping[str, Array]
    ) -> OperatingPoints | None:
        """Return the free phase of a sample; None: it is not found this way."""
        wiring, compiled = self._wiring, self._compiled
        # From here on the transistors are no longer as an earlier free phase left them.
        self._free = None
        n = wiring.n_nodes
        volts = np.zeros((1, len(self._everywhere)))
        volts[:, :n] = compiled.constraints.offsets(parameters, inputs, (1, n))
        # No start is better known than the mean of what sources hold.
        volts[0, wiring.unknowns] = volts[0, wiring.held].sum() / len(wiring.held)
        if not self._solve(parameters, volts, wiring.opened, self._everywhere, is_cold=True):
            return None
        self._free = OperatingPoints(
            compiled=compiled,
            parameters=parameters,
            inputs=inputs,
            nudge={},
            free_voltages=volts[:, :n],
            stability=Stability(*_STABLE) if wiring.is_judged else None,
        )
        self._solved_at = dict(parameters)
        return self._free

    def clamped(
        self, free: OperatingPoints, goal: Array, parameters: Mapping[str, Array]
    ) -> OperatingPoints | None:
        """Return the clamped phase of a sample from its free one; None: it is not found this way.

        Args:
            free: The free phase.
            goal: Where the sources of all nodes are, V; nan: open. Shape ``(1, n_senses)``.
            parameters: Parameter name to array.
        """
        wiring, n = self._wiring, self._wiring.n_nodes
        before = free.free_voltages
        is_closed = goal[0] == goal[0]
        volts = np.zeros((1, len(self._everywhere)))
        volts[0, :n] = before[0]
        volts[0, n:][is_closed] = goal[0, is_closed]
        injected = np.zeros((1, len(wiring.sensed)))
        if is_closed.any():
            conductances = np.where(is_closed, wiring.closed, wiring.opened)
            if not self._is_solved_clamped(free, volts, conductances, is_closed, parameters):
                return None
            own = volts[0, wiring.sensed]
            drawn = (volts[0, n:] - own) * conductances + own * wiring.opened
            injected[0, is_closed] = drawn[is_closed]
        return attrs.evolve(
            free,
            parameters=parameters,
            nudge={name: injected[:, own] for name, own in self._clamps},
            change=volts[:, :n] - before,
        )

    def _is_solved_clamped(
        self,
        free: OperatingPoints,
        volts: Array,
        conductances: Array,
        is_closed: BoolArray,
        parameters: Mapping[str, Array],
    ) -> bool:
        # Transistors and factors are as the solve before left them, if that was this free phase.
        is_cold = free is not self._free or not are_the_same(self._solved_at, parameters)
        self._free = None
        wiring = self._wiring
        if is_cold:  # sources of another chip may stand elsewhere
            shape = 1, wiring.n_nodes
            sources = self._compiled.constraints.offsets(parameters, free.inputs, shape)
            volts[0, wiring.held] = sources[0, wiring.held]
        # Only what the clamps reach can move.
        is_active = self._everywhere if is_cold else wiring.reached[is_closed].any(axis=0)
        return self._solve(
            parameters, volts, conductances, is_active, is_cold=is_cold, is_other=is_cold
        )

    def _solve(
        self,
        parameters: Mapping[str, Array],
        volts: Array,
        at_senses: Array,
        is_active: BoolArray,
        *,
        is_cold: bool,
        is_other: bool = False,
    ) -> bool:
        """Solve a sample from a start; tell whether that went well."""
        wiring = self._wiring
        if is_cold:
            self._transistors = wiring.transistors(parameters, is_other=is_other)
        resistors = wiring.resistors(parameters, at_senses)
        return self._solver.is_solved(volts[0], resistors, self._transistors, is_active, is_cold)
