"""Newton's method on devices in compiled code, judged by the laws of the devices themselves."""

from typing import Any

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.backends.native.equations import Equations
from ebana_core.backends.native.newton import newton
from ebana_core.backends.native.outcome import Outcome
from ebana_core.backends.native.step_solver import StepSolver
from ebana_core.backends.native.stepping import merged


def newton_judged(
    phase: Equations,
    quick: Equations,
    factor: StepSolver,
    start: Array,
    samples: IntArray | None,
    **settings: Any,
) -> Outcome:
    """Solve the equations of every sample; see `newton`, which takes the settings, too.

    Args:
        phase: The phase to solve.
        quick: The same with devices in compiled code, which leads to the points.
        factor: Solver of its Jacobian.
        start: Shape ``(n_samples, n_unknowns)``, V.
        samples: Solve only these; None: all.
        settings: Further ones.
    """
    led = newton(quick, factor, start, samples=samples, **settings)
    given = np.arange(len(start)) if samples is None else samples
    right = np.setdiff1d(given, led.failed)
    if not len(right):
        return led
    found = newton(phase, factor, led.x, samples=right, is_near=True, **settings)
    return merged(attrs.evolve(led, failed=given), found, right)
