"""What a netlist may hold: everything else is refused by its line; names mean what they mean."""

import pytest

from ebana_core.errors import CircuitError
from ebana_core.laws.spice import ModelCard
from ebana_core.spice.subcircuit import read_subcircuit


def body(line: str) -> str:
    return f".subckt s a b\nR1 a b 1k\n{line}\n.ends s\n"


@pytest.mark.parametrize(
    "line",
    [
        ".control\nshell touch /tmp/pwned\n.endc",
        ".include secret.txt",
        ".lib x y",
        ".csparam q=1",
        ".global n1",
        "shell ls",
        "write x.raw",
        "A1 a b filesrc",
        "U1 a b model",
        "N1 a b model",
        "P1 a b model",
        "run",
        "quit",
        'R2 a b "x"\x00',
        "!ls",
        '"ls"',
        "D1 a b f\n.model f filesource (file=x)",
        "D1 a b p\n.model p d_process (process_file=x)",
        "D1 a b m\n.model m csw(it=1)",
    ],
)
def test_lines_that_could_run_something_are_refused(line: str) -> None:
    with pytest.raises(CircuitError):
        read_subcircuit(body(line))


@pytest.mark.parametrize(
    "line",
    [
        ".param r=1",
        ".func f(x) {x}",
        ".tran 1n 1u",
        ".options reltol=1",
        ".temp 27",
        "+\n.save all",
        "*#shell ls\n.end",
        ".model f filesource (file=x)",
        ".model p d_process (process_file=x)",
        ".model m pwl(x_array=[0 1] y_array=[0 1])",
    ],
)
def test_lines_without_an_element_leave_none(line: str) -> None:
    found = read_subcircuit(body(line))
    assert [(own.name, own.words, own.model) for own in found.lines] == [("r1", ("1k",), None)]
    assert "shell" not in found.text


@pytest.mark.parametrize(
    "line",
    [
        "* a comment",
        "*#shell ls",
        "$ a comment",
        "R2 a b 2k ; shell ls",
        "R2 a b 2k $ shell ls",
        "R2 a b 2k // shell ls",
        "R2\ta\tb\t2k",
        "R2 a\n+ b ; shell ls\n+ 2k",
    ],
)
def test_comments_never_reach_ngspice(line: str) -> None:
    found = read_subcircuit(body(line))
    assert "shell" not in found.text
    assert read_subcircuit(found.text).lines == found.lines
    assert [own.words for own in found.lines if own.name == "r2"] in ([], [("2k",)])


