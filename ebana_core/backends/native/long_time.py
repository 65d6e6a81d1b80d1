"""Where a circuit goes in a long time: implicit steps, which grow until nothing moves any more.

Equal capacitances stand at the nodes that have one as stability is judged.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import final

import numpy as np

from ebana_core.arrays import Array, IntArray, exact
from ebana_core.backends.native.companions import CompanionSolver, with_companions
from ebana_core.backends.native.planned import PlannedSimulator
from ebana_core.backends.stability import IMPEDANCE, currents_among, inertial_among
from ebana_core.circuit.compiled import compile_circuit
from ebana_core.errors import ConvergenceError

MOST_STEPS = 200
"""Equal steps, at most, in which voltages run away from a point and come to rest."""
AT_REST = 1e-2
"""Length of a step, over the longest one, at which voltages count as settled."""
GROWTH, LATER = 3.0, 10.0
"""Length of a step over that of the one before: from rest, and once nothing moves any more."""
SLOWEST = 1e-15
"""Conductance of the capacitances at the last step, S."""
FAR = 1e6
"""Step over the voltages before it, at which what runs away is given up."""
NEAR_PATIENCE = 20
"""Iterations of a step of time, which begins near its end."""


@final
class LongTime:
    """Follows the voltages of one circuit in time.

    Args:
        simulator: Of the circuit.
    """

    def __init__(self, simulator: PlannedSimulator) -> None:
        self._simulator = simulator

    def end(
        self,
        parameters: Mapping[str, Array],
        inputs: Mapping[str, Array],
        start: Array,
        conductance: float,
        *,
        from_rest: bool = False,
    ) -> Array:
        """Return the voltages after a long time, V. Shape ``(n_samples, n_nodes)``.

        Args:
            parameters: Parameter name to array.
            inputs: Of the samples.
            start: Voltages at the beginning, V.
            conductance: Of the capacitances at the first step, S.
            from_rest: The steps grow at once; else when what runs away has come to rest.

        Raises:
            ConvergenceError: The voltages grow without end, or a step has no solution.
        """
        nodes, unit = self._inertial
        solver = CompanionSolver(
            self._timed, parameters, inputs, nodes, start, patience=NEAR_PATIENCE
        )
        each, longest = conductance * np.sign(unit) * unit**2, 0.0
        beyond = FAR * max(1.0, float(np.abs(start).max(initial=0.0)))
        # Equal steps while the voltages run away: a long implicit step would damp what grows, and
        # lead back to the unstable point.
        for _ in range(0 if from_rest else MOST_STEPS):
            before = solver.at_capacitors
            solver.solved(each, before)
            step = float(np.abs((solver.at_capacitors - before) * unit).max())
            longest = max(longest, step)
            if step < AT_REST * longest:
                break
            if longest > beyond:
                raise ConvergenceError("The voltages grow without end.", "limit the gain")
        # From here on the steps grow until the capacitances conduct nothing: an operating point is
        # left.
        found, growth = start, GROWTH if from_rest else LATER
        while conductance > SLOWEST:
            found = solver.solved(each, solver.at_capacitors)
            each, conductance = each / growth, conductance / growth
        return exact(found)[:, : start.shape[1]]

    @cached_property
    def _timed(self) -> PlannedSimulator:
        """The circuit with its capacitances."""
        circuit = with_companions(self._simulator.compiled.circuit, self._inertial[0])
        return self._simulator.derived(compile_circuit(circuit))

    @cached_property
    def _inertial(self) -> tuple[IntArray, Array]:
        """Nodes with a capacitance, whose unit is 1, and currents with an inductance.

        In the equation of a current an inductance stands as a capacitance below zero, whose unit
        is ``-IMPEDANCE``. In a circuit without any of both every node has a capacitance.
        """
        compiled = self._simulator.compiled
        unknowns, is_current = compiled.constraints.unknowns, currents_among(compiled)
        chosen = unknowns[inertial_among(compiled)[unknowns]]
        if not len(chosen):
            chosen = unknowns[~is_current[unknowns]]
        return chosen, np.where(is_current[chosen], -IMPEDANCE, 1.0)
