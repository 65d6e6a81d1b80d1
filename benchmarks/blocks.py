"""Networks of a user's blocks: the embedded solver beside ngspice's paused sweep.

OMP_NUM_THREADS=1 python -m benchmarks.blocks --out benchmarks/results/blocks.json
"""

import argparse
import json
import platform
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
from PySpice.Spice.Netlist import SubCircuitFactory
from PySpice.Unit import u_kΩ, u_MΩ, u_V

from ebana_core import Model
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    SpiceBlock,
)

CIRCUITS = ((10, 10, 4), (10, 10, 105), (128, 50, 128))
"""Inputs, blocks, samples."""
REPEATS = 7


class Clamp(SubCircuitFactory):
    """Two diodes against sources, and a leak."""

    NAME = "clamp"
    NODES = ("a", "vdd")

    def __init__(self) -> None:
        super().__init__()
        self.model("dx", "D", IS=1e-9, N=1.2, RS=10)
        self.D("high", "a", "above", model="dx")
        self.V("high", "above", self.gnd, 0.1 @ u_V)
        self.D("low", "below", "a", model="dx")
        self.V("low", "below", self.gnd, -0.1 @ u_V)
        self.R("leak", "a", "vdd", 10 @ u_MΩ)


class Follower(SubCircuitFactory):
    """A transistor that follows its gate, with a load."""

    NAME = "follower"
    NODES = ("a", "vdd")

    def __init__(self) -> None:
        super().__init__()
        self.model("nm", "NMOS", LEVEL=1, VTO=0.1, KP=2e-4, LAMBDA=0.02)
        self.MOSFET(1, "vdd", "a", "source", self.gnd, model="nm", w=4e-6, l=1e-6)
        self.R("load", "source", self.gnd, 100 @ u_kΩ)
        self.R("back", "source", "a", 1 @ u_MΩ)


def network(block: Any, n_in: int, n_blocks: int) -> Model:
    """Return a network with blocks as its hidden nodes' devices."""
    init = RandomUniform(1e-7, 1e-5)
    x = InputVoltageLayer(units=n_in, name="x")
    hidden = DenseLayer(units=n_blocks, name="d1", initializer=init)(x)
    act = SpiceBlock(name="act", subcircuit=block, inputs="a", supplies={"vdd": 0.5})(hidden)
    amplified = AmplificationLayer(name="amp", param={"gain": 4.0})(act)
    last = DenseLayer(units=2, name="d2", initializer=init)(amplified)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y")(last)], seed=0)


def main() -> None:
    """Measure, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    rows = []
    for block in (Clamp(), Follower()):
        for n_in, n_blocks, n_samples in CIRCUITS:
            model = network(block, n_in, n_blocks)
            x = np.random.default_rng(0).uniform(-1, 1, (n_samples, n_in))
            seconds: dict[str, list[float]] = {"native": [], "ngspice": []}
            points = {b: model.operating_points({"x": x}, b) for b in seconds}  # compiles
            for _ in range(REPEATS):
                for backend, taken in seconds.items():
                    started = time.perf_counter()
                    model.operating_points({"x": x}, backend)
                    taken.append(time.perf_counter() - started)
            apart = np.abs(points["native"].voltages - points["ngspice"].voltages).max()
            rows.append(
                {
                    "block": block.NAME,
                    "inputs, blocks, samples": [n_in, n_blocks, n_samples],
                    "points_per_second": {
                        b: n_samples / statistics.median(taken) for b, taken in seconds.items()
                    },
                    "largest_difference_V": float(apart),
                    "residual": points["native"].residual,
                }
            )
            print(json.dumps(rows[-1]), flush=True)
    if given.out:
        record = {
            "command": "OMP_NUM_THREADS=1 python -m benchmarks.blocks --out " + str(given.out),
            "machine": platform.machine(),
            "results": rows,
        }
        given.out.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
