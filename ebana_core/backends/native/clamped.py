"""Predictions held at voltages, solved as changes from a free phase."""

from collections.abc import Mapping
from typing import Protocol

import attrs

from ebana_core.arrays import Array, IntArray
from ebana_core.backends.clamped import HELD, HeldOutputs, missed
from ebana_core.backends.operating_points import OperatingPoints


class Changes(Protocol):
    """See `NativeSimulator.changes`."""

    def __call__(
        self,
        start: OperatingPoints,
        nudge: Mapping[str, Array],
        moved: Array | None = None,
        *,
        apart: IntArray | None = None,
    ) -> Array: ...


def clamped(
    outputs: HeldOutputs, changes: Changes, free: OperatingPoints, displacement: Array
) -> OperatingPoints:
    """Return points whose predictions stand at a distance from those of a free phase.

    Args:
        outputs: The circuit with sources across its outputs.
        changes: Solves for the changes of that circuit.
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
    points = outputs.points(free, changes(start, {}, moved), displacement)
    # Far from the free phase, what rounding left of it counts: such samples are solved again with
    # it.
    apart = missed(points)
    if not len(apart):
        return points
    return outputs.points(free, changes(start, {}, moved, apart=apart), displacement)
