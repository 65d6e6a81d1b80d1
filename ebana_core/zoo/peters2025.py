"""Equilibrium Propagation under reading noise: up to which noise do networks learn?"""

import math
from collections.abc import Mapping

import numpy as np

from ebana_core.arrays import Array
from ebana_core.chips import VoltageNoise
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
    classified,
)
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
)
from ebana_core.losses import CrossEntropyLoss
from ebana_core.model import Model
from ebana_core.optimizers import Adam
from ebana_core.rules import EquilibriumPropagation
from ebana_core.zoo.parts import check_scikit_learn, device

PAPER = """@article{peters2025,
  author = {Peters, Jonathan and Talatchian, Philippe},
  title = {Harnessing uncertainty when learning through {Equilibrium Propagation} in neural
           networks},
  journal = {arXiv preprint arXiv:2503.22810},
  year = {2025}
}"""
SETS: Mapping[str, int] = {"digits": 10, "wine": 3, "cancer": 2}
"""Data set of scikit-learn to its number of classes."""
N_COMPONENTS = 8
"""Principal components that stand for a sample, in every set."""
N_HIDDEN, N_CLASSES = 32, 10
BETA = 1e-6
"""Nudging strength, S."""
LEARNING_RATE = 2e-7
"""Learning rate of Adam, S."""
VOLTS = 0.5
"""Standard deviation of every component, V."""
SPLIT_SEED = 0


def samples_of(name: str) -> Split:
    """Return two thirds and one third of a data set, with ten outputs, of which it may use less.

    Raises:
        MissingLibraryError: scikit-learn, which holds the data, is not installed.
    """
    check_scikit_learn(f"The samples of {name!r}")
    from sklearn import datasets
    from sklearn.decomposition import PCA
    from sklearn.model_selection import train_test_split

    full = {"digits": "load_digits", "wine": "load_wine", "cancer": "load_breast_cancer"}[name]
    found = getattr(datasets, full)()
    train, test = train_test_split(
        np.arange(len(found.target)),
        test_size=1 / 3,
        stratify=found.target,
        random_state=SPLIT_SEED,
    )
    # Features of unequal units first to one size; pixels that never change stay zero.
    features = _standardized(found.data, train)
    pca = PCA(N_COMPONENTS, whiten=True, random_state=0).fit(features[train])
    volts = VOLTS * np.clip(pca.transform(features), -2, 2)
    data = DataSet.differential(volts, {"y": np.eye(N_CLASSES)[found.target]})
    return data.subset(train), data.subset(test)


def _standardized(features: Array, train: Array) -> Array:
    spread = features[train].std(axis=0)
    centered = features - features[train].mean(axis=0)
    return np.asarray(centered / np.where(spread == 0, 1.0, spread))


def _load(folder: Folder) -> Split:
    del folder  # scikit-learn holds the samples
    return samples_of("digits")


def _build(seed: int) -> Model:
    init = RandomUniform(1e-7, 1e-5, clip_low=1e-8, clip_high=1e-4)
    inputs = [InputVoltageLayer(units=N_COMPONENTS, name=name) for name in ("xp", "xn")]
    biases = [
        BiasVoltageLayer(units=2, name=name, bias_voltage=[1.0, -1.0]) for name in ("b1", "b2")
    ]
    rows = ConcatenateLayer(name="rows")([*inputs, biases[0]])
    hidden = DenseLayer(units=N_HIDDEN, name="d1", lr=LEARNING_RATE, initializer=init)(rows)
    relu = device("diode")(name="relu", kind="ideal", direction="up")(hidden)
    amplified = AmplificationLayer(name="amp", param={"gain": 4.0})(relu)
    columns = ConcatenateLayer(name="columns")([amplified, biases[1]])
    last = DenseLayer(units=2 * N_CLASSES, name="d2", lr=LEARNING_RATE, initializer=init)(columns)
    return Model(inputs=[*inputs, *biases], outputs=[CurrentLayer(name="y")(last)], seed=seed)


