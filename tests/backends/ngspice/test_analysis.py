"""What goes wrong in ngspice comes out as an error, and never as a number."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from ebana_core.backends.ngspice import analysis
from ebana_core.backends.ngspice.analysis import PausedAnalysis
from ebana_core.backends.ngspice.library import NgspiceLibrary, open_library
from ebana_core.backends.ngspice.once import operating_point
from ebana_core.backends.ngspice.sweep import PausedSweep
from ebana_core.errors import CircuitError, ConvergenceError, SimulatorError

pytestmark = pytest.mark.ngspice

STATM = Path("/proc/self/statm")

DIVIDER = ["* divider", "v1 a 0 2", "r1 a b 1k", "r2 b 0 1k", "i1 0 b 0"]

# The current of b1 jumps down across 0.5 V; above 0.5 mA of drive no voltage balances it.
JUMP = [
    "* jump",
    "vd drive 0 0",
    "rd drive 0 1k",
    "rx x 0 1k",
    "b1 0 x i=v(drive)*1m*u(0.5-v(x))",
]

# Nothing limits Newton's steps on a B source, so a large jump needs gmin stepping.
EXPONENTIAL = ["* exponential", "v1 a 0 0", "r1 a b 1k", "bd b 0 i=1e-12*(exp(v(b)/0.025)-1)"]


@pytest.fixture
def rescues(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that gets one title for every point that had to be solved again."""
    titles: list[str] = []
    rescue = PausedAnalysis.rescue

    def counted(self: PausedAnalysis, library: NgspiceLibrary, commands: Sequence[bytes]) -> None:
        titles.append(self.title)
        rescue(self, library, commands)

    monkeypatch.setattr(PausedAnalysis, "rescue", counted)
    return titles


def megabytes() -> float:
    return int(STATM.read_text().split()[1]) * 4096 / 1e6


@pytest.mark.parametrize(
    ("lines", "node"),
    [(["r3 f g 1k"], "f"), (["v2 a 0 1"], "v[12]#branch")],
    ids=["floating node", "loop of voltage sources"],
)
def test_a_singular_circuit_is_refused_naming_the_place(lines: list[str], node: str) -> None:
    sweep = PausedSweep([*DIVIDER, *lines], saved=["b"])
    for _ in range(2):
        with pytest.raises(CircuitError, match=f"singular matrix.*{node}"):
            sweep.step()
    with pytest.raises(CircuitError, match=f"singular matrix.*{node}"):
        operating_point([*DIVIDER, *lines], ["b"])


def test_an_element_that_ngspice_mends_silently_is_refused() -> None:
    with pytest.raises(SimulatorError, match=r"r3|r9"):
        PausedSweep([*DIVIDER, "r9 b 0"], saved=["b"]).step()


def test_a_refused_netlist_is_never_answered_by_the_circuit_before() -> None:
    PausedSweep(DIVIDER, saved=["b"]).step()
    with pytest.raises(SimulatorError, match="nosuchmodel"):
        PausedSweep([*DIVIDER, "d1 b 0 nosuchmodel"], saved=["b"]).step()


def test_no_convergence_is_an_error_that_tells_the_row() -> None:
    sweep = PausedSweep(JUMP, saved=["x"])
    rows = np.array([[0.1], [0.2], [1.0], [0.3]])
    with pytest.raises(ConvergenceError, match="aborted") as caught:
        sweep.operating_points(["vd"], rows)
    assert sweep.rows_solved == 2
    assert caught.value.__notes__ == ["at row 2 of 4"]
    with pytest.raises(ConvergenceError, match=r"\* jump"):
        operating_point([JUMP[0], "vd drive 0 1", *JUMP[2:]], ["x"])


def test_the_points_after_a_failure_are_right() -> None:
    sweep = PausedSweep(JUMP, saved=["x"])
    for _ in range(3):
        with pytest.raises(ConvergenceError):
            sweep.operating_points(["vd"], np.array([[0.1], [1.0]]))
        points = sweep.operating_points(["vd"], np.array([[0.2], [0.3]]))
        np.testing.assert_allclose(points[:, 0], [0.2, 0.3], rtol=1e-14)
    with pytest.raises(ConvergenceError):
        sweep.operating_points(["vd"], np.array([[1.0]]))
    with pytest.raises(ConvergenceError):
        sweep.step()


@pytest.mark.parametrize("before", [[], [0.0, 5.0, 0.1]], ids=["cold", "midway"])
def test_a_point_that_needed_a_fallback_is_solved_again_to_full_precision(
    before: list[float], rescues: list[str]
) -> None:
    sweep = PausedSweep(EXPONENTIAL, saved=["b"])
    rows = np.array([[*before, 50.0, 1.0]]).T
    points = sweep.operating_points(["v1"], rows)[:, 0]
    assert rescues == ["* exponential"]
    assert sweep.rows_solved == len(rows)
    currents = 1e-12 * np.expm1(points / 0.025), (rows[:, 0] - points) / 1e3
    # The last change is below 1e-10 of 0.6 V; the diode turns it into 2e-9 of its current, and
    # quadratic convergence leaves far less.
    np.testing.assert_allclose(*currents, rtol=1e-10, atol=1e-16)


