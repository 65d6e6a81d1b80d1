"""Conformance of a learning rule: what it measures adds up over samples, and learning descends.

A plugin's whole test file::

    class TestMyRule(RuleConformance):
        @pytest.fixture
        def rule(self):
            return MyRule(beta=1e-8)
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import pytest

from ebana_core.arrays import Array
from ebana_core.data import DataSet
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.losses import MSE, Loss
from ebana_core.model import Model
from ebana_core.network.checks import checked_losses, checked_samples
from ebana_core.rules import Adjoint, LearningRule, RuleResult, Samples
from ebana_core.testing.written import check_frozen, check_written

SHARE = 0.01
"""Largest relative change of a conductance in the step that has to lower the loss."""

ADDS_UP = 1e-7
"""Relative difference of sums over shards; solved together, points differ by rounding."""


class RuleConformance:
    """Checks of one rule; override `rule`, and `model` where it wants another network."""

    agreement: ClassVar[float | None] = 1e-3
    """Relative difference to the gradient of the loss; None: the rule follows another quantity,
    whose descent lowers the loss too."""

    @pytest.fixture
    def rule(self) -> LearningRule:
        """Return the rule to examine, without noise."""
        pytest.fail("override the fixture `rule`: return the rule to examine")

    @pytest.fixture
    def model(self) -> Model:
        """Return the network to learn: two crossbars of microsiemens."""
        return rule_model()

    @pytest.fixture
    def loss(self) -> Loss:
        """Return the loss."""
        return MSE()

    @pytest.fixture
    def data(self) -> DataSet:
        """Return samples, V."""
        inputs = np.random.default_rng(0).uniform(-1, 1, (4, 2))
        return DataSet({"x": inputs}, {"y": 0.1 * inputs[:, :1]})

    def test_phases_are_those_that_it_names(
        self, rule: LearningRule, model: Model, loss: Loss, data: DataSet
    ) -> None:
        """The first one is the free phase, and all are operating points."""
        check_phases(rule, model, samples_of(model, loss, data))

    def test_every_trained_value_has_a_gradient(
        self, rule: LearningRule, model: Model, loss: Loss, data: DataSet
    ) -> None:
        """And no other value: a frozen layer costs no measurement."""
        check_names(rule, model, samples_of(model, loss, data))

    def test_samples_add_up(
        self, rule: LearningRule, model: Model, loss: Loss, data: DataSet
    ) -> None:
        """The gradient of a batch is the sum over its shards, the same every time."""
        check_sums(rule, model, samples_of(model, loss, data))

    def test_a_step_lowers_the_loss(
        self, rule: LearningRule, model: Model, loss: Loss, data: DataSet
    ) -> None:
        """With the other sign, networks unlearn."""
        check_descent(rule, model, loss, data)

    def test_gradient_is_that_of_the_loss(
        self, rule: LearningRule, model: Model, loss: Loss, data: DataSet
    ) -> None:
        """To the rule's own accuracy; see `agreement`."""
        if self.agreement is not None:
            check_agreement(rule, model, loss, data, self.agreement)

    def test_files_hold_it_by_name(self, rule: LearningRule) -> None:
        """A run that was trained with it can be gone on with."""
        check_written(rule, "ebana_rules")

    def test_settings_are_frozen(self, rule: LearningRule) -> None:
        """It cannot change behind a run's back."""
        check_frozen(rule)


def rule_model() -> Model:
    """Return a network of two crossbars with one output, in which rules are examined."""
    source = InputVoltageLayer(units=2, name="x")
    initializer = RandomUniform(1e-6, 1e-5)
    first = DenseLayer(units=3, name="d1", initializer=initializer, lr=1.0)(source)
    last = DenseLayer(units=2, name="d2", initializer=initializer, lr=1.0)(first)
    return Model(inputs=[source], outputs=[CurrentLayer(name="y")(last)], seed=0)


def samples_of(model: Model, loss: Loss, data: DataSet) -> Samples:
    """Return a data set as a rule sees it."""
    return checked_samples(model.network, data, checked_losses(model.network, loss))


