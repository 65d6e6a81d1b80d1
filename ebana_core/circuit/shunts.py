"""Conductances from all nodes of a circuit to ground."""

from collections.abc import Sequence

import numpy as np

from ebana_core.circuit.elements import Branches, Constant, Element, ElementArray, TerminalDevices
from ebana_core.laws import Ohm

SHUNT = "circuit__shunt"
"""Name of the array; no layer can have it."""


def shunts(n_nodes: int, elements: Sequence[Element], conductance: float) -> ElementArray:
    """Return conductances to ground from all nodes but those that devices have for themselves."""
    is_loaded = np.ones(n_nodes, dtype=bool)
    is_loaded[0] = False
    for element in elements:
        if isinstance(element, TerminalDevices):
            law = element.law
            # Some are currents, and some only stand behind an ammeter of another node.
            own = np.setdiff1d(np.arange(law.n_outer, law.n_terminals), law.shunted)
            is_loaded[element.nodes[:, own]] = False
    heads = np.flatnonzero(is_loaded)
    return ElementArray(
        name=SHUNT,
        layer=SHUNT,
        topology=Branches(heads, np.zeros(len(heads), np.intp)),
        law=Ohm(),
        values={"conductance": Constant(np.array(conductance))},
    )
