"""Networks of realistic diodes: digits of 8 x 8 pixels, and MNIST."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from ebana_core.data import DataSet
from ebana_core.experiments import Experiment, Folder, Published, Split
from ebana_core.losses import CrossEntropyLoss
from ebana_core.optimizers import Adam
from ebana_core.rules import EquilibriumPropagation
from ebana_core.schedules import StepDecay
from ebana_core.zoo import kendall2020
from ebana_core.zoo.networks import amplified
from ebana_core.zoo.parts import check_scikit_learn

PAPER = """@misc{osana2026,
  author = {Osana and Querlioz},
  title = {Title not found},
  year = {2026}
}"""
HIDDEN, GAIN, EPOCHS, BATCH_SIZE = 128, 10.0, 15, 32
RATE, DECAY = 1e-6, 0.9
N_TEST = 360
"""A fifth of the 1,797 digits."""


def digits(folder: Folder) -> Split:
    """Return scikit-learn's digits as pixels and their negatives, a fifth of each class to test.

    Raises:
        MissingLibraryError: scikit-learn, which holds the data, is not installed.
    """
    del folder  # scikit-learn brings them
    check_scikit_learn("The digits")
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    found = load_digits()
    x = GAIN * found.data / 16.0
    data = DataSet({"x": np.hstack([x, -x])}, {"y": np.eye(10)[found.target]})
    train, test = train_test_split(
        np.arange(len(x)), test_size=N_TEST, stratify=found.target, random_state=0
    )
    return data.subset(train), data.subset(test)


SHOCKLEY = {"IS": 1e-6, "a": 0.05, "V_off": 1.0}
SINGLE = ({"kind": "shockley", "direction": "down", "param": SHOCKLEY},)
VOLTS = (-1.3, -1.2, -1.1, -1.0, -0.9, -0.8, 0.0, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3)
AMPERES = (
    -4e-4,
    -5.5e-5,
    -7.4e-6,
    -1e-6,
    -1.4e-7,
    -2e-8,
    0.0,
    2e-8,
    1.4e-7,
    1e-6,
    7.4e-6,
    5.5e-5,
    4e-4,
)
"""A curve of straight lines, as of a pair of diodes that was measured at thirteen points."""
TABLE = ({"kind": "table", "direction": "down", "voltages": VOLTS, "currents": AMPERES},)
DOUBLE = ({"kind": "antiparallel", "param": SHOCKLEY},)


def _digits(word: str, what: str, diodes: Sequence[Mapping[str, Any]]) -> Experiment:
    """Return the experiment on the digits with one kind of diodes."""
    lr = StepDecay(RATE, DECAY, -(-(1797 - N_TEST) // BATCH_SIZE))
    return Experiment(
        name=f"osana2026.digits_{word}",
        paper=PAPER,
        task=f"Ten digits by a network 128-{HIDDEN}-20 with {what} at every hidden node.",
        data=f"digits (scikit-learn), pixels and their negatives, {GAIN:g} V the brightest",
        load=digits,
        build=lambda seed: amplified((128, HIDDEN, 20), diodes=diodes, rate=lr, seed=seed),
        rule=EquilibriumPropagation(1e-8, variant="centered"),
        loss=CrossEntropyLoss(),
        optimizer=Adam,
        hyperparameters={"epochs": EPOCHS, "batch_size": BATCH_SIZE, "rate": RATE, "decay": DECAY},
        quick={"epochs": 1, "n_train": 128, "n_test": 32},
        published=[
            Published(
                measure="test accuracy",
                value=96.0,
                unit="%",
                where="the best of its figures on the digits, 92 to 96 %",
                higher_is_better=True,
            )
        ],
        not_found=[
            "which figure belongs to which diodes: the best is taken for each",
            "how many hidden nodes and which division of the digits: 128, and a fifth to test here",
        ],
    )


MNIST = attrs.evolve(
    kendall2020.MNIST,
    name="osana2026.mnist_shockley",
    paper=PAPER,
    published=[
        Published(
            measure="test accuracy",
            value=97.02,
            unit="%",
            where="its network of Shockley diodes on MNIST, 100 epochs",
            higher_is_better=True,
        )
    ],
    not_found=["settings of the training: 12 epochs of Adam here"],
)
EXPERIMENTS = (
    MNIST,
    _digits("single", "one Shockley diode", SINGLE),
    _digits("double", "an antiparallel pair of Shockley diodes", DOUBLE),
    _digits("table", "a device whose measured curve is a table of thirteen points", TABLE),
)
