"""What circuits of several hidden layers cost: by depth and width, and per epoch of training.

Usage: OMP_NUM_THREADS=1 python -m benchmarks.layered --out benchmarks/results/layered.json

Times are those that the processor computes, so that other programs disturb them less: medians of
three. Beside each stands how long the products of its crossbars take once, in both directions, for
all samples. Epochs are those of 60,000 samples in batches of 64, reckoned from steps.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cases import CASES, Case, load_images
from benchmarks.growth import network
from benchmarks.records import made_with, write_record
from ebana_core import Model, optimizers
from ebana_core.backends import NativeBackend, Simulator
from ebana_core.data import DataSet

BATCH, REPEATS, SAMPLES = 64, 3, 60_000
WIDTHS = (128, 256, 512, 1024, 2048)
DEPTHS = (1, 2, 3, 4)
TRAINED = (
    "1568-1024-10 ideal, batch 64",
    "1568-1024-1024-10 ideal, batch 64",
    "1568-1024-1024-1024-10 ideal, batch 64",
)
SOLVED = "128-512-512-20 antiparallel"


def median_time(work: Callable[[], object]) -> float:
    """Return how long the processor computes, s, after a warm-up."""
    work()
    times = []
    for _ in range(REPEATS):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return statistics.median(times)


def product_time(shapes: list[tuple[int, int]], batch: int, dtype: str) -> float:
    """Return how long matrices take once in both directions, s."""
    rng = np.random.default_rng(0)
    matrices = [rng.uniform(size=shape).astype(dtype) for shape in shapes]
    vectors = [[rng.uniform(size=(batch, n)).astype(dtype) for n in shape] for shape in shapes]

    def work() -> None:
        for matrix, (one, other) in zip(matrices, vectors, strict=True):
            one @ matrix
            other @ matrix.T

    return median_time(work)


def phases(simulator: Simulator, model: Model, x: np.ndarray, beta: float) -> dict[str, float]:
    """Return what a free and a nudged phase cost, s, and how right they are."""
    values, inputs = model.parameters.snapshot(), {"x": x}
    rng = np.random.default_rng(0)
    nudge = {"y": beta * rng.normal(size=(len(x), *model.network.shapes["y"]))}
    free = simulator.operating_points(values, inputs)
    nudged = simulator.operating_points(values, inputs, nudge, free)
    both = median_time(lambda: simulator.operating_points(values, inputs, nudge))
    alone = median_time(lambda: simulator.operating_points(values, inputs))
    return {
        "free_s": alone,
        "nudged_s": both - alone,
        "residual": max(free.residual, nudged.residual),
    }


def grown(depth: int, width: int) -> dict[str, Any]:
    """Return what the points of a batch cost in a circuit of equal hidden layers."""
    hidden = (width,) * depth
    model = network(hidden)
    x = np.random.default_rng(0).uniform(-1, 1, (BATCH, *model.network.shapes["x"]))
    simulator = model.simulator(NativeBackend())
    shapes = [tuple(map(int, array.shape)) for array in model.parameters.snapshot().values()]
    crossbars = [shape for shape in shapes if len(shape) == 2]
    found = phases(simulator, model, x, 1e-8)
    both = found["free_s"] + found["nudged_s"]
    conductances = sum(rows * columns for rows, columns in crossbars)
    return {
        "hidden": list(hidden),
        "method": NativeBackend().explain(model).method,
        "conductances": conductances,
        **found,
        "ns_per_conductance_and_point": 1e9 * both / (2 * BATCH * conductances),
        "products_once_s": product_time(crossbars, BATCH, "float64"),
    }


def trained(name: str, dtype: str) -> dict[str, Any]:
    """Return what steps of training cost, by hand."""
    case: Case = CASES[name]
    images, _ = load_images(None, BATCH)
    data: DataSet = case.samples(images)
    model, backend = case.build(), NativeBackend(dtype=dtype)
    optimizer = optimizers.SGD(model)

    def step() -> None:
        optimizer.step(model.gradients(data, case.loss, case.rule, backend))

    seconds = median_time(step)
    points = model.operating_points({"x": data.inputs["x"]}, backend)
    return {
        "case": name,
        "dtype": dtype,
        "seconds_per_step": seconds,
        "seconds_per_60000": seconds * SAMPLES / BATCH,
        "residual": points.residual,
    }


def solved(name: str) -> dict[str, Any]:
    """Return what the free and nudged points of all samples cost."""
    case = CASES[name]
    model, x = case.build(), case.samples(load_images(None, 1)[0]).inputs["x"]
    return {"case": name, "points": len(x), **phases(model.simulator(), model, x, case.beta)}


def main() -> None:
    """Measure, and write one JSON file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    record: Mapping[str, Any] = {
        "command": f"OMP_NUM_THREADS=1 python -m benchmarks.layered --out {arguments.out}",
        **made_with(),
        "product_of_1024_x_1024_s": {
            dtype: product_time([(1024, 1024)], BATCH, dtype) / 2
            for dtype in ("float64", "float32")
        },
        "growth": [grown(depth, width) for depth in DEPTHS for width in WIDTHS],
        "training": [trained(name, dtype) for name in TRAINED for dtype in ("float64", "float32")],
        "solving": [solved(SOLVED)],
    }
    write_record(arguments.out, record)
    for name in ("growth", "training", "solving"):
        for row in record[name]:
            print(row)


if __name__ == "__main__":
    main()
