"""What elements become: parts with ngspice's numbers, or a refusal that names the element."""

import pytest

from ebana_core.backends.ngspice.format import element_lines
from ebana_core.errors import CircuitError
from ebana_core.spice import BlockLaw, read_subcircuit
from ebana_core.spice.translation import translate


def body(line: str) -> str:
    return f".subckt s a b\nR1 a b 1k\n{line}\n.ends s\n"


def law(line: str) -> BlockLaw:
    subcircuit = read_subcircuit(body(line))
    return BlockLaw(subcircuit, translate(subcircuit, str))


DIODE, NMOS = ".model m d({})\n{}", ".model m nmos({})\n{}"


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ("R2 a b {value}", "'{value}', which is no number"),
        ("R2 a b 1k tc=1", "'r2' ends in '1k tc=1'"),
        ("R2 a b 1u", "'r2' has 1e-06 ohm, less than"),
        ("R2 a b 0", "'r2' has 0.0 ohm"),
        ("R2 a b -1k", "'r2' has -1000.0 ohm"),
        ("C1 a b 1p m=2", "'c1' ends in"),
        ("C1 a b 1p ic=x", "'x', which is no number"),
        ("F1 a b Vx 2", "no voltage source"),
        ("F1 a b R1 2", "no voltage source"),
        ("V1 a b sin(0 1 1k)", "give its DC value"),
        ("V1 a b 1 ac 1 junk", "give its DC value"),
        ("V1 a b 1 ac 1 dc 2", "give its DC value"),
        ("V1 a b 1 sin(0 x 1k)", "'x', which is no number"),
        ("B1 a b q=3", "write i=... or v=..."),
        ("B1 a b value=3", "write i=... or v=..."),
        ("B1 a b cur=3", "write i=... or v=..."),
        ("E1 a b v={v(a)}", "write value=... or vol=..."),
        ("G1 a b vol={v(a)}", "write value=... or cur=..."),
        ("B1 a b i=v(nowhere)", "'nowhere', which nothing is attached to"),
        ("B1 a b i=min(v(a))", "min of 1 arguments"),
        ("X1 a t\n.subckt t p\nV1 p 0 1\n.ends\nB1 a b i=i(x1_v1)", "i\\(x1_v1\\)"),
        (NMOS.format("", "M1 a b 0 0 m ad=1p"), "'ad=1p' behind its model"),
        (NMOS.format("", "M1 a b 0 0 m xw=5u"), "'xw=5u' behind its model"),
        (NMOS.format("", "M1 a b 0 0 m w=5u W=6u"), "'W=6u' behind its model"),
        (NMOS.format("", "M1 a b 0 0 m l=-1u"), "l=-1e-06"),
        (NMOS.format("is=-1e-9", "M1 a b 0 0 m"), "'m1' is of a model with is=-1e-09"),
        (DIODE.format("is=0", "D1 a b m"), "'d1' is of a model with is=0.0"),
        (DIODE.format("n=-1", "D1 a b m"), "'d1' is of a model with n=-1.0"),
        (DIODE.format("rs=-1", "D1 a b m"), "'d1' is of a model with rs=-1.0"),
        (DIODE.format("vj=0", "D1 a b m"), "'d1' is of a model with vj=0.0"),
        (DIODE.format("rs=1e-5", "D1 a b m"), "a series resistance of 1e-05"),
        (DIODE.format("", "D1 a b m temp=50"), "'temp=50' behind its model"),
        (DIODE.format("", "D1 a b m 0"), "the area 0.0"),
        (DIODE.format("bv=5", "D1 a b m 2"), "an area and a model with \\['bv'\\]"),
        (".model m npn\nQ1 a b 0 m 2", "'2' behind its model"),
    ],
)
def test_what_cannot_be_read_is_named(line: str, match: str) -> None:
    with pytest.raises(CircuitError, match=match):
        law(line)


@pytest.mark.parametrize(
    ("line", "refusal", "written"),
    [
        (NMOS.format("level=3", "M1 a b 0 0 m"), "a transistor of level 3", "nmos(level=3)"),
        (NMOS.format("rd=3", "M1 a b 0 0 m w=2"), r"a transistor with ['rd']", "w=2 l="),
        (DIODE.format("bv=5", "D1 a b m"), r"a diode with ['bv']", "d(bv=5)"),
        (".model m njf(vto=-1)\nJ1 a b 0 m", "a J element", "jd__j1"),
        ("B1 a 0 i={ceil(v(b))}", "'ceil', which only ngspice computes", "i=ceil(v(n3))"),
        ("B1 a 0 i='pwl(v(b),-1,0,1,2)'", "'pwl'", "pwl(v(n3),-1,0,1,2)"),
    ],
)
def test_what_only_ngspice_knows_is_written_for_it(line: str, refusal: str, written: str) -> None:
    found = law(line)
    assert refusal in found.refusal
    nodes = [f"n{k}" for k in range(found.n_terminals)]
    values = {item.name: item.default or 0.0 for item in found.values}
    assert any(written in text for text in element_lines(found.spice("d", nodes, values)))


@pytest.mark.parametrize("names", [("R1.x", "R1_x"), ("R+", "R-"), ("Rq", "Rq_"), ("R_", "R_2")])
def test_elements_keep_names_of_their_own(names: tuple[str, str]) -> None:
    found = law("\n".join(f"{name} a b 1k" for name in names))
    nodes = [f"n{k}" for k in range(found.n_terminals)]
    elements = found.spice("d", nodes, dict.fromkeys((item.name for item in found.values), 1.0))
    assert len({element.name for element in elements}) == len(elements) == 5


@pytest.mark.parametrize(
    ("line", "active"),
    [
        ("B1 a 0 i=1e-5*v(a)^3", ""),
        ("B1 0 a i=tanh(v(a))", ""),
        ("B1 a b i=tanh(v(a,b)*3)", ""),
        ("B1 a b i=exp(v(a)-v(b))-exp(v(b)-v(a))", ""),
        ("B1 a b i=(v(a)*2-v(b)*2)^3", ""),
        ("B1 a 0 i=1u/0", ""),
        ("B1 a b i=v(a)", "b1"),
        ("B1 a b i=1e-5*v(a,b)+max(0,v(a)-50)", "b1"),
        ("B1 a b i=v(a)>20?v(a):v(a)-v(b)", "b1"),
        ("B1 a b i=v(a,b)+(v(a)>5e-4?1u:0)", "b1"),
        ("B1 a 0 i=1e-5*v(a)+2e-5*max(0,v(b)-1.2)", "b1"),
        ("B1 a 0 i=v(b)>1.5?v(b):v(a)", "b1"),
        ("V1 b m 0\nR2 m 0 1k\nB1 a 0 i=i(v1)", "b1"),
        ("B1 a 0 v=0.5*v(a)", "b1"),
    ],
)
def test_a_current_is_reciprocal_where_it_is_of_its_own_drop(line: str, active: str) -> None:
    assert law(line).active == active
