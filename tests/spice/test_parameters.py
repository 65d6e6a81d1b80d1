"""Parameters, functions and conditions: the numbers that the program ngspice makes of them."""

from collections.abc import Mapping

import numpy as np
import pytest

from ebana_core.errors import CircuitError
from ebana_core.spice import read_subcircuit
from ebana_core.spice.words import read_number
from tests.support.listings import DIGITS, resistances

PART = ".subckt t p q r=1k c={r*2}\nR1 p q {c}\n.ends\n"
FORMULAS = (
    "-2**2+10",
    "(-2)**3",
    "2**3**2",
    "2**-1",
    "2^2^3",
    "7%4",
    "7\\2",
    "3*-2+10",
    "12 - -2",
    "100/5/2",
    "2-3-4+10",
    "1?2:3",
    "0?2:0?4:5",
    "1==1 ? 5 : 6",
    "(3<>4)+(3>=3)+(2<=1)+(1&&0)+(1||0)",
    "10-!1",
    "3=3",
    "log(100)",
    "log10(100)",
    "ln(2)",
    "int(-2.7)+10",
    "nint(2.5)",
    "nint(3.5)",
    "sqr(3)",
    "pwr(-2,2)",
    "pow(-2,2)",
    "min(3,4)+max(3,4)",
    "sgn(-3)+2",
    "ternary_fcn(1>2,5,6)",
    "arctan(1)+atan(1)",
    "ceil(1.2)+floor(1.8)",
    "sqrt(16)+exp(0)+abs(-2)",
    "sinh(1)+cosh(1)+tanh(1)+asinh(1)+acosh(2)+atanh(0.5)",
    "sin(1)+cos(1)+tan(1)+asin(0.5)+acos(0.5)",
    "1k+2meg",
    "1mil",
    "5V",
)
CASES: Mapping[str, str] = {
    "defaults depend on each other": f"{PART}.subckt s a b\nX1 a b t r=3\n.ends",
    "an instance sets what .param sets": (
        ".subckt t p q\n.param k=3\nR1 p q {k}\n.ends\n.subckt s a b\nX1 a b t k=9\n.ends"
    ),
    "numbers are set before formulas": (
        ".param b=7\n.subckt t p q a=1 b=2\nR1 p q {a}\nR2 p q {b}\n.ends\n"
        ".subckt s a c\nX1 a c t a={b} b=3\n.ends"
    ),
    "a name of itself is that around": (
        ".subckt t p q r=1\nR1 p q {r}\n.ends\n.subckt s a b r=5k\nX1 a b t r={r*2}\n.ends"
    ),
    "what is set around holds inside": (
        ".subckt t p q\nR1 p q {r}\n.ends\n.subckt s a b r=5k\nX1 a b t\n.ends"
    ),
    "local before global": (
        ".param k=2\n.subckt t p q\nR1 p q {k}\n.ends\n"
        ".subckt s a b\n.param k=3\nX1 a b t\nR2 a b {k}\n.ends"
    ),
    "the last of two counts, wherever it stands": (
        ".param k=2 k=5\n.subckt s a b\nR1 a b {k}\n.param z={2*y} y=3\nR2 a b {z}\n.ends"
    ),
    "functions mean what they mean where they are defined": (
        ".func f(x,y) {x*y+1}\n.func g(x) {f(x,2)}\n.subckt s a b\nR1 a b {f(2,3)}\n"
        "R2 a b {g(5)}\n.func f(x,y) {x+y}\n.ends"
    ),
    "functions of .param": ".param f(x)={2*x}\n.subckt s a b\nR1 a b {f(4)}\n.ends",
    "conditions": (
        ".param x=2\n.subckt s a b\n.if (x==1)\nR1 a b 1\n.elseif (x==2)\nR2 a b 2\n.else\n"
        "R3 a b 3\n.endif\n.if (x>5)\nR4 a b 4\n.else\nR5 a b 5\n.endif\n.ends"
    ),
    "conditions of an instance": (
        ".subckt t p q w=1\n.if (w>2)\nR1 p q 10\n.else\nR1 p q 20\n.endif\n.ends\n"
        ".subckt s a b\nX1 a b t w=1\nX2 a b t w=3\n.ends"
    ),
    "the first of two definitions counts": (
        ".subckt t p q\nR1 p q 1\n.ends\n.subckt t p q\nR1 p q 2\n.ends\n"
        ".subckt s a b\nX1 a b t\n.ends"
    ),
    "an inner definition counts before an outer one": (
        ".subckt t p q\nR1 p q 2\n.ends\n"
        ".subckt s a b\n.subckt t p q\nR1 p q 3\n.ends\nX1 a b t\n.ends"
    ),
    "bare names, quotes and continued lines": (
        ".param k=5 l={k*2} m='l+1'\n.subckt s a b\nR1 a b k\nR2 a b 'l'\nR3 a b {m}\n"
        "R4 a b {\n+ m*2}\n.ends"
    ),
    "a formula with blanks": ".param a=1 + 2\n.subckt s a1 b\nR1 a1 b {a}\n.ends",
    "macro and eom": ".macro s a b\nR1 a b 5\n.eom",
    "brackets around nodes": (
        ".subckt t (p q) r = 3\nR1 p q {r}\n.ends***\n.subckt s (a b)\nX1 (a b) t r = 7\n.ENDS s"
    ),
    "suffixes": (
        ".subckt s a b\nR1 a b 4k7\nR2 a b 2R2\nR3 a b 1meg5\nR4 a b 10kohm\nR5 a b 1mil\n"
        "R6 a b 1e3k\nR7 a b 5%\nR8 a b 1m0\n.ends"
    ),
    "comments": (
        ".subckt s a b ; x\nR1 a b 5 $ x\n* x\nR2 a b\n* between\n+ 6 // x\n.ends\n* \u00b0 \u00a7"
    ),
}


