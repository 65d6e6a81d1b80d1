"""One measurement in a process of its own, whose memory is then known.

Usage: python -m benchmarks.measure CASE BACKEND [--data FOLDER] [--seconds S] [--train]
           [--workers N]

Prints one line of JSON: operating points per second (half free, half nudged) as the median of
five, the worst relative residual, and the peak memory of the process.
"""

import argparse
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np

from benchmarks.cases import CASES, Case, load_images
from ebana_core import Model, optimizers
from ebana_core.backends import Backend, NativeBackend, NgspiceBackend
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.metrics import Metrics

REPEATS = 5
BACKENDS: dict[str, Callable[[], Backend]] = {
    "native, compiled": lambda: NativeBackend(compiled=True),
    "native, NumPy": lambda: NativeBackend(compiled=False),
    "ngspice, folded": NgspiceBackend,
    "ngspice, full netlist": lambda: NgspiceBackend(fold_inputs=False),
}


def median_rate(work: Callable[[], int], seconds: float) -> float:
    """Return the median of what `work` counts per second, after a warm-up.

    Args:
        work: Does something and counts it.
        seconds: How long each of the repeats lasts at least.
    """
    work()
    rates = []
    for _ in range(REPEATS):
        count, started = 0, time.perf_counter()
        while count == 0 or time.perf_counter() - started < seconds:
            count += work()
        rates.append(count / (time.perf_counter() - started))
    return statistics.median(rates)


def operating_points(
    model: Model, case: Case, backend: Backend, data: DataSet, seconds: float
) -> dict[str, Any]:
    """Time a batch's free phase and nudged phase."""
    inputs = {"x": data.inputs["x"][: case.batch]}
    n = len(inputs["x"])
    width = model.network.shapes["y"][0]
    nudge = {"y": case.beta * np.random.default_rng(0).normal(size=(n, width))}
    simulator, values = model.simulator(backend), model.parameters.snapshot()

    def work() -> int:
        free = simulator.operating_points(values, inputs)
        simulator.operating_points(values, inputs, nudge, free)
        return 2 * n

    def work_free() -> int:
        simulator.operating_points(values, inputs)
        return 1

    free = simulator.operating_points(values, inputs)
    nudged = simulator.operating_points(values, inputs, nudge, free)
    return {
        "points_per_second": median_rate(work, seconds),
        "seconds_per_free_batch": 1 / median_rate(work_free, seconds),
        "batch": n,
        "residual": max(free.residual, nudged.residual),
    }


def training(model: Model, case: Case, backend: Backend, data: DataSet) -> dict[str, Any]:
    """Time epochs of training, scaled to 60,000 samples."""
    fit = model.fit(
        BatchGenerator(data, batch_size=case.batch),
        case.loss,
        optimizers.SGD(model),
        epochs=1 + REPEATS,
        metrics=Metrics(model, verbose=False, save_parameters=None),
        rule=case.rule,
        backend=backend,
    )
    seconds = [epoch.seconds["training"] for epoch in fit][1:]
    return {
        "seconds_per_60000": statistics.median(seconds) * 60_000 / len(data),
        "timed_samples": len(data),
    }


def on_workers(
    model: Model, case: Case, backend: Backend, data: DataSet, seconds: float, n_workers: int
) -> dict[str, Any]:
    """Time the free phase of all samples on worker processes."""
    with ProcessPoolExecutor(n_workers, mp_context=get_context("spawn")) as executor:

        def work() -> int:
            model.predict(data, backend, executor=executor)
            return len(data)

        rate = median_rate(work, seconds)
    return {"free_points_per_second": rate, "batch": len(data), "workers": n_workers}


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", choices=sorted(CASES))
    parser.add_argument("backend", choices=sorted(BACKENDS))
    parser.add_argument("--data", help="folder of MNIST's IDX files; without: random images")
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--samples", type=int, default=2048)
    parser.add_argument("--train", action="store_true", help="time training instead")
    parser.add_argument("--workers", type=int, help="time predictions on this many processes")
    arguments = parser.parse_args()
    case, backend = CASES[arguments.case], BACKENDS[arguments.backend]()
    images, name = load_images(arguments.data, arguments.samples)
    model, data = case.build(), case.samples(images)
    if arguments.train:
        result = training(model, case, backend, data)
    elif arguments.workers:
        result = on_workers(model, case, backend, data, arguments.seconds, arguments.workers)
    else:
        result = operating_points(model, case, backend, data, arguments.seconds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result |= {
        "peak_memory_MB": round(peak / (2**20 if sys.platform == "darwin" else 1024)),
        "samples": name,
        "threads": os.environ.get("OMP_NUM_THREADS", "all"),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
