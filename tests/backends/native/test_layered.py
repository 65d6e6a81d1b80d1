"""Circuits of several layers that settle in turn."""

from collections.abc import Callable

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from benchmarks.circuits import antiparallel
from ebana_core import Model
from ebana_core.backends import NativeBackend, OperatingPoints
from ebana_core.backends.native.solvers import layered, lone_nodes, mixing
from ebana_core.errors import UnsupportedError
from ebana_core.initializers import LogUniform
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
)
from tests.support.falling import Falling
from tests.support.ideal_diodes import clamped_model
from tests.support.libraries import network
from tests.support.networks import layered_model
from tests.support.sweeps import counted

BY_TURNS = NativeBackend(method="layered")
FACTORED = NativeBackend(method="dense_schur")

CIRCUITS: dict[str, Callable[[], Model]] = {
    "ideal": lambda: clamped_model((20, 16, 16, 4), seed=1),
    "antiparallel": lambda: antiparallel((20, 16, 16, 4), v_off=0.3),
    "behavioural": lambda: layered_model((20, 16, 16, 4), (4.0, 3.0), seed=1),
    "inverting": lambda: layered_model((20, 16, 16, 4), (-3.0, 2.0), seed=2),
    "three hidden": lambda: layered_model((12, 12, 12, 12, 4), (2.0, 3.0, 1.5), seed=3),
}


def spread_conductances(kind: str) -> Model:
    """Return three hidden layers whose conductances span five decades."""
    layer: Layer = InputVoltageLayer(units=20, name="x")
    bias = BiasVoltageLayer(units=2, name="b", bias_voltage=[1.0, -1.0])
    source, conductances = layer, LogUniform(1e-9, 1e-4)
    for k, width in enumerate((30, 28, 26)):
        layer = ConcatenateLayer(name=f"j{k}")([layer, bias])
        layer = DenseLayer(units=width, name=f"d{k}", initializer=conductances)(layer)
        for way, volts in (("up", -0.2), ("down", 0.2)):
            diodes = DiodeLayer(name=f"{way}{k}", kind=kind, direction=way, bias_voltage=volts)
            layer = diodes(layer)
        layer = AmplificationLayer(name=f"a{k}", param={"gain": 4.0})(layer)
    last = DenseLayer(units=4, name="last", initializer=conductances)(layer)
    return Model([source, bias], [CurrentLayer(name="y", fold=False)(last)], seed=0)


def solved(model: Model, backend: NativeBackend | str, n_samples: int = 3) -> OperatingPoints:
    """Return a nudged phase at drawn inputs up to 3 V."""
    shapes = model.network.shapes
    x = np.random.default_rng(1).uniform(-3, 3, (n_samples, *shapes["x"]))
    nudge = {"y": np.full((n_samples, *shapes["y"]), 1e-8)}
    return model.operating_points({"x": x}, backend, nudge=nudge)


def apart(model: Model, one: OperatingPoints, other: OperatingPoints) -> float:
    """Return the largest difference of voltages and of changes, relative to the largest voltage."""
    unknowns = model.network.compiled.constraints.unknowns
    assert one.change is not None
    assert other.change is not None
    free = one.free_voltages[:, unknowns]
    away = np.abs(free - other.free_voltages[:, unknowns]).max()
    moved = np.abs(one.change - other.change).max()
    return float(max(away, moved) / np.abs(free).max())


@pytest.mark.ngspice
@pytest.mark.parametrize("name", CIRCUITS)
def test_layers_in_turn_find_what_ngspice_finds(name: str) -> None:
    model = CIRCUITS[name]()
    found = solved(model, BY_TURNS)
    # The most that two programs may differ; as a rule rounding is all.
    assert apart(model, found, solved(model, "ngspice")) <= 1e-8
    assert found.residual <= 1e-12
    assert found.power_balance <= 1e-12


@pytest.mark.parametrize("kind", ["ideal", "behavioral", "shockley", "real", "mos"])
def test_layers_in_turn_find_what_factors_find_over_decades(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = spread_conductances(kind)
    sweeps = counted(monkeypatch)
    found = solved(model, BY_TURNS, 20)
    # Twice as many as these circuits of three layers and five decades take.
    assert 2 <= len(sweeps) <= 100
    # Rounding of a volt at nodes that single nanosiemens hold among tenths of a millisiemens.
    assert apart(model, found, solved(model, FACTORED, 20)) <= 1e-10
    assert found.residual <= 1e-12


def test_samples_that_do_not_settle_are_factored(monkeypatch: pytest.MonkeyPatch) -> None:
    model = CIRCUITS["antiparallel"]()
    expected = solved(model, BY_TURNS)
    monkeypatch.setattr(layered, "MOST_SWEEPS", 2)
    sweeps = counted(monkeypatch)
    found = solved(model, BY_TURNS)
    assert len(sweeps) == 4  # two phases, neither solved by two sweeps
    # Both end at rounding.
    assert apart(model, found, expected) <= 1e-12


def test_nothing_is_solved_while_the_first_side_does_not_balance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = CIRCUITS["antiparallel"]()
    expected = solved(model, FACTORED)
    # Then nodes with devices stay at 0 V, where the others, which they drive, do balance.
    monkeypatch.setattr(lone_nodes, "SHARE", 1.0)
    # Both end at rounding.
    assert apart(model, solved(model, BY_TURNS), expected) <= 1e-12


def test_mixing_saves_most_of_the_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    model = CIRCUITS["three hidden"]()
    sweeps = counted(monkeypatch)
    solved(model, BY_TURNS)
    mixed = len(sweeps)
    sweeps.clear()
    monkeypatch.setattr(mixing.Mixing, "next", lambda _, x, step: x + step)
    solved(model, BY_TURNS)
    assert 2 * mixed <= len(sweeps)


def test_a_sample_is_solved_as_if_it_were_alone() -> None:
    model = CIRCUITS["ideal"]()
    together, alone = solved(model, BY_TURNS, 8), solved(model, BY_TURNS, 1)
    # Products of another shape are rounded otherwise.
    assert together.free_voltages[:1] == pytest.approx(alone.free_voltages, rel=1e-12, abs=1e-13)


def test_currents_that_fall_are_not_solved_by_turns() -> None:
    model = network(Falling(name="falling"))
    with pytest.raises(UnsupportedError, match="devices of layer 'falling' may fall"):
        solved(model, BY_TURNS)


def test_what_float32_holds_does_not_depend_on_what_was_solved_before() -> None:
    model = CIRCUITS["ideal"]()
    used = model.simulator(NativeBackend(dtype="float32", method="layered"))
    first = model.parameters["d1.conductance"]
    answers = []
    # Near the first, far from it, beyond float32, and back.
    for factor in (1.0, 1.01, 30.0, 1e6, 1.0):
        model.parameters["d1.conductance"] = factor * first
        values = model.parameters.snapshot()
        fresh = NativeBackend(dtype="float32", method="layered").compile(model.network.compiled)
        found, expected = (each.reduced_at(values).rounding for each in (used, fresh))
        assert found.reach.is_too_far is expected.reach.is_too_far
        # A kept bound has room for a quarter more than its own values needed, which are near.
        assert expected.reach.roundings <= found.reach.roundings * (1 + 1e-12)
        assert found.reach.roundings <= 1.25 * 1.1 * expected.reach.roundings
        answers.append(expected.reach.is_too_far)
    assert answers == [False, False, False, True, False]
