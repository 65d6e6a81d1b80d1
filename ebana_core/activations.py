"""Activations that shape what a network predicts; they never take part in its physics."""

import difflib
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import ParameterError, UnknownNameError

Activation = Callable[[Array], Array]
"""Raw predictions ``(n_samples, n_predictions)``, V, to what the user wants to see."""


def sigmoid(prediction: Array) -> Array:
    """Return ``1/(1 + exp(-p))``, accurate in both tails and without overflow.

    Args:
        prediction: Raw predictions p. Any shape, volts.

    Returns:
        Probabilities in [0, 1]. Same shape, a pure number.
    """
    return np.asarray(np.exp(-np.logaddexp(0.0, -np.asarray(prediction, dtype=np.float64))))


def log_softmax(prediction: Array) -> Array:
    """Return the logarithm of `softmax`, finite wherever `prediction` is.

    Args:
        prediction: Raw predictions p. Shape ``(..., n_predictions)``, volts.

    Returns:
        Logarithms of probabilities, at most 0. Same shape, a pure number.
    """
    raw = np.asarray(prediction, dtype=np.float64)
    shifted = raw - raw.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def softmax(prediction: Array) -> Array:
    """Return ``exp(p_k)/sum_j exp(p_j)`` over the last axis, without overflow.

    Args:
        prediction: Raw predictions p. Shape ``(..., n_predictions)``, volts.

    Returns:
        Probabilities that sum to 1 over the last axis. Same shape, a pure number.
    """
    raw = np.asarray(prediction, dtype=np.float64)
    powers = np.exp(raw - raw.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def sparsemax(prediction: Array) -> Array:
    """Return the point of the probability simplex nearest to `prediction`, often at its edge.

    Args:
        prediction: Raw predictions p. Shape ``(..., n_predictions)``, volts.

    Returns:
        ``max(p - tau, 0)``, probabilities that sum to 1 over the last axis. Same shape.

    Source:
        Martins and Astudillo 2016, arXiv:1602.02068, algorithm 1.
    """
    raw = np.asarray(prediction, dtype=np.float64)
    return np.maximum(raw - sparsemax_threshold(raw), 0.0)


def sparsemax_threshold(prediction: Array) -> Array:
    """Return tau, below which `sparsemax` is zero. Shape ``(..., 1)``, volts."""
    raw = np.asarray(prediction, dtype=np.float64)
    largest = raw.max(axis=-1, keepdims=True)
    ordered = -np.sort(-(raw - largest), axis=-1)
    count = np.arange(1, raw.shape[-1] + 1)
    excess = ordered.cumsum(axis=-1) - 1
    size = (count * ordered > excess).sum(axis=-1, keepdims=True)
    threshold = np.take_along_axis(excess, size - 1, axis=-1) / size
    return np.asarray(largest + threshold)


ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {"sigmoid": sigmoid, "softmax": softmax, "sparsemax": sparsemax}
)
"""Activations that a name stands for."""


def activation_function(activation: str | Activation | None) -> Activation | None:
    """Return the function that `activation` stands for; None stays None (raw volts).

    Raises:
        UnknownNameError: No activation has this name.
        ParameterError: Neither a name nor a function.
    """
    if activation is None or callable(activation):
        return activation
    if not isinstance(activation, str):
        raise ParameterError(
            f"activation is {activation!r}, which is neither a name nor a function.",
            f"give None, one of {sorted(ACTIVATIONS)} or a function of the predictions",
        )
    if activation not in ACTIVATIONS:
        guess = difflib.get_close_matches(activation, ACTIVATIONS, n=1) or sorted(ACTIVATIONS)
        raise UnknownNameError(
            f"No activation {activation!r}; known activations: {sorted(ACTIVATIONS)}.",
            f"write {guess[0]!r}, or give a function of the predictions",
        )
    return ACTIVATIONS[activation]