def run_rule(
    rule: LearningRule, model: Model, samples: Samples, names: tuple[str, ...] = ()
) -> RuleResult:
    """Return what a rule makes of samples on the native backend.

    Args:
        rule: The rule.
        model: The network.
        samples: One shard.
        names: Of the parameters to return gradients for; none: all that learning changes.
    """
    trained = names or model.trainable_parameters()
    values = model.parameters.snapshot()
    asked = dict.fromkeys(trained)
    return rule.measured(model.simulator("native"), model.network.compiled, values, samples, asked)


def check_phases(rule: LearningRule, model: Model, samples: Samples) -> None:
    """The phases have the names that the rule says; "free" is the free phase.

    Raises:
        AssertionError: Quotes names, or the largest difference.
    """
    found = run_rule(rule, model, samples).phases
    assert tuple(found) == rule.phase_names, (
        f"run returns the phases {tuple(found)}, and phase_names says {rule.phase_names}"
    )
    assert rule.phase_names[:1] == ("free",), "name the free phase first: ('free', ...)"
    free = model.operating_points(samples.inputs)
    error = float(np.abs(found["free"].voltages - free.voltages).max())
    assert error <= 1e-9, f"the free phase is off by {error:g} V; return it as it was solved"
    for name, points in found.items():
        assert points.residual <= 1e-12, f"phase {name!r} has a residual of {points.residual:g}"


def check_names(rule: LearningRule, model: Model, samples: Samples) -> None:
    """Gradients are returned for what is asked, in the shape of the parameter, as numbers.

    Raises:
        AssertionError: Names the parameter.
    """
    every = model.trainable_parameters()
    for names in (every, every[:1]):
        sums = run_rule(rule, model, samples, names).gradient_sums
        assert set(sums) == set(names), f"asked for {names}, run returns gradients of {set(sums)}"
        for name, array in sums.items():
            shape = model.parameters[name].shape
            assert np.shape(array) == shape, f"the gradient of {name} has shape {np.shape(array)}"
            assert np.isfinite(array).all(), f"the gradient of {name} holds nan or inf"


def check_sums(rule: LearningRule, model: Model, samples: Samples) -> None:
    """The sum over a shard is that over its parts, and a second run gives the same.

    Raises:
        AssertionError: Names the parameter, and quotes the difference.
    """
    whole = run_rule(rule, model, samples).gradient_sums
    again = run_rule(rule, model, samples).gradient_sums
    cut = samples.n_samples // 2
    parts = [
        run_rule(rule, model, samples.part(part)).gradient_sums
        for part in (slice(0, cut), slice(cut, None))
    ]
    for name, array in whole.items():
        assert np.array_equal(array, again[name]), (
            f"the gradient of {name} differs when it is measured twice; draw noise from a seed"
        )
        error = float(np.abs(parts[0][name] + parts[1][name] - array).max())
        assert error <= ADDS_UP * float(np.abs(array).max()), (
            f"the gradient of {name} is off by {error:g} where the samples come in two parts; "
            "return sums over samples"
        )


def check_descent(rule: LearningRule, model: Model, loss: Loss, data: DataSet) -> None:
    """A small step against the gradient lowers the loss.

    Raises:
        AssertionError: Quotes the loss before and after.
    """
    before = model.evaluate(data, loss).loss
    step_down(model, model.gradients(data, loss, rule))
    after = model.evaluate(data, loss).loss
    assert after < before, (
        f"the loss goes from {before:g} to {after:g} against the gradient; look at its sign"
    )


def step_down(model: Model, gradients: Mapping[str, Array]) -> None:
    """Change all values of a model against a gradient, by at most `SHARE` of each."""
    values = {name: model.parameters[name] for name in gradients}
    largest = max(float(np.abs(g / values[name]).max()) for name, g in gradients.items())
    for name, gradient in gradients.items():
        model.parameters[name] = values[name] - SHARE * gradient / (largest or 1.0)


def check_agreement(
    rule: LearningRule, model: Model, loss: Loss, data: DataSet, agreement: float
) -> None:
    """The gradient equals the adjoint's, which is exact.

    Raises:
        AssertionError: Names the parameter, and quotes the difference.
    """
    found = model.gradients(data, loss, rule)
    for name, expected in model.gradients(data, loss, Adjoint()).items():
        error, largest = (float(np.abs(a).max()) for a in (found[name] - expected, expected))
        assert error <= agreement * largest, (
            f"the gradient of {name} is off by {error:g} of {largest:g}; a rule that follows "
            "another quantity than the loss says agreement = None"
        )
