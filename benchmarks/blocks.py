"""Networks of a user's blocks: the embedded solver beside ngspice's paused sweep.

Small blocks in a layered network; then transistors with driven gates in one block, as a grid that
is closed on both sides, as a crossbar and as a random graph, beside the same netlist alone in
libngspice.

OMP_NUM_THREADS=1 python -m benchmarks.blocks --out benchmarks/results/blocks.json
"""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
from PySpice.Spice.Netlist import SubCircuitFactory
from PySpice.Unit import u_kΩ, u_MΩ, u_V

from benchmarks.records import measured_rows
from ebana_core import Model
from ebana_core.backends import NgspiceBackend
from ebana_core.backends.ngspice.sweep import PausedSweep
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
TRANSISTORS = {
    "grid": ((6, 3, 1, 105), (11, 4, 2, 105), (25, 40, 2, 64)),
    "crossbar": ((0, 16, 4, 105), (0, 64, 4, 105), (0, 64, 20, 64)),
    "random graph": ((64, 3, 1, 105), (256, 4, 2, 105), (1280, 40, 2, 64)),
}
"""Side of the grid, or edges of the random graph, inputs, outputs, samples: 72, 242 and 1,250, or
64, 256 and 1,280 edges."""
DEGREE = 4
"""Mean number of edges at a node of a random graph."""


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


def edges_of_grid(side: int) -> list[tuple[int, int]]:
    """Return the edges of a grid that is closed on both sides."""
    nodes = [(i, j) for i in range(side) for j in range(side)]
    ends = [((i, (j + 1) % side), ((i + 1) % side, j)) for i, j in nodes]
    return [
        (i * side + j, a * side + b)
        for (i, j), both in zip(nodes, ends, strict=True)
        for a, b in both
    ]


def edges_of_crossbar(n_in: int, n_out: int) -> list[tuple[int, int]]:
    """Return the edges from every input to every output."""
    return [(k, n_in + m) for m in range(n_out) for k in range(n_in)]


def edges_at_random(n_edges: int) -> list[tuple[int, int]]:
    """Return the edges of a connected random graph with a mean degree of four."""
    rng, n_nodes = np.random.default_rng(0), 2 * n_edges // DEGREE
    # A tree joins all nodes; the other edges lie anywhere.
    found = {(int(rng.integers(node)), node) for node in range(1, n_nodes)}
    while len(found) < n_edges:
        one, other = sorted(rng.choice(n_nodes, 2, replace=False).tolist())
        found.add((one, other))
    return sorted(found)


def transistors(edges: list[tuple[int, int]], n_in: int, n_out: int) -> str:
    """Return a subcircuit with one transistor per edge, each gate at a source of its own.

    Args:
        edges: Drain and source of each, as numbers of nodes.
        n_in: The first nodes are ports that are driven.
        n_out: The next ones are ports that are read.
    """
    rng, n_nodes = np.random.default_rng(0), 1 + max(max(edge) for edge in edges)
    names = [f"p{k}" if k < n_in + n_out else f"n{k}" for k in range(n_nodes)]
    lines = [f".subckt net {' '.join(names[: n_in + n_out])}"]
    for k, (drain, source) in enumerate(edges):
        lines.append(f"M{k} {names[drain]} g{k} {names[source]} 0 edge W=20u L=2u")
        lines.append(f"VG{k} g{k} 0 {rng.uniform(1.5, 4):.9g}")
    lines += [f"R{name} {name} 0 1e7" for name in names[n_in:]]
    lines.append(".model edge NMOS (LEVEL=1 VTO=0.7 KP=40u GAMMA=0.8 PHI=0.8 LAMBDA=0.1)")
    return "\n".join([*lines, ".ends"])


def edges_of(shape: str, size: int, n_in: int, n_out: int) -> list[tuple[int, int]]:
    """Return the edges of a graph of `TRANSISTORS`."""
    if shape == "grid":
        return edges_of_grid(size)
    return edges_at_random(size) if size else edges_of_crossbar(n_in, n_out)


def transistor_network(text: str, n_in: int, n_out: int) -> Model:
    """Return a network of one block of transistors."""
    ports = [f"p{k}" for k in range(n_in + n_out)]
    x = InputVoltageLayer(units=n_in, name="x")
    block = SpiceBlock(name="net", subcircuit=text, inputs=ports[:n_in], outputs=ports[n_in:])(x)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(block)], seed=0)


def alone(text: str, n_in: int, n_out: int, x: Any) -> Callable[[], Any]:
    """Return what solves the same netlist in libngspice: the fastest way, and nothing else."""
    ports = [f"p{k}" for k in range(n_in + n_out)]
    sources = [f"v{port}" for port in ports[:n_in]]
    driven = [f"v{port} {port} 0 0" for port in ports[:n_in]]
    lines = ["alone", *driven, f"xnet {' '.join(ports)} net", *text.splitlines()]
    sweep = PausedSweep(lines, saved=ports[n_in:])
    return lambda: sweep.operating_points(sources, x)


def timed(tasks: Mapping[str, Callable[[], Any]], repeats: int) -> dict[str, float]:
    """Return median seconds of tasks that take turns."""
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(repeats):
        for name, task in tasks.items():
            started = time.process_time()
            task()
            seconds[name].append(time.process_time() - started)
    return {name: statistics.median(taken) for name, taken in seconds.items()}


def row(
    what: Mapping[str, Any],
    model: Model,
    x: Any,
    repeats: int,
    more: Mapping[str, Callable[[], Any]],
) -> dict[str, Any]:
    """Return what was measured of a network: points per second of CPU time, and agreement."""
    points = {b: model.operating_points({"x": x}, b) for b in ("native", "ngspice")}  # compiles
    tasks: dict[str, Callable[[], Any]] = {
        backend: partial(model.operating_points, {"x": x}, backend) for backend in points
    }
    for task in more.values():
        task()
    seconds = timed({**tasks, **more}, repeats)
    apart = np.abs(points["native"].voltages - points["ngspice"].voltages).max()
    raw = model.simulator(NgspiceBackend()).as_found(model.parameters.snapshot(), {"x": x})
    apart_raw = np.abs(points["native"].voltages - raw.voltages).max()
    return {
        **what,
        "samples": len(x),
        "points_per_second": {name: len(x) / taken for name, taken in seconds.items()},
        "largest_difference_V": float(apart),
        "largest_difference_before_polishing_V": float(apart_raw),
        "residual": {backend: found.residual for backend, found in points.items()},
    }


def measured() -> Iterator[dict[str, Any]]:
    """Yield the rows one after the other."""
    for block in (Clamp(), Follower()):
        for n_in, n_blocks, n_samples in CIRCUITS:
            model = network(block, n_in, n_blocks)
            x = np.random.default_rng(0).uniform(-1, 1, (n_samples, n_in))
            yield row({"block": block.NAME, "inputs, blocks": [n_in, n_blocks]}, model, x, 7, {})
    for shape, sizes in TRANSISTORS.items():
        for size, n_in, n_out, n_samples in sizes:
            edges = edges_of(shape, size, n_in, n_out)
            text = transistors(edges, n_in, n_out)
            x = np.random.default_rng(0).uniform(0, 1, (n_samples, n_in))
            model = transistor_network(text, n_in, n_out)
            what = {"block": f"{shape} of transistors", "transistors": len(edges)}
            repeats = 7 if len(edges) < 1000 else 3
            yield row(what, model, x, repeats, {"netlist alone": alone(text, n_in, n_out, x)})


if __name__ == "__main__":
    measured_rows("benchmarks.blocks", measured())
