"""Crossbars of memristors: right, learned exactly, programmed by pulses, stored and restored."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ebana_memristor import (
    DeviceSpread,
    Exponential,
    Linear,
    LinearPulses,
    MemristorLayer,
    MissedTargetWarning,
    PulseNoise,
    Pulses,
    Sinh,
    SoftBounds,
    Stanford,
    StuckCells,
)

from ebana_core import Model, Run, losses, optimizers
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import ParameterError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, InputVoltageLayer
from ebana_core.metrics import Metrics
from ebana_core.registry import load_registry
from ebana_core.rules import Adjoint, EquilibriumPropagation

INIT = RandomUniform(5e-6, 5e-5)
CELLS = {"linear": Linear(), "sinh": Sinh(V0=0.4), "stanford": Stanford()}
RATES = {"linear": 1e-9, "sinh": 1e-9, "stanford": 1e-17}


def network(cell: str = "linear", **settings: Any) -> Model:
    x = InputVoltageLayer(units=3, name="x")
    given = {"cell": CELLS[cell], "initializer": INIT, "lr": RATES[cell], **settings}
    hidden = MemristorLayer(name="m1", units=4, **given)(x)
    last = MemristorLayer(name="m2", units=2, **given)(hidden)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y")(last)], seed=2)


def data(n_samples: int = 4) -> DataSet:
    rng = np.random.default_rng(0)
    x = rng.uniform(-0.8, 0.8, (n_samples, 3))
    return DataSet({"x": x}, {"y": rng.uniform(-0.2, 0.2, (n_samples, 1))})


def fit(model: Model, epochs: int = 5, **settings: Any) -> Any:
    return model.fit(
        BatchGenerator(data(), batch_size=2),
        losses.MSE(0.0),
        optimizers.SGD(model),
        epochs=epochs,
        rule=EquilibriumPropagation(1e-9, "centered", "exact"),
        metrics=Metrics(model, verbose=False),
        **settings,
    )


def test_the_plugin_provides_its_crossbar() -> None:
    assert load_registry().device("memristor") is MemristorLayer


@pytest.mark.parametrize("cell", list(CELLS))
@pytest.mark.ngspice
def test_native_is_right_and_ngspice_agrees(cell: str) -> None:
    model, inputs = network(cell), data().inputs
    native, reference = (model.operating_points(inputs, b) for b in ("native", "ngspice"))
    assert native.residual <= 1e-12
    assert native.power_balance <= 1e-12
    assert np.abs(native.voltages - reference.voltages).max() <= 1e-8


@pytest.mark.parametrize("cell", list(CELLS))
def test_the_state_is_learned_by_its_gradient(cell: str) -> None:
    model, loss = network(cell), losses.MSE()
    exact = model.gradients(data(), loss, EquilibriumPropagation(1e-9, "centered", "exact"))
    adjoint = model.gradients(data(), loss, Adjoint())
    for name, gradient in exact.items():
        values = np.array(model.parameters[name])
        for place in ((0, 0), (2, 1)):
            losses_at = []
            for factor in (-2, -1, 1, 2):
                moved = values.copy()
                moved[place] *= 1 + 1e-4 * factor
                model.restore({name: moved})
                losses_at.append(model.evaluate(data(), loss, power=False).loss)
            model.restore({name: values})
            a, b, c, d = losses_at
            expected = (a - 8 * b + 8 * c - d) / (12e-4 * values[place])
            scale = np.abs(gradient).max()
            assert abs(gradient[place] - expected) <= 1e-5 * scale
            assert abs(adjoint[name][place] - expected) <= 1e-5 * scale


@pytest.mark.parametrize("cell", list(CELLS))
def test_it_learns_within_its_window(cell: str) -> None:
    model = network(cell)
    before = model.evaluate(data(), losses.MSE()).loss
    fit(model, 10)
    assert model.evaluate(data(), losses.MSE()).loss < before
    low, high = CELLS[cell].limits
    for name in model.trainable_parameters():
        assert model.parameters[name].min() >= low
        assert model.parameters[name].max() <= high


def programmed(
    layer: MemristorLayer, g: Any, change: Any, others: Any = None
) -> tuple[np.ndarray, Any]:
    values, wish = np.array(g, dtype=float), np.array(change, dtype=float)
    rng = np.random.default_rng(0)
    return layer.program("conductance", values, wish, rng, others or {})


def crossbar(**settings: Any) -> MemristorLayer:
    given = {"cell": Linear(window=(1e-6, 101e-6)), "initializer": INIT, **settings}
    return MemristorLayer(name="m", units=1, **given)


def test_linear_pulses_round_a_wish_to_whole_steps() -> None:
    layer = crossbar(pulses=Pulses(response=LinearPulses(n_states=100, asymmetry=0.5)))
    g, report = programmed(layer, [[50e-6, 50e-6, 50e-6]], [[3.4e-6, -1.1e-6, 0.2e-6]])
    assert g == pytest.approx(np.array([[53e-6, 49e-6, 50e-6]]), rel=1e-12, abs=0)
    assert report["pulses_up"] == 3
    assert report["pulses_down"] == 2
    # A pulse sees the mean of the conductances before and after it.
    energy = (50.5 + 51.5 + 52.5 + 49.75 + 49.25) * 1e-6 * 1.0**2 * 1e-7
    assert report["energy"] == pytest.approx(energy, rel=1e-9, abs=0)


def test_pulses_stop_at_the_window_and_at_their_number() -> None:
    layer = crossbar(pulses=Pulses(response=LinearPulses(n_states=10), max_pulses=3))
    with pytest.warns(MissedTargetWarning, match="Cells of layer 'm' need more pulses"):
        g, report = programmed(layer, [[96e-6, 1e-6]], [[1.0, 1.0]])
    assert g == pytest.approx(np.array([[101e-6, 31e-6]]), rel=1e-12, abs=0)
    assert (report["pulses_up"], report["missed"]) == (4, 1)


def test_soft_bounds_and_exponential_steps_shrink_towards_their_end() -> None:
    x, up = np.array([0.1, 0.5, 0.9]), np.array([True, True, True])
    for response in (SoftBounds(n_states=50), Exponential(n_states=50)):
        rising, falling = response.step(x, up), response.step(x, ~up)
        assert (np.diff(rising) < 0).all()
        assert (np.diff(falling) > 0).all()
    assert SoftBounds(n_states=50).step(np.array(0.5), np.array(True)) == pytest.approx(
        1 / 50, rel=1e-12, abs=0
    )


def test_exponential_pulses_cross_the_window_in_about_their_number() -> None:
    response, x = Exponential(n_states=100, up=2.0, down=4.0), np.zeros(1)
    for _ in range(100):
        x = x + response.step(x, np.array([True]))
    assert x[0] == pytest.approx(1.0, abs=0.02)


def test_write_verify_reaches_what_open_pulses_miss() -> None:
    goal = [[40e-6, -30e-6, 10e-6]]
    found = {}
    for verify in (False, True):
        pulses = Pulses(response=SoftBounds(n_states=200), write_verify=verify, max_pulses=400)
        layer = crossbar(pulses=pulses, effects=[PulseNoise(0.5)])
        g, _ = programmed(layer, [[50e-6, 50e-6, 50e-6]], goal)
        found[verify] = np.abs(g - 50e-6 - goal).max()
    assert found[True] <= 1e-6
    assert found[False] > 2 * found[True]


def test_effects_are_drawn_once_and_kept_with_the_model(tmp_path: Path) -> None:
    settings: dict[str, Any] = {
        "pulses": Pulses(response=SoftBounds(n_states=300), max_pulses=20),
        "effects": [DeviceSpread(0.3), PulseNoise(0.2), StuckCells(low=0.2, high=0.1)],
        "units": 300,
    }
    x = InputVoltageLayer(units=100, name="x")
    layer = MemristorLayer(name="m", cell=Linear(), initializer=INIT, lr=1e-9, **settings)(x)
    model = Model(inputs=[x], outputs=[CurrentLayer(name="y")(layer)], seed=0)
    sizes, stuck = model.parameters["m.step_size"], model.parameters["m.stuck"]
    assert np.log(sizes).std() == pytest.approx(0.3, rel=0.02, abs=0)
    assert (stuck == -1).mean() == pytest.approx(0.2, abs=0.01)
    low, high = Linear().window
    held = np.array(model.parameters["m.conductance"])
    assert (held[stuck == -1] == low).all()
    assert held[stuck == 1] == pytest.approx(high, rel=1e-12, abs=0)
    new, _ = model.programmed("m.conductance", held, np.full_like(held, 2e-6))
    assert new[stuck != 0] == pytest.approx(held[stuck != 0], rel=1e-14, abs=0)
    assert (new[stuck == 0] != held[stuck == 0]).any()
    model.save(tmp_path / "m.h5")
    again = Model.load(tmp_path / "m.h5")
    assert np.array_equal(again.parameters["m.stuck"], stuck)
    assert repr(again.layers["m"]) == repr(model.layers["m"])


def test_a_run_counts_pulses_and_their_energy(tmp_path: Path) -> None:
    pulses = Pulses(response=LinearPulses(n_states=2000), voltage=1.5, width=1e-7)
    model = network(pulses=pulses)
    fit(model, 4, run=tmp_path / "run.h5")
    with Run.open(tmp_path / "run.h5") as run:
        scores, units = run.scores, run.score_units
    total = scores["m1.pulses_up"] + scores["m1.pulses_down"]
    assert (total > 0).all()
    assert units["m1.energy"] == "J"
    low, high = 1e-6 * 1.5**2 * 1e-7, 1e-4 * 1.5**2 * 1e-7
    assert (scores["m1.energy"] >= low * total).all()
    assert (scores["m1.energy"] <= high * total).all()
    again = network(pulses=pulses)
    history = fit(again, 6, run=tmp_path / "run.h5", resume=True)
    assert history.epochs[0].reports["m1.pulses_up"] == scores["m1.pulses_up"][0]
    with Run.open(tmp_path / "run.h5") as run:
        assert np.array_equal(run.scores["m1.pulses_up"][:4], scores["m1.pulses_up"])
        assert run.n_epochs == 6


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"cell": "linear"}, "cell='linear'"),
        ({"pulses": 5}, "pulses=5"),
        ({"effects": [0.1]}, "effects="),
        ({"effects": [PulseNoise(0.1)]}, "no pulses"),
        ({"pulses": Pulses(), "effects": [PulseNoise(0.1), PulseNoise(0.2)]}, "effects="),
        ({"initializer": 1.0}, "initializer=1.0"),
    ],
)
def test_bad_settings_are_named(settings: dict[str, Any], match: str) -> None:
    with pytest.raises(ParameterError, match=match):
        crossbar(**settings)


@pytest.mark.parametrize(
    ("made", "match"),
    [
        (lambda: Linear(window=(1e-4, 1e-6)), "window="),
        (lambda: LinearPulses(n_states=0), "n_states=0"),
        (lambda: SoftBounds(asymmetry=-1.0), "asymmetry=-1.0"),
        (lambda: Pulses(width=0.0), "width=0.0"),
        (lambda: StuckCells(low=0.7, high=0.7), "low=0.7"),
        (lambda: DeviceSpread(float("nan")), "sigma=nan"),
    ],
)
def test_bad_devices_are_named(made: Any, match: str) -> None:
    with pytest.raises(ParameterError, match=match):
        made()
