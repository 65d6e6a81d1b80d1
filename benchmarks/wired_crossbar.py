"""Crossbars with wires of 2 ohms: predictions per second after a change of all cells.

OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python -m benchmarks.wired_crossbar \
    --out benchmarks/results/wired_crossbar.json

Each crossbar runs in a process of its own, whose seconds of computing are counted. `first` is the
first batch after a change; `points_per_second` those of the same cells after that, of linear
cells, and of batches after a change, of cells that bend. A sample of points at all nodes is held to
Kirchhoff's laws; crossbars of 16 x 16 cells are compared with ngspice.
"""

import argparse
import json
import platform
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from ebana_memristor import Linear, MemristorLayer, Sinh, Wires
from ebana_memristor.cells import Cell

from benchmarks.records import write_record
from ebana_core import Model
from ebana_core.backends import NativeBackend
from ebana_core.data import DataSet
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, InputVoltageLayer

N = 64
WINDOW = (1e-6, 1e-4)
CELLS: dict[str, Cell] = {"linear": Linear(window=WINDOW), "sinh": Sinh(window=WINDOW)}
SIZES = {"linear": (128, 256, 512, 1024), "sinh": (128, 256, 512)}
BATCH = {("sinh", 512): 16}
"""Samples; 64 of the others."""
SMALL, FEW, REPEATS = 16, 2, 3


def crossbar() -> Model:
    """Return a network of two crossbars, of which the first has 64 x 64 wired cells."""
    x = InputVoltageLayer(units=N, name="x")
    initializer = RandomUniform(*WINDOW)
    wired = MemristorLayer(name="m", units=N, wires=Wires(1.0, 1.0), initializer=initializer)(x)
    last = MemristorLayer(name="out", units=2, initializer=initializer)(wired)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y")(last)], seed=0)


def square(kind: str, side: int) -> Model:
    """Return one crossbar whose columns end open."""
    x = InputVoltageLayer(units=side, name="x")
    cells = MemristorLayer(
        name="m",
        units=side,
        cell=CELLS[kind],
        wires=Wires(2.0, 2.0),
        initializer=RandomUniform(*WINDOW),
    )(x)
    return Model([x], [CurrentLayer(name="y", fold=False)(cells)], seed=0)


def driven(side: int, n_samples: int) -> dict[str, np.ndarray]:
    """Return samples, V."""
    return {"x": np.random.default_rng(0).uniform(-0.5, 0.5, (n_samples, side))}


def _seconds(model: Model, data: DataSet, *, is_changed: bool) -> float:
    """Return the median time of computing a batch."""
    times = []
    for _ in range(REPEATS):
        if is_changed:
            cells = model.parameters["m.conductance"]
            model.parameters["m.conductance"] = 1e-9 + 0.999 * cells
        started = time.process_time()
        model.predict(data)
        times.append(time.process_time() - started)
    return statistics.median(times)


def measured(kind: str, side: int) -> dict[str, Any]:
    """Return the figures of one crossbar, in this process."""
    model, batch = square(kind, side), BATCH.get((kind, side), 64)
    data = DataSet(driven(side, batch))
    model.predict(data)  # compiles
    first = _seconds(model, data, is_changed=True)
    steady = _seconds(model, data, is_changed=False)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    points = model.operating_points(driven(side, FEW))
    return {
        "cells": kind,
        "side": side,
        "method": NativeBackend().explain(model).method,
        "batch": batch,
        "first_s": round(first, 4),
        "points_per_second": round(batch / (steady if kind == "linear" else first), 2),
        "peak_of_process_MB": round(peak / 1e6),
        "residual": points.residual,
    }


def agreement(kind: str) -> float:
    """Return the largest difference from ngspice relative to the largest voltage."""
    model, samples = square(kind, SMALL), driven(SMALL, FEW)
    ours, theirs = (model.operating_points(samples, b).node_voltages for b in ("native", "ngspice"))
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def main() -> None:
    """Measure, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--one", nargs=2, metavar=("CELLS", "SIDE"))
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measured(given.one[0], int(given.one[1]))))
        return
    rows = []
    for kind, sides in SIZES.items():
        for side in sides:
            command = [sys.executable, "-m", "benchmarks.wired_crossbar", "--one", kind, str(side)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            rows.append(json.loads(done.stdout))
            print(rows[-1], flush=True)
    result = {
        "command": "python -m benchmarks.wired_crossbar",
        "machine": platform.machine(),
        "wires_ohm": 2.0,
        "rows": rows,
        "ngspice_at_16_relative": {kind: agreement(kind) for kind in CELLS},
    }
    print(json.dumps(result["ngspice_at_16_relative"]))
    if given.out:
        write_record(given.out, result)


if __name__ == "__main__":
    main()
