"""Circuits with wired crossbars, solved between their ports."""

from collections.abc import Callable, Mapping, Sequence
from typing import final

import attrs

from ebana_core.arrays import Array, fixed
from ebana_core.backends.backend import Simulator
from ebana_core.backends.clamped import Through
from ebana_core.backends.native.choose import Choice
from ebana_core.backends.native.explanation import Explanation, explained_as
from ebana_core.backends.native.simulator import NativeSimulator
from ebana_core.backends.native.wired.condensed_circuit import CondensedCircuit
from ebana_core.backends.native.wired.lattice import Lattice
from ebana_core.backends.native.wired.memory import inner_memory, network_memory
from ebana_core.backends.native.wired.networks import Networks
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.backends.same_values import check_same_values
from ebana_core.backends.stability import may_have_several
from ebana_core.backends.turns import turn
from ebana_core.circuit.compiled import CompiledCircuit, compile_circuit
from ebana_core.latest import Latest


@final
class WiredSimulator(Simulator):
    """Eliminates what is inside of crossbars once per set of parameters, and solves the rest.

    The rest is a circuit of its own, whose method the table chooses; voltages inside follow from
    those of the ports, and are found only where they are asked for.

    Args:
        compiled: The circuit.
        choice: Why it is solved so.
        lattices: Its crossbars.
        solve: Makes a simulator of a circuit that solves for all of its nodes.
    """

    def __init__(
        self,
        compiled: CompiledCircuit,
        choice: Choice,
        lattices: Sequence[Lattice],
        solve: Callable[[CompiledCircuit], NativeSimulator],
    ) -> None:
        self._turn = turn()  # before those of the simulators that are asked in it
        self.compiled, self._choice, self._lattices, self._solve = compiled, choice, lattices, solve
        self._condensed = CondensedCircuit.of(compiled.circuit, lattices)
        self._inner = solve(compile_circuit(self._condensed.circuit))
        self._networks = Networks(lattices, self._condensed, compiled.circuit.n_nodes)
        self._whole: NativeSimulator | None = None
        self.through = Through(compiled, solve, NativeSimulator.finished)
        self._clamped: Latest[OperatingPoints] = Latest()

    def explain(self, parameters: Mapping[str, Array]) -> Explanation:
        """Return how the circuit is solved at these parameters, and why."""
        with self._turn:
            parameters = fixed(parameters)
            if (whole := self._whole_at(parameters)) is not None:
                return whole.explain(parameters)
            rest = self._inner.explain(self._networks.parameters_at(parameters))
            nodes = self._condensed.circuit.n_nodes
            left = f"the {nodes} nodes that are left are solved by {rest.method!r}"
            return explained_as(self._choice, f"{self._choice.reason}; {left}")

    def operating_points(
        self,
        parameters: Mapping[str, Array],
        inputs: Mapping[str, Array],
        nudge: Mapping[str, Array] | None = None,
        start: OperatingPoints | None = None,
    ) -> OperatingPoints:
        if start is not None:
            check_same_values(
                parameters=(start.parameters, parameters), inputs=(start.inputs, inputs)
            )
        with self._turn:
            parameters = fixed(parameters)
            if (whole := self._whole_at(parameters)) is not None:
                return whole.operating_points(parameters, inputs, nudge, start)
            values = self._networks.parameters_at(parameters)
            begun = None if start is None else self._between_ports(start, values)
            points = self._inner.operating_points(values, inputs, nudge, begun)
            return self._with_inner(points, parameters, start)

    def predictions(
        self, parameters: Mapping[str, Array], inputs: Mapping[str, Array]
    ) -> dict[str, Array]:
        with self._turn:
            parameters = fixed(parameters)
            if (whole := self._whole_at(parameters)) is not None:
                return whole.predictions(parameters, inputs)
            return self._inner.predictions(self._networks.parameters_at(parameters), inputs)

    def clamped(self, free: OperatingPoints, displacement: Array) -> OperatingPoints | None:
        with self._turn:
            if (whole := self._whole_at(free.parameters)) is not None:
                return whole.clamped(free, displacement)
            values = self._networks.parameters_at(free.parameters)
            points = self._inner.clamped(self._between_ports(free, values), displacement)
            return None if points is None else self._with_inner(points, free.parameters, free)

    def memory(self, parameters: Mapping[str, Array], n_samples: int) -> int:
        with self._turn:
            if (whole := self._whole_at(parameters)) is not None:
                return whole.memory(parameters, n_samples)
        inside = inner_memory(self._lattices, self.compiled.circuit.n_nodes, n_samples)
        return inside + self.prediction_memory(parameters, n_samples)

    def prediction_memory(self, parameters: Mapping[str, Array], n_samples: int) -> int:
        with self._turn:
            if (whole := self._whole_at(parameters)) is not None:
                return whole.prediction_memory(parameters, n_samples)
        kept, most = network_memory(self._lattices)
        if self._networks.are_made:  # whose successors take their place
            kept = most = 0
        solving = self._inner.memory(parameters, n_samples)
        return max(kept + solving, most)

    def _whole_at(self, parameters: Mapping[str, Array]) -> NativeSimulator | None:
        """Return what solves where the circuit may have several points: all nodes judge these."""
        if not may_have_several(self.compiled, self.compiled.weights(parameters)):
            return None
        if self._whole is None:
            self._whole = self._solve(self.compiled)
        return self._whole

    def _between_ports(
        self, points: OperatingPoints, values: Mapping[str, Array]
    ) -> OperatingPoints:
        """Return points without the inner nodes."""
        nodes, moved = self._condensed.nodes, points.solved_change

        def between() -> OperatingPoints:
            return attrs.evolve(
                points,
                compiled=self._inner.compiled,
                parameters=values,
                free_voltages=points.solved_free[:, nodes],
                change=None if moved is None else moved[:, nodes],
            )

        if not self.compiled.circuit.clamps:
            return between()
        return self._clamped.at({"free": points.solved_free}, between)

    def _with_inner(
        self,
        points: OperatingPoints,
        parameters: Mapping[str, Array],
        start: OperatingPoints | None,
    ) -> OperatingPoints:
        """Return points with the inner nodes.

        Args:
            points: Of the condensed circuit.
            parameters: Those of the whole one.
            start: The free phase, where it is known.
        """
        moved = points.solved_change
        if start is None:
            free = self._networks.spread(points.solved_free, parameters)
            if self.compiled.circuit.clamps:
                # What ideal diodes carry in these very points is known, but for rounding.
                own = attrs.evolve(points, change=None, nudge={})
                self._clamped.keep({"free": free}, own)
        else:
            free = start.solved_free
        return attrs.evolve(
            points,
            compiled=self.compiled,
            parameters=parameters,
            free_voltages=free,
            change=None if moved is None else self._networks.spread(moved, parameters),
        )
