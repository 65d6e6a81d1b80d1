"""A validated circuit together with what follows from its structure alone."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, final

from ebana_core.arrays import Array, is_fixed
from ebana_core.circuit.circuit import Circuit
from ebana_core.circuit.clamps import check_clamps
from ebana_core.circuit.constraints import Constraints
from ebana_core.circuit.forest import find_constraints
from ebana_core.circuit.given import parameters_among
from ebana_core.circuit.stages import Stages, StageWeights, find_stages
from ebana_core.circuit.validate import validate
from ebana_core.latest import Latest

T = TypeVar("T")


@final
class CompiledCircuit:
    """A circuit that has one operating point as drawn, and the keeper of what follows from it.

    What follows from the structure alone is kept as long as the circuit; what follows from the
    gains of its amplifiers, until it is asked for at other gains.

    Args:
        circuit: The circuit.
        constraints: Its ideal constraints, ordered.
        stages: Its stages.
    """

    def __init__(self, circuit: Circuit, constraints: Constraints, stages: Stages) -> None:
        self.circuit, self.constraints, self.stages = circuit, constraints, stages
        self._weights: Latest[StageWeights] = Latest()
        self._scales: Latest[Array] = Latest()
        self._following: dict[Callable[[CompiledCircuit], Any], Any] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        # Copies leave behind what was derived: workers know the same circuit by the same bytes.
        return type(self), (self.circuit, self.constraints, self.stages)

    def weights(self, parameters: Mapping[str, Array]) -> StageWeights:
        """Return the stage weights at the present gains."""
        return self._at_gains(self._weights, parameters, lambda: self.stages.weights(parameters))

    def scales(self, parameters: Mapping[str, Array]) -> Array:
        """Return d(node voltage)/d(root voltage) at the present gains. Shape ``(n_nodes,)``."""
        n_nodes = self.circuit.n_nodes
        return self._at_gains(
            self._scales, parameters, lambda: self.constraints.scales(parameters, n_nodes)
        )

    def _at_gains(
        self, latest: Latest[T], parameters: Mapping[str, Array], make: Callable[[], T]
    ) -> T:
        gains = parameters_among((a.gain for a in self.circuit.amplifiers), parameters)
        if not all(map(is_fixed, gains.values())):  # somebody may write other gains into them
            return make()
        return latest.at(gains, make)

    def once(self, derive: Callable[["CompiledCircuit"], T]) -> T:
        """Return what a function makes of this circuit, and call it the first time alone.

        Args:
            derive: A function of a module, which asks for the structure and for no values.
        """
        if derive not in self._following:
            self._following[derive] = derive(self)
        found: T = self._following[derive]
        return found


def compile_circuit(circuit: Circuit) -> CompiledCircuit:
    """Validate a circuit and derive its structure.

    Raises:
        CircuitError: A floating node, a loop of ideal sources, an ideal diode at a fixed node;
            names layer and node.
    """
    constraints = find_constraints(circuit)
    validate(circuit, constraints)
    check_clamps(circuit, constraints)
    return CompiledCircuit(circuit, constraints, find_stages(circuit, constraints))
