"""A 64 x 64 crossbar with wire resistance: native against ngspice's paused sweep.

OMP_NUM_THREADS=1 python -m benchmarks.wired_crossbar --out benchmarks/results/wired_crossbar.json
"""

import argparse
import json
import platform
import statistics
import time
from pathlib import Path

import numpy as np
from ebana_memristor import Linear, MemristorLayer, Wires

from ebana_core import Model
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, InputVoltageLayer

N, BATCH, REPEATS = 64, 64, 5


def crossbar() -> Model:
    """Return the network: two crossbars, of which the first has 64 x 64 wired cells."""
    x = InputVoltageLayer(units=N, name="x")
    cells = {"cell": Linear(window=(1e-6, 1e-4)), "initializer": RandomUniform(1e-6, 1e-4)}
    wired = MemristorLayer(name="m", units=N, wires=Wires(1.0, 1.0), **cells)(x)
    last = MemristorLayer(name="out", units=2, **cells)(wired)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y")(last)], seed=0)


def main() -> None:
    """Measure, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    model = crossbar()
    x = np.random.default_rng(0).uniform(-0.5, 0.5, (BATCH, N))
    seconds: dict[str, list[float]] = {"native": [], "native, new values": [], "ngspice": []}
    points = {}
    for backend in ("native", "ngspice"):
        points[backend] = model.operating_points({"x": x}, backend)  # compiles
    difference = np.abs(points["native"].node_voltages - points["ngspice"].node_voltages).max()
    for _ in range(REPEATS):
        for backend in ("native", "ngspice"):
            started = time.perf_counter()
            model.operating_points({"x": x}, backend)
            seconds[backend].append(time.perf_counter() - started)
        model.parameters["m.conductance"] = model.parameters["m.conductance"] * 1.0
        started = time.perf_counter()
        model.operating_points({"x": x})
        seconds["native, new values"].append(time.perf_counter() - started)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    result = {
        "machine": platform.machine(),
        "nodes": model.network.compiled.circuit.n_nodes,
        "batch": BATCH,
        "largest_difference_V": float(difference),
        "residual": points["native"].residual,
        "median_seconds": medians,
        "ngspice_over_native": medians["ngspice"] / medians["native"],
        "ngspice_over_native_new_values": medians["ngspice"] / medians["native, new values"],
    }
    print(json.dumps(result, indent=1))
    if given.out:
        given.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
