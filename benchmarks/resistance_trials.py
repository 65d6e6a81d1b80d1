"""One training in a window of conductances: tasks, circuits, learning rates."""

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np
from ebana_memristor import Cell, PulseNoise, Pulses

from benchmarks.resistance_cells import PROGRAMMING
from ebana_core import Model
from ebana_core.arrays import Array
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.initializers import RandomUniform
from ebana_core.losses import MSE
from ebana_core.metrics import Metrics
from ebana_core.optimizers import Adam
from ebana_core.rules import EquilibriumPropagation
from ebana_core.zoo.doell2025 import (
    BETA,
    CORNER,
    TARGET,
    VOLTS,
    clamped,
    irises,
)

WRITE_NOISE, MAX_PULSES = 0.05, 20
"""Relative deviation of one pulse, pulses of one update."""
SHARES = (0.04, 0.08, 0.16, 0.32)
"""Learning rates of the grid, of Adam's steps: shares of the window of the state."""
SEEDS, GRID_SEEDS, GRID_DECADES = tuple(range(5)), (100, 101), (2.0, 0.5)


@attrs.frozen
class Task:
    """What is learned.

    Args:
        samples: Seed to inputs, V, labels, and which samples are learned and tested.
        batch_size: Samples per update.
        epochs: Passes.
    """

    samples: Callable[[int], tuple[Array, Array, Array, Array]]
    batch_size: int
    epochs: int


def xor(seed: int) -> tuple[Array, Array, Array, Array]:
    """Return the four samples of XOR: all are learned, all are tested."""
    del seed
    volts = VOLTS * np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
    return volts, np.array([0, 1, 1, 0]), np.arange(4), np.arange(4)


TASKS: Mapping[str, Task] = {"iris": Task(irises, 105, 60), "xor": Task(xor, 4, 60)}
LEARNED = {"iris": 0.9, "xor": 1.0}
"""Test accuracy from which a task counts as learned."""
CIRCUITS = ("fixed", "scaled")
"""Corners, gains and targets stay as they are, or follow the swing that the window leaves."""
PARTLY = ("scaled corners and gains", "scaled targets")
"""Circuits of which only this follows."""


def swing(decades: float) -> float:
    """Return the largest drop of a node between equal rows of both signs, as a share of theirs."""
    ratio = 10.0**decades
    return (ratio - 1) / (ratio + 1)


@attrs.frozen
class Trial:
    """One network to train.

    Args:
        task: Name in `TASKS`.
        circuit: One of `CIRCUITS` or `PARTLY`.
        programming: Name in `PROGRAMMING`.
        decades: Width of the window.
    """

    task: str
    circuit: str
    programming: str
    decades: float

    def scaled(self, part: str) -> float:
        """Return the factor of a part of the circuit, "corners" or "targets"."""
        follows = self.circuit == "scaled" or part in self.circuit
        return swing(self.decades) if follows else 1.0

    @property
    def cell(self) -> Cell:
        """What the network is made of."""
        return PROGRAMMING[self.programming].cell(self.decades)

    def crossbars(self, share: float) -> dict[str, Any]:
        """Return the settings of both crossbars."""
        cell, response = self.cell, PROGRAMMING[self.programming].response
        low, high = cell.limits
        settings: dict[str, Any] = {
            "cell": cell,
            "initializer": RandomUniform(*cell.window),
            "lr": share * (high - low),
        }
        if response is not None:
            settings["pulses"] = Pulses(response=response(self.decades), max_pulses=MAX_PULSES)
            settings["effects"] = [PulseNoise(WRITE_NOISE)]
        return settings

    def network(self, n_inputs: int, n_classes: int, share: float, seed: int) -> Model:
        """Return two crossbars with ten clamped nodes and amplifiers between them."""
        mean, scale = float(np.mean(self.cell.window)), self.scaled("corners")
        settings = self.crossbars(share)
        return clamped(settings, n_inputs, n_classes, mean=mean, scale=scale, seed=seed)

    def trained(self, share: float, seed: int) -> tuple[float, float]:
        """Return the shares of right test samples and of conducting clamps, after training."""
        task = TASKS[self.task]
        volts, labels, train, test = task.samples(seed)
        classes = np.eye(labels.max() + 1)[labels]
        targets = TARGET * self.scaled("targets") * (2 * classes - 1)
        data = DataSet.differential(volts, {"y": targets})
        model = self.network(volts.shape[1], classes.shape[1], share, seed)
        model.fit(
            BatchGenerator(data.subset(train), batch_size=task.batch_size),
            MSE(output_midpoint=0.0),
            Adam(model),
            epochs=task.epochs,
            rule=EquilibriumPropagation(BETA * float(np.mean(self.cell.window)), "centered"),
            metrics=Metrics(model, verbose=False, save_parameters=None),
        )
        found = model.predict(data.subset(test))["y"].argmax(axis=1)
        nodes = model.operating_points(data.subset(test).inputs).at("m1")
        conducts = np.abs(nodes) >= CORNER * self.scaled("corners")
        return float((found == labels[test]).mean()), float(conducts.mean())

    def accuracy(self, share: float, seed: int) -> float:
        """Return the share of test samples that a trained network has right."""
        return self.trained(share, seed)[0]


def grid(programming: str) -> dict[str, float]:
    """Return the mean accuracy of each share, on irises and seeds that are not reported."""
    found = {}
    for share in SHARES:
        trials = [Trial("iris", "scaled", programming, decades) for decades in GRID_DECADES]
        found[str(share)] = float(
            np.mean([trial.accuracy(share, seed) for trial in trials for seed in GRID_SEEDS])
        )
    return found


def linear_accuracy(seed: int) -> float:
    """Return the share of test flowers that the least squares of the inputs have right."""
    volts, labels, train, test = irises(seed)
    rows = np.column_stack([volts, np.ones(len(volts))])
    weights = np.linalg.lstsq(rows[train], np.eye(3)[labels[train]], rcond=None)[0]
    return float(((rows[test] @ weights).argmax(axis=1) == labels[test]).mean())
