"""Samples that Newton's method failed on, looked at once more: right all the same, or singular."""

from collections.abc import Mapping

import attrs
import numpy as np

from ebana_core.arrays import DOUBLE, Array, IntArray
from ebana_core.backends.native.equations import Equations
from ebana_core.backends.native.free_phase import FreePhase
from ebana_core.backends.native.outcome import Outcome
from ebana_core.backends.native.reduced_circuit import ReducedCircuit
from ebana_core.backends.native.step_solver import steps_of
from ebana_core.backends.operating_points import OperatingPoints


def without_right(
    outcome: Outcome,
    phase: FreePhase,
    reduced: ReducedCircuit,
    inputs: Mapping[str, Array],
) -> Outcome:
    """Return an outcome without failed samples that are right by Kirchhoff's laws all the same.

    A law whose current is a small difference of large terms is rounded more coarsely than
    Newton's tolerance knows, which asks for more than a right point has to keep.
    """
    failed, plan = outcome.failed, reduced.plan
    is_known = plan.library.is_default and not reduced.terminals
    if not failed.shape[0] or not is_known:
        return outcome
    x, _ = phase.settled(outcome.x)
    points = OperatingPoints(
        compiled=plan.compiled,
        parameters=reduced.parameters,
        inputs={name: samples[failed] for name, samples in inputs.items()},
        nudge={},
        free_voltages=plan.spread(x[failed], reduced.scale, phase.offsets[failed]),
    )
    is_right = points.balance("magnitudes").imbalance() <= DOUBLE.imbalance
    return attrs.evolve(outcome, failed=failed[~is_right])


def is_singular_at_rest(phase: Equations, reduced: ReducedCircuit, sample: IntArray) -> bool:
    """Tell whether the Jacobian of a sample cannot be solved where nothing is driven either."""
    plan = reduced.plan
    x = plan.library.zeros((1, plan.partition.n_unknowns))
    with np.errstate(all="ignore"):
        at = phase.evaluate(x, sample)
        return steps_of(reduced.factor, at, at.residual)[1] is not None
