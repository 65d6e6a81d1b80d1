"""Coupled learning on disordered networks: allostery and regression."""

import attrs
import numpy as np

from ebana_core.data import DataSet
from ebana_core.experiments import (
    Axis,
    Chart,
    Experiment,
    Findings,
    Folder,
    Published,
    Split,
    Trial,
)
from ebana_core.initializers import RandomUniform
from ebana_core.losses import MSE
from ebana_core.optimizers import SGD
from ebana_core.papers.entries import STERN_2021
from ebana_core.rules import CoupledLearning
from ebana_core.zoo.disordered import disordered, moved, straightness

SOURCES = np.array([0.0, 1.0, 0.2, 0.8, 0.4, 0.6])
"""Voltages of the sources of an allostery, V."""
DISTANCE = 0.05
"""How far each output is to move, V."""
DRAWN = RandomUniform(1e-5, 1e-4, clip_low=1e-7, clip_high=1e-3)
WEIGHTS, OFFSETS = np.array([[0.2, 0.4], [0.3, 0.1]]), np.array([0.1, 0.2])
"""Targets of the regression: ``x @ WEIGHTS + OFFSETS``, V."""
TEACHER_STREAM = 23
"""Tells the random numbers of a teacher from all others that follow from the same seed."""
FLOOR = 1e-20
"""Losses below this share of the first are rounding, and are left out of the line."""
LINE = Published(
    measure="straightness of the logarithm",
    value=1.0,
    unit="1",
    where="the error falls exponentially",
    within=0.05,
)
OPEN = (
    "networks, sources and strengths in numbers: only the abstract and reviews were at hand; "
    "triangulations of random points here",
    "how straight is exponential: the share of the logarithm's variance that one line explains, "
    "1 at most, has to be 0.95 here",
)


def _found(losses: list[float]) -> Findings:
    seen = np.array(losses)
    seen = seen[: int(np.argmax(seen < FLOOR * seen[0])) or len(seen)]
    rate, straight = straightness(seen)
    late, late_straight = straightness(seen[len(seen) // 2 :])
    return {
        "decay rate": -rate,
        "straightness of the logarithm": straight,
        "decay rate of the last half": -late,
        "straightness of the last half": late_straight,
        "error": losses,
    }


def _decay(step: str, rate: str, seen: str) -> Chart:
    return Chart(
        caption="The error of five disordered networks: a straight line falls exponentially. "
        f"{seen} Beside each seed stands its {rate}, per {step}.",
        x=Axis(step),
        y=Axis("half the squared error", "V²", is_log=True),
        curves=["error"],
        beside=rate,
    )


def _allostery(trial: Trial) -> Findings:
    model = trial.model()
    history = trial.fit(model, moved(model, SOURCES, DISTANCE))
    return _found([float(loss) for loss in history.losses])


def _load_one(folder: Folder) -> Split:
    del folder  # one sample, which the network itself gives its targets
    sample = DataSet({"x": SOURCES[None, :]}, {"y": [[0.5, 0.5]]})
    return sample, sample


def _load_line(folder: Folder) -> Split:
    del folder  # drawn
    volts = np.random.default_rng(0).uniform(0, 1, (60, 2))
    rails = np.tile([1.0, 0.0], (60, 1))
    data = DataSet({"x": np.hstack([volts, rails])}, {"y": volts @ WEIGHTS + OFFSETS})
    return data.subset(np.arange(40)), data.subset(np.arange(40, 60))


def _regression(trial: Trial) -> Findings:
    train, _ = trial.split()
    model, teacher = trial.model(), trial.model()
    # What the same graph can do with other conductances can be learned to the last digit.
    drawn = np.random.default_rng([trial.seed, TEACHER_STREAM])
    branches = teacher.parameters["net.conductance"].shape
    teacher.parameters["net.conductance"] = DRAWN.draw(branches, drawn)
    history = trial.fit(model, DataSet(dict(train.inputs), teacher.predict(train)))
    return _found([float(loss) for loss in history.losses])


ALLOSTERY = Experiment(
    name="stern2021.allostery",
    paper=STERN_2021,
    task="Two voltages of a disordered network of 40 nodes are moved by 0.05 V each, by coupled "
    "learning; the decay rate is per update.",
    data="one sample; targets follow from the untrained network of the seed",
    load=_load_one,
    build=lambda seed: disordered(seed, n_nodes=40, n_inputs=6, n_outputs=2, drawn=DRAWN, lr=1e-4),
    rule=CoupledLearning(0.01),
    loss=MSE(),
    optimizer=SGD,
    hyperparameters={"epochs": 300, "batch_size": 1},
    quick={"epochs": 15},
    perform=_allostery,
    published=[LINE],
    charts=[_decay("update", "decay rate", "All are straight, or nearly so.")],
    not_found=OPEN,
)
REGRESSION = attrs.evolve(
    ALLOSTERY,
    name="stern2021.regression",
    task="Two linear functions of two voltages by a disordered network of 40 nodes, in coupled "
    "learning; the decay rate is per epoch of four updates.",
    data="40 uniform random pairs of voltages; targets are what the same graph gives with other "
    "conductances",
    load=_load_line,
    build=lambda seed: disordered(seed, n_nodes=40, n_inputs=4, n_outputs=2, drawn=DRAWN, lr=1e-4),
    hyperparameters={"epochs": 200, "batch_size": 10},
    quick={"epochs": 5},
    perform=_regression,
    charts=[
        _decay(
            "epoch",
            "decay rate of the last half",
            "These fall steeply at first, and then ever more slowly.",
        )
    ],
    not_found=(
        *OPEN,
        "two outputs with three coefficients each are six combinations, each of which falls "
        "exponentially at a rate of its own; fastest and slowest are a hundredfold to a "
        "thousandfold apart, so that their sum is no line, while its last half nearly is",
    ),
)
EXPERIMENTS = (ALLOSTERY, REGRESSION)
