"""Blocks between driven ports, solved by our backends and by what ngspice makes of their text."""

from typing import Any

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.ngspice.once import operating_point
from ebana_core.circuit import (
    GROUND,
    Branches,
    Circuit,
    CircuitBuilder,
    Constant,
    ElementArray,
    Input,
    VoltageSources,
)
from ebana_core.circuit.compiled import compile_circuit
from ebana_core.laws import Ohm
from ebana_core.layers import SpiceBlock

DRIVES = np.array([[0.7, -0.4], [-0.6, 0.5], [2.0, 0.31], [-10.0, 10.0]])
"""V, each behind 10 kΩ at a port; the last is far outside of what blocks are made for."""


def body(*lines: str) -> str:
    return "\n".join([".subckt s a b", *lines, ".ends", ""])


def driven(text: str, **around: float) -> tuple[SpiceBlock, Circuit]:
    """Return a block, and the circuit of it between sources behind 10 kΩ.

    Args:
        text: Of the block.
        around: Settings of the circuit, gmin and shunt, S.
    """
    act = SpiceBlock(name="act", subcircuit=text, inputs=("a", "b"))
    builder = CircuitBuilder(**around)
    ports, sources = builder.nodes("p", (2,)), builder.nodes("q", (2,))
    act.build(builder, [ports])
    builder.add(
        VoltageSources(name="q", layer="q", heads=sources, tails=[GROUND] * 2, voltage=Input("q"))
    )
    builder.add(
        ElementArray(
            name="r",
            layer="q",
            topology=Branches(sources, ports),
            law=Ohm(),
            values={"conductance": Constant(np.array(1e-4))},
        )
    )
    return act, builder.circuit()


def solved(text: str, backend: Any, drives: Array = DRIVES, **around: float) -> Array:
    """Return the voltages of ports a and b, a row for each of the drives."""
    act, circuit = driven(text, **around)
    values = {act.parameter(item.name): np.array(item.default) for item in act.law.values}
    simulator = backend.compile(compile_circuit(circuit))
    try:
        points = simulator.operating_points(values, {"q": drives})
    finally:
        simulator.close()
    return np.asarray(points.node_voltages[:, circuit.terminal_devices[0].nodes[0, :2]])


def by_ngspice(text: str, **options: float) -> Array:
    """Return the same from ngspice, which reads the text itself."""
    rows = []
    for row in DRIVES:
        lines = ["* raw", *text.splitlines(), "xraw n0 n1 s"]
        for k, voltage in enumerate(row):
            lines += [f"v{k} d{k} 0 {float(voltage)!r}", f"r{k} d{k} n{k} 10k"]
        found = operating_point([*lines, ".end"], ["n0", "n1"], options=options)
        rows.append([found["n0"], found["n1"]])
    return np.array(rows)
