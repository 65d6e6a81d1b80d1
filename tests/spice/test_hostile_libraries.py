"""Libraries that are huge, or nested without end, are read or refused in bounded time."""

import time
from pathlib import Path

import pytest

from ebana_core.errors import EbanaError
from ebana_core.spice import read_library
from tests.support.library_files import GOOD


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.lib"


def test_a_library_of_ten_megabytes_is_read_line_by_line(path: Path) -> None:
    model = ".model d{0} d(is={0}n n=1.7\n+ rs=2 cjo=4p)\n* a comment of some words on a line\n"
    block = ".subckt s{0} a b\nR1 a c 1k\nR2 c b 2k\nD1 a b d{0}\n.ends s{0}\n"
    path.write_text("".join((model + block).format(k) for k in range(1, 70_001)))
    assert path.stat().st_size > 9e6
    begun = time.process_time()
    library = read_library(path)
    assert dict(library.model("d70000").numbers)["is"] == pytest.approx(7e-5, rel=1e-12, abs=0)
    assert len(library.subcircuit("s69999").lines) == 3
    assert time.process_time() - begun < 30  # 1.5 here; by squares of lines it were an hour


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
    assert time.process_time() - begun < 30  # up to one here; what nothing bounds takes minutes
