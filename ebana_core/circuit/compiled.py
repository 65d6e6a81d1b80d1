"""A validated circuit together with what follows from its structure alone."""

from collections.abc import Mapping
from typing import Any

import attrs

from ebana_core.arrays import Array, is_fixed
from ebana_core.circuit.circuit import Circuit
from ebana_core.circuit.clamps import check_clamps
from ebana_core.circuit.constraints import Constraints, find_constraints
from ebana_core.circuit.elements import resolve
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

    _latest: dict[str, Any] = attrs.field(factory=dict, init=False, repr=False)

    def weights(self, parameters: Mapping[str, Array]) -> StageWeights:
        """Return the stage weights at the present gains."""
        if not self._has_same_gains(parameters) or "weights" not in self._latest:
            self._latest["weights"] = self.stages.weights(parameters)
        weights: StageWeights = self._latest["weights"]
        return weights

    def scales(self, parameters: Mapping[str, Array]) -> Array:
        """Return d(node voltage)/d(root voltage) at the present gains. Shape ``(n_nodes,)``."""
        if not self._has_same_gains(parameters) or "scales" not in self._latest:
            n_nodes = self.circuit.n_nodes
            self._latest["scales"] = self.constraints.scales(parameters, n_nodes)
        scales: Array = self._latest["scales"]
        return scales

    def _has_same_gains(self, parameters: Mapping[str, Array]) -> bool:
        """Forget what was derived where a gain is another array than before."""
        gains = [resolve(amplifier.gain, parameters, {}) for amplifier in self.circuit.amplifiers]
        known = self._latest.get("gains", ())
        if len(gains) == len(known) and all(
            a is b and is_fixed(a) for a, b in zip(gains, known, strict=True)
        ):
            return True
        self._latest.clear()
        self._latest["gains"] = gains
        return False


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
