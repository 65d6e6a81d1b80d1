"""MNIST by crossbars with antiparallel diodes and bidirectional amplifiers."""

from ebana_core.experiments import Experiment, Published
from ebana_core.losses import CrossEntropyLoss
from ebana_core.optimizers import Adam
from ebana_core.papers.entries import KENDALL_2020
from ebana_core.rules import EquilibriumPropagation
from ebana_core.schedules import StepDecay
from ebana_core.zoo.images import mirrored_images
from ebana_core.zoo.networks import antiparallel

RATE, DECAY, BATCH_SIZE = 2e-7, 0.75, 64
FALLING = StepDecay(RATE, DECAY, -(-60_000 // BATCH_SIZE))
MNIST = Experiment(
    name="kendall2020.mnist",
    paper=KENDALL_2020,
    task="Ten digits by 100 hidden nodes, each with an antiparallel pair of diodes and an "
    "amplifier of gain 4, and ten folded outputs.",
    data="mnist (IDX folder), pixels and their negatives, 50 V the brightest",
    load=mirrored_images("mnist", 50.0),
    build=lambda seed: antiparallel((1568, 100, 20), v_off=1.0, rate=FALLING, seed=seed),
    rule=EquilibriumPropagation(1e-8, variant="centered"),
    loss=CrossEntropyLoss(),
    optimizer=Adam,
    hyperparameters={"epochs": 12, "batch_size": BATCH_SIZE, "rate": RATE, "decay": DECAY},
    quick={"epochs": 1, "n_train": 128, "n_test": 32},
    published=[Published(measure="test error", value=3.43, unit="%", where="its network on MNIST")],
    not_found=[
        "the program and its diodes' model card: Shockley diodes of 1 uA at 1 V and 50 mV here",
        "cross entropy, Adam and batches of 64 here, where the paper has settings of its own",
        "the paper's simulation in SPICE took a week",
    ],
)
EXPERIMENTS = (MNIST,)
