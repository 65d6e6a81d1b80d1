"""Where Newton's method begins in circuits of junctions: at, or near, their operating points."""

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray, IntArray
from ebana_core.backends.native.free_phase import FreePhase
from ebana_core.backends.native.limited_steps import by_limited_steps
from ebana_core.backends.native.outcome import Outcome
from ebana_core.backends.native.reduced_circuit import ReducedCircuit


@attrs.frozen(eq=False)
class Start:
    """A start.

    Args:
        x: Unknowns of all samples, V.
        open: Samples that may not be solved yet.
        is_stable: Samples whose points are known to be stable; None: of none is it known.
        carried: What ideal diodes carry at points that are solved, A; None: that is not known.
    """

    x: Array
    open: IntArray
    is_stable: BoolArray | None = None
    carried: Array | None = None

    def solved(self) -> Outcome:
        """Return the outcome of a start that is solved in every sample."""
        settled = None if self.carried is None else (self.x, self.carried)
        return Outcome(self.x, self.open, self.x, is_stable=self.is_stable, settled=settled)


def limited_start(
    phase: FreePhase, reduced: ReducedCircuit, samples: IntArray, max_iterations: int
) -> Start:
    """Return where limited steps from 0 V lead some samples, in compiled code where that can."""
    x = reduced.plan.library.zeros((phase.offsets.shape[0], reduced.plan.partition.n_unknowns))
    if reduced.compiled_start is None or len(samples) < len(x):
        return Start(by_limited_steps(phase, reduced.factor, x, samples, max_iterations), samples)
    led = reduced.compiled_start.lead(phase, x, max_iterations)
    if len(led.left):
        x = by_limited_steps(phase, reduced.factor, x, led.left, max_iterations)
    return Start(x, led.open, led.is_stable, led.carried)


def near_start(phase: FreePhase, reduced: ReducedCircuit, x: Array, max_iterations: int) -> Start:
    """Return where a few steps from unknowns that are near lead, in compiled code if that can."""
    if reduced.compiled_start is None:
        return Start(x, np.arange(len(x)))
    near = x.copy()
    led = reduced.compiled_start.lead(phase, near, max_iterations, is_near=True)
    near[led.open] = x[led.open]
    return Start(near, led.open, led.is_stable, led.carried)
