"""The paused sweep: every operating point is the right one, or an error."""

import pickle

import numpy as np
import pytest

from ebana_core.arrays import Array
from ebana_core.backends.ngspice.library import NgspiceLibrary
from ebana_core.backends.ngspice.once import operating_point
from ebana_core.backends.ngspice.sweep import PausedSweep
from ebana_core.errors import (
    CircuitError,
    ParameterError,
    ShapeError,
    SimulatorError,
    UnknownNameError,
)

pytestmark = pytest.mark.ngspice

DIVIDER = ["* divider", "v1 a 0 2", "r1 a b 1k", "r2 b 0 1k", "i1 0 b 0"]


def network(n_in: int = 4, n_hidden: int = 3, n_out: int = 2) -> list[str]:
    """Return crossbar, ramp clamps at +-0.3 V, amplifiers of gain 4, crossbar."""
    values = np.random.default_rng(7).uniform(1e4, 1e6, (n_in + n_out, n_hidden))
    lines = ["* network", *(f"vi{i} i{i} 0 0" for i in range(n_in))]
    for h in range(n_hidden):
        lines += [f"rd{i}_{h} i{i} h{h} {values[i, h]:.17g}" for i in range(n_in)]
        lines += [
            f"bd{h} h{h} 0 i=max((v(h{h})-0.3)/1, (v(h{h})-0.3)/1e20)",
            f"bu{h} 0 h{h} i=max((-0.3-v(h{h}))/1, (-0.3-v(h{h}))/1e20)",
            f"ea{h} e{h} 0 h{h} 0 4",
            f"vm{h} e{h} a{h} 0",
            f"fa{h} h{h} 0 vm{h} 0.25",
        ]
    for o in range(n_out):
        lines += [f"ro{h}_{o} a{h} o{o} {values[n_in + o, h]:.17g}" for h in range(n_hidden)]
        lines.append(f"io{o} 0 o{o} 0")
    return lines


NODES = ("h0", "h1", "h2", "o0", "o1")
DRIVES = ("vi0", "vi1", "vi2", "vi3", "io0", "io1")


def drives(n: int) -> Array:
    random = np.random.default_rng(3)
    return np.hstack([random.uniform(-2, 2, (n, 4)), random.uniform(-1e-7, 1e-7, (n, 2))])


