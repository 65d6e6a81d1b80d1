"""Circuits with several operating points: told, and a stable one taken."""

import time
import warnings
from collections.abc import Iterator

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer
from scipy.optimize import brentq

from ebana_core import Model, losses
from ebana_core.backends import OperatingPoints, SeveralPointsWarning
from ebana_core.backends.examining import Examiner
from ebana_core.backends.native.patience import within
from ebana_core.data import DataSet
from ebana_core.errors import ConvergenceError
from ebana_core.initializers import Given
from ebana_core.layers import (
    AmplificationLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    JoinLayer,
    SpiceBlock,
)
from tests.support.networks import layered_model, soft_model

LATCH = """
.subckt latch in out vdd
M1 out q 0 0 nn W=10u L=1u
M2 out q vdd vdd pp W=20u L=1u
M3 q out 0 0 nn W=10u L=1u
M4 q out vdd vdd pp W=20u L=1u
R1 in q {resistance}
.model nn NMOS(LEVEL=1 VTO=0.7 KP=100u LAMBDA=0.02)
.model pp PMOS(LEVEL=1 VTO=-0.7 KP=50u LAMBDA=0.02)
.ends
"""
SCHMITT = """
.subckt schmitt in out
R1 in p 10k
R2 p out 30k
B1 o2 0 V=5*tanh(1000*v(p))
R3 o2 out 100
.ends
"""
FOLLOWER = """
.subckt follower in out
R1 in p 10k
E1 o2 0 p out 1000
R3 o2 out 100
.ends
"""
HOPELESS = """
.subckt hopeless in out
R1 in p 1
R2 p 0 1k
B1 0 p I=1+v(p)*v(p)
R3 p out 1k
.ends
"""


def network(text: str, supplies: dict[str, float] | None = None) -> Model:
    """Return a block behind a resistor of 1 kilohm, its output loaded with 1 megohm."""
    source = InputVoltageLayer(units=1, name="x")
    before = DenseLayer(units=1, name="d", initializer=Given(1e-3))(source)
    block = SpiceBlock(
        name="block", subcircuit=text, inputs="in", outputs="out", supplies=supplies or {}
    )(before)
    last = DenseLayer(units=1, name="last", initializer=Given(1e-6))(block)
    return Model([source], [CurrentLayer(name="y", fold=False)(last)], seed=0)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeveralPointsWarning)
        yield


def told(points: OperatingPoints) -> list[list[bool]]:
    assert points.stability is not None
    return [points.stability.is_stable.tolist(), points.stability.has_several.tolist()]


@pytest.mark.parametrize("resistance", ["100k", "1g"])
def test_two_inverters_in_a_loop_stand_at_a_rail(resistance: str) -> None:
    model = network(LATCH.format(resistance=resistance), {"vdd": 5.0})
    start = time.process_time()
    points = model.operating_points({"x": [[2.5], [2.3], [3.0]]})
    # Half a minute was spent on some of these in vain.
    assert time.process_time() - start < 20
    assert points.residual <= 1e-12
    assert told(points)[0] == [True] * 3
    assert told(points)[1][0]  # the middle of the supply is exactly between
    outputs = points.at("block")[:, 0]
    assert (np.minimum(np.abs(outputs), np.abs(outputs - 5)) < 1.2).all()


