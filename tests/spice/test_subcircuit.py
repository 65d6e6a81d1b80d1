"""What a netlist may hold: read as SPICE reads it, everything else refused by its line."""

import numpy as np
import pytest

from ebana_core.errors import CircuitError, UnsupportedError
from ebana_core.spice.expressions import read_expression
from ebana_core.spice.subcircuit import read_subcircuit
from ebana_core.spice.translate import translate
from ebana_core.spice.words import read_number


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("10kOhm", 1e4),
        ("1meg", 1e6),
        ("2.5MEGohm", 2.5e6),
        ("3m", 3e-3),
        ("1e-3V", 1e-3),
        ("-4.7u", -4.7e-6),
        (".5", 0.5),
        ("5V", 5.0),
        ("1mil", 25.4e-6),
        ("7pF", 7e-12),
        ("1E3", 1e3),
    ],
)
def test_numbers_have_their_suffixes(word: str, value: float) -> None:
    assert read_number(word, "here") == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize("word", ["", "abc", "{r}", "1e400", "--1", "1k2", "nan", "inf"])
def test_what_is_no_number_is_refused(word: str) -> None:
    with pytest.raises(CircuitError, match="here"):
        read_number(word, "here")


def body(line: str) -> str:
    return f".subckt s a b\nR1 a b 1k\n{line}\n.ends s\n"


@pytest.mark.parametrize(
    "line",
    [
        ".control\nshell touch /tmp/pwned\n.endc",
        ".include secret.txt",
        ".lib x y",
        ".param r=1",
        ".csparam q=1",
        ".func f(x) {x}",
        ".options reltol=1",
        ".tran 1n 1u",
        "shell ls",
        "write x.raw",
        "A1 a b filesrc",
        "U1 a b model",
        "K1 L1 L2 0.9",
        "run",
        "*#shell ls\n.quit",
        "quit",
        "+\n.save all",
        'R2 a b "x"\x00',
        ".model f filesource (file=x)",
        ".model p d_process (process_file=x)",
    ],
)
def test_lines_that_could_run_something_are_refused(line: str) -> None:
    with pytest.raises(CircuitError):
        translate(read_subcircuit(body(line)), str)


def test_comments_never_reach_ngspice() -> None:
    found = read_subcircuit(body("* a comment\n*#shell ls"))
    assert "shell" not in found.text
    assert [line.name for line in found.lines] == ["r1"]


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ("R1 a b 2k", "'r1' twice"),
        ("R2 a b", "words"),
        ("R2 a b {value}", "'{value}', which is no number"),
        ("R2 a b 1k tc=1", "'r2' ends in '1k tc=1'"),
        ("D1 a b nomodel", "'nomodel', which is missing"),
        ("X1 a b other", "'other', which is missing"),
        (".subckt t p\nR2 p 0 1\n.ends\nX1 a b t", "has 2 nodes; 't' has the ports"),
        (".subckt s2 p\nX1 p s2\n.ends\nX1 a s2", "more than 20 deep"),
        (".subckt t p r=3\n.ends", "has parameters"),
        ("F1 a b Vx 2", "no voltage source"),
        ("F1 a b R1 2", "no voltage source"),
        ("V1 a b sin(0 1 1k)", "give its DC value"),
        ("B1 a b q=3", "write i=... or v=..."),
        ("B1 a b i=v(nowhere)", "'nowhere', which nothing is attached to"),
        (".model m nmos level=3\nM1 a b 0 0 m", "use level 1"),
        (".model m nmos rd=3\nM1 a b 0 0 m", r"\['rd'\]"),
        (".model m nmos\nM1 a b 0 0 m ad=1p", "'m ad=1p'"),
        (".model m d (is=x)", "'x', which is no number"),
        (".model m d (is)", "holds 'is'"),
        (".model m nmos\nD1 a b m", "a model 'nmos'"),
        ("R2 a b$c 1k", "the name 'b\\$c'"),
    ],
)
def test_what_cannot_be_read_is_named(line: str, match: str) -> None:
    with pytest.raises(CircuitError, match=match):
        translate(read_subcircuit(body(line)), str)


@pytest.mark.parametrize("text", ["", "R1 a b 1k", ".subckt s a\nR1 a 0 1k", ".ends", "hello"])
def test_what_is_no_subcircuit_is_refused(text: str) -> None:
    with pytest.raises(CircuitError):
        read_subcircuit(text)


def value_of(text: str, a: float, b: float) -> tuple[float, dict[int, float]]:
    places = {"a": 0, "b": 1, "0": None}
    expression = read_expression(text, "b1", places.__getitem__, {"v1": 1}.get)
    dual = expression.at(np.array([a, b]))
    return float(dual.value), {place: float(slope) for place, slope in dual.by.items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1+2*3-4/2", 5.0),
        ("-2^2", -4.0),
        ("2^-1", 0.5),
        ("2**3", 8.0),
        ("v(a)-v(b)", 0.3),
        ("V(a,b)", 0.3),
        ("v(a,0)", 0.7),
        ("i(V1)*2", 0.8),
        ("v(a)>v(b) ? 1 : 2", 1.0),
        ("v(a)<v(b) ? 1 : v(b)>0 ? 3 : 4", 3.0),
        ("min(v(a),v(b))+max(1,2)", 2.4),
        ("exp(ln(v(a)))", 0.7),
        ("tanh(v(a))", float(np.tanh(0.7))),
        ("abs(-3)+sqrt(4)", 5.0),
        ("(v(a)>0)&&(v(b)>1)", 0.0),
        ("!(v(a)>0)||1", 1.0),
        ("1k+1meg", 1001000.0),
        ("-v(a)*-2", 1.4),
    ],
)
def test_expressions_have_spice_s_values(text: str, expected: float) -> None:
    assert value_of(text, 0.7, 0.4)[0] == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    "text",
    [
        "tanh(v(a)*3)*v(b)",
        "exp(v(a))/(1+v(b)^2)",
        "v(a)^3*ln(v(b))",
        "min(v(a),v(b))*max(v(a)*2,v(b))",
        "v(a)>0.5 ? sinh(v(b)) : cosh(v(a))",
        "sqrt(v(a))+atan(v(b))-asinh(v(a)*v(b))",
        "-abs(v(b)-v(a))",
    ],
)
def test_expressions_know_their_slopes(text: str) -> None:
    _, by = value_of(text, 0.7, 0.4)
    for place in (0, 1):
        step = np.zeros(2)
        step[place] = 1e-6
        above, below = (value_of(text, *(np.array([0.7, 0.4]) + s * step))[0] for s in (1, -1))
        assert by.get(place, 0.0) == pytest.approx((above - below) / 2e-6, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("foo(v(a))", "foo"),
        ("time", "time"),
        ("1+", "its end"),
        ("(1", "no '\\)'"),
        ("min(1)", "min of 1 arguments"),
        ("1 2", "2"),
        ("__import__(1)", "__import__"),
        ("i(V9)", r"i\(V9\)"),
        ("1;2", ";2"),
        ("(" * 300 + "1" + ")" * 300, "brackets"),
    ],
)
def test_what_native_cannot_translate_is_named(text: str, named: str) -> None:
    with pytest.raises(UnsupportedError, match=named) as caught:
        value_of(text, 0.1, 0.2)
    assert 'backend="ngspice"' in caught.value.fix
