"""A validated circuit together with what follows from its structure alone."""

from collections.abc import Mapping, Sequence
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

    _latest: dict[str, tuple[Sequence[Array], dict[str, Any]]] = attrs.field(
        factory=dict, init=False, repr=False
    )

    def weights(self, parameters: Mapping[str, Array]) -> StageWeights:
        """Return the stage weights at the present gains."""
        latest = self._at_gains(parameters)
        if "weights" not in latest:
            latest["weights"] = self.stages.weights(parameters)
        weights: StageWeights = latest["weights"]
        return weights

    def scales(self, parameters: Mapping[str, Array]) -> Array:
        """Return d(node voltage)/d(root voltage) at the present gains. Shape ``(n_nodes,)``."""
        latest = self._at_gains(parameters)
        if "scales" not in latest:
            latest["scales"] = self.constraints.scales(parameters, self.circuit.n_nodes)
        scales: Array = latest["scales"]
        return scales

    def _at_gains(self, parameters: Mapping[str, Array]) -> dict[str, Any]:
        """Return what was derived at these gains; nothing where one is another array than before.

        The gains are kept beside it, in one object that is replaced as a whole, so that threads
        with other parameters never meet each other's.
        """
        gains = [resolve(amplifier.gain, parameters, {}) for amplifier in self.circuit.amplifiers]
        latest = self._latest.get("latest")
        if latest is not None and all(
            a is b and is_fixed(a) for a, b in zip(gains, latest[0], strict=True)
        ):
            return latest[1]
        self._latest["latest"] = latest = (gains, {})
        return latest[1]


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