def test_sweeps_that_take_turns_keep_their_values() -> None:
    one, two = (PausedSweep(DIVIDER, saved=["b"]) for _ in range(2))
    one.set("v1", 4.0)
    two.set("r2", 3e3)
    for k in range(1, 4):
        assert one.operating_points(["i1"], np.array([[k * 1e-3]]))[0, 0] == pytest.approx(
            2 + k / 2, rel=1e-14, abs=0
        )
        assert two.operating_points(["v1"], np.array([[k * 4.0]]))[0, 0] == pytest.approx(
            3.0 * k, rel=1e-14, abs=0
        )


def test_other_users_of_the_library_do_not_disturb_a_sweep() -> None:
    sweep = PausedSweep(DIVIDER, saved=["b"])
    sweep.set("v1", 4.0)
    library = open_library()
    others: list[Callable[[], object]] = [
        lambda: library.command("destroy all"),
        lambda: library.command("alter v1 = 100"),
        library.unload,
        lambda: library.load([*JUMP, ".op", ".end"]),
        lambda: operating_point(EXPONENTIAL, ["b"]),
        sweep.close,
        sweep.restart,
    ]
    for other in others:
        assert sweep.step()[0] == 2.0
        other()
        assert sweep.step()[0] == 2.0


def test_points_that_were_not_asked_for_are_noticed() -> None:
    sweep = PausedSweep(DIVIDER, saved=["b"])
    sweep.step()
    open_library().run("step")
    with pytest.raises(SimulatorError, match="holds 4 points"):
        sweep.step()
    assert sweep.step()[0] == 1.0


def test_one_operating_point_leaves_nothing_behind() -> None:
    assert operating_point(DIVIDER, ["a", "b", "v1#branch"]) == {
        "a": 2.0,
        "b": 1.0,
        "v1#branch": -1e-3,
    }
    library = open_library()
    assert library.current_plot() == "const"
    with pytest.raises(SimulatorError):
        library.command("op")


@pytest.mark.skipif(not STATM.exists(), reason="this system does not tell its memory this way")
def test_memory_stays_flat_over_many_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "STORED_NUMBERS", 1)
    sweep = PausedSweep(DIVIDER, saved=["a", "b"])
    growth = []
    for _ in range(2):
        before = megabytes()
        for k in range(20):
            sweep.operating_points(["v1"], np.linspace(0, 1 + k, 1000)[:, None])
        for _ in range(200):
            sweep.restart()
            sweep.step()
        growth.append(megabytes() - before)
    # The points alone are 0.5 MB, unended sweeps 0.4 MB, the commands 2.7 MB.
    assert growth[-1] < 0.3


def test_a_stranger_who_takes_over_the_output_is_noticed(apart: Callable[[str], str]) -> None:
    apart(
        "from ebana_core.backends.ngspice.finder import installed_library, start\n"
        "from ebana_core.backends.ngspice.sweep import PausedSweep\n"
        "from ebana_core.errors import SimulatorError\n"
        f"sweep = PausedSweep({DIVIDER}, saved=['b'])\n"
        "sweep.step()\n"
        "stranger = start(installed_library(), lambda *_: 0, lambda *_: 0, print)\n"
        "for _ in range(2):\n"
        "    try:\n"
        "        sweep.step()\n"
        "    except SimulatorError as error:\n"
        "        assert 'prints nothing' in str(error) or 'printed nothing' in str(error)\n"
        "    else:\n"
        "        raise AssertionError\n"
    )


def test_ctrl_c_stops_a_batch_at_once_and_the_next_point_is_right(
    apart: Callable[[str], str],
) -> None:
    apart(
        "import os, signal, threading, time\n"
        "import numpy as np\n"
        # A job in the background is born deaf to it.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from ebana_core.backends.ngspice.sweep import PausedSweep\n"
        f"sweep = PausedSweep({DIVIDER}, saved=['b'])\n"
        "rows = np.linspace(0, 1, 1_000_000)[:, None]\n"
        "for _ in range(5):\n"
        "    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))\n"
        "    began = time.process_time()\n"
        "    try:\n"
        "        timer.start()\n"  # a busy machine may take longer to the next line than that
        "        sweep.operating_points(['v1'], rows)\n"
        "    except KeyboardInterrupt:\n"
        "        assert time.process_time() - began < 12\n"
        "    else:\n"
        "        raise AssertionError('not interrupted')\n"
        "    sweep.set('v1', 3.0)\n"
        "    assert sweep.step()[0] == 1.5\n"
    )


@pytest.mark.parametrize("name", ["b c", "v(b)", "", "b\n.control", "@r1[i]"])
def test_names_that_cannot_be_saved_are_refused(name: str) -> None:
    with pytest.raises(CircuitError, match="cannot save"):
        PausedSweep(DIVIDER, saved=[name])


def test_a_saved_node_that_does_not_exist_is_named() -> None:
    with pytest.raises(SimulatorError, match="'c'"):
        PausedSweep(DIVIDER, saved=["b", "c"]).step()
