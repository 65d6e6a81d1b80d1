"""Conformance of a loss: its gradient is its derivative, and samples stand alone.

A plugin's whole test file::

    class TestMyLoss(LossConformance):
        @pytest.fixture
        def loss(self):
            return MyLoss()
"""

import numpy as np
import pytest

from ebana_core.arrays import Array
from ebana_core.errors import DataError, ShapeError
from ebana_core.losses import Loss
from ebana_core.testing.written import check_frozen, check_written

STEP = 1e-5
"""Of finite differences, V: their error is about its square, and rounding 1e-16 over it."""

AGREES = 1e-6
"""Relative difference of gradient and finite differences; those are right to about 1e-10."""


class LossConformance:
    """Checks of one loss; override `loss`, and `targets` where it wants others than classes."""

    @pytest.fixture
    def loss(self) -> Loss:
        """Return the loss to examine."""
        pytest.fail("override the fixture `loss`: return the loss to examine")

    @pytest.fixture
    def targets(self) -> Array:
        """Return targets that the loss allows, ``(n_samples, n_predictions)``: here, classes."""
        return np.eye(3)[np.array([0, 1, 2, 1, 0, 2])]

    @pytest.fixture
    def predictions(self, targets: Array) -> Array:
        """Return predictions, V. Shape of the targets."""
        return np.asarray(np.random.default_rng(0).uniform(-1.0, 1.0, targets.shape))

    def test_gradient_is_the_derivative_of_the_value(
        self, loss: Loss, predictions: Array, targets: Array
    ) -> None:
        """A nudge along another direction would not make the loss small."""
        check_gradient(loss, predictions, targets)

    def test_samples_do_not_depend_on_their_neighbours(
        self, loss: Loss, predictions: Array, targets: Array
    ) -> None:
        """Shards are solved alone, and nothing that was given is changed."""
        check_alone(loss, predictions, targets)

    def test_what_is_no_prediction_is_refused(
        self, loss: Loss, predictions: Array, targets: Array
    ) -> None:
        """Other shapes and numbers that are none would be wrong figures later."""
        missing = predictions.copy()
        missing[0, 0] = np.nan
        for method in (loss.value, loss.gradient, loss.correct):
            with pytest.raises(ShapeError):
                method(predictions[1:], targets)
            with pytest.raises(DataError):
                method(missing, targets)

    def test_what_is_no_target_is_refused(self, loss: Loss, targets: Array) -> None:
        """Allowed targets pass, and a number that is none is named."""
        loss.check_targets(targets, "kit")
        with pytest.raises(DataError):
            loss.check_targets(np.full_like(targets, np.nan), "kit")

    def test_files_hold_it_by_name(self, loss: Loss) -> None:
        """A run that was trained with it can be gone on with."""
        check_written(loss, "ebana_losses")

    def test_settings_are_frozen(self, loss: Loss) -> None:
        """It cannot change behind a run's back."""
        check_frozen(loss)


def check_gradient(loss: Loss, predictions: Array, targets: Array) -> None:
    """The gradient of a sample's loss equals central finite differences.

    Raises:
        AssertionError: Quotes both at the worst place.
    """
    found, expected = loss.nudge(predictions, targets), np.empty_like(predictions)
    for unit in range(predictions.shape[1]):
        moved = np.zeros_like(predictions)
        moved[:, unit] = STEP
        up, down = (loss.value(predictions + sign * moved, targets) for sign in (1, -1))
        expected[:, unit] = (up - down).sum(axis=1) / (2 * STEP)
    error = np.abs(found - expected)
    worst = np.unravel_index(int(np.argmax(error)), error.shape)
    assert error[worst] <= AGREES * (1e-3 + np.abs(expected).max()), (
        f"gradient is {found[worst]:g} and the derivative of value is {expected[worst]:g} at a "
        f"prediction of {predictions[worst]:g} V and a target of {targets[worst]:g}"
    )


def check_alone(loss: Loss, predictions: Array, targets: Array) -> None:
    """Each sample gives alone what it gives among others; arguments are left as they are.

    Raises:
        AssertionError: Names the method.
    """
    given = predictions.copy(), targets.copy()
    for name, method in (("value", loss.value), ("gradient", loss.nudge), ("correct", loss.right)):
        together = np.asarray(method(*given))
        assert np.array_equal(given, (predictions, targets)), f"{name} changes what it is given"
        for place in range(len(predictions)):
            row = slice(place, place + 1)
            alone = np.asarray(method(predictions[row], targets[row]))
            assert np.allclose(alone, together[row], rtol=1e-12, atol=0, equal_nan=True), (
                f"{name} of sample {place} depends on the other samples"
            )