def solved_one_by_one(rows: Array) -> Array:
    lines = network()
    points = []
    for row in rows:
        values = dict(zip(DRIVES, row, strict=True))
        altered = [
            " ".join([*line.split()[:3], repr(float(values[line.split()[0]]))])
            if line.split()[0] in values
            else line
            for line in lines
        ]
        points.append(list(operating_point(altered, NODES).values()))
    return np.array(points)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Return a list that gets every command."""
    commands: list[bytes] = []
    send = NgspiceLibrary.send

    def recorded(self: NgspiceLibrary, command: bytes) -> None:
        commands.append(command)
        send(self, command)

    monkeypatch.setattr(NgspiceLibrary, "send", recorded)
    return commands


def test_a_batch_agrees_with_one_netlist_per_row() -> None:
    rows = drives(40)
    points = PausedSweep(network(), saved=NODES).operating_points(DRIVES, rows)
    reference = solved_one_by_one(rows)
    # The clamps conduct in some rows and not in others.
    assert 0.1 < (abs(reference[:, :3]) > 0.3).mean() < 0.9
    # Both solve to a relative change of 1e-10, exact to rounding for piecewise-linear laws.
    np.testing.assert_allclose(points, reference, rtol=1e-12, atol=1e-13)


def test_a_resistor_network_agrees_with_numpy() -> None:
    random = np.random.default_rng(5)
    conductance = random.uniform(1e-6, 1e-4, (5, 3))
    lines = ["* crossbar", *(f"v{i} i{i} 0 0" for i in range(5))]
    lines += [f"r{i}_{o} i{i} o{o} 1" for i in range(5) for o in range(3)]
    sweep = PausedSweep(lines, saved=["o0", "o1", "o2"])
    for i in range(5):
        for o in range(3):
            sweep.set(f"r{i}_{o}", 1 / conductance[i, o])
    rows = random.uniform(-1, 1, (20, 5))
    points = sweep.operating_points([f"v{i}" for i in range(5)], rows)
    expected = rows @ conductance / conductance.sum(axis=0)
    # Numbers reach ngspice as text, which it reads to 4e-16.
    np.testing.assert_allclose(points, expected, rtol=0, atol=4e-15)


def test_a_nudge_of_a_nanoampere_is_seen() -> None:
    sweep = PausedSweep(DIVIDER, saved=["b"])
    free, nudged = sweep.operating_points(["i1"], np.array([[0.0], [1e-9]]))[:, 0]
    # 1 nA into 500 ohms on top of 1 V: what rounding of 1 V leaves of it is 4e-10 of it.
    assert nudged - free == pytest.approx(5e-7, rel=1e-9, abs=0)


@pytest.mark.parametrize(
    ("name", "value", "node", "expected"),
    [
        ("v1", 4.0, "b", 2.0),
        ("V1", 4.0, "b", 2.0),
        ("r2", 3e3, "b", 1.5),
        ("i1", 1e-3, "b", 1.5),
        ("e1", 3.0, "e", 3.0),
        ("f1", 4.0, "f", -8.0),
        ("g1", 5e-3, "g", 5.0),
        ("h1", 6e3, "h", -12.0),
        ("r.x1.rs", 3e3, "s", 1.5),
    ],
)
def test_every_altered_kind_counts_from_the_next_point(
    name: str, value: float, node: str, expected: float
) -> None:
    lines = [
        *DIVIDER,
        "e1 e 0 b 0 1\nre e 0 1k",
        "f1 0 f v1 1\nrf f 0 1k",
        "g1 0 g b 0 1m\nrg g 0 1k",
        "h1 h 0 v1 1k\nrh h 0 1k",
        "rx a s 1k\nx1 s inner\n.subckt inner p\nrs p 0 1k\n.ends",
    ]
    sweep = PausedSweep("\n".join(lines).split("\n"), saved=[node])
    before = sweep.step()[0]
    sweep.set(name, value)
    assert sweep.step()[0] == pytest.approx(expected, rel=1e-14, abs=0)
    assert before != pytest.approx(expected, rel=1e-3, abs=0)


def test_numbers_as_nodes_and_currents_are_returned() -> None:
    sweep = PausedSweep(
        ["* n", "v1 1 0 2", "r1 1 C 1k", "r2 C 0 1k"], saved=["1", "c", "v1#branch"]
    )
    assert sweep.step().tolist() == [2.0, 1.0, -1e-3]


def test_an_equal_value_is_not_sent_again(sent: list[bytes]) -> None:
    sweep = PausedSweep(DIVIDER, saved=["b"])
    sweep.operating_points(["v1", "i1"], np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 1e-3]]))
    sweep.set("v1", 1.0)
    sweep.step()
    assert [command for command in sent if command.startswith((b"alter v1", b"alter i1"))] == [
        b"alter v1 dc = 1.0",
        b"alter i1 dc = 0.0",
        b"alter i1 dc = 0.001",
    ]


def test_values_stay_between_batches() -> None:
    sweep = PausedSweep(DIVIDER, saved=["b"])
    sweep.operating_points(["v1"], np.array([[6.0]]))
    sweep.set("r2", 3e3)
    assert sweep.step()[0] == pytest.approx(4.5, rel=1e-14, abs=0)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_values_that_are_not_finite_never_reach_ngspice(value: float) -> None:
    sweep = PausedSweep(DIVIDER, saved=["b"])
    with pytest.raises(ParameterError, match="'v1'"):
        sweep.set("v1", value)
    with pytest.raises(ParameterError, match="'i1'"):
        sweep.operating_points(["v1", "i1"], np.array([[1.0, 0.0], [1.0, value]]))
    assert sweep.step()[0] == 1.0


@pytest.mark.parametrize("value", [0.0, -1e3])
def test_resistances_that_ngspice_would_misuse_are_refused(value: float) -> None:
    sweep = PausedSweep(DIVIDER, saved=["b"])
    with pytest.raises(ParameterError, match="'r1'"):
        sweep.set("r1", value)
    with pytest.raises(ParameterError, match="'R1'"):
        sweep.operating_points(["R1"], np.array([[value]]))


@pytest.mark.parametrize(
    "name", ["b1", "", "v1 = 1; shell touch obeyed; alter v1", "x1", "v ", "vé"]
)
def test_names_that_cannot_be_altered_are_refused(name: str) -> None:
    with pytest.raises(ParameterError, match="cannot alter"):
        PausedSweep([*DIVIDER, "b1 b 0 i=0"], saved=["b"]).set(name, 1.0)


def test_an_unknown_element_is_named() -> None:
    sweep = PausedSweep(DIVIDER, saved=["b"])
    with pytest.raises(UnknownNameError, match="'v9'"):
        sweep.set("v9", 1.0)
    sweep.set("r.x9.r1", 1.0)
    with pytest.raises(SimulatorError, match=r"no such device or model name r\.x9\.r1"):
        sweep.step()


def test_values_of_the_wrong_shape_are_refused() -> None:
    sweep = PausedSweep(DIVIDER, saved=["b"])
    with pytest.raises(ShapeError, match=r"\(2, 1\)"):
        sweep.operating_points(["v1", "i1"], np.zeros((2, 1)))


def test_a_new_start_in_the_middle_of_a_batch_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = drives(50)
    whole = PausedSweep(network(), saved=NODES).operating_points(DRIVES, rows)
    sweep = PausedSweep(network(), saved=NODES)
    monkeypatch.setattr(sweep._analysis, "capacity", 7)
    np.testing.assert_allclose(sweep.operating_points(DRIVES, rows), whole, rtol=1e-12)


def test_after_a_restart_a_point_does_not_depend_on_what_was_before() -> None:
    sweep = PausedSweep(network(), saved=NODES)
    rows = drives(30)
    points = []
    for history in (rows[:0], rows[:5], rows[5:]):
        sweep.operating_points(DRIVES, history)
        for name, value in zip(DRIVES, rows[0], strict=True):
            sweep.set(name, value)
        sweep.restart()
        points.append(sweep.step())
    assert np.array_equal(points[0], points[1])
    assert np.array_equal(points[0], points[2])


def test_a_sweep_survives_pickling() -> None:
    sweep = PausedSweep(DIVIDER, saved=["b"])
    sweep.set("v1", 6.0)
    assert sweep.step()[0] == 3.0
    copy = pickle.loads(pickle.dumps(sweep))
    assert copy.step()[0] == 3.0


def test_an_empty_batch_is_an_empty_answer() -> None:
    assert PausedSweep(DIVIDER, saved=["a", "b"]).operating_points(
        ["v1"], np.empty((0, 1))
    ).shape == (0, 2)


def test_an_empty_netlist_is_refused() -> None:
    with pytest.raises(CircuitError, match="empty"):
        PausedSweep([], saved=["b"])