@pytest.mark.ngspice
@pytest.mark.parametrize("name", CASES)
def test_parameters_mean_what_the_program_makes_of_them(name: str) -> None:
    assert_alike(CASES[name])


@pytest.mark.ngspice
def test_formulas_have_the_program_s_values() -> None:
    lines = (f"R{k} a b {{{formula}}}" for k, formula in enumerate(FORMULAS))
    assert_alike("\n".join([".subckt s a b", *lines, ".ends"]))


def assert_alike(text: str) -> None:
    lines = read_subcircuit(text, "s").lines
    found = {line.name: read_number(line.words[0], "here") for line in lines}
    assert found == pytest.approx(resistances(text), rel=DIGITS, abs=0)


def words(text: str) -> dict[str, str]:
    return {line.name: line.rest for line in read_subcircuit(text, "s").lines}


def test_expressions_of_voltages_hold_numbers_for_parameters() -> None:
    text = """.param k=3
.func f(x,y) {x*y+k}
.subckt s a b r=2
B1 a b i=f(v(a,b),2)+r
B2 a b v={v(r)*{k}+time*r}
E1 a b value={if(v(a)>k,1,r)}
E2 a b table {v(a)*k}=(0,0) (1,{r})
E3 a b poly(1) (k,r) k {r}
G1 a b r k {r} m={k}
F1 a b vk r
R1 a b {r*v(a)} tc1={k}
V1 a b pulse(0 {r} 1n r) dc k
Vk a b
.ends"""
    assert words(text) == {
        "b1": "i=((v(a,b))*(2)+(3.0))+(2.0)",
        "b2": "v={v(r)*((3.0))+time*(2.0)}",
        "e1": "value={if(v(a)>(3.0),1,(2.0))}",
        "e2": "table {v(a)*(3.0)}=(0,0) (1,{(2.0)})",
        "e3": "poly(1) k r 3.0 2.0",
        "g1": "r k 2.0 m=3.0",
        "f1": "vk 2.0",
        "r1": "{(2.0)*v(a)} tc1=3.0",
        "v1": "pulse(0 2.0 1n 2.0) dc 3.0",
        "vk": "",
    }


def test_instances_multiply_what_is_in_them() -> None:
    text = ".subckt u p q\nR1 p q 1\n.ends\n.subckt t p q n=2\nX1 p q u m={n}\n.ends\n"
    found = read_subcircuit(text + ".subckt s a b\nX1 a b t m=3\nX2 a b t n=5\n.ends", "s")
    assert {line.name: line.multiplicity for line in found.lines} == {"x1_x1_r1": 6, "x2_x1_r1": 5}


