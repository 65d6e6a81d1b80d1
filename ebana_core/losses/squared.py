"""Squared losses: of voltages, and of the probabilities that a softmax makes of them."""

from typing import final

import attrs

from ebana_core.activations import softmax
from ebana_core.arrays import Array
from ebana_core.checking import own_settings
from ebana_core.losses.loss import Loss, all_right, checked_pair, same_class
from ebana_core.losses.targets import check_distribution
from ebana_core.validators import number


@final
@attrs.frozen
class MSE(Loss):
    """Half the squared distance to the target, ``(p - t)**2/2``, V².

    Args:
        output_midpoint: Boundary between two classes, V. A sample is right when each of its
            predictions lies on its target's side (a value at the midpoint counts as above).
            None: no classes, the accuracy is nan.

    Examples:
        >>> MSE(output_midpoint=0.5).mean([[0.5]], [[1.0]])
        0.125
    """

    output_midpoint: float | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(number("give a finite voltage in V, or None")),
    )

    def __attrs_post_init__(self) -> None:
        own_settings(self)

    @property
    def targets_are_voltages(self) -> bool:
        return True

    def value(self, prediction: Array, target: Array) -> Array:
        raw, goal = checked_pair(prediction, target)
        return 0.5 * (raw - goal) ** 2

    def gradient(self, prediction: Array, target: Array) -> Array:
        raw, goal = checked_pair(prediction, target)
        return raw - goal

    def correct(self, prediction: Array, target: Array) -> Array:
        if self.output_midpoint is None:
            return super().correct(prediction, target)
        raw, goal = checked_pair(prediction, target)
        return all_right((raw >= self.output_midpoint) == (goal >= self.output_midpoint))


@final
@attrs.frozen
class SoftmaxMSE(Loss):
    """Half the squared distance of the probabilities ``softmax(p)`` to the target.

    ``(s - t)**2/2`` with ``s = softmax(p)`` over the predictions of one output; its gradient is
    ``s*(s - t - sum(s*(s - t)))``. Targets are probabilities of classes. A sample is right when
    the largest prediction and the largest target belong to the same class.

    Examples:
        >>> SoftmaxMSE().mean([[0.0, 0.0]], [[1.0, 0.0]])
        0.25
    """

    def value(self, prediction: Array, target: Array) -> Array:
        raw, goal = checked_pair(prediction, target)
        return 0.5 * (softmax(raw) - goal) ** 2

    def gradient(self, prediction: Array, target: Array) -> Array:
        raw, goal = checked_pair(prediction, target)
        chance = softmax(raw)
        distance = chance - goal
        return chance * (distance - (chance * distance).sum(axis=1, keepdims=True))

    def correct(self, prediction: Array, target: Array) -> Array:
        return same_class(*checked_pair(prediction, target))

    def check_targets(self, target: Array, name: str) -> None:
        check_distribution(target, name)
