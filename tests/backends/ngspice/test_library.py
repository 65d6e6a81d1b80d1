"""The lowest layer of the ngspice backend: nothing that ngspice says may go unheard."""

import locale
from collections.abc import Callable
from pathlib import Path

import pytest

from ebana_core.backends.ngspice.library import HISTORY, NgspiceLibrary, open_library
from ebana_core.errors import CircuitError, SimulatorError

pytestmark = pytest.mark.ngspice

DIVIDER = ["* divider", "v1 a 0 2", "r1 a b 1k", "r2 b 0 1k", ".op", ".end"]

STATM = Path("/proc/self/statm")

REFUSED = {
    "model": (["d1 a 0 nosuchmodel"], "nosuchmodel"),
    "subcircuit": (["x1 a 0 nosuchsubcircuit"], "nosuchsubcircuit"),
    "include": ([".include /no/such/file.lib"], "/no/such/file.lib"),
    "nan": (["r9 a 0 nan"], "nan"),
    "garbage": (["qqq zzz"], "qqq"),
    "twice": (["r1 a 0 1k"], "r1"),
    "function": (["b1 a 0 i=nosuchfunction(v(a))"], "nosuchfunction"),
    "expression": (["b1 a 0 i=v(a)*"], "syntax error"),
    "parameter": ([".param p={q}", "r9 a 0 {p}"], "Undefined parameter"),
}

REFUSALS = f"""
import os
from ebana_core.backends.ngspice.library import open_library
from ebana_core.errors import SimulatorError

good, refused = {DIVIDER}, {REFUSED}
library = open_library()
library.load(good)
library.command("op")
for case, (lines, word) in refused.items():
    if os.fork():
        os.wait()
        continue
    try:
        library.load([*good[:-1], *lines, ".end"])
    except SimulatorError as error:
        assert word in str(error), (case, str(error))
    else:
        raise AssertionError(case)
    try:
        library.command("op")
    except SimulatorError:
        print("heard", case, flush=True)
    os._exit(0)
"""


@pytest.fixture
def ngspice() -> NgspiceLibrary:
    instance = open_library()
    instance.unload()
    return instance


def megabytes() -> float:
    return int(STATM.read_text().split()[1]) * 4096 / 1e6


def test_there_is_one_instance_and_it_knows_its_version(ngspice: NgspiceLibrary) -> None:
    assert open_library() is ngspice
    assert ngspice.version[0].isdigit()


def test_a_command_returns_what_it_printed(ngspice: NgspiceLibrary) -> None:
    assert ngspice.command("echo one two") == ["one two"]


@pytest.mark.parametrize("text", ["alter r1 = 5", "op", "nosuchcommand", "destroy dc7", "alter"])
def test_a_refused_command_raises_with_the_words_of_ngspice(
    text: str, ngspice: NgspiceLibrary
) -> None:
    if text == "alter":
        ngspice.load(DIVIDER)
        text = "alter nosuchdevice = 5"
    with pytest.raises(SimulatorError, match="refused the command"):
        ngspice.command(text)


@pytest.mark.parametrize("text", ["", " ", "echo a\necho b", "echo " + "a" * 1000, "echo \0", "é"])
def test_text_that_is_not_one_command_never_reaches_ngspice(
    text: str, ngspice: NgspiceLibrary
) -> None:
    with pytest.raises(SimulatorError, match="not one ngspice command"):
        ngspice.command(text)


def test_a_loaded_circuit_is_solved(ngspice: NgspiceLibrary) -> None:
    ngspice.load(DIVIDER)
    ngspice.command("op")
    plot = ngspice.current_plot()
    assert ngspice.vector_names(plot) == {"a", "b", "v1#branch"}
    assert ngspice.vector(plot, "b").tolist() == [1.0]
    assert ngspice.vector(plot, "v1#branch").tolist() == [-1e-3]


def test_a_missing_node_is_not_taken_for_a_constant(ngspice: NgspiceLibrary) -> None:
    ngspice.load(DIVIDER)
    ngspice.command("op")
    with pytest.raises(SimulatorError, match="no result 'c'"):
        ngspice.vector(ngspice.current_plot(), "c")


