"""Libraries: read model by model, in whatever form they come, bounded in time."""

import os
import time
from pathlib import Path

import pytest

from ebana_core.errors import CircuitError, EbanaError, StorageError, UnknownNameError
from ebana_core.spice import read_library, read_subcircuit
from ebana_core.spice.files import read_bytes
from ebana_core.spice.library import LibraryShelf
from tests.support.listings import DIGITS, listed

GOOD = ".model dx d(is=3e-9 n=1.7 rs=2)\n"
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


def numbers(path: Path, name: str = "dx") -> tuple[tuple[str, float], ...]:
    return read_library(path).model(name).numbers


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
    assert dict(numbers(path)) == pytest.approx({"is": 3e-9, "n": 2.0})


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


def test_files_within_files_and_sections(tmp_path: Path, path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "Inner.lib").write_text(".lib tt\n.model dt d(is=4n)\n.endl\n" + GOOD)
    path.write_text(
        '.include "below\\inner.lib"\n'
        ".lib 'below/Inner.lib' tt\n"
        ".lib ss\n.model ds d(is=5n)\n.endl ss\n"
        ".lib ff\n.model ds d(is=6n)\n.endl\n"
        ".model own d(is=7n)\n.lib below/inner.lib\n"
    )
    library = read_library(path)
    assert library.model_names() == ["dx", "dt", "own", "dx"][:3]
    assert library.sections == ("ss", "ff")
    assert dict(library.model("dt").numbers) == {"is": 4e-9}
    assert library.model("dt").place == "Inner.lib, line 2"
    assert library.model("own").place == "some.lib, line 9"
    with pytest.raises(UnknownNameError, match=r"'ds'.*sections \['ss', 'ff'\]"):
        library.model("ds")
    assert dict(read_library(path, section="FF").model("ds").numbers) == {"is": 6e-9}
    with pytest.raises(CircuitError, match=r"no section 'tt'; it has \['ff', 'ss'\]"):
        read_library(path, section="tt")


def test_a_section_uses_another_one_of_its_file(path: Path) -> None:
    path.write_text(
        ".lib tt\n.param r=1k\n.lib some.lib core\n.endl\n"
        ".lib ff\n.param r=2k\n.lib 'some.lib' core\n.endl\n"
        ".lib core\n.subckt s a\nR1 a 0 {r}\n.ends\n.lib some.lib core\n.endl\n"
    )
    found = [read_library(path, section=name).subcircuit("s") for name in ("tt", "ff")]
    assert [own.lines[0].words for own in found] == [("1000.0",), ("2000.0",)]
    (problem,) = read_library(path, section="core").problems
    assert "'some.lib', which includes it" in problem


