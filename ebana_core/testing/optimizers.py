"""Conformance of an optimizer: it descends, works part by part, and survives a resumed run.

A plugin's whole test file::

    class TestMyOptimizer(OptimizerConformance):
        @pytest.fixture
        def make(self):
            return lambda model: MyOptimizer(model, momentum=0.5)
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ebana_core.arrays import Array
from ebana_core.data import DataSet
from ebana_core.losses import MSE
from ebana_core.model import Model
from ebana_core.network.plain_data import restored
from ebana_core.optimizers import Optimizer
from ebana_core.registry import load_registry
from ebana_core.rules import Adjoint
from ebana_core.testing.rules import rule_model
from ebana_core.testing.written import check_provided
from ebana_core.training.trained_with import optimizer_settings

Make = Callable[[Model], Optimizer]

SHARE = 0.01
"""Relative change of the conductance that the first step changes most."""

STEPS = 3


class OptimizerConformance:
    """Checks of one optimizer; override `make`."""

    @pytest.fixture
    def make(self) -> Make:
        """Return a function of a model that makes the optimizer to examine."""
        pytest.fail("override the fixture `make`: return a function of the model")

    def test_direction_has_the_gradients_shape_and_its_slots(self, make: Make) -> None:
        """What is returned can be applied and kept, and what was given stays as it is."""
        check_direction(make(rule_model()))

    def test_parts_are_updated_as_the_whole(self, make: Make) -> None:
        """Large arrays come in blocks of rows: no number may depend on another row."""
        check_parts(make(rule_model()))

    def test_steps_lower_the_loss(self, make: Make) -> None:
        """With the other sign, networks unlearn."""
        check_descent(make)

    def test_a_resumed_training_is_the_same(self, make: Make, tmp_path: Path) -> None:
        """All that an optimizer remembers stands in its slots."""
        check_resumed(make, tmp_path / "state.h5")

    def test_files_hold_it_by_name(self, make: Make) -> None:
        """A run that was trained with it can be gone on with."""
        check_settings(make)


def _asked(optimizer: Optimizer, gradient: Array, step: int = 1) -> tuple[Array, dict[str, Array]]:
    slots = {name: np.zeros_like(gradient) for name in optimizer.slot_names}
    return optimizer.direction(gradient, slots, step)


def _gradient() -> Array:
    return np.random.default_rng(0).normal(0.0, 1e-3, (6, 4))


def check_direction(optimizer: Optimizer) -> None:
    """`direction` returns a float64 array of the gradient's shape, and every slot.

    Raises:
        AssertionError: Says what it returns.
    """
    gradient = _gradient()
    direction, slots = _asked(optimizer, gradient)
    assert np.shape(direction) == gradient.shape, f"direction has shape {np.shape(direction)}"
    assert np.isfinite(direction).all(), "direction holds nan or inf"
    assert set(slots) == set(optimizer.slot_names), (
        f"direction returns the slots {sorted(slots)}, and slot_names says {optimizer.slot_names}"
    )
    for name, array in slots.items():
        assert np.shape(array) == gradient.shape, f"slot {name!r} has shape {np.shape(array)}"
    for name in optimizer.nonnegative_slots:
        assert (slots[name] >= 0).all(), f"slot {name!r} is below zero, and nonnegative_slots"
    assert np.array_equal(gradient, _gradient()), "direction changes the gradient it is given"


def check_parts(optimizer: Optimizer) -> None:
    """The direction of some rows is what it is among all rows, to the same bits.

    Raises:
        AssertionError: The rows depend on each other.
    """
    gradient = _gradient()
    whole, _ = _asked(optimizer, gradient)
    parts = [_asked(optimizer, gradient[rows])[0] for rows in (slice(0, 2), slice(2, None))]
    assert np.array_equal(whole, np.concatenate(parts)), (
        "direction depends on other rows of the gradient; compute each number from its own"
    )


def check_descent(make: Make) -> None:
    """A few steps with a small rate lower the loss.

    Raises:
        AssertionError: Quotes the loss before and after.
    """
    model = rule_model()
    before, after = _train(model, make(model), STEPS)
    assert after < before, f"the loss goes from {before:g} to {after:g} in {STEPS} steps"


def _train(model: Model, optimizer: Optimizer, n_steps: int) -> tuple[float, float]:
    """Make steps along exact gradients, the first one of the size `SHARE`."""
    inputs = np.random.default_rng(0).uniform(-1, 1, (4, 2))
    data, loss = DataSet({"x": inputs}, {"y": 0.1 * inputs[:, :1]}), MSE()
    before = model.evaluate(data, loss).loss
    for _ in range(n_steps):
        gradients = model.gradients(data, loss, Adjoint())
        if optimizer.n_steps == 0:
            optimizer.rate_factor = _rate(model, optimizer, gradients)
        optimizer.step(gradients)
    return before, model.evaluate(data, loss).loss


def _rate(model: Model, optimizer: Optimizer, gradients: dict[str, Array]) -> float:
    """Return the factor with which the first step changes no value by more than `SHARE`."""
    shares = [
        np.abs(_asked(optimizer, gradient)[0]).max()
        * model.learning_rate(name, 1)
        / np.abs(model.parameters[name]).min()
        for name, gradient in gradients.items()
    ]
    return SHARE / float(max(shares))


def check_resumed(make: Make, path: Path) -> None:
    """Training that is saved and gone on with gives the bits of one that is not.

    Raises:
        AssertionError: Names a parameter that differs.
    """
    straight, first, second = (rule_model() for _ in range(3))
    _train(straight, make(straight), 2 * STEPS)
    optimizer = make(first)
    _train(first, optimizer, STEPS)
    optimizer.save_state(path)
    resumed = make(second)
    resumed.load_state(path)
    _train(second, resumed, STEPS)
    for name, values in straight.parameters.items():
        assert np.array_equal(values, second.parameters[name]), (
            f"{name} differs after a resumed training; keep in slots what direction remembers"
        )


def check_settings(make: Make) -> None:
    """The public attributes are the arguments by which the optimizer is made again.

    Raises:
        AssertionError: No plugin provides it, or it comes back changed.
    """
    model = rule_model()
    optimizer = make(model)
    check_provided(optimizer, "ebana_optimizers")
    registry = load_registry()
    settings = optimizer_settings(optimizer, registry)
    try:
        given = {name: restored(value, {}, registry) for name, value in settings.items()}
        again = type(optimizer)(model, **given)
    except TypeError as error:
        raise AssertionError(
            f"{type(optimizer).__name__} is not made by {settings}: {error}; let it take each "
            "public attribute as an argument of that name"
        ) from error
    found = optimizer_settings(again, registry)
    assert found == settings, f"made again with {settings}, it has {found}"
