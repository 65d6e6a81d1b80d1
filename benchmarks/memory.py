"""Estimated memory against the peak that the process really takes, circuit by circuit.

OMP_NUM_THREADS=1 python -m benchmarks.memory --out benchmarks/results/memory.json

Each circuit is solved (free and nudged points of one batch) in a process of its own. The peak is
the larger of two: what Python and NumPy allocated at most, which does not count what SuperLU holds;
and by what the process grew (Linux's /proc), which does not count memory that it had to spare.
"""

import argparse
import json
import platform
import re
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from ebana_memristor import MemristorLayer, Sinh, Wires

from benchmarks.cases import CASES, load_images
from benchmarks.circuits import behavioral
from benchmarks.records import write_record
from benchmarks.wired_crossbar import crossbar
from ebana_core import Model
from ebana_core.backends import NativeBackend
from ebana_core.execution.batch_memory import batch_memory
from ebana_core.execution.shards import SHARD
from ebana_core.execution.work import Solve
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, InputVoltageLayer


def nonlinear_crossbar(side: int = 150) -> Model:
    """Return a crossbar whose cells are sinh laws between wires: 45,000 unknowns in all."""
    x = InputVoltageLayer(units=side, name="x")
    window = (1e-6, 1e-4)
    initializer = RandomUniform(*window)
    cells = MemristorLayer(
        units=side,
        name="m",
        cell=Sinh(window=window),
        wires=Wires(1.0, 1.0),
        initializer=initializer,
    )(x)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y")(cells)], seed=0)


MODELS: Mapping[str, tuple[Callable[[], Model], int]] = {
    **{name: (case.build, case.batch) for name, case in CASES.items()},
    "crossbar of 64 x 64 wired cells": (crossbar, 64),
    "crossbar of 150 x 150 wired nonlinear cells": (nonlinear_crossbar, 16),
}
"""Name to how the circuit is built, and samples of its batch."""


def _resident(field: str) -> int:
    """Return what the process holds (VmRSS) or has held at most (VmHWM), bytes."""
    found = re.search(rf"{field}:\s*(\d+)", Path("/proc/self/status").read_text())
    assert found is not None
    return 1024 * int(found[1])


def _inputs(model: Model, name: str, n: int) -> dict[str, np.ndarray]:
    if name in CASES:
        images, _ = load_images(None, n)
        return {"x": np.array(CASES[name].samples(images).inputs["x"][:n])}
    return {"x": np.random.default_rng(0).uniform(-0.5, 0.5, (n, *model.network.shapes["x"]))}


def _method(model: Model, n: int) -> str:
    """Return the method that solves the shards of a batch."""
    simulator = NativeBackend().compile(model.network.compiled)
    found = simulator.explain(model.parameters.snapshot())
    is_left = found.rest is not None and not simulator.plan.choice.compiles(min(n, SHARD))
    return found.rest if is_left and found.rest else found.method


def measured(name: str) -> dict[str, Any]:
    """Return the estimate and the peak of one circuit, in this process."""
    small = behavioral(4, 4, 2)
    small.operating_points({"x": np.zeros((2, 4))})  # libraries are loaded
    build, n = MODELS[name]
    model = build()
    inputs = _inputs(model, name, n)
    nudge = {"y": np.full((n, *model.network.shapes["y"]), 1e-9)}
    method = _method(model, n)
    if method == "compiled":  # what is compiled is read once
        few, own = ({key: array[:2] for key, array in part.items()} for part in (inputs, nudge))
        build().operating_points(few, nudge=own)
    model = build()
    before = _resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    model.operating_points(inputs, nudge=nudge)
    grown = _resident("VmHWM") - before
    fresh = build()
    tracemalloc.start()
    fresh.operating_points(inputs, nudge=nudge)
    peak = max(grown, tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()
    fresh = build()
    work = Solve(is_nudged=True)
    parameters = fresh.parameters.snapshot()
    simulator = fresh.simulator()
    estimate = batch_memory(work, simulator, fresh.network.compiled, parameters, n)
    return {
        "circuit": name,
        "batch": n,
        "method": method,
        "estimate_MB": round(estimate / 1e6, 2),
        "peak_MB": round(peak / 1e6, 2),
        "estimate_over_peak": round(estimate / peak, 3),
    }


def main() -> None:
    """Measure, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--circuit", choices=MODELS)
    given = parser.parse_args()
    if given.circuit:
        print(json.dumps(measured(given.circuit)))
        return
    rows = []
    for name in MODELS:
        command = [sys.executable, "-m", "benchmarks.memory", "--circuit", name]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        rows.append(json.loads(done.stdout))
        print(rows[-1], flush=True)
    result = {"machine": platform.machine(), "rows": rows}
    if given.out:
        write_record(given.out, result)


if __name__ == "__main__":
    main()
