"""Ports as vendors write them: ground by its name, optional nodes, parameters in braces."""

import numpy as np
import pytest

from ebana_core.backends import NativeBackend, NgspiceBackend
from ebana_core.errors import CircuitError, ModelError
from ebana_core.layers import SpiceBlock
from ebana_core.spice import read_subcircuit
from tests.support.spice_blocks import body, by_ngspice, solved

OPTIONAL = (
    ".subckt t p q optional: low=0 r=gnd params: k=2\n"
    "R1 p low {k*1k}\nR2 q r 1k\nR3 p q 1k\n.ends\n"
)


def ohms(text: str) -> dict[str, tuple[str, ...]]:
    """Return the nodes and words of each element of subcircuit s."""
    return {line.name: (*line.nodes, *line.words) for line in read_subcircuit(text, "s").lines}


@pytest.mark.ngspice
def test_a_port_named_gnd_is_ground_within() -> None:
    text = body(
        ".subckt t p GND 0", "R1 p gnd 1k", "R2 p 0 3k", ".ends", "X1 a 0 gnd t", "R3 b 0 1k"
    )
    expected = by_ngspice(text)
    for backend in (NativeBackend(), NgspiceBackend()):
        # V: ngspice stops where a step falls below its reltol of 1e-12.
        assert np.abs(solved(text, backend) - expected).max() <= 1e-9


def test_a_block_has_no_port_at_ground() -> None:
    text = ".subckt s a gnd\nR1 a gnd 1k\n.ends\n"
    assert read_subcircuit(text).ports == ("a",)
    for supplies in ({}, {"gnd": 0}):
        block = SpiceBlock(name="x", subcircuit=text, inputs="a", supplies=supplies)
        assert block.law.n_outer == 1
    with pytest.raises(ModelError, match=r"supplies of \['gnd'\]"):
        SpiceBlock(name="x", subcircuit=text, inputs="a", supplies={"gnd": 1})


def test_optional_ports_that_are_not_wired_take_their_own_nodes() -> None:
    text = OPTIONAL + body("X1 a b t", "X2 a b m t params: k=3", "X3 a b m b t", "R1 m 0 1k")
    found = ohms(text)
    assert (found["x1_r1"], found["x1_r2"]) == (("a", "0", "2000.0"), ("b", "0", "1k"))
    assert (found["x2_r1"], found["x2_r2"]) == (("a", "m", "3000.0"), ("b", "0", "1k"))
    assert found["x3_r2"] == ("b", "b", "1k")
    assert read_subcircuit(OPTIONAL, "t").ports == ("p", "q", "low", "r")


def test_parameters_in_braces_are_parameters() -> None:
    part = ".subckt t p {r=2k n=3}\nR1 p 0 {r*n}\n.ends\n"
    found = ohms(part + body("X1 a t {n = 5}", "X2 b t", "X3 b t {n=5 r=1k}"))
    assert [found[f"x{k}_r1"][-1] for k in (1, 2, 3)] == ["10000.0", "6000.0", "5000.0"]


REFUSED = {
    "a node at a ground": ".subckt t p gnd\nR1 p gnd 1\n.ends\n" + body("X1 a b t"),
    "two nodes at one port": ".subckt t p p\nR1 p 0 1\n.ends\n" + body("X1 a b t"),
    "a global node": ".subckt t p optional: d=$G_DPWR\nR1 p d 1\n.ends\n" + body("X1 a t"),
    "too few nodes": OPTIONAL + body("X1 a t"),
    "too many nodes": OPTIONAL + body("X1 a b a b a t"),
    "an option of nothing": ".subckt t p optional: d=\nR1 p d 1\n.ends\n" + body("X1 a t"),
    "a parameter without a value": ".subckt t p {r=???}\nR1 p 0 {r}\n.ends\n" + body("X1 a t"),
}
WORDS = {
    "a node at a ground": "'b' to the port 'gnd', which is ground everywhere",
    "two nodes at one port": r"'a' and 'b' to two ports that are named 'p'",
    "a global node": r"port 'd', whose default is '\$G_DPWR'",
    "too few nodes": "has 1 nodes",
    "too many nodes": "has 5 nodes",
    "an option of nothing": "gives no node",
    "a parameter without a value": r"'\?\?\?'",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wired_to_nothing_clear_is_refused(name: str) -> None:
    with pytest.raises(CircuitError, match=WORDS[name]):
        read_subcircuit(REFUSED[name], "s")
