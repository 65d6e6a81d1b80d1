"""What all rules share: which values they give a gradient of."""

import numpy as np
import pytest

from ebana_core import losses
from ebana_core.rules import (
    Adjoint,
    CoupledLearning,
    EquilibriumPropagation,
    LearningRule,
)
from tests.support.networks import samples, soft_model

RULES = [
    Adjoint(),
    CoupledLearning(0.1),
    EquilibriumPropagation(1e-7),
    EquilibriumPropagation(1e-7, "centered", "exact"),
]


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_every_trained_value_has_a_gradient_and_no_other(rule: LearningRule) -> None:
    """Tests that go through the gradients of a rule one by one would pass without any."""
    settings = {name: {"lr": 1e-6} for name in ("d0", "d_out")}
    model = soft_model((3, 4, 4), (2.5,), seed=1, trainable=settings)
    data = samples(model, 1)
    assert set(model.trainable_parameters()) == {"d0.conductance", "d_out.conductance"}
    found = model.gradients(data, losses.MSE(), rule)
    assert set(found) == set(model.trainable_parameters())
    for name, gradient in found.items():
        assert gradient.shape == model.parameters[name].shape
        assert np.abs(gradient).max() > 0
    model.trainable["d0"] = False
    assert set(model.gradients(data, losses.MSE(), rule)) == {"d_out.conductance"}
