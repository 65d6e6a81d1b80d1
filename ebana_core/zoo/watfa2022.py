"""XOR, three gates at once, and Fisher's irises on two-layer networks of behavioural diodes."""

from collections.abc import Callable

import attrs

from ebana_core.experiments import (
    Experiment,
    Findings,
    Folder,
    Published,
    Split,
    Trial,
    classified,
    decided,
)
from ebana_core.losses import MSE, CrossEntropyLoss
from ebana_core.model import Model
from ebana_core.optimizers import Adam
from ebana_core.papers.entries import WATFA_2022
from ebana_core.registry import load_registry
from ebana_core.rules import EquilibriumPropagation
from ebana_core.zoo.demos import BETA, N_SPLITS, Demo, digital_gates, iris, xor

PAPER_2023 = """@article{watfa2023,
  author = {Watfa, Mohamed and Garcia-Ortiz, Alberto and Sassatelli, Gilles},
  title = {Energy-based analog neural network framework},
  journal = {Frontiers in Computational Neuroscience},
  volume = {17},
  year = {2023},
  doi = {10.3389/fncom.2023.1114651}
}"""
OPEN = ("initial conductances and order of samples: drawn from the seed here",)


def _load(make: Callable[[], Demo]) -> Callable[[Folder], Split]:
    def load(folder: Folder) -> Split:
        del folder  # the samples need none
        demo = make()
        return demo.train, demo.test

    return load


def _build(make: Callable[[], Demo]) -> Callable[[int], Model]:
    return lambda seed: make().build(load_registry(), seed)


def _learn_irises(trial: Trial) -> Findings:
    """Train on the division of the irises that the seed names, and test on the rest."""
    flowers, model = iris(trial.seed % N_SPLITS), trial.model()
    trial.fit(model, flowers.train, flowers.test)
    return classified(model, flowers.test)


ALL_RIGHT = Published(
    measure="right answers",
    value=100.0,
    unit="%",
    where="XOR example of the framework",
    higher_is_better=True,
)
XOR = Experiment(
    name="watfa2022.xor",
    paper=WATFA_2022,
    task="Exclusive or of two voltages: a crossbar, two diodes and an amplifier at each of ten "
    "nodes, a crossbar.",
    data="the four samples of XOR, -1 V and 1 V",
    load=_load(xor),
    build=_build(xor),
    rule=EquilibriumPropagation(BETA),
    loss=MSE(output_midpoint=0.5),
    optimizer=Adam,
    hyperparameters={"epochs": 100, "batch_size": 4},
    quick={"epochs": 10},
    measure=decided(0.5),
    published=[ALL_RIGHT],
    not_found=OPEN,
)
GATES = attrs.evolve(
    XOR,
    name="watfa2022.gates",
    task="OR, AND and XOR as three outputs of one network of ten hidden nodes.",
    data="the four samples of two truth values, -1 V and 1 V",
    load=_load(digital_gates),
    build=_build(digital_gates),
    published=[attrs.evolve(ALL_RIGHT, where="gates example of the framework")],
)
IRIS = Experiment(
    name="watfa2023.iris",
    paper=PAPER_2023,
    task="Three species of iris by a network of ten hidden nodes; seed k takes the k-th of ten "
    "stratified divisions into 105 flowers to train and 45 to test.",
    data="iris (scikit-learn), principal components of the training samples",
    load=_load(iris),
    build=_build(iris),
    rule=EquilibriumPropagation(BETA),
    loss=CrossEntropyLoss(),
    optimizer=Adam,
    hyperparameters={"epochs": 60, "batch_size": 15},
    quick={"epochs": 3},
    perform=_learn_irises,
    published=[
        Published(
            measure="test accuracy",
            value=96.0,
            unit="%",
            where="results on the Iris data set",
            higher_is_better=True,
        )
    ],
    not_found=OPEN,
)
EXPERIMENTS = (XOR, GATES, IRIS)
