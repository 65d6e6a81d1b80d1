"""Coupled learning in which every device takes part in an update at random."""

import attrs
import numpy as np

from ebana_core.experiments import Experiment, Findings, Folder, Published, Split, Trial
from ebana_core.losses import MSE
from ebana_core.model import Model
from ebana_core.optimizers import SGD, RandomSubset
from ebana_core.papers.entries import WYCOFF_2022
from ebana_core.rules import CoupledLearning
from ebana_core.zoo import stern2021
from ebana_core.zoo.disordered import moved, straightness

SHARES = (1.0, 0.5, 0.2)
"""Probability with which a device takes part."""


def _load(folder: Folder) -> Split:
    return stern2021.ALLOSTERY.load(folder)


def _build(seed: int) -> Model:
    return stern2021.ALLOSTERY.build(seed)


def _perform(trial: Trial) -> Findings:
    """Learn one task from one start with each share, for as many updates of every device."""
    found: dict[str, float | list[float]] = {"share": list(SHARES)}
    paces, ends = [], []
    for share in SHARES:
        subset = RandomSubset(share, seed=trial.seed)
        experiment = attrs.evolve(trial.experiment, optimizer_settings={"subset": subset})
        own, model = attrs.evolve(trial, experiment=experiment), trial.model()
        sample = moved(model, stern2021.SOURCES, stern2021.DISTANCE)
        epochs = round(int(trial.settings["epochs"]) / share)
        history = own.fit(model, sample, label=f"share{100 * share:.0f}", epochs=epochs)
        losses = [float(loss) for loss in history.losses]
        rate, _ = straightness(np.array(losses))
        paces.append(-rate / share)
        ends.append(losses[-1] / losses[0])
        found[f"error, share {share:g}"] = losses
    return {
        **found,
        "pace of a fifth relative to all": paces[-1] / paces[0],
        "pace of a half relative to all": paces[1] / paces[0],
        "left of the error": ends,
    }


SUBSETS = Experiment(
    name="wycoff2022.subsets",
    paper=WYCOFF_2022,
    task="Two voltages of a disordered network are moved by coupled learning, with all devices, "
    "half of them and a fifth of them in each update; the pace is the decay rate of the error per "
    "update of a device.",
    data="one sample; targets follow from the untrained network of the seed",
    load=_load,
    build=_build,
    rule=CoupledLearning(0.01),
    loss=MSE(),
    optimizer=SGD,
    hyperparameters={"epochs": 100, "batch_size": 1},
    quick={"epochs": 10},
    perform=_perform,
    published=[
        Published(
            measure="pace of a fifth relative to all",
            value=1.0,
            unit="1",
            where="abstract: desynchronizing does not degrade the performance",
            within=0.2,
        ),
    ],
    not_found=(
        "how much slower is degraded: more than a fifth here",
        "tasks and probabilities: only the abstract was at hand; a half and a fifth here",
        "discrete resistances, on which the paper finds an improvement in experiment",
    ),
)
EXPERIMENTS = (SUBSETS,)
