"""What the rule of a stranger returns is looked at before anything is made of it."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from ebana_core.errors import ParameterError
from ebana_core.losses import MSE
from ebana_core.rules import EquilibriumPropagation, LearningRule, PowerRegularised, RuleResult
from ebana_core.testing.rules import rule_model

SAMPLE = ({"x": [[0.2, -0.1]]}, {"y": [[0.1]]})


@attrs.frozen
class Stranger(LearningRule):
    """Equilibrium Propagation whose result is bent."""

    bent: Callable[[RuleResult], Any]

    def run(self, *given: Any) -> Any:
        return self.bent(EquilibriumPropagation(1e-8).run(*given))


@pytest.mark.parametrize("around", [lambda rule: rule, lambda rule: PowerRegularised(rule, 0.1)])
@pytest.mark.parametrize(
    ("bent", "told"),
    [
        (lambda result: None, "returned NoneType"),
        (lambda result: dict(result.gradient_sums), "returned dict"),
        (lambda result: attrs.evolve(result, phases=None), "returned phases=None"),
        (lambda result: attrs.evolve(result, gradient_sums=[1]), r"gradient_sums=\[1\]"),
        (lambda result: attrs.evolve(result, phases={}), r"the phases \[\], and no free one"),
        (
            lambda result: attrs.evolve(result, phases={"nudged": result.phases["nudged"]}),
            r"the phases \['nudged'\], and no free one",
        ),
    ],
)
def test_what_is_no_result_of_a_rule_is_named(
    bent: Callable[[RuleResult], Any], told: str, around: Callable[[LearningRule], LearningRule]
) -> None:
    with pytest.raises(ParameterError, match=f"run of Stranger returned.*{told}|{told}"):
        rule_model().gradients(*SAMPLE, MSE(), around(Stranger(bent)))
