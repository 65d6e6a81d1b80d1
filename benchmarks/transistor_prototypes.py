"""Digits on a crossbar of transistors with several outputs per class, which start at prototypes.

Every pixel is beside its complement, so that an output, which is a mean of the inputs weighted by
conductances, says how well the pixels fit those that its gates stand for. At first these are the
means of eight groups of each digit (k-means); then the gates learn by the local rule.

Source:
    The transistors are those of P. Pandey and co-workers, pyclln-final. Prototypes that learn
    from samples: T. Kohonen, The self-organizing map, Proceedings of the IEEE 78 (1990), 1464.
"""

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

import attrs
import numpy as np
from sklearn.cluster import KMeans

from benchmarks.transistor_rails import CHIPS, MILLIVOLTS, NOISY, SPREADS
from benchmarks.transistor_tasks import Row, Task, digits, falling, last_of, orders
from ebana_core import Model
from ebana_core.chips import Twin, VoltageNoise
from ebana_core.data import DataSet
from ebana_core.losses import Hinge
from ebana_core.rules import DropSquared
from ebana_core.zoo.transistors import crossbar_classifier

PER_CLASS, RATE = 8, 2.0
"""Outputs of a class, and rate of the first epoch."""
EPOCHS = 8
LAST = {"every": EPOCHS}
DARK, BRIGHT = 0.8, 5.0
"""Gates at first, V, of pixels at 0 and at 1 V; the complements' are the other way round."""
SETTINGS: Mapping[str, Any] = {
    "loss_fn": Hinge(margin=0.05),
    "rule": DropSquared(0.1, only_clamped=True),
}
LOUD: Mapping[str, Any] = {
    "loss_fn": Hinge(margin=0.2),
    "rule": DropSquared(0.5, only_clamped=True),
    "lr": 0.5,
}
"""Settings from 30 mV of noise on: a larger nudge is read in spite of it."""


@attrs.frozen
class Prototypes:
    """A task whose classes have several outputs, and the gates at which these start.

    Args:
        task: Inputs beside their complements, V; targets are 1 at all outputs of the class.
        gates: ``(n_inputs, n_outputs)``, V.
    """

    task: Task
    gates: np.ndarray

    @classmethod
    def of(cls, task: Task, seed: int, per_class: int = PER_CLASS) -> "Prototypes":
        """Return a task with prototypes that are drawn from its training set alone.

        Args:
            task: Inputs from 0 to 1 V.
            seed: Of the groups.
            per_class: Outputs of a class.
        """
        volts, labels = task.train.inputs["x"], task.train.outputs["y"].argmax(axis=1)
        centres = np.vstack(
            [
                KMeans(per_class, n_init=1, random_state=seed)
                .fit(volts[labels == own])
                .cluster_centers_
                for own in range(labels.max() + 1)
            ]
        )
        gates = DARK + (BRIGHT - DARK) * beside_complements(centres).T
        return cls(Task(*(widened(own, per_class) for own in (task.train, task.test))), gates)

    def network(self, seed: int, gates: np.ndarray | None, lr: float) -> Model:
        """Return the crossbar, at first with the gates of the prototypes."""
        start = self.gates if gates is None else gates
        return crossbar_classifier(*start.shape, start, lr=lr, fold=False, seed=seed)

    def learned(self, seed: int, epochs: int = EPOCHS, **more: Any) -> dict[int, float]:
        """Return the share of test samples that are right after epochs; see `falling`."""
        passes = orders(seed, len(self.task.train), epochs)
        settings = {"lr": RATE, "seed": seed, **SETTINGS, **more}
        return falling(partial(self.network, seed), self.task, passes, **settings)


def beside_complements(volts: np.ndarray) -> np.ndarray:
    """Return inputs, and beside them what they lack of 1 V."""
    return np.hstack([volts, 1.0 - volts])


def widened(data: DataSet, per_class: int) -> DataSet:
    """Return samples whose classes have several outputs."""
    goals = np.repeat(data.outputs["y"], per_class, axis=1)
    return DataSet({"x": beside_complements(data.inputs["x"])}, {"y": goals})


@cache
def prototypes(seed: int) -> Prototypes:
    """Return the digits, split as published."""
    return Prototypes.of(digits(0), seed)


def on_twins(own: Prototypes, number: int) -> dict[str, Any]:
    """Return twins with mismatch, which are read with 5 mV of noise."""
    twin = Twin.drawn(own.network(number, None, 0.0), SPREADS, seed=number)
    return {"chip": twin, "read_noise": VoltageNoise(5e-3)}


def digits_ours() -> Row:
    """Learn the digits on 10,240 transistors: eight outputs per class, at first prototypes."""
    runs = {seed: prototypes(seed).learned(seed) for seed in range(3)}
    return {"published": 0.9806, "needed": 0.98, **last_of(runs)}


def digits_chips_ours() -> Row:
    """Learn `digits_ours` on twins with mismatch that are read with 5 mV of noise."""
    runs = {}
    for number in CHIPS:
        own = prototypes(number)
        runs[number] = own.learned(number, **LAST, **on_twins(own, number))
    return {"published": 0.9694, "needed": 0.97, **last_of(runs)}


def noisy(millivolts: int) -> dict[str, Any]:
    """Return with what to learn where readings have so much noise, mV."""
    noise = {"read_noise": VoltageNoise(1e-3 * millivolts)} if millivolts else {}
    return {**(LOUD if millivolts >= 30 else {}), **noise}


def read_noise_ours() -> Row:
    """Learn and test `digits_ours` with more and more noise of readings, seed 0."""
    runs = {str(level): prototypes(0).learned(0, **LAST, **noisy(level)) for level in MILLIVOLTS}
    found = {level: run[EPOCHS] for level, run in runs.items()}
    return {"published": NOISY, "needed": NOISY, "measured": found}
