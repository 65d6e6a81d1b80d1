"""Learning rates that change with the step: ``change = -lr(step) * gradient``.

Steps are counted from 1 over the whole run. Any function step -> learning rate may stand
where a `Schedule` does; a `Schedule` can also be written into a run file.
"""

import abc
import math
from collections.abc import Callable
from typing import final

import attrs

from ebana_core.checking import checked_number, checked_whole, own_settings, shown
from ebana_core.errors import ParameterError
from ebana_core.validators import number, whole

_RATE_FIX = "give a finite learning rate of at least 0"

LearningRate = float | Callable[[int], float]
"""A number, or anything that is called with the step and returns one."""


_RATE = number(_RATE_FIX, at_least=0.0)
_SHARE = number("give a share from 0 to 1", at_least=0.0, at_most=1.0)


@attrs.frozen
class Schedule(abc.ABC):
    """A learning rate as a function of the step.

    Examples:
        >>> class Halving(Schedule):
        ...     def __call__(self, step):
        ...         return 1e-7 / 2 ** (step - 1)
        >>> Halving()(3)
        2.5e-08
    """

    def __attrs_post_init__(self) -> None:
        own_settings(self)

    @abc.abstractmethod
    def __call__(self, step: int) -> float:
        """Return the learning rate at `step`.

        Args:
            step: Number of the update, counted from 1 over the run.

        Returns:
            Learning rate, finite and at least 0. Its unit is that of the parameter over
            that of what the optimizer multiplies it with (plain gradient of a conductance:
            S²/V²; Adam: S).
        """


@final
@attrs.frozen
class Constant(Schedule):
    """The same learning rate at every step.

    Args:
        lr: Learning rate, at least 0.

    Examples:
        >>> Constant(1e-7)(step=100)
        1e-07
    """

    lr: float = attrs.field(validator=_RATE)

    def __call__(self, step: int) -> float:
        return self.lr


@final
@attrs.frozen
class CosineDecay(Schedule):
    """Half a cosine from `lr` down to ``final_fraction * lr``, and constant from there on.

    ``lr*(f + (1 - f)*(1 + cos(pi*min(n, steps)/steps))/2)`` at step n, f = `final_fraction`.
    Step 1 is already one step below `lr`; the final rate is reached at step `steps`.

    Args:
        lr: Learning rate at the start, at least 0.
        steps: Number of steps over which it falls, at least 1.
        final_fraction: What is left of it in the end, between 0 and 1.

    Examples:
        >>> CosineDecay(4e-7, steps=100, final_fraction=0.05)(step=100)
        2e-08

    Source:
        Loshchilov and Hutter 2017, arXiv:1608.03983, equation 5, without restarts.
    """

    lr: float = attrs.field(validator=_RATE)
    steps: int = attrs.field(validator=whole())
    final_fraction: float = attrs.field(default=0.0, validator=_SHARE)

    def __call__(self, step: int) -> float:
        fraction, count = self.final_fraction, checked_whole(step, "step")
        cosine = math.cos(math.pi * min(count, self.steps) / self.steps)
        return self.lr * (fraction + (1 - fraction) * (1 + cosine) / 2)


@final
@attrs.frozen
class StepDecay(Schedule):
    """Stairs: ``lr * factor**((step - 1)//steps)``, a lower rate after every `steps` steps.

    Args:
        lr: Learning rate of the first `steps` steps, at least 0.
        factor: What is left of it from one stair to the next, between 0 and 1.
        steps: Length of a stair, at least 1; of one epoch: the number of batches.

    Examples:
        >>> [StepDecay(8e-7, factor=0.5, steps=10)(step) for step in (1, 10, 11, 21)]
        [8e-07, 8e-07, 4e-07, 2e-07]
    """

    lr: float = attrs.field(validator=_RATE)
    factor: float = attrs.field(validator=_SHARE)
    steps: int = attrs.field(validator=whole())

    def __call__(self, step: int) -> float:
        return self.lr * self.factor ** ((checked_whole(step, "step") - 1) // self.steps)


def learning_rate(schedule: LearningRate, step: int, *, path: str = "lr") -> float:
    """Return the learning rate of `schedule` at `step`, checked.

    Args:
        schedule: A number, a `Schedule`, or any function step -> learning rate.
        step: Number of the update, counted from 1 over the run.
        path: What the error calls the learning rate, for example ``"d1.lr"``.

    Returns:
        Learning rate, finite and at least 0.

    Raises:
        ParameterError: `step` is below 1, or the rate is not a finite number of at least 0.
    """
    count = checked_whole(step, "step")
    if callable(schedule):
        rate = _rate_at(schedule, count, path)
        path = f"{path} at step {count}"
    else:
        rate = schedule
    return checked_number(rate, path, _RATE_FIX, at_least=0.0)


def _rate_at(schedule: Callable[[int], float], step: int, path: str) -> float:
    """Return what a function makes of a step; what it raises itself is its author's, and passes.

    Raises:
        ParameterError: It does not take a step alone.
    """
    try:
        return schedule(step)
    except TypeError as error:
        # Of an error within the function, the function's own lines are part of the way here.
        if error.__traceback__ is not None and error.__traceback__.tb_next is not None:
            raise
        raise ParameterError(
            f"{path}={shown(schedule)} cannot be called so: {error}.", "give a function of the step"
        ) from error
