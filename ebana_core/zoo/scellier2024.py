"""Deep resistive networks of ideal diodes on MNIST: 100 hidden nodes, and one to three times 1024.

The second paper trains the same networks on Kuzushiji-MNIST and Fashion-MNIST.
"""

from collections.abc import Sequence

from ebana_core.experiments import Experiment, Published
from ebana_core.losses import MSE
from ebana_core.optimizers import Adam
from ebana_core.papers.entries import SCELLIER_2024
from ebana_core.rules import EquilibriumPropagation
from ebana_core.schedules import StepDecay
from ebana_core.zoo.images import mirrored_images
from ebana_core.zoo.networks import UNIT, deep_resistive

UNIVERSAL = """@article{scellier2025,
  author = {Scellier, Benjamin and Mishra, Siddhartha},
  title = {A Universal Approximation Theorem for Nonlinear Resistive Networks},
  year = {2025},
  note = {arXiv:2312.15063}
}"""
BATCH_SIZE, BETA = 32, 1e-8
STEPS = 60_000 // BATCH_SIZE
"""Updates of an epoch."""
OPEN = (
    "conductances have no unit: 1 uS is one here, and outputs are nudged by 1e-8 S, since phases "
    "are solved to the last digits",
    "batches of 32 and Adam here; batches of 4, SGD and 50 epochs there",
)
SPARSE = (
    *OPEN,
    "behind hidden nodes 3 % of the devices conduct at the start (of three hidden layers 1 %), and "
    "one half there, from which Adam leaves a third of the digits wrong after two epochs of 3,200 "
    "images: every layer then makes nearly the same voltage at all its nodes",
)
SHORT = (
    *SPARSE,
    "seven passes here, at whose end the loss still falls: with two hidden layers the error was "
    "1.67 % after seven passes and 1.51 % after twelve",
)


def _network(
    name: str,
    *hidden: int,
    error: float,
    gain: float,
    rate: float,
    decay: float,
    epochs: int,
    share: float | None = None,
    paper: str = SCELLIER_2024,
    data: str = "mnist",
    open_: Sequence[str] = OPEN,
) -> Experiment:
    """Return the experiment on one network.

    Args:
        name: Of the experiment.
        hidden: Nodes of its hidden layers.
        error: Published, %.
        gain: Voltage of the brightest pixel, V.
        rate: Learning rate of Adam, in units of UNIT².
        decay: Of the rate, per epoch.
        epochs: Passes.
        share: Of the devices behind hidden nodes that conduct at the start; see `deep_resistive`.
        paper: Its BibTeX entry.
        data: Name of the data set.
        open_: What the paper leaves open.
    """
    lr = StepDecay(rate * UNIT**2, decay, STEPS)
    shape = "-".join(str(width) for width in (1568, *hidden, 10))
    return Experiment(
        name=name,
        paper=paper,
        task=f"Ten classes of images by a deep resistive network {shape} of ideal diodes.",
        data=f"{data} (IDX folder), pixels and their negatives, {gain:g} V the brightest",
        load=mirrored_images(data, gain),
        build=lambda seed: deep_resistive(*hidden, rate=lr, seed=seed, share=share),
        rule=EquilibriumPropagation(BETA, variant="centered"),
        loss=MSE(None),
        optimizer=Adam,
        hyperparameters={
            "epochs": epochs,
            "batch_size": BATCH_SIZE,
            "rate": rate,
            "decay": decay,
            **({} if share is None else {"share": share}),
        },
        quick={"epochs": 1, "n_train": 64, "n_test": 32},
        published=[Published(measure="test error", value=error, unit="%", where="table 1")],
        not_found=open_,
    )


XS = _network("scellier2024.drn_xs", 100, error=3.46, gain=100, rate=300, decay=0.7, epochs=10)
ONE = _network("scellier2024.drn_1h", 1024, error=1.57, gain=480, rate=150, decay=0.8, epochs=12)
TWO = _network(
    "scellier2024.drn_2h",
    *(1024, 1024),
    error=1.48,
    gain=2000,
    rate=150,
    decay=0.76,
    epochs=12,
    share=0.03,
    open_=SPARSE,
)
THREE = _network(
    "scellier2024.drn_3h",
    *(1024, 1024, 1024),
    error=1.66,
    gain=4000,
    rate=150,
    decay=0.6,
    epochs=7,
    share=0.01,
    open_=SHORT,
)
KUZUSHIJI = _network(
    "scellier2025.kmnist_1h",
    1024,
    error=7.57,
    gain=480,
    rate=150,
    decay=0.8,
    epochs=12,
    paper=UNIVERSAL,
    data="kuzushiji_mnist",
)
FASHION = _network(
    "scellier2025.fmnist_1h",
    1024,
    error=10.38,
    gain=480,
    rate=150,
    decay=0.8,
    epochs=12,
    paper=UNIVERSAL,
    data="fashion_mnist",
)
EXPERIMENTS = (XS, ONE, TWO, THREE, KUZUSHIJI, FASHION)
