"""Both simulators solve what ngspice itself makes of the very text that the user wrote."""

from typing import Any

import numpy as np
import pytest

from ebana_core.backends import NativeBackend, NgspiceBackend
from ebana_core.errors import CircuitError, UnsupportedError
from tests.support.spice_blocks import body, by_ngspice, solved

pytestmark = pytest.mark.ngspice


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
    "braces at both ends": (
        "B1 x 0 v={k}*v(a)+{m}",
        "Rx x b 1k",
        "B2 b 0 i='k'*v(a)*'m'*1u",
        "E1 y 0 value={{k}*v(a)+{m}}",
        "Ry y a 1k",
        ".param k=0.5 m=0.1",
    ),
    "quotes": ("G1 b 0 cur='1u*tanh(v(a))'", "R1 b 0 1k", "R2 a 0 1k"),
    "current of E": ("E1 x 0 a 0 0.5", "Rx x 0 1k", "B1 b 0 i=i(e1)*0.2", "R1 b 0 1k"),
    "names": (*PART, "X1 a t", "R3 b x1_mid 1k", "R4 x1_mid 0 5k"),
    "dots": ("R.1 a n.x 1k", "R_1 n.x 0 1k", "R7 b n_x 3k", "R8 n_x 0 1k"),
    "labels": ("R1 a q_3 1k", "R2 q_3 q 2k", "R3 q 0 3k", "R4 b q- 1k", "R5 q- 0 5k"),
    "tabs and comments": ("R1\ta b\t1k ; x", "R2 b 0 2k $ x", "R3 a 0 3k // x"),
    "brackets and commas": (
        "R1 (a,b) 1k",
        "R2 a,0,2k",
        "E1 (x,0) (a,b) 2",
        "V1 (y,0) 0.1",
        "B1 (b,0) i=1d-3*v(y)+1d3*1n",
        "R3 x,y,(3k)",
        "D1 x,b dx",
        "Q1 a,x,0 q",
        "R4 b 0 1d3",
        ".model q npn(is=1f)",
        BARE,
    ),
    "signs in names": (
        "R$1 a - 1k",
        "R1/2 - + 2k",
        "R3 + c[1] 1k",
        "E1 d$x 0 - + 2",
        "R@4 d$x b 1k",
        "B1 0 c[1] i=1m*v(d$x)",
    ),
    "stack": ("D1 a m dx", "D2 m n dx", "D3 n 0 dx", "R1 b 0 10k", BARE),
    "held by gmin": ("D1 m a dx", "D2 m b dx", BARE),
    "breakdown": ("D1 a b dx", ".model dx d(bv=5)", "R1 b 0 1k"),
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
SUPPLY = ("Vc c 0 5", "Rc c x 1k", "R2 x b 10k")
"""And a resistance at the drain or collector, x."""
TRANSISTORS = {
    "base resistance by current": (
        *SUPPLY,
        "Q1 x a e q",
        "Re e 0 100",
        ".model q npn(is=1e-15 bf=150 vaf=80 ikf=0.1 ise=1e-14 ne=1.6 rb=50 rbm=5 irb=0.1m rc=3)",
    ),
    "lateral": (
        "Vc c 0 5",
        "Q1 b a c q area=2 m=2",
        "R2 b 0 10k",
        ".model q pnp(is=1e-15 bf=150 vaf=80 rb=50 rc=3 re=0.5 iss=1e-15)",
    ),
    "substrate": (*SUPPLY, "Q1 x a 0 b q temp=50", ".model q npn(is=1e-15 bf=150 xtb=1.5)"),
    "resistances of level 1": (
        *SUPPLY,
        "M1 x a 0 0 m w=20u l=2u",
        ".model m nmos(vto=0.6 kp=1e-4 rd=20 rs=10 gamma=0.4 lambda=0.02)",
    ),
    "level 3": (
        *SUPPLY,
        "M1 x a 0 b m w=20u l=2u ad=10p as=10p nrd=2 nrs=2 m=2",
        ".model m nmos(level=3 vto=0.6 kp=1e-4 rsh=20 gamma=0.4 theta=0.1 vmax=1e5 nsub=1e16 ",
        "+ tox=2e-8 kappa=0.3 eta=0.1 nfs=1e11 xj=2e-7 js=1e-5)",
    ),
    "junction transistor": (
        *SUPPLY,
        "J1 x a s j 2",
        "Rs s 0 200",
        ".model j njf(vto=-1.5 beta=1e-3 rd=20 rs=10 lambda=0.02 b=0.9)",
    ),
    "p channel": (
        "Vd d 0 5",
        "J1 b a d j",
        "R2 b 0 10k",
        ".model j pjf(vto=-1.5 beta=1e-3 rs=10)",
    ),
    "zener": (
        "D1 a b z area=2",  # behind a node of the subcircuit ngspice 39 takes no bare area
        "R1 b 0 1k",
        ".model z d(bv=5 ibv=1m nbv=2 rs=3 ikf=10m isr=1n nr=2 tnom=25)",
    ),
}
BOTH |= TRANSISTORS
ONE = {
    "==": behaviour("v(a)==v(a)"),
    "level 2": ("M1 a b 0 0 m w=2u l=1u", ".model m nmos(level=2 vto=0.2)", "R1 a b 1k"),
    "quasi-saturation": ("Q1 a b 0 m", ".model m npn(rco=10 vo=2)", "R1 a b 1k"),
    "jfet 2": ("J1 a b 0 m", ".model m njf(level=2 vto=-1)", "R1 a b 1k"),
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
    with pytest.raises(UnsupportedError, match=r"'act': element '[bqmj]1'"):
        solved(text, NativeBackend())
    assert np.abs(solved(text, NgspiceBackend()) - by_ngspice(text)).max() <= 1e-9


@pytest.mark.parametrize("backend", [NativeBackend(), NgspiceBackend()], ids=["native", "ngspice"])
def test_a_floating_gate_is_refused(backend: Any) -> None:
    text = body("M1 a g b 0 nm", "C1 g 0 1p", NMOS)
    with pytest.raises(CircuitError, match=r"act.in_g\[0\]"):
        solved(text, backend)
