"""Losses of probabilities: binary and softmax cross entropy, and sparsemax."""

from typing import final

import attrs
import numpy as np

from ebana_core.activations import log_softmax, sigmoid, softmax, sparsemax, sparsemax_threshold
from ebana_core.arrays import Array
from ebana_core.checking import own_settings
from ebana_core.losses.loss import Loss, all_right, checked_pair, same_class
from ebana_core.losses.targets import check_distribution, checked_targets, refuse
from ebana_core.papers.entries import MARTINS_2016
from ebana_core.validators import number


@final
@attrs.frozen
class BCE(Loss):
    """Binary cross entropy of the probability ``sigmoid(p)``, each prediction on its own.

    ``log(1 + exp(p)) - t*p`` with targets in [0, 1]. A sample is right when each probability
    lies on its target's side of 0.5 (0.5 itself counts as above).

    Examples:
        >>> BCE().nudge([[0.0]], [[1.0]])
        array([[-0.5]])
    """

    def value(self, prediction: Array, target: Array) -> Array:
        raw, goal = checked_pair(prediction, target)
        # each term is at least 0, so nothing cancels where p is large and the answer right
        return goal * np.logaddexp(0.0, -raw) + (1 - goal) * np.logaddexp(0.0, raw)

    def gradient(self, prediction: Array, target: Array) -> Array:
        raw, goal = checked_pair(prediction, target)
        return sigmoid(raw) - goal

    def correct(self, prediction: Array, target: Array) -> Array:
        raw, goal = checked_pair(prediction, target)
        return all_right((raw >= 0) == (goal >= 0.5))

    def check_targets(self, target: Array, name: str) -> None:
        goal = checked_targets(target, name)
        refuse(
            (goal < 0) | (goal > 1),
            goal,
            name,
            "outside [0, 1]",
            "give probabilities, or use MSE for voltages",
        )


@final
@attrs.frozen
class CrossEntropyLoss(Loss):
    """Cross entropy of the probabilities ``s = softmax(p/temperature)`` of one output.

    ``-t_k*log(s_k)``; its gradient is ``(s - t)/temperature`` because the targets of a sample are
    probabilities of classes: at least 0 and 1 in sum. A clamp moves every prediction by
    ``nudge*(t - s)``. A sample is right when the largest prediction and the largest target belong
    to the same class (of several, the first).

    Args:
        temperature: Voltage that makes a factor e between two probabilities, V, above zero.

    Examples:
        >>> CrossEntropyLoss().nudge([[0.0, 0.0]], [[1.0, 0.0]])
        array([[-0.5,  0.5]])
    """

    temperature: float = attrs.field(
        default=1.0, validator=number("give a voltage above 0 V", above=0.0)
    )

    def __attrs_post_init__(self) -> None:
        own_settings(self)

    def value(self, prediction: Array, target: Array) -> Array:
        raw, goal = checked_pair(prediction, target)
        return -goal * log_softmax(raw / self.temperature)

    def gradient(self, prediction: Array, target: Array) -> Array:
        return self._apart(prediction, target) / self.temperature

    def clamp(self, prediction: Array, target: Array, nudge: float) -> Array:
        return -nudge * self._apart(prediction, target)

    def _apart(self, prediction: Array, target: Array) -> Array:
        raw, goal = checked_pair(prediction, target)
        return softmax(raw / self.temperature) - goal

    def correct(self, prediction: Array, target: Array) -> Array:
        return same_class(*checked_pair(prediction, target))

    def check_targets(self, target: Array, name: str) -> None:
        check_distribution(target, name)


@final
@attrs.frozen
class SparsemaxLoss(Loss):
    """The loss of the probabilities ``s = sparsemax(p)``; many of them are exactly zero.

    ``(s - t)**2/2 + t*max(tau - p, 0)``, tau being the threshold below which probabilities are
    zero; its gradient is ``s - t``, zero once a one-hot target leads by 1 V. Targets are
    probabilities of classes. A sample is right when the largest prediction and the largest
    target belong to the same class.

    Examples:
        >>> SparsemaxLoss().nudge([[2.0, 0.0]], [[1.0, 0.0]])
        array([[0., 0.]])

    Source:
        Martins and Astudillo 2016, arXiv:1602.02068, equation 13, in a form without
        cancellation.
    """

    @property
    def papers(self) -> tuple[str, ...]:
        return (MARTINS_2016,)

    def value(self, prediction: Array, target: Array) -> Array:
        raw, goal = checked_pair(prediction, target)
        short = np.maximum(sparsemax_threshold(raw) - raw, 0.0)
        return 0.5 * (sparsemax(raw) - goal) ** 2 + goal * short

    def gradient(self, prediction: Array, target: Array) -> Array:
        raw, goal = checked_pair(prediction, target)
        return sparsemax(raw) - goal

    def correct(self, prediction: Array, target: Array) -> Array:
        return same_class(*checked_pair(prediction, target))

    def check_targets(self, target: Array, name: str) -> None:
        check_distribution(target, name)