def test_a_refused_netlist_is_heard_and_leaves_no_circuit(apart: Callable[[str], str]) -> None:
    assert apart(REFUSALS).splitlines() == [f"heard {case}" for case in REFUSED]


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        (DIVIDER[:-1], "'.end'"),
        ([], "'.end'"),
        ([*DIVIDER[:3], ".END ", *DIVIDER[3:]], ".END"),
        ([*DIVIDER[:3], ".control", "shell touch obeyed", ".endc", *DIVIDER[3:]], ".control"),
        ([*DIVIDER[:3], "*# shell touch obeyed", *DIVIDER[3:]], r"\*#"),
        ([*DIVIDER[:3], "r9 a 0 1k\n.control", *DIVIDER[3:]], ".control"),
        ([*DIVIDER[:3], "r9 a 0 1k\nr8 a 0 1k", *DIVIDER[3:]], "cannot read"),
        ([*DIVIDER[:3], "r9 ä 0 1k", *DIVIDER[3:]], "cannot read"),
    ],
)
def test_lines_that_are_not_one_netlist_never_reach_ngspice(
    lines: list[str], word: str, ngspice: NgspiceLibrary
) -> None:
    ngspice.load(DIVIDER)
    with pytest.raises(CircuitError, match=word):
        ngspice.load(lines)


def test_subcircuit_ends_are_not_taken_for_the_end(ngspice: NgspiceLibrary) -> None:
    ngspice.load([*DIVIDER[:3], ".subckt s p", "r1 p 0 1k", ".ends s", "x1 b s", *DIVIDER[3:]])
    ngspice.command("op")
    assert ngspice.vector(ngspice.current_plot(), "b")[0] == pytest.approx(2 / 3, abs=1e-12)


def test_an_exit_makes_the_library_unusable_and_says_why(apart: Callable[[str], str]) -> None:
    apart(
        "from ebana_core.backends.ngspice.library import open_library\n"
        "from ebana_core.errors import SimulatorError\n"
        f"lines = {[*DIVIDER[:-1], '.param p={q}', '.end']}\n"
        "for attempt in range(3):\n"
        "    try:\n"
        "        open_library().load(lines if attempt == 0 else lines[:-2] + ['.end'])\n"
        "    except SimulatorError as error:\n"
        "        assert 'unusable in this process' in str(error), error\n"
        "        assert 'exit' in str(error) and 'new Python process' in error.fix\n"
        "    else:\n"
        "        raise AssertionError(attempt)\n"
    )


def test_an_exception_inside_a_callback_comes_out(
    ngspice: NgspiceLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_line: object) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ngspice, "_string", interrupt)
        with pytest.raises(KeyboardInterrupt):
            ngspice.command("echo hello")
    assert ngspice.command("echo hello") == ["hello"]


def test_a_decimal_comma_is_refused(
    ngspice: NgspiceLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locale, "localeconv", lambda: {"decimal_point": ","})
    with pytest.raises(SimulatorError, match="','"):
        ngspice.load(DIVIDER)


def test_a_forked_child_and_its_parent_both_go_on(apart: Callable[[str], str]) -> None:
    output = apart(
        "import os\n"
        "from ebana_core.backends.ngspice.sweep import PausedSweep\n"
        f"sweep = PausedSweep({[line for line in DIVIDER if line[0] != '.']}, saved=['b'])\n"
        "sweep.step()\n"
        "child = os.fork()\n"
        "sweep.set('v1', 6.0 if child else 4.0)\n"
        "value = sweep.step()[0]\n"
        "if child:\n"
        "    os.waitpid(child, 0)\n"
        "print('parent' if child else 'child', value, flush=True)\n"
        "os._exit(0)\n"
    )
    assert output.split() == ["child", "2.0", "parent", "3.0"]


def test_a_child_that_is_forked_while_a_thread_looks_for_the_library_finds_it(
    apart: Callable[[str], str],
) -> None:
    output = apart(
        "import os, signal, threading, time\n"
        "from ebana_core.backends.ngspice import library\n"
        "library.open_library()\n"
        "looking = threading.Event()\n"
        "def look():\n"
        "    with library._opening:\n"
        "        looking.set()\n"
        "        time.sleep(0.2)\n"
        "threading.Thread(target=look).start()\n"
        "looking.wait()\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    signal.alarm(10)\n"  # ends a child that waits for ever
        "    library.open_library()\n"
        "    os._exit(0)\n"
        "print(os.waitpid(child, 0)[1])\n"
    )
    assert output.split() == ["0"]


@pytest.mark.skipif(not STATM.exists(), reason="this system does not tell its memory this way")
def test_the_history_of_commands_does_not_pile_up(ngspice: NgspiceLibrary) -> None:
    ngspice.load(DIVIDER)
    growth = []
    for _ in range(2):
        before = megabytes()
        with ngspice.lock:
            for _ in range(10 * HISTORY):
                ngspice.send(b"alter r1 = 2k")
        growth.append(megabytes() - before)
    # Unfreed, 40,000 commands take 2.6 MB.
    assert growth[-1] < 1