def _perform(trial: Trial) -> Findings:
    settings = trial.settings
    noises = np.geomspace(
        float(settings["low"]), float(settings["high"]), int(settings["n_noises"])
    )
    found: dict[str, float | list[float]] = {"noise": noises.tolist()}
    critical = []
    for name, n_classes in SETS.items():
        train, test = samples_of(name)
        errors = [_error(trial, name, train, test, noise) for noise in (0.0, *noises)]
        chance = 100 * (1 - 1 / n_classes)
        critical.append(critical_noise(noises, errors[1:], (errors[0] + chance) / 2))
        found[f"test error, {name}"] = errors[1:]
        found[f"test error without noise, {name}"] = errors[0]
        found[f"critical noise, {name}"] = critical[-1]
    return {**found, "largest over smallest critical noise": max(critical) / min(critical)}


def _error(trial: Trial, name: str, train: DataSet, test: DataSet, noise: float) -> float:
    """Return the test error, read without noise, %, after training under one noise, V."""
    model, settings = trial.model(), trial.settings
    # The same number of updates for every set, whatever its size.
    updates = int(settings["updates"]) * int(settings["batch_size"])
    epochs = math.ceil(updates / train.n_samples)
    seen = VoltageNoise(noise, seed=trial.seed) if noise else None
    label = f"{name}_{noise:.1e}"
    trial.fit(model, train, label=label, epochs=epochs, read_noise=seen)
    return float(np.asarray(classified(model, test)["test error"]))


def critical_noise(noises: Array, errors: list[float], threshold: float) -> float:
    """Return the noise from which on errors stay above a threshold, V.

    Between two noises, errors go straight over the logarithm of the noise. Where all errors are
    above it, that is the first noise; where that of the last noise is not, it is the last.
    """
    above = np.asarray(errors) > threshold
    if above.all() or not above[-1]:
        return float(noises[0] if above.all() else noises[-1])
    last = int(np.flatnonzero(~above)[-1])
    low, high = errors[last], errors[last + 1]
    share = (threshold - low) / (high - low)
    return float(noises[last] * (noises[last + 1] / noises[last]) ** share)


NOISE = Experiment(
    name="peters2025.reading_noise",
    paper=PAPER,
    task="Three data sets on one network of 32 ideal diodes, trained while every node is read "
    "with noise: at which noise does learning end?",
    data="digits, wine and breast cancer (scikit-learn), eight principal components each",
    load=_load,
    build=_build,
    rule=EquilibriumPropagation(BETA, variant="centered"),
    loss=CrossEntropyLoss(),
    optimizer=Adam,
    hyperparameters={
        "updates": 300,
        "batch_size": 20,
        "n_noises": 7,
        "low": 1e-3,
        "high": 1.0,
    },
    quick={"updates": 12, "n_noises": 2},
    perform=_perform,
    published=[
        Published(
            measure="largest over smallest critical noise",
            value=1.0,
            unit="1",
            where="abstract: the limit is independent of the data set",
            within=1.0,
        )
    ],
    charts=[
        Chart(
            caption="The error of a network that learned from noisy readings: on all three data "
            "sets it rises most between 3 mV and 30 mV.",
            x=Axis("reading noise", "V", is_log=True),
            y=Axis("test error", "%"),
            over="noise",
            curves=[f"test error, {name}" for name in SETS],
        )
    ],
    not_found=(
        "which noise is critical: from which on the error stays above the middle between that "
        "without noise and that of guessing, here",
        "how far limits may lie apart and still be one: a factor of 2 here (a ratio is never below "
        "1), where neighbouring noises of the curves are a factor of 3.2 apart",
        "MNIST, Kuzushiji- and Fashion-MNIST are not at hand: three small data sets on one circuit",
        "nudge, conductances and batch, which set the critical noise in volts (about 5e-5 there)",
        "the paper reads noise for the updates alone; here one noisy reading of each phase serves "
        "nudge and update",
    ),
)
EXPERIMENTS = (NOISE,)
