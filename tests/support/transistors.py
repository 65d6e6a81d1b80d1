"""Networks of MOS transistors, whose gates are driven, in one block."""

import numpy as np

from ebana_core import Model
from ebana_core.layers import CurrentLayer, InputVoltageLayer, SpiceBlock

CARD = ".model edge NMOS (LEVEL=1 VTO=0.7 KP=40u GAMMA=0.8 PHI=0.8 LAMBDA=0.1 {more})"
LEAK = "1e7"
"""Ohms from every node inside to ground: nothing floats where channels are off."""


def torus(side: int) -> list[tuple[int, int]]:
    """Return the edges of a grid that is closed on both sides."""
    right = [(i * side + j, i * side + (j + 1) % side) for i in range(side) for j in range(side)]
    down = [(i * side + j, (i + 1) % side * side + j) for i in range(side) for j in range(side)]
    return right + down


def transistor_text(
    edges: list[tuple[int, int]], n_inputs: int, n_outputs: int, *, more: str = "", seed: int = 0
) -> str:
    """Return the text of a subcircuit with one transistor per edge, bulks at ground.

    Args:
        edges: Drain and source of each, as numbers of nodes.
        n_inputs: The first nodes are ports that are driven.
        n_outputs: The next ones are ports that are read.
        more: Further words of the model.
        seed: Of the gates' voltages, 0.4 V to 4 V: some channels are off.
    """
    rng, n_nodes = np.random.default_rng(seed), 1 + max(max(edge) for edge in edges)
    n_ports = n_inputs + n_outputs
    names = [f"p{k}" for k in range(n_ports)] + [f"n{k}" for k in range(n_ports, n_nodes)]
    lines = [
        f"M{k} {names[drain]} g{k} {names[source]} 0 edge W=20u L=2u\n"
        f"VG{k} g{k} 0 {rng.uniform(0.4, 4):.9g}"
        for k, (drain, source) in enumerate(edges)
    ]
    leaks = [f"R{name} {name} 0 {LEAK}" for name in names[n_inputs:]]
    head = " ".join([".subckt net", *names[:n_ports]])
    return "\n".join([head, *lines, *leaks, CARD.format(more=more), ".ends"])


def transistor_model(text: str, n_inputs: int, n_outputs: int) -> Model:
    """Return a network of one block; its outputs are read."""
    ports = [f"p{k}" for k in range(n_inputs + n_outputs)]
    x = InputVoltageLayer(units=n_inputs, name="x")
    block = SpiceBlock(
        name="net", subcircuit=text, inputs=ports[:n_inputs], outputs=ports[n_inputs:]
    )(x)
    return Model([x], [CurrentLayer(name="y", fold=False)(block)], seed=0)
