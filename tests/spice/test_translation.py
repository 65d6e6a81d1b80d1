"""What elements become: parts with ngspice's numbers, or a refusal that names the element."""

import pytest

from ebana_core.backends.ngspice.format import element_lines
from ebana_core.errors import CircuitError, ParameterError
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
        ("R2 a b {value}", "'r2' .* 'value' has no meaning|'value' in the formula"),
        ("R2 a b 1k 2k", "'r2' gives 2k"),
        ("R2 a b 1k r=2k", "'r2' gives 1k"),
        ("R2 a b 1k tc=1 2 3", "'r2' gives 3"),
        ("R2 a b 1k bf=1", "'r2' gives bf='1', which this element does not have"),
        ("R2 a b 1k m=1 M=2", "'r2' gives 'M' twice"),
        ("R2 a b r={1k+v(a)} temp=50", "'r2' gives temp='50'"),
        ("R2 a b 1 m=1meg", "'r2' has 1e-06 ohm, less than"),
        ("R2 a b 2u tc1=-1 temp=28", "'r2' has 0.0 ohm"),
        ("S1 a b a 0 m\n.model m sw(vt=1 ilimit=2)", "'s1' has a switch model with ilimit=2.0"),
        ("R2 a b 0", "'r2' has 0.0 ohm"),
        ("R2 a b rm\n.model rm r(xx=1)", "'r2' has a model with xx=1.0"),
        ("R2 a b rm\n.model rm r(tc1=1)", "'r2' has no resistance"),
        ("C1 a b m=2", "'c1' has no value"),
        ("C1 a b 1p 2p", "'c1' gives 2p"),
        ("L1 a b v=2", "'l1' gives v='2'"),
        ("E1 a b laplace {v(a)} = {1/(1+s)}", "'e1' is defined by laplace, freq, .*'laplace {v"),
        ("E1 a b a 0 LAPLACE 1/(1+s)", "'e1' is defined by laplace, freq, .*'a 0 LAPLACE"),
        ("G1 a b FREQ {v(a)} = (1,2,3)", "'g1' is defined by laplace, freq, .*'FREQ {v"),
        ("E1 a b poly(2) a 0 b", "'e1' holds .* after its nodes"),
        ("E1 a b poly(0) 1", "POLY\\(n\\) with n from 1 to"),
        ("E1 a b table {v(a)} (1,2) (1,3)", "'e1' has a TABLE whose x values do not increase"),
        ("E1 a b table v(a) (1,2)", "'e1' holds .* after its nodes"),
        ("E1 a b table {v(a)} (1,2) (2)", "'e1' holds .* after its nodes"),
        ("E1 a b nowhere 0 2", "'e1' is controlled by the node 'nowhere'"),
        ("E1 a b a 0", "'e1' holds 'a 0' after its nodes"),
        ("G1 a b a 0 1 k=2", "'g1' gives k='2'"),
        ("F1 a b poly(1) R1 0 1", "no voltage source"),
        ("H1 a b Vx", "'h1' holds 'Vx' after its nodes"),
        ("S1 a b a 0 m\n.model m sw(ron=0)", "'s1' has a switch model with ron=0.0"),
        ("S1 a b a 0 m\n.model m sw(it=1)", "'s1' has a switch model with it=1.0"),
        ("S1 a b a 0 m up\n.model m sw(vt=1)", "'s1' has 'up' after its model"),
        ("S1 a b a 0 m\n.model m vswitch(von=1 voff=1)", "'s1' .* with von=1.0 twice"),
        ("W1 a b R1 m\n.model m csw(it=1)", "'w1' measures the current of 'R1'"),
        ("C1 a b 1p ic=x", "'x' where a number belongs"),
        ("F1 a b Vx 2", "no voltage source"),
        ("F1 a b R1 2", "no voltage source"),
        ("V1 a b 1 ac 1 junk", "'v1' holds 'junk'"),
        ("V1 a b 1 sin(0 x 1k)", "'v1' has sin\\(0\\) with fewer than 2 numbers"),
        ("V1 a b sin(0 1 1k -1)", "'v1' has .* with a delay below zero"),
        ("V1 a b pulse(0 1 -1)", "'v1' has .* with a delay below zero"),
        ("V1 a b pwl(0 1 0 2)", "'v1' has .* with a time that does not grow"),
        ("V1 a b pwl(0 1 2)", "'v1' has .* with a time without a value"),
        ("V1 a b pwl(0 1 1 2) td=-1", "'v1' has td=-1, before 0 s"),
        ("V1 a b pulse(0 1) sin(0 1)", "'v1' holds 'sin'"),
        ("V1 a b portnum 1 z0 50", "'v1' holds 'portnum'"),
        ("V1 a b 1 2", "'v1' holds '2'"),
        ("B1 a b q=3", "write i=... or v=..."),
        ("B1 a b value=3", "write i=... or v=..."),
        ("B1 a b cur=3", "write i=... or v=..."),
        ("E1 a b v={v(a)}", "POLY, TABLE or VALUE"),
        ("G1 a b vol={v(a)}", "POLY, TABLE or VALUE"),
        ("B1 a b i=v(nowhere)", "'nowhere', which nothing is attached to"),
        ("B1 a b i=min(v(a))", "min of 1 arguments"),
        ("X1 a t\n.subckt t p\nV1 p 0 1\n.ends\nB1 a b i=i(x1_v1)", "i\\(x1_v1\\)"),
        (NMOS.format("", "M1 a b 0 0 m xw=5u"), "'m1' gives xw='5u'"),
        (NMOS.format("", "M1 a b 0 0 m w=5u W=6u"), "'m1' gives 'W' twice"),
        (NMOS.format("", "M1 a b 0 0 m l=-1u"), "'m1' has l=-1e-06"),
        (NMOS.format("ld=1u", "M1 a b 0 0 m l=2u"), "'m1' has a channel of 0.0001 m by 0.0 m"),
        (NMOS.format("is=-1e-9", "M1 a b 0 0 m"), "is of the model of element 'm1' is -1e-09 A"),
        (NMOS.format("rd=1e-9", "M1 a b 0 0 m"), "'m1' has 1e-09 ohm at its drain"),
        (NMOS.format("rds=1", "M1 a b 0 0 m"), "rds of the model of element 'm1' is a resistance"),
        (NMOS.format("tox=1e-8 nsub=1", "M1 a b 0 0 m"), "nsub=1.0, less than silicon"),
        (NMOS.format("rd=0 rsh=9", "M1 a b 0 0 m"), "rd=0 beside rsh=9.0"),
        (NMOS.format("phi=0", "M1 a b 0 0 m"), "phi of the model of element 'm1' is 0.0 V"),
        (DIODE.format("is=0", "D1 a b m"), "is of the model of element 'd1' is 0.0 A"),
        (DIODE.format("n=-1", "D1 a b m"), "n of the model of element 'd1' is -1.0"),
        (DIODE.format("rs=-1", "D1 a b m"), "rs of the model of element 'd1' is -1.0 ohm"),
        (DIODE.format("vj=0", "D1 a b m"), "vj of the model of element 'd1' is 0.0 V"),
        (DIODE.format("rs=1e-15", "D1 a b m"), "a series resistance of 1e-15"),
        (DIODE.format("", "D1 a b m temp=-300"), "'d1' is at -300.0 °C"),
        (DIODE.format("", "D1 a b m 0"), "'d1' has area=0.0"),
        (DIODE.format("ron=5", "D1 a b m"), "ron of the model of element 'd1' belongs to LTspice"),
        (".model m npn\nQ1 a b 0 m 2 3", "'3' after its model"),
        (".model m npn(bf=-3)\nQ1 a b 0 m", "bf of the model of element 'q1' is -3.0"),
        (".model m npn(foo=3)\nQ1 a b 0 m", "'q1' has the word 'foo'"),
        (".model m njf(is=0)\nJ1 a b 0 m", "is of the model of element 'j1' is 0.0 A"),
    ],
)
def test_what_cannot_be_read_is_named(line: str, match: str) -> None:
    with pytest.raises((CircuitError, ParameterError), match=match):
        law(line)


@pytest.mark.parametrize(
    ("line", "refusal", "written"),
    [
        (NMOS.format("level=2", "M1 a b 0 0 m w=2"), "a transistor of level 2", "nmos(level=2)"),
        (".model m npn(rco=9)\nQ1 a b 0 m 2", "a transistor with ['rco']", "area=2"),
        (".model m njf(level=2 vto=-1)\nJ1 a b 0 m", "a transistor of level 2", "jd__j1"),
        ("B1 a 0 i={v(b)==1}", "'== of voltages', which only ngspice computes", "i=(v(n3)==1.0)"),
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
