"""Predicts numbers with an analog network."""

from typing import Any, Self, final

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from ebana_core.arrays import Array
from ebana_core.losses import MSE
from ebana_core.sklearn.estimator import AnalogEstimator
from ebana_core.sklearn.volts import VoltScale, check_nothing_hidden

REACH = 0.5
"""Largest target, V: well within what bounded hidden nodes can make of an output."""


@final
class AnalogRegressor(RegressorMixin, AnalogEstimator):
    """An analog network that predicts numbers, as an estimator of scikit-learn.

    Features are scaled to volts, each column of targets from its least to its largest value to
    -0.5 V to 0.5 V, and the network learns by Equilibrium Propagation.

    Args:
        hidden_units: See `AnalogClassifier`, as for all that follow.
        epochs: Passes over the training data.
        batch_size: Samples of an update.
        learning_rate: Relative to the mean conductance of the default network.
        voltage: What the largest value of a feature becomes, V.
        beta: Nudging strength, S.
        rule: Measures the gradients.
        loss: Makes the nudge; None: `MSE`.
        build: Returns the `Model` to train.
        backend: Solves the circuit.
        random_state: Seed.
        verbose: Show progress.

    Attributes:
        model_: The trained `Model`.
        rule_: The learning rule that trained it.
        loss_curve_: Mean loss of every epoch, V² for `MSE`.
        n_features_in_: Number of features.

    Examples:
        >>> regressor = AnalogRegressor(hidden_units=4, epochs=50, random_state=0)
        >>> regressor.fit([[-1.0], [0.0], [1.0]], [-1.0, 0.0, 1.0]).predict([[0.5]]).shape
        (1,)
    """

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803 (scikit-learn's name)
        """Train a new network.

        Args:
            X: Features. Shape ``(n_samples, n_features)``.
            y: Targets. Shape ``(n_samples,)`` or ``(n_samples, n_targets)``.

        Raises:
            DataError: A mask hides some numbers.
            ParameterError: A setting is out of range; names it.
            ModelError: `build` returned no model that fits the data.
        """
        with self._whole_or_not():
            check_nothing_hidden(X=X, y=y)
            x, y = validate_data(self, X, y, dtype=np.float64, multi_output=True, y_numeric=True)
            if y.ndim == 2 and y.shape[1] == 1:
                y = column_or_1d(y, warn=True)
            columns = np.asarray(y, dtype=np.float64).reshape(len(x), -1)
            self._target_scale, self._is_flat = VoltScale.of(columns, REACH), y.ndim == 1
            self._train(x, self._target_scale.to_volts(columns), self.loss or MSE())
        return self

    def predict(self, X: Any) -> Array:  # noqa: N803 (scikit-learn's name)
        """Return predictions in the unit of the targets, shaped as they were."""
        check_is_fitted(self, "loss_curve_")
        check_nothing_hidden(X=X)
        x = validate_data(self, X, dtype=np.float64, reset=False)
        found = self._target_scale.from_volts(self._volts(x))
        return found[:, 0] if self._is_flat else found

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
