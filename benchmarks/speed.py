"""Operating points per second, beside the peer that rebuilds netlists.

Usage: OMP_NUM_THREADS=1 python -m benchmarks.speed --out benchmarks/results/speed.json
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.networks import two_crossbars
from ebana_core import Model, __version__, losses, optimizers
from ebana_core.backends import NgspiceBackend
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.metrics import Metrics

REPEATS = 5
IRIS = (10, 10, 6)
MNIST = (1568, 50, 20)
BETA = 1e-8
"""S."""


def median_rate(work: Callable[[], int]) -> float:
    """Return the median over repeats of what `work` counts per second, after a warm-up."""
    work()
    rates = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        count = work()
        rates.append(count / (time.perf_counter() - started))
    return statistics.median(rates)


def points_per_second(
    model: Model, backend: str | NgspiceBackend, n_samples: int, batches: int
) -> dict[str, float]:
    """Return operating points per second, half free and half nudged, and the residual."""
    rng = np.random.default_rng(0)
    width = model.network.shapes["x"][0]
    inputs = {"x": rng.uniform(-1, 1, (n_samples, width))}
    nudge = {"y": rng.normal(scale=BETA, size=(n_samples, model.network.shapes["y"][0]))}
    simulator, values = model.simulator(backend), model.parameters.snapshot()

    def work() -> int:
        for _ in range(batches):
            free = simulator.operating_points(values, inputs)
            simulator.operating_points(values, inputs, nudge, free)
        return 2 * n_samples * batches

    rate = median_rate(work)
    free = simulator.operating_points(values, inputs)
    return {"points_per_second": rate, "residual": free.residual, "batch": n_samples}


def iris_epoch_milliseconds() -> float:
    """Return the median time of an epoch: 105 samples trained, 150 evaluated, recorded."""
    model = two_crossbars(*IRIS)
    rng = np.random.default_rng(0)
    width, n_out = model.network.shapes["x"][0], model.network.shapes["y"][0]
    full = DataSet({"x": rng.uniform(-1, 1, (150, width))}, {"y": rng.uniform(-1, 1, (150, n_out))})
    epochs, times = 50, []
    for _ in range(REPEATS):
        started = time.perf_counter()
        model.fit(
            BatchGenerator(full.subset(range(105)), batch_size=105),
            losses.MSE(0.0),
            optimizers.Adam(model, beta=BETA),
            epochs=epochs,
            test_dataloader=full,
            metrics=Metrics(model, verbose=False),
        )
        times.append((time.perf_counter() - started) / epochs)
    return 1e3 * statistics.median(times)


def peer(dims: tuple[int, int, int]) -> float:
    """Return operating points per second of rebuilt netlists, one process."""
    script = Path(__file__).parent / "rebuilt_netlists.py"
    command = [sys.executable, "-W", "ignore", str(script), *map(str, dims)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Measure and write one JSON file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    iris, mnist = two_crossbars(*IRIS), two_crossbars(*MNIST)
    results = {
        "10-10-6": {
            "native": points_per_second(iris, "native", 105, 40),
            "ngspice": points_per_second(iris, "ngspice", 105, 4),
            "rebuilt netlists": {"points_per_second": peer(IRIS)},
        },
        "1568-50-20": {
            "native": points_per_second(mnist, "native", 128, 4),
            "ngspice, inputs folded": points_per_second(mnist, "ngspice", 128, 1),
            "ngspice, full netlist": points_per_second(
                mnist, NgspiceBackend(fold_inputs=False), 8, 1
            ),
            "rebuilt netlists": {"points_per_second": peer(MNIST)},
        },
        "iris epoch, 105 trained and 150 evaluated, ms": iris_epoch_milliseconds(),
    }
    record = {
        "command": "OMP_NUM_THREADS=1 python -m benchmarks.speed --out "
        "benchmarks/results/speed.json",
        "weights": "random, uniform 1e-7 to 1e-5 S, seed 0; medians of 5 after a warm-up",
        "versions": {"ebana": __version__, "numpy": np.__version__},
        "python": platform.python_version(),
        "machine": platform.machine(),
        "threads": os.environ.get("OMP_NUM_THREADS", "all"),
        "results": results,
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
