"""Training runs that take minutes: error on the test images after every epoch.

Usage: OMP_NUM_THREADS=1 python -m benchmarks.training ideal-100 --data FOLDER
           --out benchmarks/results/training_ideal_100.json

FOLDER holds MNIST's four IDX files.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, final

import attrs
import numpy as np

from benchmarks.circuits import (
    behavioral_mnist,
    ideal_mnist,
    local_mnist,
    shockley_mnist,
)
from benchmarks.records import made_with, write_record
from benchmarks.samples import mnist_planes, mnist_samples
from ebana_core import Model, losses, optimizers
from ebana_core.arrays import Array
from ebana_core.callbacks import Callback
from ebana_core.data import BatchGenerator, DataSet, LabelledImages, load_idx
from ebana_core.losses import Loss
from ebana_core.metrics import Metrics
from ebana_core.rules import EquilibriumPropagation

Samples = Callable[[np.ndarray, np.ndarray], DataSet]


@attrs.frozen(kw_only=True)
class Recipe:
    """A network and how it is trained.

    Args:
        build: Seed and steps per epoch to model.
        samples: Images and labels to data set.
        loss: Of the output "y".
        batch_size: Samples per step.
        epochs: Passes over the 60,000 images.
        beta: Nudging strength, S; centered.
        optimizer: ``"sgd"`` or ``"adam"``.
        published: What the circuit's authors report.
    """

    build: Callable[[int, int], Model]
    samples: Samples
    loss: Loss
    batch_size: int
    epochs: int
    beta: float
    optimizer: str = "sgd"
    published: str


RECIPES: Mapping[str, Recipe] = {
    "ideal-100": Recipe(
        build=lambda seed, steps: ideal_mnist(
            100, rate=300.0, decay=0.7, steps_per_epoch=steps, seed=seed
        ),
        samples=lambda images, labels: mnist_samples(images, labels, 100),
        loss=losses.MSE(None),
        batch_size=32,
        epochs=10,
        beta=1e-8,
        optimizer="adam",
        published="3.46 % test error (B. Scellier, energy-based-learning, papers/fast-drn)",
    ),
    "ideal-1024": Recipe(
        build=lambda seed, steps: ideal_mnist(
            1024, rate=150.0, decay=0.8, steps_per_epoch=steps, seed=seed
        ),
        samples=lambda images, labels: mnist_samples(images, labels, 480),
        loss=losses.MSE(None),
        batch_size=32,
        epochs=12,
        beta=1e-8,
        optimizer="adam",
        published="1.57 % test error (B. Scellier, energy-based-learning, papers/fast-drn)",
    ),
    "behavioral-100": Recipe(
        build=lambda seed, steps: behavioral_mnist(
            rate=1e-7, decay=0.85, steps_per_epoch=steps, seed=seed
        ),
        samples=lambda images, labels: mnist_samples(images, labels, 20),
        loss=losses.MSE(None),
        batch_size=32,
        epochs=20,
        beta=1e-7,
        optimizer="adam",
        published="EBANA's example tests on its 1,000 training samples",
    ),
    "local": Recipe(
        build=lambda seed, steps: local_mnist(
            rate=1e-7, decay=0.6, steps_per_epoch=steps, seed=seed
        ),
        samples=lambda images, labels: mnist_planes(images, labels, 20),
        loss=losses.MSE(None),
        batch_size=64,
        epochs=6,
        beta=1e-7,
        optimizer="adam",
        published="none known",
    ),
    "shockley-100": Recipe(
        build=lambda seed, steps: shockley_mnist(
            rate=2e-7, decay=0.75, steps_per_epoch=steps, seed=seed
        ),
        samples=lambda images, labels: mnist_samples(images, labels, 50),
        loss=losses.CrossEntropyLoss(),
        batch_size=64,
        epochs=12,
        beta=1e-8,
        optimizer="adam",
        published="97.02 % test accuracy after 100 epochs (Osana and Querlioz 2026)",
    ),
}


@final
class TestError(Callback):
    """Counts wrong test images after every epoch."""

    def __init__(self, model: Model, test: DataSet, labels: Array) -> None:
        self.model, self.test, self.labels = model, test, labels
        self.errors: list[float] = []

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float]) -> None:
        found = self.model.predict(self.test)["y"].argmax(axis=1)
        self.errors.append(float((found != self.labels).mean()))
        print(f"epoch {epoch}: loss {logs['loss']:.5g}, error {self.errors[-1]:.2%}", flush=True)


def train(recipe: Recipe, data: LabelledImages, seed: int) -> dict[str, Any]:
    """Return losses, test errors and seconds of every epoch."""
    train = recipe.samples(data.train_images, data.train_labels)
    test = recipe.samples(data.test_images, data.test_labels)
    batches = BatchGenerator(train, batch_size=recipe.batch_size)
    model = recipe.build(seed, batches.n_batches)
    kind = {"sgd": optimizers.SGD, "adam": optimizers.Adam}[recipe.optimizer]
    errors = TestError(model, test, data.test_labels)
    started = time.perf_counter()
    history = model.fit(
        batches,
        recipe.loss,
        kind(model),
        epochs=recipe.epochs,
        metrics=Metrics(model, verbose=False, save_parameters=None),
        rule=EquilibriumPropagation(recipe.beta, variant="centered"),
        callbacks=[errors],
    )
    return {
        "seed": seed,
        "losses": history.losses,
        "test_errors": errors.errors,
        "seconds_per_epoch": [record.seconds["training"] for record in history],
        "seconds": time.perf_counter() - started,
    }


def main() -> None:
    """Train with three seeds and write one JSON file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", choices=sorted(RECIPES))
    parser.add_argument("--data", required=True, help="folder of MNIST's IDX files")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int)
    arguments = parser.parse_args()
    recipe = RECIPES[arguments.recipe]
    if arguments.epochs:
        recipe = attrs.evolve(recipe, epochs=arguments.epochs)
    data = load_idx(arguments.data)
    runs = [train(recipe, data, seed) for seed in arguments.seeds]
    final_errors = [run["test_errors"][-1] for run in runs]
    record = {
        "command": f"OMP_NUM_THREADS=1 python -m benchmarks.training {arguments.recipe} "
        f"--data FOLDER --out {arguments.out}",
        "published": recipe.published,
        "batch_size": recipe.batch_size,
        "beta": recipe.beta,
        "mean_test_error": float(np.mean(final_errors)),
        **made_with(),
        "runs": runs,
    }
    write_record(arguments.out, record)
    print(f"mean test error {record['mean_test_error']:.2%}", file=sys.stderr)


if __name__ == "__main__":
    main()
