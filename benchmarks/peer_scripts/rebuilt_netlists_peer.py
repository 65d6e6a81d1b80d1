"""The peer: a PySpice netlist built, parsed and solved anew for every operating point.

Usage: python rebuilt_netlists_peer.py CIRCUIT.npz ANSWER.npy SECONDS

It runs in a process of its own, because PySpice and EBANA both want the one ngspice of a process.
"""

import os
from importlib.metadata import version
from typing import Any

import numpy as np
from peer_io import answer, circuit

from ebana_core.backends.ngspice.finder import installed_library

N_SAMPLES = 2
"""Samples of one timed call."""


def netlist(given: dict[str, np.ndarray], inputs: np.ndarray) -> Any:
    """Return the netlist of one sample; its nodes are numbers, 0 is ground."""
    from PySpice.Spice.Netlist import Circuit

    built = Circuit("peer")
    for k, (node, voltage) in enumerate(zip(given["input_nodes"], inputs, strict=True)):
        built.V(f"x{k}", int(node), 0, float(voltage))
    for k, (head, tail, conductance) in enumerate(
        zip(given["heads"], given["tails"], given["conductances"], strict=True)
    ):
        built.R(k, int(head), int(tail), float(1 / conductance))
    for k, (head, tail) in enumerate(zip(given["ramp_heads"], given["ramp_tails"], strict=True)):
        vth, on, off = (float(given[f"ramp_{name}"][k]) for name in ("VTH", "RON", "ROFF"))
        drop = f"(v({head},{tail})-{vth!r})" if tail else f"(v({head})-{vth!r})"
        drop = drop if head else f"(-v({tail})-{vth!r})"
        built.B(f"d{k}", int(head), int(tail), i=f"max({drop}/{on!r},{drop}/{off!r})")
    for k, (before, behind, gain) in enumerate(
        zip(given["amp_inputs"], given["amp_outputs"], given["gains"], strict=True)
    ):
        built.B(f"g{k}", int(behind), 0, v=f"{float(gain)!r}*v({before})")
        built.B(f"f{k}", int(before), 0, i=f"{-1 / float(gain)!r}*i(bg{k})")
    return built


def main() -> None:
    """Solve samples one by one."""
    given = circuit()

    def solve() -> np.ndarray:
        found = np.full((N_SAMPLES, int(given["n_nodes"])), np.nan)
        found[:, 0] = 0.0
        for row, inputs in zip(found, given["inputs"], strict=False):
            simulator = netlist(given, inputs).simulator(simulator="ngspice-shared")
            nodes = simulator.operating_point().nodes
            for node in range(1, len(row)):
                row[node] = float(nodes[str(node)][0])
        return found[: len(given["inputs"])]

    answer(f"PySpice {version('PySpice')}", solve)


if __name__ == "__main__":
    os.environ.setdefault("NGSPICE_LIBRARY_PATH", installed_library())  # also PySpice's
    main()
