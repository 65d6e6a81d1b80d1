"""What networks of transistors learn: samples, split as published, and training one at a time."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from ebana_core import Model, optimizers
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.metrics import Metrics

MARKS = {"b": 0, "g": 1}
"""Of UCI's ionosphere: class of the letter that ends a row."""


Row = dict[str, Any]
"""A figure: published, needed, measured, and with which settings."""


@attrs.frozen
class Task:
    """A training and a test set.

    Args:
        train: Samples to learn.
        test: Samples that are never learned.
    """

    train: DataSet
    test: DataSet

    @classmethod
    def split(cls, volts: np.ndarray, labels: np.ndarray, seed: int) -> "Task":
        """Return a fifth of the samples as test set, of each class the same share."""
        goals = np.eye(labels.max() + 1)[labels]
        rows = train_test_split(
            np.arange(len(volts)), test_size=0.2, random_state=seed, stratify=labels
        )
        return cls(*(DataSet({"x": volts[own]}, {"y": goals[own]}) for own in rows))


def digits(seed: int) -> Task:
    """Return scikit-learn's digits, 8 x 8 pixels of at most 1 V."""
    found = load_digits()
    return Task.split(found.data / 16.0, found.target, seed)


def ionosphere(file: Path, full_scale: float, seed: int) -> Task:
    """Return UCI's ionosphere: 34 features of at most `full_scale`, V; class 1 is g."""
    rows = [line.split(",") for line in file.read_text().split()]
    volts = full_scale * np.array([row[:-1] for row in rows], dtype=float)
    return Task.split(volts, np.array([MARKS[row[-1]] for row in rows]), seed)


def legacy_orders(rng: np.random.RandomState, n_samples: int, epochs: int) -> list[np.ndarray]:
    """Return an order of the samples for every epoch, as NumPy's older generator shuffles."""
    orders = []
    for _ in range(epochs):
        own = np.arange(n_samples)
        rng.shuffle(own)
        orders.append(own)
    return orders


def orders(seed: int, n_samples: int, epochs: int) -> list[np.ndarray]:
    """Return an order of the samples for every epoch."""
    rng = np.random.default_rng(seed)
    return [rng.permutation(n_samples) for _ in range(epochs)]


def learn(
    model: Model, data: DataSet, order: Sequence[int] | np.ndarray, seed: int, **settings: Any
) -> None:
    """Update once per sample, in this order.

    Args:
        model: Learns.
        data: Its samples.
        order: Rows, each as often as it is learned.
        seed: Of noise.
        settings: `loss_fn`, `rule` and the hardware of `Model.fit`.
    """
    model.fit(
        BatchGenerator(data.subset(np.asarray(order)), batch_size=1, shuffle=False),
        optimizer=optimizers.SGD(model),
        epochs=1,
        metrics=Metrics(model, verbose=False, save_parameters=None),
        seed=seed,
        **settings,
    )


def accuracies(
    model: Model,
    task: Task,
    passes: Sequence[np.ndarray],
    *,
    every: int = 1,
    seed: int = 0,
    **settings: Any,
) -> dict[int, float]:
    """Return the share of test samples that are right after epochs, by the number of epochs.

    Args:
        model: Learns.
        task: What it learns.
        passes: The order of the samples, for every epoch.
        every: So many epochs lie between two tests; the last epoch is tested.
        seed: Of noise.
        settings: As of `learn`. The test, too, runs on the hardware and is read with noise.
    """
    hardware = {name: settings[name] for name in ("chip", "read_noise") if name in settings}
    found = {}
    for epoch, order in enumerate(passes, start=1):
        learn(model, task.train, order, 1000 * seed + epoch, **settings)
        if epoch % every == 0 or epoch == len(passes):
            found[epoch] = accuracy(model, task.test, **hardware)
    return found


def accuracy(model: Model, data: DataSet, **hardware: Any) -> float:
    """Return the share of samples whose largest score is one of their label's."""
    said, goals = model.predict(data, **hardware)["y"], data.outputs["y"]
    return round(float(np.mean(goals[np.arange(len(said)), said.argmax(axis=1)] == 1)), 4)


def falling(
    build: Callable[[np.ndarray | None, float], Model],
    task: Task,
    passes: Sequence[np.ndarray],
    *,
    lr: float,
    every: int = 1,
    seed: int = 0,
    **settings: Any,
) -> dict[int, float]:
    """Return what `accuracies` does, of a rate that falls along a cosine from epoch to epoch.

    A rate that counts updates would hardly fall: most samples have their margin, and make none.

    Args:
        build: Makes the network from gates, V, of shape ``(n_in, units)`` (None: those at first)
            and a rate.
        task: What it learns.
        passes: The order of the samples, for every epoch.
        lr: Of the first epoch.
        every: So many epochs lie between two tests; the last epoch is tested.
        seed: Of noise.
        settings: As of `learn`.
    """
    hardware = {name: settings[name] for name in ("chip", "read_noise") if name in settings}
    gates, found = None, {}
    for epoch, order in enumerate(passes, start=1):
        model = build(gates, lr * (1 + np.cos(np.pi * (epoch - 1) / len(passes))) / 2)
        learn(model, task.train, order, 1000 * seed + epoch, **settings)
        gates = model.parameters["net.gate"]
        if epoch % every == 0 or epoch == len(passes):
            found[epoch] = accuracy(model, task.test, **hardware)
    return found


def last_of(runs: Mapping[Any, Mapping[int, float]]) -> Row:
    """Return the mean of what runs have at last, and all of it."""
    ends = [list(run.values())[-1] for run in runs.values()]
    return {"measured": round(statistics.mean(ends), 4), "epochs": runs}
