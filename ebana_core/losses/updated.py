"""Losses whose nudge a user's function shapes."""

from collections.abc import Callable
from typing import Any, final

import attrs

from ebana_core.arrays import Array
from ebana_core.checking import own_settings
from ebana_core.errors import ParameterError
from ebana_core.losses.loss import Loss
from ebana_core.validators import instance


def _check_update(_: Loss, __: object, update: Any) -> None:
    if not callable(update):
        raise ParameterError(
            f"Updated has update={update!r}, which cannot be called.",
            "give a function of an array of gradients, such as numpy.sign",
        )


@final
@attrs.frozen
class Updated(Loss):
    """Another loss whose gradient a function changes before it is injected.

    ``Updated(MSE(), numpy.sign)`` injects beta towards every target, however far it is: current
    sources of one size and two signs. The loss and what is right stay what they were, so that the
    network no longer follows the gradient of this loss: `check_gradient` compares with the changed
    one. A clamp moves by the changed gradient, too.

    Args:
        loss: The other loss.
        update: From gradients by the raw predictions, ``(n_samples, n_predictions)``, to what the
            nudge takes in their place times ``-beta``, same shape and unit.

    Examples:
        >>> import numpy
        >>> from ebana_core.losses import MSE
        >>> Updated(MSE(), numpy.sign).nudge([[0.3]], [[0.1]])
        array([[1.]])
    """

    loss: Loss = attrs.field(validator=instance(Loss, "give a loss such as MSE()"))
    update: Callable[[Array], Array] = attrs.field(validator=_check_update)

    def __attrs_post_init__(self) -> None:
        own_settings(self)

    def value(self, prediction: Array, target: Array) -> Array:
        return self.loss.value(prediction, target)

    def gradient(self, prediction: Array, target: Array) -> Array:
        return self.update(self.loss.gradient(prediction, target))

    def correct(self, prediction: Array, target: Array) -> Array:
        return self.loss.correct(prediction, target)

    def check_targets(self, target: Array, name: str) -> None:
        self.loss.check_targets(target, name)
