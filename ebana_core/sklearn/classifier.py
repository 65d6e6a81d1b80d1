"""Classifies with an analog network."""

from typing import Any, Self, final

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from ebana_core.activations import log_softmax, softmax
from ebana_core.arrays import Array
from ebana_core.checking import shown
from ebana_core.errors import DataError
from ebana_core.losses import CrossEntropyLoss
from ebana_core.sklearn.estimator import AnalogEstimator
from ebana_core.sklearn.volts import check_nothing_hidden

Labels = np.ndarray[Any, np.dtype[Any]]


@final
class AnalogClassifier(ClassifierMixin, AnalogEstimator):
    """An analog network that tells classes apart, as an estimator of scikit-learn.

    Features are scaled to volts, classes become one-hot targets, one output each, and the network
    learns by Equilibrium Propagation. The class with the highest output voltage is predicted.

    Args:
        hidden_units: Nodes of the hidden layer of the default network.
        epochs: Passes over the training data.
        batch_size: Samples of an update.
        learning_rate: Of the default network, relative to its mean conductance.
        voltage: Each feature's range in the training data becomes -voltage to voltage, V; None:
            the square root of the number of features, as a crossbar divides what it is given.
        beta: Nudging strength, S; None: of the rule, or as a rule of thumb suggests.
        rule: Measures the gradients; None: centered Equilibrium Propagation.
        loss: Makes the nudge; None: `CrossEntropyLoss`.
        build: ``build(n_features, n_outputs, seed)`` returns the `Model` to train; None:
            `HiddenLayerNetwork`. It has one input layer, or two, of which the second gets the
            negative voltages, and one output layer. Its layers bring their own learning rates.
        backend: ``"native"``, ``"ngspice"`` or a `Backend`.
        random_state: Seed of initial values and of the order of samples, as scikit-learn takes it.
        verbose: Show progress.

    Attributes:
        classes_: The labels, sorted. Shape ``(n_classes,)``.
        model_: The trained `Model`.
        rule_: The learning rule that trained it.
        loss_curve_: Mean loss of every epoch.
        n_features_in_: Number of features.

    Examples:
        >>> features, labels = [[-1.0], [-0.8], [0.8], [1.0]], ["low", "low", "high", "high"]
        >>> classifier = AnalogClassifier(hidden_units=4, epochs=30, random_state=0)
        >>> classifier.fit(features, labels).predict([[-0.9], [0.9]])
        array(['low', 'high'], dtype='<U4')
    """

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803 (scikit-learn's name)
        """Train a new network.

        Args:
            X: Features. Shape ``(n_samples, n_features)``.
            y: Labels: numbers or text. Shape ``(n_samples,)``.

        Raises:
            DataError: All labels are the same, or a mask hides some numbers.
            ParameterError: A setting is out of range; names it.
            ModelError: `build` returned no model that fits the data.
        """
        with self._whole_or_not():
            check_nothing_hidden(X=X, y=y)
            x, y = validate_data(self, X, y, dtype=np.float64)
            check_classification_targets(y)
            self.classes_, number = np.unique(y, return_inverse=True)
            if len(self.classes_) < 2:
                raise DataError(
                    f"y holds one class, {shown(self.classes_[0])}.", "give samples of two or more"
                )
            one_hot = np.eye(len(self.classes_))[number]
            self._train(x, one_hot, self.loss or CrossEntropyLoss())
        return self

    def decision_function(self, X: Any) -> Array:  # noqa: N803 (scikit-learn's name)
        """Return the output voltages, V.

        Shape ``(n_samples, n_classes)``; of two classes ``(n_samples,)``, the second's less the
        first's.
        """
        volts = self._outputs(X)
        return np.asarray(volts[:, 1] - volts[:, 0]) if len(self.classes_) == 2 else volts

    def predict(self, X: Any) -> Labels:  # noqa: N803 (scikit-learn's name)
        """Return the labels of the highest voltages. Shape ``(n_samples,)``."""
        highest = self._outputs(X).argmax(axis=1)
        return np.asarray(self.classes_[highest])

    def predict_proba(self, X: Any) -> Array:  # noqa: N803 (scikit-learn's name)
        """Return the softmax of the output voltages in volts. Shape ``(n_samples, n_classes)``.

        These are what `CrossEntropyLoss` learns to make probabilities; of other losses they are
        in the right order only.
        """
        return softmax(self._outputs(X))

    def predict_log_proba(self, X: Any) -> Array:  # noqa: N803 (scikit-learn's name)
        """Return the logarithm of `predict_proba`."""
        return log_softmax(self._outputs(X))

    def _outputs(self, given: Any) -> Array:
        check_is_fitted(self, "loss_curve_")
        check_nothing_hidden(X=given)
        return self._volts(validate_data(self, given, dtype=np.float64, reset=False))
