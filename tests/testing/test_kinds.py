"""The conformance kit passes what EBANA brings itself, and says what is wrong with others."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from ebana_core.data import DataSet
from ebana_core.errors import DataError, ParameterError
from ebana_core.initializers import Initializer, LogUniform
from ebana_core.losses import (
    BCE,
    MSE,
    CrossEntropyLoss,
    Hinge,
    Loss,
    SoftmaxMSE,
    SparsemaxLoss,
    SquaredHinge,
    Weighted,
)
from ebana_core.model import Model
from ebana_core.optimizers import SGD, Adam, Optimizer, SGDMomentum
from ebana_core.rules import (
    Adjoint,
    AdjointCoupledLearning,
    AsymmetricPropagation,
    CoupledLearning,
    DyadicPropagation,
    EquilibriumPropagation,
    LearningRule,
    ProbedAdjoint,
    RuleResult,
)
from ebana_core.testing import (
    InitializerConformance,
    LossConformance,
    OptimizerConformance,
    RuleConformance,
)
from ebana_core.testing import experiments as experiment_kit
from ebana_core.testing import losses as loss_kit
from ebana_core.testing import optimizers as optimizer_kit
from ebana_core.testing import rules as rule_kit
from ebana_core.testing import written as written_kit
from ebana_core.testing.initializers import check_draws
from tests.support.experiments import data, experiment

LOSSES = [MSE(0.5), BCE(), CrossEntropyLoss(), SoftmaxMSE(), SparsemaxLoss(), Weighted(MSE(), 0.3)]
LOSSES += [Hinge(0.3), SquaredHinge(0.3)]
EP = EquilibriumPropagation(1e-8, variant="centered")


@pytest.mark.parametrize("given", LOSSES, ids=repr)
class TestOwnLosses(LossConformance):
    @pytest.fixture
    def loss(self, given: Loss) -> Loss:
        return given


RULES = [EP, Adjoint(), AsymmetricPropagation(1e-8), DyadicPropagation(1e-8)]
RULES += [ProbedAdjoint(1e-9)]


@pytest.mark.parametrize("given", RULES, ids=repr)
class TestOwnRules(RuleConformance):
    @pytest.fixture
    def rule(self, given: LearningRule) -> LearningRule:
        return given


@pytest.mark.parametrize("given", [CoupledLearning(0.1), AdjointCoupledLearning(0.1)], ids=repr)
class TestCoupledLearning(RuleConformance):
    agreement = None  # one output: the gradient times its conductance, or that of another loss

    @pytest.fixture
    def rule(self, given: LearningRule) -> LearningRule:
        return given


@pytest.mark.parametrize(
    "given", [SGD, Adam, lambda model: SGDMomentum(model, momentum=0.5)], ids=["sgd", "adam", "mom"]
)
class TestOwnOptimizers(OptimizerConformance):
    @pytest.fixture
    def make(self, given: optimizer_kit.Make) -> optimizer_kit.Make:
        return given


class TestLogUniform(InitializerConformance):
    @pytest.fixture
    def initializer(self) -> Initializer:
        return LogUniform(1e-7, 1e-4)


@attrs.frozen
class Bent(Loss):
    """A squared loss whose gradient is bent by a function of gradients and targets."""

    bent: Callable[[Any], Any]

    def value(self, prediction: Any, target: Any) -> Any:
        return MSE().value(prediction, target)

    def gradient(self, prediction: Any, target: Any) -> Any:
        return self.bent(MSE().gradient(prediction, target))


@pytest.mark.parametrize(
    ("bent", "check", "words"),
    [
        (lambda g: -g, loss_kit.check_gradient, "gradient is .* and the derivative of value is"),
        (
            lambda g: g - g.mean(0),
            loss_kit.check_alone,
            "gradient of sample 0 depends on the other",
        ),
    ],
)
def test_a_wrong_loss_is_told(bent: Any, check: Any, words: str) -> None:
    targets = np.eye(3)
    with pytest.raises(AssertionError, match=words):
        check(Bent(bent), 0.3 * targets - 0.1, targets)


@attrs.frozen
class BentRule(LearningRule):
    """Equilibrium Propagation whose result is bent by a function of result and samples."""

    bent: Callable[[RuleResult, int], RuleResult]

    @property
    def phase_names(self) -> tuple[str, ...]:
        return EP.phase_names

    def run(
        self, simulator: Any, compiled: Any, parameters: Any, samples: Any, trainable: Any
    ) -> Any:
        found = EP.run(simulator, compiled, parameters, samples, trainable)
        return self.bent(found, samples.n_samples)


def scaled(found: RuleResult, factor: float) -> RuleResult:
    sums = {name: factor * array for name, array in found.gradient_sums.items()}
    return attrs.evolve(found, gradient_sums=sums)


def without_minus(found: RuleResult) -> RuleResult:
    phases = {name: points for name, points in found.phases.items() if name != "minus"}
    return attrs.evolve(found, phases=phases)


def with_more(found: RuleResult) -> RuleResult:
    sums = {**found.gradient_sums, "d9.conductance": np.zeros(2)}
    return attrs.evolve(found, gradient_sums=sums)


@pytest.mark.parametrize(
    ("bent", "check", "words"),
    [
        (lambda found, _: without_minus(found), rule_kit.check_phases, "returns the phases"),
        (lambda found, _: with_more(found), rule_kit.check_names, "run returns gradients of"),
        (lambda found, n: scaled(found, 1 / n), rule_kit.check_sums, "return sums over samples"),
    ],
)
def test_a_wrong_rule_is_told(bent: Any, check: Any, words: str) -> None:
    model, inputs = rule_kit.rule_model(), np.array([[0.3, -0.2], [0.1, 0.5], [0.2, 0.2]])
    data = DataSet({"x": inputs}, {"y": inputs[:, :1]})
    samples = rule_kit.samples_of(model, MSE(), data)
    with pytest.raises(AssertionError, match=words):
        check(BentRule(bent), model, samples)


def test_a_rule_of_wrong_sign_or_size_is_told() -> None:
    model, inputs = rule_kit.rule_model(), np.array([[0.3, -0.2], [0.1, 0.5]])
    data = DataSet({"x": inputs}, {"y": inputs[:, :1]})
    with pytest.raises(AssertionError, match="against the gradient; look at its sign"):
        rule_kit.check_descent(BentRule(lambda found, _: scaled(found, -1)), model, MSE(), data)
    half = BentRule(lambda found, _: scaled(found, 0.5))
    with pytest.raises(AssertionError, match="says agreement = None"):
        rule_kit.check_agreement(half, model, MSE(), data, 1e-3)


class BentOptimizer(Optimizer):
    def __init__(self, model: Any, beta: float | None = None, *, kind: str = "uphill") -> None:
        super().__init__(model, beta)
        self.mode, self._last = kind, 0.0

    def direction(self, gradient: Any, slots: Any, step: int) -> Any:
        if self.mode == "uphill":
            return -gradient, {}
        if self.mode == "rows":
            return gradient - gradient.mean(), {}
        if self.mode == "slots":
            return gradient, {"velocity": gradient}
        self._last = 0.5 * self._last + float(np.abs(gradient).max())
        return gradient / self._last, {}


@pytest.mark.parametrize(
    ("kind", "check", "words"),
    [
        ("slots", optimizer_kit.check_direction, r"returns the slots \['velocity'\]"),
        ("rows", optimizer_kit.check_parts, "depends on other rows"),
    ],
)
def test_a_wrong_direction_is_told(kind: str, check: Any, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        check(BentOptimizer(rule_kit.rule_model(), kind=kind))


def test_a_wrong_optimizer_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def make(kind: str) -> optimizer_kit.Make:
        return lambda model: BentOptimizer(model, kind=kind)

    with pytest.raises(AssertionError, match="the loss goes from"):
        optimizer_kit.check_descent(make("uphill"))
    with pytest.raises(AssertionError, match="differs after a resumed training; keep in slots"):
        optimizer_kit.check_resumed(make("forgetful"), tmp_path / "state.h5")
    with pytest.raises(AssertionError, match="no installed plugin provides BentOptimizer"):
        optimizer_kit.check_settings(make("uphill"))
    monkeypatch.setattr(optimizer_kit, "check_provided", lambda *_: None)
    with pytest.raises(AssertionError, match=r"is not made by \{'mode': 'uphill'\}"):
        optimizer_kit.check_settings(make("uphill"))


def test_an_initializer_with_a_generator_of_its_own_is_told() -> None:
    @attrs.frozen
    class Own(Initializer):
        lower, upper = 0.0, 1.0

        def draw(self, shape: Any, rng: Any) -> Any:
            return np.random.default_rng().uniform(0.1, 0.9, shape)

    with pytest.raises(AssertionError, match="use the given generator alone"):
        check_draws(Own())


def test_an_experiment_whose_network_does_not_follow_the_seed_is_told() -> None:
    def build(seed: int) -> Model:
        return rule_kit.rule_model()

    experiment_kit.check_seeds(experiment())
    experiment_kit.check_parts(experiment())
    with pytest.raises(AssertionError, match="seeds 0 and 1 give the same network"):
        experiment_kit.check_seeds(experiment(build=build))
    with pytest.raises(ParameterError, match=r"`build` of .* returned NoneType"):
        experiment_kit.check_seeds(experiment(build=lambda _: None))
    with pytest.raises(DataError, match=r"returned list of \['DataSet', 'DataSet'\]"):
        experiment_kit.check_parts(experiment(load=lambda folder: [*data(folder)]))


def test_an_experiment_whose_samples_are_drawn_anew_is_told() -> None:
    def load(folder: object) -> Any:
        drawn = DataSet({"x": np.random.default_rng().uniform(size=(2, 2))}, {"y": [[0.0], [1.0]]})
        return data(folder)[0], drawn

    with pytest.raises(AssertionError, match="load gives other samples when it is called again"):
        experiment_kit.check_parts(experiment(load=load))


def test_what_files_cannot_hold_is_told() -> None:
    @attrs.define
    class Soft:
        share: float = 0.5

    with pytest.raises(AssertionError, match=r"Soft.share can be set; write @attrs.frozen"):
        written_kit.check_frozen(Soft())
    with pytest.raises(AssertionError, match="no installed plugin provides Soft"):
        written_kit.check_written(Soft(), "ebana_rules")
    with pytest.raises(AssertionError, match="is provided by ebana_losses; return it from"):
        written_kit.check_provided(MSE(), "ebana_rules")