def test_a_parameter_of_that_name_is_no_multiplicity() -> None:
    text = ".subckt t p q m=1\nR1 p q {m}\n.ends\n.subckt s a b\nX1 a b t m=3\n.ends"
    (line,) = read_subcircuit(text, "s").lines
    assert (line.words, line.multiplicity) == (("3.0",), 1.0)


def test_initial_voltages_are_those_of_the_nodes_as_they_are_named() -> None:
    text = ".subckt t p x0=0.5\nC1 x p 1\n.ic v(x)={x0} V(p) = 1m\n.ends\n"
    found = read_subcircuit(text + ".subckt s a\nX1 a t x0=0.25\n.ends", "s")
    assert found.initial == {"x1:x": 0.25, "a": 1e-3}


OF_OTHERS: Mapping[str, float] = {
    "limit(5,1,3)+limit(0,3,1)+limit(2,1,3)": 6.0,
    "if(2>1,4,5)": 4.0,
    "table(0.5,0,1,1,3)+tbl(-1,0,1,1,3)+table(9,0,1,1,3)": 6.0,
    "uramp(-2)+uramp(3)+stp(0)+stp(0.1)": 4.0,
    "sign(-2)+5": 4.0,
    "pwrs(-2,3)+10": 2.0,
    "hypot(3,4)": 5.0,
}
"""Functions that ngspice does not have in formulas: where PSpice and LTspice agree."""


@pytest.mark.parametrize("formula", OF_OTHERS)
def test_functions_of_other_simulators_mean_what_these_agree_on(formula: str) -> None:
    found = words(f".subckt s a b\nR1 a b {{{formula}}}\n.ends")
    assert float(found["r1"]) == OF_OTHERS[formula]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (".subckt s a b\nR1 a b {limit(1k,0.1)}\n.ends", "limit of 2 arguments, which draws"),
        (".subckt s a b\nR1 a b {1d+3}\n.ends", "an exponent that ngspice does not take"),
        (".subckt s a b\nR1 a b {table(1,2,3,0,1)}\n.ends", "is nan"),
        (".param k={1/0}\n.subckt s a b\nR1 a b {k}\n.ends", "line 1.*'1/0' is inf"),
        (".param k={l} l={k}\n.subckt s a b\nR1 a b {k}\n.ends", "line 1.*'[lk]' in the formula"),
        (".subckt s a b\nR1 a b {f(2)}\n.func f(x,y) {x}\n.ends", "f of 1 arguments"),
        (".subckt s a b\nB1 a b i=f(v(a))\n.func f(x,y) {x}\n.ends", "f has 1 arguments"),
        (".subckt s a b\n.if (1)\n.param k=2\n.endif\nR1 a b {k}\n.ends", "stands under .if"),
        (".subckt s a b\n.if (k)\nR1 a b 1\n.endif\n.ends", "line 2.*'k' in the formula"),
        (".subckt t p TEXT: v=1\n.ends\n.subckt s a b\nX1 a t\n.ends", "TEXT:"),
        (PART + ".subckt s a b z=1\nX1 a b t z=2\n.ends", "no parameter 'z' of its own"),
        (PART + ".subckt s a b\nX1 a b t temp=50\n.ends", "no parameter 'temp' of its own"),
        (PART + ".subckt s a b\nX1 a b t m=0\n.ends", "m=0.0"),
        (PART + ".subckt s a b\nX1 a b t r=\n.ends", "has no meaning"),
    ],
)
def test_what_has_no_value_is_named(text: str, match: str) -> None:
    with pytest.raises(CircuitError, match=match):
        read_subcircuit(text, "s")


def test_a_block_is_at_27_degrees() -> None:
    text = ".subckt s a b\nR1 a b {temp+temper}\nR2 a b 1k temp=50\n.ends"
    assert words(text) == {"r1": "54.0", "r2": "1k temp=50"}
    assert words(".subckt s a b\nR1 a b {pi}\n.ends")["r1"] == repr(np.pi)


def test_what_nobody_names_is_no_error() -> None:
    text = ".param k={1/0} 2=3\n.func f(x {x}\n.model m d(is={k})\n.subckt s a b p={k}\n"
    assert words(text + "R1 a b 5\n.ends") == {"r1": "5"}
