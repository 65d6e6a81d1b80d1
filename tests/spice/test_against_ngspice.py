"""Both simulators solve what ngspice itself makes of the very text that the user wrote."""

from typing import Any

import numpy as np
import pytest

from ebana_core.arrays import Array
from ebana_core.backends import NativeBackend, NgspiceBackend
from ebana_core.backends.ngspice.once import operating_point
from ebana_core.circuit import (
    GROUND,
    Branches,
    CircuitBuilder,
    Constant,
    ElementArray,
    Input,
    VoltageSources,
)
from ebana_core.circuit.compiled import compile_circuit
from ebana_core.errors import CircuitError, UnsupportedError
from ebana_core.laws import Ohm
from ebana_core.layers import SpiceBlock

pytestmark = pytest.mark.ngspice

DRIVES = np.array([[0.7, -0.4], [-0.6, 0.5], [2.0, 0.31], [-10.0, 10.0]])
"""V, each behind 10 kΩ at a port; the last is far outside of what blocks are made for."""


def body(*lines: str) -> str:
    return "\n".join([".subckt s a b", *lines, ".ends", ""])


def solved(text: str, backend: Any) -> Array:
    act = SpiceBlock(name="act", subcircuit=text, inputs=("a", "b"))
    builder = CircuitBuilder()
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
    values = {act.parameter(item.name): np.array(item.default) for item in act.law.values}
    simulator = backend.compile(compile_circuit(builder.circuit()))
    try:
        points = simulator.operating_points(values, {"q": DRIVES})
    finally:
        simulator.close()
    return np.asarray(points.node_voltages[:, ports])


def by_ngspice(text: str) -> Array:
    rows = []
    for row in DRIVES:
        lines = ["* raw", *text.splitlines(), "xraw n0 n1 s"]
        for k, voltage in enumerate(row):
            lines += [f"v{k} d{k} 0 {float(voltage)!r}", f"r{k} d{k} n{k} 10k"]
        found = operating_point([*lines, ".end"], ["n0", "n1"])
        rows.append([found["n0"], found["n1"]])
    return np.array(rows)


def behaviour(expression: str) -> tuple[str, ...]:
    return f"B1 x 0 v={expression}", "Rx x b 1k", "R2 a 0 90k"


DIODE, BARE = ".model dx d(is=1e-12 rs=10)", ".model dx d(is=1e-14)"
NMOS = ".model nm nmos(vto=0.7 kp=1e-4 lambda=0.02)"
PMOS = ".model pm pmos(vto=-0.7 kp=4e-5 lambda=0.02)"
PART = (".subckt t p", "R1 p mid 1k", "R2 mid 0 1k", ".ends")
BOTH = {
    "atto": ("I1 0 a 0.1mA", "R1 a b 1a"),
    "softplus": behaviour("ln(1+exp(50*v(a)))/50"),
    "overflow": behaviour("1/(1+exp(-500*v(a)))"),
    "capped": behaviour("min(0.1,1e-12*exp(100*v(a)))"),
    "0/0": behaviour("v(a)*0/(0*v(a))+v(a)/2"),
    "root": behaviour("sqrt(abs(v(a)))"),
    "signed exponent": behaviour("2^-v(a)^2"),
    "twice": behaviour("2^3^2*1m"),
    "constants": behaviour("pi*v(a)-e"),
    "tern": behaviour("ternary_fcn(v(a)>0,v(a),2*v(a))*(1<>2)"),
    "braces": ("E1 x 0 value={tanh(v(a))}", "Rx x b 1k", "R2 a 0 1k"),
    "quotes": ("G1 b 0 cur='1u*tanh(v(a))'", "R1 b 0 1k", "R2 a 0 1k"),
    "current of E": ("E1 x 0 a 0 0.5", "Rx x 0 1k", "B1 b 0 i=i(e1)*0.2", "R1 b 0 1k"),
    "names": (*PART, "X1 a t", "R3 b x1_mid 1k", "R4 x1_mid 0 5k"),
    "dots": ("R.1 a n.x 1k", "R_1 n.x 0 1k", "R7 b n_x 3k", "R8 n_x 0 1k"),
    "labels": ("R1 a q_3 1k", "R2 q_3 q 2k", "R3 q 0 3k", "R4 b q- 1k", "R5 q- 0 5k"),
    "tabs and comments": ("R1\ta b\t1k ; x", "R2 b 0 2k $ x", "R3 a 0 3k // x"),
    "stack": ("D1 a m dx", "D2 m n dx", "D3 n 0 dx", "R1 b 0 10k", BARE),
    "held by gmin": ("D1 m a dx", "D2 m b dx", BARE),
    "area": ("D1 a b dx area=3", "D2 0 a dx m=2", DIODE),
    "inverters": (
        "Vd d 0 3",
        "M1 x a d d pm w=4u l=1u",
        "M2 x a 0 0 nm w=2u l=1u",
        "M3 y x d d pm w=4u l=1u",
        "M4 y x 0 0 nm w=2u l=1u",
        "R1 y b 10k",
        NMOS,
        PMOS,
    ),
    "cascode": (
        "Vd d 0 3",
        "Vb g2 0 1.8",
        "M1 x a 0 0 nm",
        "M2 y g2 x 0 nm",
        "R1 d y 50k",
        "R2 y b 10k",
        NMOS,
    ),
    "waves": ("V1 x 0 dc 1 ac 1 sin(0 1 1k)", "R1 x a 1k", "R2 a b 1k", "C1 a b 1p ic=1"),
}
ONE = {
    "==": behaviour("v(a)==v(a)"),
    "pow": behaviour("{pow(v(a),3)*1m}"),
    "pwl": behaviour("'pwl(v(a),-1,0,1,0.5)'"),
    "temper": behaviour("temper*1m*v(a)"),
    "breakdown": ("D1 a b dx", ".model dx d(bv=5)", "R1 b 0 1k"),
    "level 3": ("M1 a b 0 0 m w=2u l=1u", ".model m nmos(level=3 vto=0.2)", "R1 a b 1k"),
    "drain": ("M1 a b 0 0 m w=2u l=1u", ".model m nmos(rd=1k vto=0.2)", "R1 a b 1k"),
    "jfet": ("J1 a b 0 m", ".model m njf(vto=-1)", "R1 a b 1k"),
}


@pytest.mark.parametrize("name", BOTH)
def test_all_agree(name: str) -> None:
    text = body(*BOTH[name])
    expected = by_ngspice(text)
    for backend in (NativeBackend(), NgspiceBackend()):
        assert np.abs(solved(text, backend) - expected).max() <= 1e-9


@pytest.mark.parametrize("name", ONE)
def test_what_native_refuses_runs_on_ngspice(name: str) -> None:
    text = body(*ONE[name])
    with pytest.raises(UnsupportedError, match=r"'act': element '[bdmj]1'"):
        solved(text, NativeBackend())
    assert np.abs(solved(text, NgspiceBackend()) - by_ngspice(text)).max() <= 1e-9


@pytest.mark.parametrize("backend", [NativeBackend(), NgspiceBackend()], ids=["native", "ngspice"])
def test_a_floating_gate_is_refused(backend: Any) -> None:
    text = body("M1 a g b 0 nm", "C1 g 0 1p", NMOS)
    with pytest.raises(CircuitError, match=r"act.in_g\[0\]"):
        solved(text, backend)