def test_positive_feedback_takes_a_side_within_its_hysteresis_and_says_so() -> None:
    model = network(SCHMITT)
    with pytest.warns(SeveralPointsWarning, match=r"at node 'block.in_.*of layer 'block'"):
        points = model.operating_points({"x": [[0.0], [0.1], [-0.1], [3.0], [-3.0]]})
    assert told(points) == [[True] * 5, [True, True, True, False, False]]
    assert "several operating points in 3 samples" in repr(points)
    assert told(points.subset([4, 0])) == [[True, True], [False, True]]
    assert (np.abs(points.at("block")) > 4.9).all()  # never near the middle
    assert points.at("block")[3:, 0] == pytest.approx([4.995134, -4.995134], abs=1e-5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.operating_points({"x": [[0.0]]})  # once per simulator


def test_a_nudged_phase_stays_on_the_side_of_its_free_phase() -> None:
    model = network(SCHMITT)
    points = model.operating_points({"x": [[0.0]]}, nudge={"y": [[1e-9]]})
    assert points.change is not None
    assert points.residual <= 1e-12
    assert np.abs(points.change).max() < 2e-3
    assert told(points) == [[True], [True]]


def feedback_model(*, limited: bool) -> Model:
    """Return an amplifier of gain 3 that feeds its own input more than the source does."""
    source = InputVoltageLayer(units=1, name="x")
    node = DenseLayer(units=1, name="d", initializer=Given(1e-6))(source)
    if limited:
        node = DiodeLayer(name="pair", kind="antiparallel", param={"IS": 1e-9, "a": 0.05})(node)
    amplified = AmplificationLayer(name="amp", param={"gain": 3.0})(node)
    fed_back = DenseLayer(units=1, name="back", initializer=Given(3e-6))(amplified)
    joined = JoinLayer(name="join")([node, fed_back])
    return Model([source], [CurrentLayer(name="y", fold=False)(joined)], seed=0)


def test_a_loop_of_core_layers_is_examined_too() -> None:
    model = feedback_model(limited=True)
    points = model.operating_points({"x": [[0.0], [0.2]]})

    def unbalanced(v: float, x: float) -> float:
        # The amplifier's output feeds 2*v*g into the node, and its input loses a third of that.
        return float(1e-6 * (v - x) + 2e-9 * np.sinh(v / 0.05) - 2 * v * 3e-6 * (1 - 1 / 3))

    assert told(points) == [[True, True], [True, True]]
    for voltage, x in zip(points.at("d")[:, 0], (0.0, 0.2), strict=True):
        assert abs(voltage) > 0.2
        near = sorted([0.8 * voltage, 1.2 * voltage])
        assert voltage == pytest.approx(brentq(unbalanced, *near, args=(x,)), abs=1e-11)


@pytest.mark.parametrize("backend", ["native", pytest.param("ngspice", marks=pytest.mark.ngspice)])
def test_what_runs_away_is_told_to_be_unstable(backend: str) -> None:
    model = feedback_model(limited=False)
    with pytest.warns(SeveralPointsWarning, match="or runs away in 1 of 1 samples"):
        points = model.operating_points({"x": [[0.1]]}, backend)
    assert told(points) == [[False], [False]]
    assert "unstable in 1" in repr(points)


def test_negative_feedback_is_stable_and_nothing_is_said() -> None:
    model = network(FOLLOWER)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        points = model.operating_points({"x": [[0.7]]})
    assert told(points) == [[True], [False]]


def test_passive_circuits_are_not_examined(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(self: Examiner, points: OperatingPoints) -> None:
        raise AssertionError("a circuit with an energy has one operating point")

    monkeypatch.setattr(Examiner, "examined", never)
    model = soft_model((3, 4, 4), (2.5,), seed=0)
    points = model.operating_points({"x": np.ones((2, 3))})
    assert points.stability is None


def test_without_any_operating_point_the_error_comes_soon_and_names_the_loop() -> None:
    model = network(HOPELESS)
    start = time.process_time()
    with pytest.raises(ConvergenceError, match="look at the loops of its active devices"):
        model.operating_points({"x": [[0.0]]})
    assert time.process_time() - start < 30
    with within(50), pytest.raises(ConvergenceError, match="were used up"):
        model.operating_points({"x": [[0.0]]})


@pytest.mark.parametrize("seed", range(3))
def test_gains_beside_a_skip_are_solved(seed: int) -> None:
    rng = np.random.default_rng(seed)
    gains = tuple(rng.choice([-1, 1], 2) * rng.uniform(1.05, 4, 2))
    model = layered_model((4, 8, 6, 2), gains, seed=seed, skip=True)
    points = model.operating_points({"x": rng.uniform(-2, 2, (20, 4))})
    assert points.residual <= 1e-12
    # Most of these have resistors that alone tell that there is one point.
    assert points.stability is None or points.stability.is_stable.all()


@pytest.mark.ngspice
def test_a_check_of_a_block_says_it() -> None:
    block = SpiceBlock(name="s", subcircuit=SCHMITT, inputs="in", outputs="out")
    assert "several operating points, or runs away, in" in str(block.check(8))


def test_a_diagnosis_says_it() -> None:
    data = DataSet({"x": [[0.0], [3.0]]}, {"y": [[1.0], [1.0]]})
    remarks = network(SCHMITT).diagnose(data, losses.MSE()).remarks
    assert any("several operating points in 1 samples" in remark for remark in remarks)


def test_joined_batches_keep_what_is_told() -> None:
    model = network(SCHMITT)
    parts = [model.operating_points({"x": [[x]]}) for x in (0.0, 3.0)]
    assert told(OperatingPoints.joined(parts)) == [[True, True], [True, False]]
