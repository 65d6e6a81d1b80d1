"""The interface of the embedded solver's simulators to searches and steps of time."""

from collections.abc import Mapping
from typing import Protocol

from ebana_core.arrays import Array
from ebana_core.backends.native.plan import Plan
from ebana_core.backends.native.reduced_circuit import ReducedCircuit
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.circuit.compiled import CompiledCircuit


class PlannedSimulator(Protocol):
    """A circuit that was planned once, and is solved at many parameters."""

    @property
    def compiled(self) -> CompiledCircuit:
        """The circuit."""
        ...

    @property
    def plan(self) -> Plan:
        """All that follows from its structure alone."""
        ...

    @property
    def max_iterations(self) -> int:
        """Newton iterations after which a sample counts as failed."""
        ...

    def derived(self, compiled: CompiledCircuit) -> "PlannedSimulator":
        """Return a simulator of a circuit made from this one, with the same settings."""
        ...

    def reduced_at(self, parameters: Mapping[str, Array]) -> ReducedCircuit:
        """Return the circuit reduced at parameters; kept while they are the same arrays."""
        ...

    def operating_points(
        self,
        parameters: Mapping[str, Array],
        inputs: Mapping[str, Array],
        nudge: Mapping[str, Array] | None = None,
    ) -> OperatingPoints:
        """Solve a batch; see `Simulator.operating_points`."""
        ...