def test_what_cannot_be_included_is_told_to_whom_it_concerns(tmp_path: Path, path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    (tmp_path / "out.lib").write_text(".model do d(is=1)\n")
    (inside / "loop.lib").write_text(".include loop.lib\n")
    os.mkfifo(inside / "pipe.lib")
    own = inside / "some.lib"
    own.write_text(
        f".include ../out.lib\n.include {tmp_path}/out.lib\n.inc loop.lib\n.inc pipe.lib\n"
        f".inc nowhere.lib\n.include\n{GOOD}"
    )
    assert numbers(own) == NUMBERS
    library = read_library(own)
    assert len(library.problems) == 6
    with pytest.raises(UnknownNameError, match=r"(?s)'do'.*line 1 includes '../out.lib', which"):
        library.model("do")


@pytest.mark.parametrize("name", ["nowhere.lib", "folder", "pipe.lib"])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe.lib")
    with pytest.raises(StorageError, match=name):
        read_library(tmp_path / name)


def test_a_file_that_changes_is_read_again(tmp_path: Path, path: Path) -> None:
    shelf = LibraryShelf(size=2)
    path.write_text(".include inner.lib\n")
    inner = tmp_path / "inner.lib"
    inner.write_text(".model dx d(is=1n)\n")
    first = shelf.read(path)
    assert shelf.read(path) is first
    inner.write_text(".model dx d(is=2n)\n")  # as long as before, perhaps within the same tick
    assert dict(shelf.read(path).model("dx").numbers) == {"is": 2e-9}


def test_a_file_that_was_missing_is_read_when_it_is_there(tmp_path: Path, path: Path) -> None:
    shelf = LibraryShelf()
    path.write_text(".include inner.lib\n")
    with pytest.raises(UnknownNameError, match=r"inner\.lib"):
        shelf.read(path).model("dx")
    assert shelf.read(path) is shelf.read(path)
    (tmp_path / "INNER.lib").write_text(".model dx d(is=1n)\n")
    assert shelf.read(path).model("dx").numbers == (("is", 1e-9),)
    (tmp_path / "inner.lib").write_text(".model dx d(is=2n)\n")
    assert shelf.read(path).model("dx").numbers == (("is", 2e-9),)


def test_a_file_that_stays_the_same_is_read_no_more(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, reads = [0.0], []
    monkeypatch.setattr(
        "ebana_core.spice.watching.read_bytes", lambda name: reads.append(name) or read_bytes(name)
    )
    shelf = LibraryShelf(clock=lambda: now[0])
    path.write_text(".model dx d(is=1n)\n")
    library = shelf.read(path)
    for now[0] in (1.0, 2.0, 5.5, 6.0, 7.0):  # s; from 5.5 on a change would show in its times
        assert shelf.read(path) is library
    assert len(reads) == 3
    times = path.stat()
    path.write_text(".model dx d(is=2n)\n")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert dict(shelf.read(path).model("dx").numbers) == {"is": 2e-9}
    path.unlink()
    with pytest.raises(StorageError, match=r"some\.lib"):
        shelf.read(path)


def test_a_shelf_keeps_what_was_read_last(tmp_path: Path) -> None:
    shelf = LibraryShelf(size=2)
    paths = [tmp_path / f"{k}.lib" for k in range(3)]
    for path in paths:
        path.write_text(GOOD)
    first, second, _ = (shelf.read(path) for path in paths)
    assert shelf.read(paths[1]) is second
    assert shelf.read(paths[0]) is not first


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


def test_a_library_of_ten_megabytes_is_read_in_about_a_second(path: Path) -> None:
    model = ".model d{0} d(is={0}n n=1.7\n+ rs=2 cjo=4p)\n* a comment of some words on a line\n"
    block = ".subckt s{0} a b\nR1 a c 1k\nR2 c b 2k\nD1 a b d{0}\n.ends s{0}\n"
    path.write_text("".join((model + block).format(k) for k in range(1, 70_001)))
    assert path.stat().st_size > 9e6
    begun = time.process_time()
    library = read_library(path)
    assert dict(library.model("d70000").numbers)["is"] == pytest.approx(7e-5)
    assert len(library.subcircuit("s69999").lines) == 3
    assert time.process_time() - begun < 5.0  # about 1.5 here; other machines may be slower


HOSTILE = {
    "one line": "x" * 1_000_000,
    "words": ".model dx d(" + "a " * 200_000 + ")",
    "pairs": ".model dx d(" + "a=1 " * 100_000 + ")",
    "braces": ".model dx d(is=" + "{" * 50_000 + ")",
    "nested": ".model dx d(is={" + "(" * 50_000 + "1" + ")" * 50_000 + "})",
    "a sum": ".model dx d(is={1" + "+1" * 50_000 + "})",
    "signs": ".model dx d(is={" + "-" * 50_000 + "1})",
    "digits": ".model dx d(is=" + "9" * 200_000 + ")",
    "exponent": ".model dx d(is=1e" + "9" * 100_000 + ")",
    "power": ".model dx d(is={9**9**9**9**9})",
    "parameters": ".param " + " ".join(f"p{k}={{p{k + 1}}}" for k in range(3000)) + "\n"
    ".model dx d(is={p0})",
    "functions": "".join(f".func f{k}(x) {{f{k + 1}(x)+f{k + 1}(x)}}\n" for k in range(40))
    + ".func f40(x) {x}\n.model dx d(is={f0(1)})",
    "a function of itself": ".func f(x) {f(x)}\n.model dx d(is={f(1)})",
    "open subcircuits": ".subckt a b\n" * 30_000 + GOOD,
    "nested conditions": ".if (1)\n" * 5_000 + GOOD,
    "ends": ".ends\n" * 100_000,
    "continued": ".model dx d(is=1\n" + "+\n" * 100_000,
    "equal names": GOOD * 30_000,
    "models from each other": "".join(f".model m{k} ako:m{k + 1} d\n" for k in range(50))
    + ".model dx ako:m0 d",
    "functions in an element": "".join(
        f".func f{k}(x) {{f{k + 1}(x)+f{k + 1}(x)}}\n" for k in range(40)
    )
    + ".subckt dx a\nB1 a 0 i=f0(v(a))\n.ends",
    "instances": "".join(
        f".subckt t{k} a\n" + f"X1 a t{k + 1}\nX2 a t{k + 1}\n" + ".ends\n" for k in range(19)
    )
    + ".subckt t19 a\nR1 a 0 {p}\n.ends\n.param p=1\n.subckt dx a\nX1 a t0\n.ends",
    "an instance of itself": ".subckt dx a\nX1 a dx\n.ends",
    "formulas of instances": ".param "
    + " ".join(f"p{k}={{{'1+' * 100}1}}" for k in range(300))
    + "\n.subckt t a "
    + " ".join(f"q{k}={{{'1+' * 100}1}}" for k in range(300))
    + "\nR1 a 0 1\n.ends\n.subckt dx a\n"
    + "\n".join(f"X{k} a t" for k in range(3000))
    + "\n.ends",
    "text": ".subckt dx a\nB1 a 0 i={" + "v(a)+" * 30_000 + "1}\n.ends",
    "blanks": ".subckt dx a" + " " * 300_000 + "b\nR1 a" + " " * 300_000 + "b 1\n.ends",
    "blanks on many lines": ".param k=1 " + ("\n+" + " " * 50) * 9_000 + "\n" + GOOD,
    "a long word": ".param " + "a" * 90_000 + "\n.subckt dx a\nR1 a 0 " + "a" * 90_000 + "\n.ends",
    "braces around": ".model dx d(is=" + "{" * 40_000 + "1" + "}" * 40_000 + ")",
    "braces around a word": ".subckt dx a\nR1 a 0 " + "{" * 40_000 + "1" + "}" * 40_000 + "\n.ends",
    "names": ".subckt dx a\nB1 a 0 i={" + "k+" * 45_000 + "1}\n.ends\n.param k=1",
    "keys": ".subckt dx a " + " ".join(f"k{k}=1" for k in range(9_000)) + "\nR1 a 0 1\n.ends",
    "nodes": ".subckt dx " + " ".join(f"n{k}" for k in range(15_000)) + "\nR1 n1 n2 1\n.ends",
    "calls": ".func f(x) {x}\n.subckt dx a\nB1 a 0 i="
    + "f(" * 20_000
    + "1"
    + ")" * 20_000
    + "\n.ends",
    "zeros": "\x00" * 300_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_end_in_time(path: Path, name: str) -> None:
    path.write_text(HOSTILE[name])
    begun = time.process_time()
    for ask in ("model", "subcircuit"):
        try:
            getattr(read_library(path), ask)("dx")
        except EbanaError:
            continue
    assert time.process_time() - begun < 5.0  # up to one here; other machines may be slower
