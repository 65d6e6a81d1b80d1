"""The samples that the benchmarks solve and learn: images as voltages."""

import numpy as np

from ebana_core.data import DataSet


def mnist_samples(images: np.ndarray, labels: np.ndarray, gain: float) -> DataSet:
    """Return images as ``gain*[x, -x]`` and labels as one-hot targets."""
    x = images.reshape(len(images), -1) / 255.0
    return DataSet({"x": gain * np.hstack([x, -x])}, {"y": np.eye(10)[labels]})


def mnist_planes(images: np.ndarray, labels: np.ndarray, gain: float) -> DataSet:
    """Return images as two channels, ``gain*x`` and ``-gain*x``, and labels as one-hot targets."""
    x = gain * (images.reshape(len(images), -1) / 255.0)
    return DataSet({"x": np.stack([x, -x], axis=-1).reshape(len(x), -1)}, {"y": np.eye(10)[labels]})


def digits_samples(gain: float, n_samples: int = 360) -> DataSet:
    """Return scikit-learn's Digits as ``gain*[x, -x]``, the first samples."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    x = digits.data[:n_samples] / 16.0
    return DataSet({"x": gain * np.hstack([x, -x])}, {"y": np.eye(10)[digits.target[:n_samples]]})
