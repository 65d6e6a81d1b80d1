"""The peer: a PySpice netlist built, parsed and solved anew for every operating point.

Usage: python benchmarks/rebuilt_netlists.py N_IN N_HIDDEN N_OUT SECONDS

Prints operating points per second as JSON. It runs in a process of its own, because PySpice and
EBANA both want the one ngspice of a process.
"""

import json
import os
import sys
import time
from collections.abc import Mapping

import numpy as np

from ebana_core.backends.ngspice.finder import installed_library


def solve(inputs: np.ndarray, first: np.ndarray, second: np.ndarray) -> Mapping[str, object]:
    """Build and solve the network of `benchmarks.circuits.behavioral` for one sample."""
    from PySpice.Spice.Netlist import Circuit

    circuit = Circuit("peer")
    ground = circuit.gnd
    for i, voltage in enumerate(inputs):
        circuit.V(f"x{i}", f"x{i}", ground, float(voltage))
    for i, row in enumerate(first):
        for j, conductance in enumerate(row):
            circuit.R(f"a{i}_{j}", f"x{i}", f"h{j}", float(1 / conductance))
    for j in range(first.shape[1]):
        circuit.B(f"d{j}", f"h{j}", ground, i=f"max(v(h{j})-0.15,(v(h{j})-0.15)/1e20)")
        circuit.B(f"u{j}", ground, f"h{j}", i=f"max(-v(h{j})-0.15,(-v(h{j})-0.15)/1e20)")
        circuit.B(f"g{j}", f"g{j}", ground, v=f"4*v(h{j})")
        circuit.B(f"f{j}", f"h{j}", ground, i=f"-0.25*i(bg{j})")
    for j, row in enumerate(second):
        for k, conductance in enumerate(row):
            circuit.R(f"b{j}_{k}", f"g{j}", f"o{k}", float(1 / conductance))
    simulator = circuit.simulator(simulator="ngspice-shared")
    return {node: simulator.operating_point().nodes[node] for node in ("o0",)}


def main() -> None:
    """Measure for the seconds that are asked for, one operating point at least."""
    n_in, n_hidden, n_out = map(int, sys.argv[1:4])
    seconds = float(sys.argv[4])
    rng = np.random.default_rng(0)
    first = rng.uniform(1e-7, 1e-5, (n_in, n_hidden))
    second = rng.uniform(1e-7, 1e-5, (n_hidden, n_out))
    solve(rng.uniform(-1, 1, n_in), first, second)
    count, started = 0, time.perf_counter()
    while count == 0 or time.perf_counter() - started < seconds:
        solve(rng.uniform(-1, 1, n_in), first, second)
        count += 1
    print(json.dumps(count / (time.perf_counter() - started)))


if __name__ == "__main__":
    os.environ.setdefault("NGSPICE_LIBRARY_PATH", installed_library())  # also PySpice's
    main()
