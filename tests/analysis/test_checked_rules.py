"""Gradient checks of rules beside Equilibrium Propagation: over which strengths, if any."""

import pytest

from ebana_core.errors import ParameterError
from ebana_core.rules import (
    Adjoint,
    AsymmetricPropagation,
    ContrastiveLearning,
    DyadicPropagation,
    LearningRule,
    Measurement,
    ProbedAdjoint,
)
from tests.support.networks import layered_model, samples, soft_model

MODEL = soft_model((3, 5, 4, 4), (2.5, -3.0), seed=1)
DATA = samples(MODEL, 1, 20)


@pytest.mark.parametrize("rule", [AsymmetricPropagation(1.0), DyadicPropagation(1.0)])
def test_rules_of_circuits_without_energy_are_checked_over_beta(rule: LearningRule) -> None:
    model = layered_model((3, 4, 4), (4.0,), seed=5, skip=True)
    data = samples(model, 1, 10)
    found = model.check_gradient(data, rule)
    assert found.strength_name == "beta"
    assert len(found.strengths) == 13
    # a power of ten, which is 1 in the middle, stands between the two
    assert found.strength == pytest.approx(model.diagnose(data).suggested_beta, rel=1e-12, abs=0)
    assert max(p.seen[found.recommended].angle for p in found.parameters.values()) < 0.1
    assert found.route is not None


def test_the_noise_of_a_probed_adjoint_is_drawn_and_left_out() -> None:
    rule = ProbedAdjoint(1e-7, measurement=Measurement(noise=1e-5))
    found = MODEL.check_gradient(DATA, rule, n_readings=3)
    assert found.n_readings == 3
    assert found.strengths == pytest.approx([1e-7], rel=1e-12, abs=0)
    for parameter in found.parameters.values():
        assert parameter.noiseless[0].angle < 0.1 * parameter.seen[0].angle
    both = MODEL.check_gradient(DATA, ProbedAdjoint(1.0), strengths=[1e-9, 1e-8])
    assert (both.strength_name, len(both.strengths)) == ("current", 2)


def test_strengths_of_a_rule_that_has_none_are_refused() -> None:
    for rule in (Adjoint(), ContrastiveLearning()):
        with pytest.raises(ParameterError, match=f"{type(rule).__name__} has no strength that"):
            MODEL.check_gradient(DATA, rule, strengths=[0.1])
