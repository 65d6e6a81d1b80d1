"""The demo networks, their data and how they are trained; devices come from the registry."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import attrs
import numpy as np

from ebana_core import optimizers
from ebana_core.arrays import Array
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.losses import MSE, CrossEntropyLoss, Loss
from ebana_core.metrics import Metrics
from ebana_core.model import Model
from ebana_core.registry import Registry
from ebana_core.standard import crossbar_network
from ebana_core.zoo.parts import check_scikit_learn

Answers = np.ndarray[Any, np.dtype[Any]]

GATE_INPUTS = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
"""False and true as voltages around ground, V."""
BETA = 1e-7
"""Nudging strength, S."""
LEARNING_RATE = 4e-7
"""Learning rate of Adam, S."""
N_SPLITS = 10
"""How often the irises are divided into 105 to train and 45 to test."""


@attrs.frozen(kw_only=True)
class Demo:
    """A network to train.

    Args:
        title: For people.
        output: Name of the output layer.
        labels: What each prediction stands for.
        train: Training samples.
        test: Test samples.
        loss: Loss of the output. Cross entropy: the largest prediction is the answer; else
            each prediction is an answer of its own, true from 0.5 V.
        epochs: How many it needs.
        batch_size: Samples per step.
    """

    title: str
    output: str
    labels: tuple[str, ...]
    train: DataSet
    test: DataSet
    loss: Loss
    epochs: int
    batch_size: int

    @property
    def targets(self) -> Array:
        """Targets of the test samples, ``(n_samples, n_predictions)``."""
        return (self.test.outputs or {})[self.output]

    def build(self, registry: Registry, seed: int) -> Model:
        """Return the network: crossbar, two diodes, amplifier, crossbar, folded outputs.

        Raises:
            UnknownDeviceError: The plugin with the diodes is missing; says what to install.
        """
        return crossbar_network(
            self.train.inputs["xp"].shape[1],
            10,
            self.labels,
            lr=LEARNING_RATE,
            seed=seed,
            output=self.output,
            registry=registry,
        )

    def fit(
        self,
        model: Model,
        *,
        backend: str = "native",
        epochs: int | None = None,
        verbose: bool = False,
    ) -> None:
        """Train the network."""
        n_epochs = epochs or self.epochs
        model.fit(
            BatchGenerator(self.train, batch_size=self.batch_size),
            self.loss,
            optimizers.Adam(model),
            epochs=n_epochs,
            beta=BETA,
            test_dataloader=self.test,
            metrics=Metrics(
                model,
                verbose=verbose,
                validate_every={"epoch_num": max(1, n_epochs // 10)},
                save_parameters=None,
            ),
            backend=backend,
        )

    def answers(self, prediction: Array) -> tuple[Answers, Answers]:
        """Return what was answered on the test set, and what would have been right.

        Args:
            prediction: Raw predictions, ``(n_samples, n_predictions)``, V.

        Returns:
            Numbers of classes, ``(n_samples,)``, or truth values, shape of `prediction`.
        """
        if isinstance(self.loss, CrossEntropyLoss):
            return prediction.argmax(axis=1), self.targets.argmax(axis=1)
        return prediction >= 0.5, self.targets >= 0.5


def _gates(title: str, output: str, truth: Mapping[str, list[int]]) -> Demo:
    data = DataSet.differential(GATE_INPUTS, {output: np.array(list(truth.values())).T})
    return Demo(
        title=title,
        output=output,
        labels=tuple(truth),
        train=data,
        test=data,
        loss=MSE(output_midpoint=0.5),
        epochs=100,
        batch_size=4,
    )


def xor() -> Demo:
    """Return the exclusive or."""
    return _gates("XOR", "xor", {"XOR": [0, 1, 1, 0]})


def digital_gates() -> Demo:
    """Return OR, AND and XOR as three outputs of one network."""
    truth = {"OR": [0, 1, 1, 1], "AND": [0, 0, 0, 1], "XOR": [0, 1, 1, 0]}
    return _gates("OR, AND and XOR", "gates", truth)


def iris(split: int = 0) -> Demo:
    """Return Fisher's irises: which of three species has these sepals and petals?

    The inputs are the principal components of the training samples, each of 1 V standard
    deviation; the test samples have no part in them.

    Args:
        split: Which of `N_SPLITS` stratified divisions into 105 and 45.

    Raises:
        MissingLibraryError: scikit-learn, which holds the data, is not installed.
    """
    check_scikit_learn("The irises")
    from sklearn.datasets import load_iris
    from sklearn.decomposition import PCA
    from sklearn.model_selection import StratifiedShuffleSplit

    flowers = load_iris()
    splitter = StratifiedShuffleSplit(N_SPLITS, test_size=45, random_state=0)
    train, test = list(splitter.split(flowers.data, flowers.target))[split]
    volts = PCA(whiten=True).fit(flowers.data[train]).transform(flowers.data)
    data = DataSet.differential(volts, {"iris": np.eye(3)[flowers.target]})
    return Demo(
        title="Iris",
        output="iris",
        labels=tuple(str(name) for name in flowers.target_names),
        train=data.subset(train),
        test=data.subset(test),
        loss=CrossEntropyLoss(),
        epochs=60,
        batch_size=15,
    )


DEMOS: Mapping[str, Callable[[], Demo]] = MappingProxyType(
    {"xor": xor, "gates": digital_gates, "iris": iris}
)
"""Name of a demo to the function that makes it."""
