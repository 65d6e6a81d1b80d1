"""Libraries: read model by model, in whatever form they come."""

from pathlib import Path

import pytest

from ebana_core.errors import CircuitError, UnknownNameError
from ebana_core.spice import read_library, read_subcircuit
from tests.support.library_files import GOOD, numbers
from tests.support.listings import DIGITS, listed

NUMBERS = (("is", 3e-9), ("n", 1.7), ("rs", 2.0))
MODELS = {
    "no equals sign": ".model dx d(is 3n n 1.7 rs 2)",
    "some equals signs": ".model dx d is=3n n 1.7,rs=2",
    "no blank before a dollar sign": ".model dx d(is=3n n=1.7 rs=2 $was n=1.9\n+)",
    "slashes": ".model dx d(is=3n n=1.7 rs=2 // was n=1.9\n+)",
    "semicolon": ".model dx d(is=3n;was 4n\n+ n=1.7 rs=2)",
    "a comment between continued lines": ".model dx d(is=3n\n* n was 1.9\n\n+ n=1.7\n#\n+ rs=2)",
    "the first of two": ".model dx d(is=3n n=1.7 rs=2)\n.model dx d(is=5e-8 n=1.2 rs=1)",
    "a condition": ".if (0)\n.model dx d(is=9n)\n.else\n.model dx d(is=3n n=1.7 rs=2)\n.endif",
    "formulas": ".param k=2 nx=1.7\n.model dx d(is={k*1.5n} n=nx rs='k')",
    "digits behind a suffix": ".model dx d(is=3n9 n=1.7 rs=2)",
    "blanks around": ".model dx d ( is = 3n n= 1.7 rs =2 )",
    "no end of brackets": ".model dx d(is=3n n=1.7 rs=2",
    "a later word of the same name": ".model dx d(is=9n n=1.7 rs=2 is=3n)",
    "a form feed": ".model dx d(is=3n\fn=1.7\vrs=2)",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.lib"


@pytest.mark.ngspice
@pytest.mark.parametrize("name", MODELS)
def test_models_have_the_program_s_numbers(path: Path, name: str) -> None:
    path.write_text(MODELS[name], newline="")
    assert dict(numbers(path)) == dict(NUMBERS)
    deck = f"* title\n{MODELS[name]}\nd1 1 0 dx\nv1 1 0 0.5\n.op\n.end\n"
    for key, value in NUMBERS:
        # Digits of the listing; a form feed ends no word of the program's.
        assert listed(deck, key, "model") == pytest.approx({"dx": value}, rel=DIGITS, abs=0)


@pytest.mark.parametrize(
    "data",
    [
        GOOD.encode(),
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.encode("utf-16"),
        b"\xfe\xff" + GOOD.encode("utf-16-be"),
        GOOD.encode("utf-16-le"),
        GOOD.replace("\n", "\r\n").encode(),
        b"* one\r" + GOOD.replace("\n", "\r").encode(),
        GOOD.encode() + b"\x1a",
        b"* one\x1a" + GOOD.encode(),
        b"* 25 \xb0C \xa7 4\n" + GOOD.encode(),
        "* 25 \u00b0C, \u4e2d\u6587\n".encode() + GOOD.encode(),
        b"* \x00\x00\n" + GOOD.encode() + b".model dy d(is=1\x00)\n",
        GOOD.replace("3e-9", "3n\u00c5").replace("\u00c5", "").encode("latin-1"),
        GOOD.replace("3e-9", "0.003\u00b5").encode(),
        GOOD.replace("3e-9", "0.003\u00b5").encode("latin-1"),
        GOOD.replace(" ", "\u00a0").encode("latin-1"),
    ],
)
def test_files_of_all_systems_say_the_same(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    assert numbers(path) == NUMBERS


def test_words_of_vendors_stand_apart_from_numbers(path: Path) -> None:
    path.write_text(
        '.model dx D(IS=1n mfg=Acme Vpk=30 type=LED Iave=1 note="a b" nchan n=2 dev=5% lot 10%)'
    )
    model = read_library(path).models["DX"]
    assert (model.name, model.type, model.place) == ("dx", "d", "some.lib, line 1")
    assert model.numbers == (("is", 1e-9), ("vpk", 30.0), ("iave", 1.0), ("n", 2.0))
    assert dict(model.texts) == {
        "mfg": "Acme",
        "type": "LED",
        "note": "a b",
        "nchan": "",
        "dev": "5%",
        "lot": "10%",
    }


def test_formulas_stand_within_each_other(path: Path) -> None:
    path.write_text(".param k=2\n.model dx d(is={1n*{k+{1*{k-1}}}} n={k})\n")
    assert dict(numbers(path)) == pytest.approx({"is": 3e-9, "n": 2.0}, rel=1e-12, abs=0)


def test_a_model_goes_out_from_another(path: Path) -> None:
    path.write_text(".model a d(is=1n n=2)\n.model b ako:a d(n=3)\n.model c ako:c d(n=3)\n")
    assert dict(numbers(path, "b")) == {"is": 1e-9, "n": 3.0}
    assert read_library(path).model_names("d") == ["a", "b", "c"]
    with pytest.raises(CircuitError, match=r"line 3.*'c', which is missing"):
        numbers(path, "c")


BAD = {
    "an unknown parameter": ".model dy d(is={k})",
    "a word without a key": ".model dy d(is=1 2)",
    "a number that is none": ".model dy d(is=1.05-3)",
    "no finite number": ".model dy d(is=1e400)",
    "no type": ".model dy",
    "a brace": ".model dy d(is={1)",
    "a value that is missing": ".model dy d(is= )",
    "a control character": ".model dy d(is=1\x01)",
    "a temperature": ".model dy d(is={temp})",
}


@pytest.mark.parametrize("name", BAD)
def test_an_unreadable_model_concerns_nobody_else(path: Path, name: str) -> None:
    path.write_text(f"{BAD[name]}\n{GOOD}.subckt s a\nD1 a 0 dx\nD2 a 0 dx\n.ends\n")
    library = read_library(path)
    assert numbers(path) == NUMBERS
    assert len(library.subcircuit("s").lines) == 2
    with pytest.raises(CircuitError, match=r"^some.lib, line 1: .*dy"):
        library.model("dy")


def test_an_unreadable_subcircuit_concerns_nobody_else(path: Path) -> None:
    bad = ".subckt bad a\nR1 a 0 {x}\n.ends\n.subckt\n.ends\n.subckt open a\nR1 a 0 1\n"
    good = ".subckt good a\nR1 a 0 1\n.ends good\n"
    path.write_text(good + bad + good.replace("good", "other") + GOOD)
    library = read_library(path)
    for name in ("good", "other"):
        assert len(library.subcircuit(name).lines) == 1
    assert numbers(path) == NUMBERS
    with pytest.raises(CircuitError, match=r"some.lib, line 5.*'x' in the formula"):
        library.subcircuit("bad")
    with pytest.raises(CircuitError, match="'open' does not end"):
        library.subcircuit("open")


def test_models_within_subcircuits_are_theirs_alone(path: Path) -> None:
    path.write_text(f".subckt p a\nD1 a 0 dx\n{GOOD}.ends\n.subckt q a\nD1 a 0 dx\n.ends\n")
    library = read_library(path)
    assert library.model_names() == []
    with pytest.raises(UnknownNameError, match=r"'dx'.*within the subcircuits p"):
        library.model("dx")
    assert library.subcircuit("p").lines[0].model is not None
    with pytest.raises(CircuitError, match=r"line 6.*'dx', which is missing"):
        library.subcircuit("q")


def test_settings_for_a_whole_circuit_are_named(path: Path) -> None:
    path.write_text(
        ".global vdd gnd\n.subckt s a\nR1 a vdd 1\n.ends\n.subckt t vdd\nR1 vdd gnd 1\n.ends\n"
    )
    with pytest.raises(CircuitError, match="'vdd' is shared by all subcircuits"):
        read_library(path).subcircuit("s")
    with pytest.raises(CircuitError, match="'vdd' is shared by all subcircuits"):
        read_library(path).subcircuit("t")  # a port that ngspice leaves unwired
    path.write_text(".subckt s a\nR1 a null 1\nR2 a gnd 1\n.ends\n")
    with pytest.raises(CircuitError, match="'null' is shared by all subcircuits"):
        read_library(path).subcircuit("s")
    path.write_text(f".options reltol=1e-9 tnom = 27\n.temp 50\n.tran 1n 1u\n{GOOD}")
    assert numbers(path) == NUMBERS
    path.write_text(f"{GOOD}.option noacct scale=2\n")
    with pytest.raises(CircuitError, match=r"line 2: .*: scale=2 changes"):
        numbers(path)


def test_a_nominal_temperature_of_all_is_that_of_models_without_their_own(path: Path) -> None:
    path.write_text(f"{GOOD}.model dy d(is=1n tnom=20)\n.option noacct TNOM=25, gmin=1e-12\n")
    assert numbers(path) == (*NUMBERS, ("tnom", 25.0))
    assert numbers(path, "dy") == (("is", 1e-9), ("tnom", 20.0))


def test_names_are_listed_by_type(path: Path) -> None:
    path.write_text(
        GOOD + ".MODEL Q1 NPN(BF=1)\n.model\n+ M1 nmos\n.model bad\n.subckt S1 a\n.ends\n"
    )
    library = read_library(path)
    assert library.model_names() == ["dx", "q1", "m1", "bad"]
    assert library.model_names("d") == ["dx"]
    assert library.model_names("NPN", "nmos") == ["q1", "m1"]
    path.write_text(".model q2 LPNP(bf=50)\n" + path.read_text())  # lateral, as ngspice's pnp is
    assert read_library(path).model_names("pnp") == ["q2"]
    assert read_library(path).model("q2").type == "pnp"
    assert library.subcircuit_names == ["s1"]
    assert "DX" in library.models
    assert len(library.models) == 4
    with pytest.raises(UnknownNameError, match=r"some.lib holds no model 'x'; it holds bad, dx"):
        library.model("x")
    with pytest.raises(UnknownNameError, match="no subcircuit 'x'; it holds s1"):
        library.subcircuit("x")


def test_a_subcircuit_keeps_what_it_needs_and_nothing_else(path: Path) -> None:
    path.write_text(
        f"{GOOD}.model other d(is=1)\n.param k=2 l={{k}} unused=3\n.param z=9\n.func f(x) {{x*k}}\n"
        ".subckt t p\nR1 p 0 {f(l)}\n.ends\n.subckt s a b ; secret\nX1 a t\nD1 a b dx\n.ends\n"
        ".subckt more a\nR1 a 0 1\n.ends\n"
    )
    found = read_library(path).subcircuit("S")
    assert read_subcircuit(found.text) == found
    assert read_subcircuit(found) == found
    for word in ("other", "secret", "more", "z=9", "some.lib"):
        assert word not in found.text
