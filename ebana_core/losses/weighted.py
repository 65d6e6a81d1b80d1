"""Losses that count more or less than others of one model."""

from typing import final

import attrs

from ebana_core.arrays import Array
from ebana_core.checking import own_settings
from ebana_core.losses.loss import Loss
from ebana_core.validators import instance, number

_WEIGHT = number(
    "give a finite number above zero; a mapping of losses names every output", above=0.0
)


@final
@attrs.frozen
class Weighted(Loss):
    """Another loss times a weight, for models of several outputs.

    ``{"class": CrossEntropyLoss(), "angle": Weighted(MSE(), 0.1)}``: the loss of a sample is the
    sum of both, and the nudge of ``angle`` a tenth of what `MSE` would inject. What is right stays
    what it was. Rules that clamp outputs at their targets know no size of a loss, so no weight.

    Args:
        loss: The other loss.
        weight: What its values and gradients are multiplied with, a pure number above zero.

    Examples:
        >>> from ebana_core.losses import MSE
        >>> Weighted(MSE(), 0.1).nudge([[1.0]], [[0.0]])
        array([[0.1]])
    """

    loss: Loss = attrs.field(validator=instance(Loss, "give a loss such as MSE()"))
    weight: float = attrs.field(validator=_WEIGHT)

    def __attrs_post_init__(self) -> None:
        own_settings(self)

    def value(self, prediction: Array, target: Array) -> Array:
        return self.weight * self.loss.value(prediction, target)

    def gradient(self, prediction: Array, target: Array) -> Array:
        return self.weight * self.loss.gradient(prediction, target)

    def clamp(self, prediction: Array, target: Array, nudge: float) -> Array:
        return self.weight * self.loss.clamp(prediction, target, nudge)

    def correct(self, prediction: Array, target: Array) -> Array:
        return self.loss.correct(prediction, target)

    def check_targets(self, target: Array, name: str) -> None:
        self.loss.check_targets(target, name)