PART = ".subckt t p\nR1 p mid 1k\nR2 mid 0 1k\n.ends\n"


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (body("R1 a b 2k"), "'r1' twice"),
        (body("R2 a b"), "words"),
        (body("D1 a b nomodel"), "'nomodel', which is missing"),
        (body("X1 a b other"), "'other', which is missing"),
        (body(".subckt t p\nR2 p 0 1\n.ends\nX1 a b t"), "a 't', has 2 nodes; "),
        (body(".subckt s2 p\nX1 p s2\n.ends\nX1 a s2"), "more than 20 deep"),
        (body(".subckt t p r=3\n.ends\nX1 a t r={q}\nR2 a b {q}"), "line 6.* 'q' in the formula"),
        (body(".model m d (is=1..2)\nD1 a b m"), "line 3: is of the model 'm' has '1..2'"),
        (body(".model m d (is 1 2)\nD1 a b m"), "'2', to which no word belongs"),
        (body(".model m d (is={)\nD1 a b m"), "is.*set to nothing"),
        (body(".model m\nD1 a b m"), "'.model m' is not a model"),
        (body(".model m nmos(vto=1 vt0=2)\nM1 a b 0 0 m"), "vto and vt0"),
        (body("R2 a b^c 1k"), r"the node 'b\^c'"),
        (body("R2 a b {1k"), "'{1k' is not closed"),
        (body("R2 a b {1k*}"), "'its end' in the formula '1k\\*'"),
        (body("R2 a b {1/0}"), "'1/0' is inf"),
        (body("R2 a b {agauss(1,2,3)}"), "agauss.*draws"),
        (body(".else"), "has no .if before it"),
        (body(".subckt t p gnd\nR2 p gnd 1k\n.ends\nX1 a b t"), "the port 'gnd'"),
        (PART + body(""), r"the subcircuits \['s', 't'\]"),
        (PART + body("X1 a t\nR3 x1.mid b 1k"), "'x1.mid' lies in the subcircuit 'x1'"),
        (body(".model m nmos\nD1 a b m"), "a model of type 'nmos'"),
        (body(".model m npn\nJ1 a b 0 m"), "'j1' .* a model of type 'npn'"),
        (body(".model m d\nQ1 a b 0 m"), "'q1' .* a model of type 'd'"),
        (body(".model m nmos\nM1 a b 0 0 b m"), "'b', which is missing"),
        (body(".model m d\nD1 a mid b m"), "'b', which is missing"),
        ("", "no subcircuit"),
        ("R1 a b 1k", "does not belong in a subcircuit"),
        (".subckt s a\nR1 a 0 1k", "does not end"),
        (".ends", "has no .subckt before it"),
        ("hello", "does not belong in a subcircuit"),
        (".subckt s a A\n.ends", "the ports"),
        (".subckt s gnd 0\nR1 gnd 0 1k\n.ends", r"the ports \['gnd', '0'\]"),
        (body(".temp 50"), "would set temp for everything"),
        (body(".options tnom=30"), "would set tnom for everything"),
        (".temp 25 50\n" + body(""), "'25 50' where a number belongs"),
        (".options temp=-300\n" + body(""), "give one above"),
        (".options defl=2u\n" + body(""), "defl=2u changes"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, match: str) -> None:
    with pytest.raises(CircuitError, match=match):
        read_subcircuit(text)


def test_the_subcircuit_that_no_other_uses_is_meant_wherever_it_stands() -> None:
    user = body("X1 a t\nX2 b t")
    assert read_subcircuit(PART + user).name == "s"
    assert read_subcircuit(user + PART).name == "s"
    assert read_subcircuit(user + PART, "T").name == "t"
    with pytest.raises(CircuitError, match="No subcircuit 'u'; the subcircuits are"):
        read_subcircuit(user + PART, "u")


def test_the_first_of_two_definitions_counts() -> None:
    models = ".model dx d(is=1e-9)\n.model dx d(is=2e-9)\n"
    found = read_subcircuit(PART + PART.replace("1k", "2k") + body(models + "X1 a t\nD1 a b DX"))
    assert [line.words for line in found.lines if line.name == "x1_r1"] == [("1k",)]
    assert [line.model for line in found.lines if line.model] == [ModelCard("d", (("is", 1e-9),))]


def test_nodes_inside_are_no_nodes_that_anybody_typed() -> None:
    found = read_subcircuit(PART + ".subckt s a x1_mid\nX1 a t\nR3 x1_mid x1_mid2 5k\n.ends")
    nodes = {line.name: line.nodes for line in found.lines}
    assert nodes == {
        "x1_r1": ("a", "x1:mid"),
        "x1_r2": ("x1:mid", "0"),
        "r3": ("x1_mid", "x1_mid2"),
    }


def test_a_substrate_may_stand_in_brackets() -> None:
    found = read_subcircuit(body("Q1 a b 0 [4] m\nR2 4 0 1k\n.model m npn(bf=100)"))
    assert {line.name: line.nodes for line in found.lines}["q1"] == ("a", "b", "0", "4")


def nest(depth: int, width: int, inner: str) -> str:
    text = f".subckt t0 p\n{inner}.ends\n"
    for level in range(1, depth + 1):
        instances = "".join(f"X{k} p t{level - 1}\n" for k in range(width))
        text += f".subckt t{level} p\n{instances}.ends\n"
    return text


@pytest.mark.parametrize("inner", ["R1 p 0 1k\n", ""])
def test_nested_subcircuits_end_before_they_fill_the_memory(inner: str) -> None:
    with pytest.raises(CircuitError, match="more than 10000 elements"):
        read_subcircuit(nest(18, 10, inner))
    assert len(read_subcircuit(nest(3, 10, "R1 p 0 1k\n")).lines) == 1000
