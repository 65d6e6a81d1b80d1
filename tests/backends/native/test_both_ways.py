"""Nudges both ways are solved in one go: by compiled code to the bits of two calls, by layers in
turn from the reflection of the first."""

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core import Model
from ebana_core.backends import NativeBackend, OperatingPoints
from ebana_core.backends.backend import Simulator
from ebana_core.backends.native.solvers import layered
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from tests.support.sweeps import counted

N_SAMPLES = 6
NUDGES = {"devices stay": 1e-9, "devices change": 1e-4}
"""Scale of the injected currents, A."""


def model(kind: str) -> Model:
    drawn = RandomUniform(1e-7, 1e-5)
    x = InputVoltageLayer(units=20, name="x")
    hidden = DenseLayer(units=40, name="d1", initializer=drawn)(x)
    ways = {} if kind == "antiparallel" else {"direction": ["up"] * 20 + ["down"] * 20}
    hidden = DiodeLayer(name="act", kind=kind, **ways)(hidden)
    out = DenseLayer(units=5, name="d2", initializer=drawn)(hidden)
    return Model([x], [CurrentLayer(name="y", fold=False)(out)], seed=2)


def free_phase(own: Model, backend: NativeBackend) -> tuple[Simulator, OperatingPoints]:
    simulator = own.simulator(backend)
    x = {"x": np.random.default_rng(4).uniform(-1, 1, (N_SAMPLES, 20))}
    return simulator, simulator.operating_points(own.parameters.snapshot(), x)


def nudge_of(own: Model, scale: float) -> dict[str, np.ndarray]:
    shape = N_SAMPLES, *own.network.shapes["y"]
    return {"y": scale * np.random.default_rng(5).standard_normal(shape)}


@pytest.mark.parametrize("scale", NUDGES.values(), ids=NUDGES)
@pytest.mark.parametrize("kind", ["ideal", "behavioral"])
def test_both_ways_have_the_bits_of_two_calls(kind: str, scale: float) -> None:
    own = model(kind)
    simulator, free = free_phase(own, NativeBackend(method="compiled"))
    nudge = nudge_of(own, scale)
    found = simulator.both_ways(nudge, free)
    assert found is not None
    for points, sign in zip(found, (1, -1), strict=True):
        signed = {name: sign * current for name, current in nudge.items()}
        alone = simulator.operating_points(free.parameters, free.inputs, signed, free)
        assert points.change is not None
        assert np.abs(points.change).max() > 0
        assert np.array_equal(points.change, alone.change)
        assert np.array_equal(points.nudge["y"], signed["y"])
        assert points.residual == alone.residual <= 1e-12


@pytest.mark.parametrize("scale", NUDGES.values(), ids=NUDGES)
@pytest.mark.parametrize("kind", ["ideal", "behavioral"])
def test_a_nudge_long_after_its_free_phase_finds_the_same(kind: str, scale: float) -> None:
    own = model(kind)
    simulator, free = free_phase(own, NativeBackend(method="compiled"))
    nudge = nudge_of(own, scale)
    soon = simulator.operating_points(free.parameters, free.inputs, nudge, free)
    simulator.operating_points(free.parameters, {"x": -free.inputs["x"]})
    late = simulator.operating_points(free.parameters, free.inputs, nudge, free)
    assert soon.change is not None
    assert late.change is not None
    # Both end at the rounding of the currents, which ten conductances of one node divide.
    largest = np.abs(soon.change).max()
    assert late.change == pytest.approx(soon.change, rel=0, abs=1e-12 * largest)
    assert max(soon.residual, late.residual) <= 1e-12


@pytest.mark.parametrize("scale", NUDGES.values(), ids=NUDGES)
@pytest.mark.parametrize("kind", ["ideal", "behavioral"])
def test_a_nudge_goes_on_with_nothing_of_another_free_phase(kind: str, scale: float) -> None:
    own = model(kind)
    simulator, free = free_phase(own, NativeBackend(method="compiled"))
    nudge, changes = nudge_of(own, scale), []
    # Other samples, as many and fewer, whose devices have other pieces.
    for others in (-free.inputs["x"], 3.0 * free.inputs["x"], -free.inputs["x"][:1]):
        simulator.operating_points(free.parameters, {"x": others})
        points = simulator.operating_points(free.parameters, free.inputs, nudge, free)
        assert points.change is not None
        changes.append(points.change.tobytes())
    assert len(set(changes)) == 1


@pytest.mark.parametrize("scale", NUDGES.values(), ids=NUDGES)
@pytest.mark.parametrize("kind", ["ideal", "behavioral", "antiparallel"])
def test_layers_in_turn_begin_the_opposite_nudge_where_the_first_is_reflected(
    kind: str, scale: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = model(kind)
    simulator, free = free_phase(own, NativeBackend(method="layered"))
    nudge, sweeps = nudge_of(own, scale), counted(monkeypatch)
    found = simulator.both_ways(nudge, free)
    assert found is not None
    n_sweeps, n_alone = len(sweeps), []
    for points, sign in zip(found, (1, -1), strict=True):
        signed = {name: sign * current for name, current in nudge.items()}
        sweeps.clear()
        alone = simulator.operating_points(free.parameters, free.inputs, signed, free)
        n_alone.append(len(sweeps))
        assert points.change is not None
        # Both end at the rounding of the currents, which ten conductances of one node divide.
        largest = np.abs(points.change).max()
        assert points.change == pytest.approx(alone.change, rel=0.0, abs=1e-12 * largest)
        assert np.array_equal(points.nudge["y"], signed["y"])
        assert points.residual <= max(1e-12, 2 * alone.residual)
    if kind != "antiparallel" and scale == NUDGES["devices stay"]:
        assert n_sweeps == n_alone[0] + 1  # one sweep finds that the reflection balances
    assert n_sweeps <= sum(n_alone)


def test_layers_in_turn_that_do_not_settle_leave_it_to_two_calls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = model("behavioral")
    simulator, free = free_phase(own, NativeBackend(method="layered"))
    monkeypatch.setattr(layered, "MOST_SWEEPS", 1)
    assert simulator.both_ways(nudge_of(own, 1e-4), free) is None


def test_other_methods_leave_it_to_two_calls() -> None:
    own = model("ideal")
    simulator, free = free_phase(own, NativeBackend(method="dense_schur"))
    assert simulator.both_ways(nudge_of(own, 1e-9), free) is None


def test_a_sample_that_compiled_code_does_not_solve_leaves_it_to_two_calls() -> None:
    own = model("behavioral")
    _, free = free_phase(own, NativeBackend(method="compiled"))
    # One step is too few for a change across knees.
    hasty = own.simulator(NativeBackend(method="compiled", max_iterations=1))
    assert hasty.both_ways(nudge_of(own, 1e-4), free) is None
