"""Capacitors whose voltage is a memory hold it at DC; those that follow the circuit do not."""

from typing import Any

import numpy as np
import pytest

from ebana_core import Model
from ebana_core.backends import NativeBackend, NgspiceBackend
from ebana_core.errors import CircuitError
from ebana_core.layers import CurrentLayer, InputVoltageLayer, SpiceBlock
from ebana_core.spice import BlockLaw, read_subcircuit
from ebana_core.spice.translation import translate
from tests.support.spice_blocks import body, by_ngspice, solved

RIGHT = 1e-8
"""V: what two simulators may differ by."""
BACKENDS = [NativeBackend(), pytest.param(NgspiceBackend(), marks=pytest.mark.ngspice)]
DRIFT = """.subckt hp p n params: low=2k high=30k begin=0.4 mobility=3k
.func window(x) {1-pow(2*x-1,2)}
Gx 0 x value={i(Em)*mobility*window(v(x))}
Cx x 0 1 IC={begin}
Rleak x 0 1T
Em p m value={-i(Em)*v(x)*(high-low)}
Rhigh m n {high}
Eflux flux 0 value={sdt(v(p,n))}
Rflux flux 0 1
.ends
"""
"""A border that moves between two resistances, its place the voltage of 1 F."""
MODELS = {
    "moving border": (DRIFT + body("X1 a b hp begin=0.3"), 30e3 - 0.3 * 28e3),
    "threshold": (
        body(
            "Bx 0 x i='(abs(v(a,b))>0.6) ? 1g*(v(a,b)-0.6*sgn(v(a,b))) : 0'",
            "Cx x 0 1 IC=4k",
            "R0 a b 1T",
            "Rmem a b r={v(x)}",
        ),
        4e3,
    ),
    "quotient": (body("Gx 0 x value={1g*v(a,b)}", "Cx x 0 1 IC=6k", "B1 a b i=v(a,b)/v(x)"), 6e3),
    "voltage of a node": (
        body(
            ".ic v(x)=0.2", "Cx x 0 {1}", "Gx 0 x value={v(a,b)}", "Gm a b value={1m*v(x)*v(a,b)}"
        ),
        5e3,
    ),
    "several states": (
        body(
            "Cx x 0 1 IC=0.2",
            "Cz z x 2 IC=0.3",
            "Gx 0 x value={v(a,b)}",
            "Gm a b value={1m*v(z)*v(a,b)}",
        ),
        2e3,
    ),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", MODELS)
def test_memristors_are_the_resistance_of_their_state(name: str, backend: Any) -> None:
    text, resistance = MODELS[name]
    found = solved(text, backend)
    assert np.abs(found - solved(body(f"R1 a b {resistance!r}"), NativeBackend())).max() <= RIGHT


@pytest.mark.ngspice
@pytest.mark.parametrize(
    "lines",
    [
        (
            "G1 0 x a b 1m",
            "R1 x 0 1meg",
            "C1 x 0 30p ic=0",
            "E1 y 0 x 0 1m",
            "R2 y b 1k",
            "R3 a b 9k",
        ),
        ("R1 a x 1k", "C1 x b 1u ic=2", "R2 x b 3k"),
        ("R1 a b 1k", "C1 a 0 1n ic=2", "C2 b 0 1n"),
        ("D1 a x dm", "C1 x 0 1u ic=0", "R1 a b 1k", ".model dm d(is=1e-12)"),
    ],
    ids=["gain stage", "filter", "at a port", "peak detector"],
)
def test_capacitors_that_follow_are_open_as_in_ngspice(lines: tuple[str, ...]) -> None:
    text = body(*lines)
    expected = by_ngspice(text)
    for backend in (NativeBackend(), NgspiceBackend()):
        assert np.abs(solved(text, backend) - expected).max() <= RIGHT


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_state_is_a_number_of_the_block(backend: Any) -> None:
    x = InputVoltageLayer(units=4, name="x", source_resistance=1e4)
    states = np.array([1e3, 9e3])
    block = SpiceBlock(
        name="mem",
        subcircuit=MODELS["quotient"][0],
        inputs=("a", "b"),
        param={"cx": states},
    )(x)
    model = Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(block)], seed=0)
    volts = np.array([[0.5, -0.1, 0.5, -0.1]])
    found = model.operating_points({"x": volts}, backend=backend).at("mem").reshape(2, 2)
    expected = 0.6 * states / (2e4 + states)
    assert np.abs(found[:, 0] - found[:, 1] - expected).max() <= RIGHT


def test_a_capacitor_that_alone_holds_a_node_is_named() -> None:
    with pytest.raises(CircuitError, match=r"in_x\[0\]"):
        solved(body("R1 a b 1k", "C1 x 0 1", "B1 0 x i=1u*v(a)"), NativeBackend())


def test_states_and_what_moves_in_time_are_named_as_standing_still() -> None:
    def still(text: str) -> str:
        subcircuit = read_subcircuit(text)
        return BlockLaw(subcircuit, translate(subcircuit, str)).still

    assert still(MODELS["quotient"][0]) == "cx"
    assert still(body("R1 a b 1k", "V1 x 0 sin(0 1 1k)", "R2 x a 1k")) == "v1"
    assert still(body("R1 a b 1k", "B1 a b i=1u*time")) == "b1"
    assert still(body("L1 a b 1m", "L2 b a 1m", "K1 L1 L2 0.5", "R1 a b 1")) == "k1"
    assert still(body("R1 a b 1k", "V1 x 0 dc 1 ac 1", "R2 x a 1k", "C1 a b 1p ic=1")) == ""
