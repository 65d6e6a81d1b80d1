"""Elements as vendors write them: both simulators solve what ngspice makes of the same text."""

from typing import Any

import numpy as np
import pytest

from ebana_core.backends import NativeBackend, NgspiceBackend
from tests.support.spice_blocks import body, by_ngspice, solved

pytestmark = pytest.mark.ngspice

RIGHT = 1e-9
"""V: ngspice stops where a step falls below its reltol of 1e-9, which near the point is squared."""

WAVES = (
    "pulse(0.2 1 0 1n 1n 1u 2u)",
    "pulse 0.2, 1, 0",
    "ac 1",
    "",
    "sin(0.3 1 1k 0 0 30)",
    "exp(0.1 1 1u 1u)",
    "pwl(0 0.4 1 2)",
    "pwl(-1 0.4 1 2)",
    "sffm(0.1 0.2 1k 0.4 10 20 30)",
    "am(1 0.2 1k 2k)",
    "ac 1 0 dc 0.7",
    "dc 0.3 pulse(1 2)",
    "pulse(1 2) dc=0.3",
    "0.3 ac 1 2 distof1 0.1 sin(0 1 1k)",
    "dc 0.1 trnoise(1m 1n 0 0)",
)
RESISTORS = (
    "2k rm",
    "rm 2k",
    "rm2",
    "rs l=20u w=2u",
    "r = 2k",
    "2k tc=1m",
    "2k tc=1m 2u dtemp=20",
    "2k tc1=1m tc2=2u temp=77",
    "2k tce=0.5 temp=60",
    "2k m=3 ac=5",
    "2k scale=2 noisy=0",
    "-3k",
    "r={1k+100*v(a)*v(a)}",
    "{1k+100*v(a)*v(a)} tc1=1m",
    "'1k*(2+tanh(v(a)))' m=2",
)
BY_VOLTAGE = (
    "POLY(1) a 0 0.1 2",
    "POLY(1) (a,0) 0.1 2 0.03 -0.002",
    "poly(2) a 0 b 0 0.1 0.2 0.3 0.01 0.02 0.03 0.001 0.002 0.003 0.004",
    "POLY(1) a 0 0.5",
    "a 0 0.1 2 0.03",
    "TABLE {v(a)} = (-1,-1) (0,0.2) (0.5,1) (3,2)",
    "table {v(a,b)}=(-10,-1)(0,0.2)(5,1)",
    "table {v(a)} = (0,0.3)",
    "VALUE = {0.4*v(a)*v(b)}",
    "value {0.4*v(a)}",
    "(a,b) 0.4",
    "a b 0.4",
)
BY_CURRENT = (
    "poly(1) v1 0.1m 2 3",
    "POLY(2) v1 v2 0 1 2 100 200 300",
    "poly(2) (v1,v2) (0 1 1)",
    "v1 2",
    "v1 0.1m 2",
    "e9 0.3",
)
FUNCTIONS = (
    "acos(0.1*v(a))+asin(0.1*v(a))",
    "acosh(12+v(a))+atanh(0.05*v(a))",
    "sin(v(a)*3)*0.1+cos(v(b))*0.1+tan(v(a)*0.1)",
    "floor(v(a))*0.1+ceil(v(a))*0.2+nint(v(a))*0.3",
    "log(11+v(a))+log10(11+v(a))",
    "sgn(v(a))*0.1+u(v(a))*0.2+gt0(v(a))*0.3+le0(v(a))*0.4",
    "u2(v(a))+uramp(v(a))",
    "pow(v(a),3)*1m+pow(v(a),1.5)*0.1",
    "pwr(v(a),1.5)*0.1+pwr(v(a),v(b))*1m",
    "pow(2,v(a)*0.1)",
    "pwl(v(a),-1,0,1,0.5)",
    "temper*1m*v(a)+time+hertz+ddt(v(a))",
    "v(a)>0 ? v(a)*0.1 : 0.2",
    "(v(a)>0 && v(a)<1)*0.3+(v(a)>0||v(a)<-1)*0.2+!(v(a)>0)*0.01",
    "0.1*v(a) tc1=1m temp=77",
    "{0.1*v(a)} m=2 tc2=1u dtemp=10 reciproctc=1",
)
CASES = {
    **{f"V {wave}": (f"v1 x 0 {wave}", "r1 x a 3k", "r2 x b 5k") for wave in WAVES},
    "I": ("i1 x 0 pulse(0.02m 1 0 1n) m=2", "r1 x a 3k", "r2 x b 5k"),
    **{
        f"R {words}": (
            f"r1 a b {words}",
            "r2 b 0 4k",
            ".model rm r(tc1=1m tnom=50)",
            ".model rm2 res(r=3k)",
            ".model rs r(rsh=100 defw=1u narrow=0.1u short=0.2u)",
        )
        for words in RESISTORS
    },
    **{f"E {words}": (f"e1 x 0 {words}", "r1 x b 1k", "r2 a 0 3k") for words in BY_VOLTAGE},
    **{
        f"G {words}": (f"g1 x 0 {words}", "r1 x b 1k", "r2 a 0 3k", "r3 x 0 1")
        for words in BY_VOLTAGE
    },
    "G of several": ("g1 b 0 a 0 1m m=2", "g2 0 b value={1u*v(a)} m=3", "r1 b 0 1k"),
    **{
        f"{letter} {words}": (
            f"{letter}1 x 0 {words}",
            "v1 a y 0",
            "v2 b z 0",
            "r1 y 0 1k",
            "r2 z 0 2k",
            "r3 x b 1k",
            "r4 x 0 3k",
            "e9 w 0 a 0 0.5",
            "r5 w 0 1k",
        )
        for letter in "FH"
        for words in BY_CURRENT
    },
    "F of several": ("f1 b 0 v1 2 m=3", "v1 a y 0", "r1 y 0 10k", "r2 b 0 1k"),
    **{f"B {text}": (f"b1 x 0 v={text}", "rx x b 1k", "r2 a 0 90k") for text in FUNCTIONS},
    "storing": (
        "c1 a b 1p m=2",
        "c2 a b c=2n ic=1",
        "c3 a b c={1n*v(a)}",
        "c4 a b q={1n*v(a)*v(a)}",
        "c5 a 0 cm",
        ".model cm c(cap=1p)",
        "r1 a b 1k",
        "l1 a x 1u",
        "l2 x b l={1u*(1+v(a))}",
        "l3 a y 0 ic=2",
        "r2 y b 1k",
    ),
    "coupled": ("l1 a x 1m", "l2 x b 1m", "k1 l1 l2 0.9", "r1 x 0 3k"),
    "current of R and D": (
        "R1 a c 1k",
        "R2 c 0 3k",
        "B1 0 b i=2*i(r1)+0.5*i(d1)",
        "D1 b 0 dx",
        "r3 b 0 10k",
        ".model dx d(is=1e-12)",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_all_agree(name: str) -> None:
    text = body(*CASES[name])
    expected = by_ngspice(text)
    for backend in (NativeBackend(), NgspiceBackend()):
        assert np.abs(solved(text, backend) - expected).max() <= RIGHT


SWITCHES = {
    "on": ("vt=0.3 ron=100 roff=1meg", "", 0.5),
    "off": ("vt=0.7 ron=100 roff=1meg", "on", 0.5),
    "within": ("vt=0.3 vh=0.25 ron=100 roff=1meg", "", 0.5),
    "within, on": ("vt=0.3 vh=0.25 ron=100 roff=1meg", "on", 0.5),
    "within, off": ("vt=0.3 vh=0.25 ron=100 roff=1meg", "off", 0.5),
    "below zero": ("vt=0.3 vh=-0.25 ron=100 roff=1meg", "", 0.5),
    "below zero, off": ("vt=0.8 vh=-0.25 ron=100 roff=1meg", "off", 0.5),
    "bare": ("", "", 0.5),
    "bare, off": ("", "", -0.5),
}


@pytest.mark.parametrize("name", SWITCHES)
def test_switches_stand_as_a_cold_start_of_ngspice_finds_them(name: str) -> None:
    model, state, control = SWITCHES[name]
    text = body(
        f"s1 a x c 0 sm {state}",
        "r1 x b 1k",
        "r2 a 0 50k",
        f"v1 c 0 {control}",
        f".model sm sw({model})",
    )
    expected = by_ngspice(text)
    for backend in (NativeBackend(), NgspiceBackend()):
        assert np.abs(solved(text, backend) - expected).max() <= RIGHT


def test_a_current_turns_a_switch() -> None:
    text = body(
        "v1 a y 0",
        "r1 y 0 1k",
        "w1 b 0 v1 wm",
        "r2 b 0 10k",
        ".model wm csw(it=10u ron=1k roff=1meg)",
    )
    expected = by_ngspice(text)
    for backend in (NativeBackend(), NgspiceBackend()):
        assert np.abs(solved(text, backend) - expected).max() <= RIGHT


def smooth(control: float) -> float:
    """Return PSpice's resistance of the switch in the test, ohm."""
    on, off, above, below = 100.0, 1e5, 0.8, 0.2
    if control >= above:
        return on
    if control <= below:
        return off
    x, ratio = (control - (above + below) / 2) / (above - below), np.log(on / off)
    return float(np.exp(np.log(on * off) / 2 + 1.5 * ratio * x - 2 * ratio * x**3))


@pytest.mark.parametrize("control", [0.0, 0.25, 0.5, 0.71, 1.0])
def test_switches_of_pspice_turn_smoothly(control: float) -> None:
    text = body(
        "s1 a b c 0 sm",
        f"v1 c 0 {control}",
        "r1 b 0 5k",
        ".model sm vswitch(ron=100 roff=100k von=0.8 voff=0.2)",
    )
    plain = body(f"r9 a b {smooth(control)!r}", "r1 b 0 5k")
    for backend in (NativeBackend(), NgspiceBackend()):
        assert np.abs(solved(text, backend) - solved(plain, backend)).max() <= RIGHT


def test_series_and_parallel_resistances_of_other_simulators_are_elements() -> None:
    text = body(
        "l1 a x 1u rser=200 rpar=5k",
        "v1 x y 0.1 rser=300",
        "c1 y b 1p rpar=2k",
        "r1 y b 1k",
        "b1 0 b i=0.1m*tanh(v(a)) rpar=4k cpar=1p tripdt=1n",
    )
    plain = body(
        "r2 a x0 200",
        "l1 x0 x 1u",
        "r3 a x 5k",
        "r4 x x1 300",
        "v1 x1 y 0.1",
        "r5 y b 2k",
        "r1 y b 1k",
        "b1 0 b i=0.1m*tanh(v(a))",
        "r6 0 b 4k",
    )
    for backend in (NativeBackend(), NgspiceBackend()):
        assert np.abs(solved(text, backend) - by_ngspice(plain)).max() <= RIGHT


def test_tiny_resistors_carry_their_current_to_the_last_digit() -> None:
    around = ("R3 y b 1k", "R4 y 0 5k", "B1 b 0 i=0.1*i(r2)")
    text = body("R1 a x 2u", "R2 x y 1e-9", *around)
    plain = body("V1 a x 0", "Vr2 x y 0", *around).replace("i(r2)", "i(vr2)")
    for backend in (NativeBackend(), NgspiceBackend()):
        # 2 micro-ohms at some 0.1 mA; by conductances ngspice is off by 30 microvolts.
        assert np.abs(solved(text, backend) - solved(plain, backend)).max() <= 2e-9


@pytest.mark.parametrize("backend", [NativeBackend(), NgspiceBackend()], ids=["native", "ngspice"])
def test_tiny_resistors_below_zero_take_away_what_others_add(backend: Any) -> None:
    text = body("R1 a x 80u", "R2 x y -50u", "R3 y b 1k", "B1 b 0 i=1k*v(a,y)")
    plain = body("R1 a y 30u", "R3 y b 1k", "B1 b 0 i=1k*v(a,y)")
    found = solved(text, backend)
    # V: 30 micro-ohms at 0.1 mA are 3 nV, which the 1 kS make 3 uA and 30 mV.
    assert np.abs(found - solved(plain, backend)).max() <= 2e-9


def test_words_that_only_others_read_mean_what_they_say() -> None:
    text = body("v1 x 0 33.3\u00b5", "r1 x a 3k", "e1 y 0 poly 2 a 0 b 0 0.1 2 0.3", "r2 y b 5k")
    plain = body("v1 x 0 33.3u", "r1 x a 3k", "e1 y 0 poly(2) a 0 b 0 0.1 2 0.3", "r2 y b 5k")
    text = text.replace("r2 y b", "f1 b 0 value={i(v1)*2}\nr3 b 0 9k noiseless\nr2 y b")
    plain = plain.replace("r2 y b", "f1 b 0 v1 2\nr3 b 0 9k\nr2 y b")
    for backend in (NativeBackend(), NgspiceBackend()):
        assert np.abs(solved(text, backend) - by_ngspice(plain)).max() <= RIGHT


def test_native_starts_away_from_poles() -> None:
    quotient = body(
        "b1 a b i=1m*v(a,b)/v(x)", "v1 x 0 2", "r1 b 0 5k", "b2 y 0 v=ln(v(x))", "r2 y 0 1"
    )
    expected = by_ngspice(quotient)
    assert np.abs(solved(quotient, NativeBackend()) - expected).max() <= RIGHT


@pytest.mark.parametrize(
    ("vendor", "own"),
    [
        ("limit(v(a),-0.3,0.2)", "min(max(v(a),-0.3),0.2)"),
        ("if(v(a)>0,0.1,0.2)", "v(a)>0 ? 0.1 : 0.2"),
        ("int(v(a)*2)*0.1", "sgn(v(a))*floor(abs(v(a)*2))*0.1"),
        ("table(v(a),-0.1,0,0.1,1)", "v(a)<-0.1 ? 0 : v(a)>0.1 ? 1 : 0.5+5*v(a)"),
        ("hypot(v(a),v(b))", "sqrt(v(a)*v(a)+v(b)*v(b))"),
        ("v(a)>0 & v(a)<1 | ~(v(a)>-1)", "(v(a)>0 && v(a)<1) || !(v(a)>-1)"),
    ],
)
def test_functions_of_other_simulators_are_written_in_ngspice_s(vendor: str, own: str) -> None:
    text, plain = (body(f"b1 x 0 v={t}", "rx x b 1k", "r2 a 0 90k") for t in (vendor, own))
    for backend in (NativeBackend(), NgspiceBackend()):
        assert np.abs(solved(text, backend) - by_ngspice(plain)).max() <= RIGHT
