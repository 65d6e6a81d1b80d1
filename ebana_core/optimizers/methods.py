"""The optimizers: what direction each takes from a gradient."""

import math
from collections.abc import Mapping
from typing import final

import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import checked_number
from ebana_core.optimizers.fused import Fused
from ebana_core.optimizers.optimizer import Optimizer
from ebana_core.optimizers.subset import RandomSubset
from ebana_core.optimizers.trainable_model import TrainableModel
from ebana_core.papers.entries import KINGMA_2015


@final
class SGD(Optimizer):
    """Steepest descent: the direction is the gradient.

    Examples:
        >>> from ebana_core import crossbar_network
        >>> model = crossbar_network(inputs=1, hidden=2, outputs=1, lr=1e-7, seed=0)
        >>> SGD(model, beta=1e-7).beta
        1e-07
    """

    def direction(
        self, gradient: Array, slots: Mapping[str, Array], step: int
    ) -> tuple[Array, dict[str, Array]]:
        return gradient, {}

    def fused(self, step: int) -> Fused:
        return Fused("steepest")


@final
class SGDMomentum(Optimizer):
    """Steepest descent with momentum, ``velocity = momentum*velocity + gradient``.

    Args:
        model: The model to train.
        beta: Nudging strength, S.
        momentum: In [0, 1).
        subset: See `Optimizer`.

    Examples:
        >>> from ebana_core import crossbar_network
        >>> model = crossbar_network(inputs=1, hidden=2, outputs=1, lr=1e-7, seed=0)
        >>> SGDMomentum(model, momentum=0.8).momentum
        0.8
    """

    slot_names = ("velocity",)

    def __init__(
        self,
        model: TrainableModel,
        beta: float | None = None,
        *,
        momentum: float = 0.9,
        subset: RandomSubset | None = None,
    ) -> None:
        super().__init__(model, beta, subset=subset)
        self.momentum = _fraction("momentum", momentum)

    def direction(
        self, gradient: Array, slots: Mapping[str, Array], step: int
    ) -> tuple[Array, dict[str, Array]]:
        velocity = self.momentum * slots["velocity"] + gradient
        return velocity, {"velocity": velocity}

    def fused(self, step: int) -> Fused:
        return Fused("with_velocity", (self.momentum,))


@final
class Adam(Optimizer):
    """Adaptive moments, with bias correction.

    Args:
        model: The model to train.
        beta: Nudging strength, S.
        beta_1: Decay of the first moment, in [0, 1).
        beta_2: Decay of the second moment, in [0, 1).
        epsilon: Added to the root of the second moment, in the gradient's unit.
        subset: See `Optimizer`.

    Examples:
        >>> from ebana_core.initializers import RandomUniform
        >>> from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
        >>> from ebana_core.model import Model
        >>> x = InputVoltageLayer(units=1, name="x")
        >>> d = DenseLayer(units=2, name="d", lr=1e-8, initializer=RandomUniform(1e-6, 1e-5))(x)
        >>> model = Model([x], [CurrentLayer(name="y")(d)], seed=0)
        >>> before = model.parameters["d.conductance"]
        >>> _ = Adam(model).step({"d.conductance": [[100.0, -3.0]]})  # V²/S
        >>> (model.parameters["d.conductance"] - before).round(9)  # S: as large as lr, downhill
        array([[-1.e-08,  1.e-08]])

    Source:
        Kingma and Ba 2015, arXiv:1412.6980, algorithm 1.
    """

    slot_names = ("first_moment", "second_moment")
    nonnegative_slots = ("second_moment",)

    @property
    def papers(self) -> tuple[str, ...]:
        return (KINGMA_2015, *super().papers)

    def __init__(
        self,
        model: TrainableModel,
        beta: float | None = None,
        *,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        subset: RandomSubset | None = None,
    ) -> None:
        super().__init__(model, beta, subset=subset)
        self.beta_1, self.beta_2 = _fraction("beta_1", beta_1), _fraction("beta_2", beta_2)
        fix = "give a finite number above zero"
        self.epsilon = checked_number(epsilon, "Adam has epsilon", fix, above=0.0)

    def direction(
        self, gradient: Array, slots: Mapping[str, Array], step: int
    ) -> tuple[Array, dict[str, Array]]:
        first = self.beta_1 * slots["first_moment"] + (1 - self.beta_1) * gradient
        second = self.beta_2 * slots["second_moment"] + (1 - self.beta_2) * gradient**2
        # Moments begin at zero; the divisors make up for that in the first steps.
        root = np.sqrt(second / (1 - self.beta_2**step))
        direction = first / (1 - self.beta_1**step) / (root + self.epsilon)
        return direction, {"first_moment": first, "second_moment": second}

    def fused(self, step: int) -> Fused:
        betas = self.beta_1, self.beta_2
        divisors = 1 - self.beta_1**step, 1 - self.beta_2**step
        return Fused("with_moments", (betas, divisors, self.epsilon))


def _fraction(name: str, value: float) -> float:
    largest = math.nextafter(1.0, 0.0)  # at 1 nothing would ever be forgotten
    return checked_number(
        value, name, "give a number from 0 to below 1", at_least=0.0, at_most=largest
    )
