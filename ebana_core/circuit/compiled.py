"""A validated circuit together with what follows from its structure alone."""

from collections.abc import Mapping

import attrs

from ebana_core.arrays import Array
from ebana_core.circuit.circuit import Circuit
from ebana_core.circuit.clamps import check_clamps
from ebana_core.circuit.constraints import Constraints, find_constraints
from ebana_core.circuit.stages import Stages, StageWeights, find_stages
from ebana_core.circuit.validate import validate


@attrs.frozen(eq=False)
class CompiledCircuit:
    """A circuit that has one operating point as drawn.

    Args:
        circuit: The circuit.
        constraints: Its ideal constraints, ordered.
        stages: Its stages.
    """

    circuit: Circuit
    constraints: Constraints
    stages: Stages

    def weights(self, parameters: Mapping[str, Array]) -> StageWeights:
        """Return the stage weights at the present gains."""
        return self.stages.weights(parameters)


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
