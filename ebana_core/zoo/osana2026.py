"""Networks of realistic diodes: digits of 8 x 8 pixels, and MNIST."""

from os import PathLike
from typing import Any

import attrs
import numpy as np

from ebana_core.data import DataSet
from ebana_core.errors import MissingLibraryError
from ebana_core.experiments import Experiment, Published, Split
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
)
from ebana_core.losses import CrossEntropyLoss
from ebana_core.model import Model
from ebana_core.optimizers import Adam
from ebana_core.rules import EquilibriumPropagation
from ebana_core.schedules import StepDecay
from ebana_core.zoo import kendall2020
from ebana_core.zoo.parts import device

PAPER = """@misc{osana2026,
  author = {Osana and Querlioz},
  title = {Equilibrium Propagation on networks of realistic diodes},
  year = {2026}
}"""
HIDDEN, GAIN, EPOCHS, BATCH_SIZE = 128, 10.0, 40, 16
RATE, DECAY = 1e-6, 0.93
N_TEST = 360
"""A fifth of the 1,797 digits."""


def digits(folder: str | PathLike[str] | None) -> Split:
    """Return scikit-learn's digits as pixels and their negatives, a fifth of each class to test.

    Raises:
        MissingLibraryError: scikit-learn, which holds the data, is not installed.
    """
    del folder  # scikit-learn brings them
    try:
        from sklearn.datasets import load_digits
        from sklearn.model_selection import train_test_split
    except ImportError as error:
        raise MissingLibraryError(
            "The digits need scikit-learn, which is not installed.",
            "type: pip install scikit-learn (or 'ebana-core[examples]')",
        ) from error
    found = load_digits()
    x = GAIN * found.data / 16.0
    data = DataSet({"x": np.hstack([x, -x])}, {"y": np.eye(10)[found.target]})
    train, test = train_test_split(
        np.arange(len(x)), test_size=N_TEST, stratify=found.target, random_state=0
    )
    return data.subset(train), data.subset(test)
