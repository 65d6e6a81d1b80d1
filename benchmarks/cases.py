"""What is timed: a circuit, its samples, its batch."""

from collections.abc import Callable, Mapping

import attrs
import numpy as np

from benchmarks.circuits import (
    antiparallel,
    behavioral,
    ideal_mnist,
    mos,
    shockley_mnist,
)
from benchmarks.samples import digits_samples, mnist_samples
from ebana_core import Model, losses
from ebana_core.data import DataSet, LabelledImages, load_idx
from ebana_core.losses import Loss
from ebana_core.rules import EquilibriumPropagation, LearningRule
from ebana_core.rules.phased import Variant

Images = tuple[np.ndarray, np.ndarray]
"""Images ``(n, 28, 28)``, 0 to 255, and labels ``(n,)``."""


@attrs.frozen(kw_only=True)
class Case:
    """A circuit and what is done with it.

    Args:
        build: The model, with random values of seed 0.
        samples: From images and labels.
        batch: Samples per batch.
        beta: Nudging strength, S.
        loss: Of the output "y".
        variant: Of Equilibrium Propagation.
        layers: Nodes of each layer, for the peer that rebuilds netlists; None: not its kind.
    """

    build: Callable[[], Model]
    samples: Callable[[Images], DataSet]
    batch: int
    beta: float = 1e-8
    loss: Loss = attrs.field(factory=lambda: losses.MSE(None))
    variant: Variant = "positive"
    layers: tuple[int, int, int] | None = None

    @property
    def rule(self) -> LearningRule:
        """How it is trained."""
        return EquilibriumPropagation(self.beta, variant=self.variant)


def _random(width: int, n_outputs: int) -> Callable[[Images], DataSet]:
    def samples(images: Images) -> DataSet:
        rng = np.random.default_rng(0)
        n = len(images[0])
        return DataSet(
            {"x": rng.uniform(-1, 1, (n, width))}, {"y": rng.uniform(-1, 1, (n, n_outputs))}
        )

    return samples


def _scaled(gain: float) -> Callable[[Images], DataSet]:
    return lambda images: mnist_samples(*images, gain)


def _ideal(*hidden: int, gain: float, batch: int) -> Case:
    return Case(
        build=lambda: ideal_mnist(*hidden),
        samples=_scaled(gain),
        batch=batch,
        variant="centered",
    )


CASES: Mapping[str, Case] = {
    "10-10-6 behavioural": Case(
        build=lambda: behavioral(10, 10, 6),
        samples=_random(10, 3),
        batch=105,
        layers=(10, 10, 6),
    ),
    "128-50-20 behavioural": Case(
        build=lambda: behavioral(128, 50, 20),
        samples=lambda _: digits_samples(1.0),
        batch=360,
        layers=(128, 50, 20),
    ),
    "1568-50-20 behavioural": Case(
        build=lambda: behavioral(1568, 50, 20),
        samples=_scaled(1.0),
        batch=128,
        layers=(1568, 50, 20),
    ),
    "1568-100-20 MOS": Case(
        build=lambda: mos(1568, 100, 20),
        samples=_scaled(1.0),
        batch=64,
    ),
    "1568-100-10 ideal, batch 4": _ideal(100, gain=100.0, batch=4),
    "1568-100-10 ideal, batch 64": _ideal(100, gain=100.0, batch=64),
    "1568-1024-10 ideal, batch 64": _ideal(1024, gain=480.0, batch=64),
    "1568-1024-1024-10 ideal, batch 64": _ideal(1024, 1024, gain=4000.0, batch=64),
    "1568-1024-1024-1024-10 ideal, batch 64": _ideal(1024, 1024, 1024, gain=40000.0, batch=64),
    "1568-100-20 antiparallel": Case(
        build=lambda: shockley_mnist(rate=0.0),
        samples=_scaled(50.0),
        batch=64,
        loss=losses.CrossEntropyLoss(),
    ),
    "128-512-512-20 antiparallel": Case(
        build=lambda: antiparallel((128, 512, 512, 20), v_off=0.8),
        samples=lambda _: digits_samples(50.0),
        batch=360,
    ),
}


def load_images(folder: str | None, n: int) -> tuple[Images, str]:
    """Return training images, and what they are: random ones of MNIST's statistics by default.

    Args:
        folder: Of MNIST's IDX files; None: 19 % of the pixels are random.
        n: How many.
    """
    if folder is None:
        rng = np.random.default_rng(0)
        is_ink = rng.uniform(size=(n, 28, 28)) < 0.19
        ink = rng.integers(1, 256, (n, 28, 28))
        return (np.where(is_ink, ink, 0), rng.integers(0, 10, n)), "random images"
    data: LabelledImages = load_idx(folder)
    return (data.train_images[:n], data.train_labels[:n]), "MNIST"
