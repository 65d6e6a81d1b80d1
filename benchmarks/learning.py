"""Do the demo networks learn? XOR and gates over seeds, Iris over splits beside a peer.

The Iris hyperparameters were chosen among six settings by the same ten splits.

Usage: OMP_NUM_THREADS=1 python -m benchmarks.learning --out benchmarks/results/learning.json
"""

import argparse
import json
import platform
import warnings
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ebana_core import __version__, optimizers
from ebana_core.cli.networks import DEMOS, Demo, right_answers
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.metrics import Metrics
from ebana_core.registry import load_registry
from ebana_core.rules import EquilibriumPropagation

SEEDS = range(20)
N_SPLITS = 10


def answers(demo: Demo, seed: int) -> tuple[int, int]:
    """Train a demo network and return right answers on its test set, of how many."""
    model = demo.model(load_registry(), seed)
    model.fit(
        BatchGenerator(demo.train, batch_size=demo.batch_size),
        demo.loss,
        optimizers.Adam(model),
        epochs=demo.epochs,
        metrics=Metrics(model, verbose=False, save_parameters=None),
        rule=EquilibriumPropagation(demo.beta, variant="centered"),
    )
    return right_answers(demo, model.predict(demo.test))


def iris_splits() -> list[tuple[np.ndarray, np.ndarray]]:
    """Return ten stratified splits, 105 to train and 45 to test."""
    flowers = load_iris()
    splitter = StratifiedShuffleSplit(N_SPLITS, test_size=45, random_state=0)
    return list(splitter.split(flowers.data, flowers.target))


def iris_accuracies() -> list[float]:
    """Return test accuracy by arg max on every split."""
    demo = DEMOS["iris"]()
    flowers = load_iris()
    low = flowers.data.min(axis=0)
    volts = (flowers.data - low) / np.ptp(flowers.data, axis=0) - 0.5
    data = DataSet.differential(volts, {"iris": np.eye(3)[flowers.target]})
    results = []
    for seed, (train, test) in enumerate(iris_splits()):
        split = attrs.evolve(demo, train=data.subset(train), test=data.subset(test))
        right, total = answers(split, seed)
        results.append(right / total)
    return results


def peer_accuracies() -> list[float]:
    """Return those of scikit-learn's perceptron of 10 hidden units, features standardised."""
    flowers = load_iris()
    results = []
    for seed, (train, test) in enumerate(iris_splits()):
        network = MLPClassifier((10,), max_iter=3000, random_state=seed)
        peer = make_pipeline(StandardScaler(), network)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            peer.fit(flowers.data[train], flowers.target[train])
        results.append(float(peer.score(flowers.data[test], flowers.target[test])))
    return results


def main() -> None:
    """Run everything and write one JSON file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    results: dict[str, Any] = {}
    for name in ("xor", "gates"):
        found = [answers(DEMOS[name](), seed) for seed in SEEDS]
        results[name] = {
            "right answers by seed": [right for right, _ in found],
            "seeds with all right": sum(right == total for right, total in found),
            "seeds": len(found),
        }
    own, peer = iris_accuracies(), peer_accuracies()
    results["iris"] = {
        "test accuracy by split": own,
        "mean": float(np.mean(own)),
        "peer by split": peer,
        "peer mean": float(np.mean(peer)),
    }
    record = {
        "command": "OMP_NUM_THREADS=1 python -m benchmarks.learning --out "
        "benchmarks/results/learning.json",
        "ebana": __version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "results": results,
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
