"""Predictions held at voltages, solved as changes from a free phase."""

from typing import TYPE_CHECKING

import attrs

from ebana_core.arrays import Array
from ebana_core.backends.clamped import HELD, HeldOutputs, missed
from ebana_core.backends.operating_points import OperatingPoints

if TYPE_CHECKING:
    from ebana_core.backends.native.simulator import NativeSimulator


def clamped(
    outputs: HeldOutputs, simulator: "NativeSimulator", free: OperatingPoints, displacement: Array
) -> OperatingPoints:
    """Return points whose predictions stand at a distance from those of a free phase.

    Args:
        outputs: The circuit with sources across its outputs.
        simulator: Of that circuit.
        free: The free phase of the circuit without them.
        displacement: Of every prediction. Shape ``(n_samples, n_ports)``, V.

    Raises:
        ConvergenceError: They cannot stand there; names output and sample.
    """
    inputs = {**free.inputs, HELD: outputs.free_voltages(free)}
    start = attrs.evolve(free, compiled=outputs.compiled, inputs=inputs)
    moved = outputs.compiled.constraints.moved(
        free.parameters,
        outputs.sources,
        outputs.moves(free, displacement),
        outputs.original.circuit.n_nodes,
    )
    points = outputs.points(free, simulator.changes(start, {}, moved), displacement)
    apart = missed(points)
    if not len(apart):
        return points
    return outputs.points(free, simulator.changes(start, {}, moved, apart=apart), displacement)
