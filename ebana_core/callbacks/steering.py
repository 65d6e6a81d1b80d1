"""Callbacks that steer a fit: its learning rates by epoch, and its end where numbers end."""

import inspect
import logging
from collections.abc import Callable
from typing import final

from ebana_core.callbacks.callback import Callback, Logs
from ebana_core.checking import shown
from ebana_core.errors import NotFiniteError, ParameterError

LOGGER = logging.getLogger("ebana")


@final
class LearningRateScheduler(Callback):
    """Sets a factor of all learning rates before every epoch.

    A schedule of a single layer's rate, by step, is the layer's own ``lr``.

    Args:
        schedule: ``(epoch) -> factor``, or as in Keras ``(epoch, present) -> factor``; epochs
            count from 1, and factors multiply the rates that the layers have.

    Raises:
        ParameterError: It cannot be called so, or returns no finite number of at least 0.

    Examples:
        >>> LearningRateScheduler(lambda epoch: 1.0 if epoch <= 10 else 0.1).schedule(20)
        0.1
    """

    def __init__(self, schedule: Callable[..., float]) -> None:
        if not callable(schedule):
            raise ParameterError(
                f"LearningRateScheduler has schedule={shown(schedule)}.",
                "give a function of the epoch that returns a factor",
            )
        self.schedule = schedule
        self._n_arguments = _n_arguments(schedule)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        given = (epoch, self.optimizer.rate_factor)[: self._n_arguments]
        self.optimizer.rate_factor = self.schedule(*given)


def _n_arguments(schedule: Callable[..., object]) -> int:
    """Return with how many arguments a schedule is called: 1 where that is enough, else 2."""
    try:
        signature = inspect.signature(schedule)
    except ValueError:  # a function of C that does not say
        return 1
    for count in (1, 2):
        try:
            signature.bind(*range(count))
        except TypeError:
            continue
        return count
    raise ParameterError(
        f"LearningRateScheduler has schedule={shown(schedule)}, which takes other arguments.",
        "give a function of (epoch), or of (epoch, present)",
    )


@final
class TerminateOnNaN(Callback):
    """Ends a fit, instead of failing, where a loss, a prediction or a gradient is not finite.

    The epoch in which that happens leaves no trace: the model has the values of the last whole
    one, and `fit` returns the epochs before. Without it, the fit raises `NotFiniteError`.

    Examples:
        >>> from ebana_core.errors import NotFiniteError
        >>> stopping = TerminateOnNaN()
        >>> stopping.forgives(NotFiniteError("The loss is nan.", "lower lr"))
        True
    """

    def forgives(self, error: NotFiniteError) -> bool:
        LOGGER.warning("The fit ends early: %s", error.problem)
        return True
