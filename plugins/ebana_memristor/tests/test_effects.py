"""What cells do otherwise: levels, noise, spread, drift, and cells that are stuck."""

from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from ebana_memristor import (
    Cells,
    ConductanceSpread,
    Drift,
    GapDynamics,
    Linear,
    Measured,
    MeasuredPulses,
    Pulses,
    Quantised,
    ReadNoise,
    Stanford,
    StanfordModel,
    StuckCells,
    TableCell,
    Wires,
    age,
)

from ebana_core import Model, callbacks, losses, optimizers
from ebana_core.data import BatchGenerator
from ebana_core.errors import EbanaError, ParameterError
from ebana_core.initializers import RandomUniform
from ebana_core.metrics import Metrics
from ebana_core.rules import Adjoint, EquilibriumPropagation
from tests.support.memristors import MEASURED, data, network


def test_levels_are_kept_through_training() -> None:
    levels = np.linspace(*Linear().window, 16)
    for stochastic in (False, True):
        model = network(effects=[Quantised(16, stochastic)], lr=1e-8)
        model.fit(
            BatchGenerator(data(), batch_size=2),
            losses.MSE(0.0),
            optimizers.SGD(model),
            epochs=4,
            rule=EquilibriumPropagation(1e-9),
            metrics=Metrics(model, verbose=False),
        )
        g = np.array(model.parameters["m1.conductance"])
        assert np.abs(g[..., None] - levels).min(axis=-1).max() <= 1e-15


def test_stochastic_levels_keep_the_mean() -> None:
    x = np.full(200_000, 0.31)
    cells = Cells((1e-6, 1e-4), {})
    found = Quantised(8, stochastic=True).settled(x, cells, np.random.default_rng(0))
    assert found.mean() == pytest.approx(0.31, abs=1e-3)
    assert set(np.unique(np.rint(found * 7))) == {2, 3}
    again = Quantised(8, stochastic=True).settled(found, cells, np.random.default_rng(1))
    assert np.array_equal(again, found)


def test_readings_fluctuate_and_values_do_not() -> None:
    model = network(100, 100, effects=[ReadNoise(0.1)])
    held = np.array(model.parameters["m1.conductance"])
    one, other = model.readings()["m1.conductance"], model.readings()["m1.conductance"]
    assert (one / held).std() == pytest.approx(0.1, rel=0.05, abs=0)
    assert (one / held).mean() == pytest.approx(1.0, abs=0.005)
    assert not np.array_equal(one, other)
    assert np.array_equal(model.parameters["m1.conductance"], held)
    inputs = data(100).inputs
    first, second = (model.operating_points(inputs) for _ in range(2))
    assert first.residual <= 1e-12
    assert not np.array_equal(first.voltages, second.voltages)


def test_noisy_training_is_the_same_again() -> None:
    found = []
    for is_watched in (False, True):
        model = network(effects=[ReadNoise(0.05)])
        watching = callbacks.LambdaCallback(
            on_train_batch_end=lambda *_, own=model: own.evaluate(data(), losses.MSE())
        )
        model.fit(
            BatchGenerator(data(), batch_size=2),
            losses.MSE(0.0),
            optimizers.SGD(model),
            epochs=3,
            rule=EquilibriumPropagation(1e-9),
            metrics=Metrics(model, verbose=False),
            test_dataloader=data(),
            callbacks=[watching] if is_watched else [],
        )
        found.append(np.array(model.parameters["m1.conductance"]))
    assert np.array_equal(*found)


def test_cells_age_by_a_power_of_time() -> None:
    model = network(100, 50, effects=[Drift(exponent=0.06, sigma=0.01)])
    before = np.array(model.parameters["m1.conductance"])
    age(model, 1e4)
    ratio = model.parameters["m1.conductance"] / before
    exponents = -np.log(ratio) / np.log(1 + 1e4)
    assert exponents.mean() == pytest.approx(0.06, rel=0.02, abs=0)
    assert exponents == pytest.approx(model.parameters["m1.drift_exponent"], rel=1e-9, abs=0)
    with pytest.raises(ParameterError, match="No layer drifts"):
        age(network(), 1.0)
    with pytest.raises(ParameterError, match="seconds is -1"):
        age(model, -1.0)


def test_gap_dynamics_set_fast_at_first_and_saturate() -> None:
    response = GapDynamics()
    x, up = np.array([0.0, 0.1, 0.5, 0.9]), np.ones(4, dtype=bool)
    rising = response.step(x, up)
    assert (rising > 0).all()
    assert (rising <= 1 - x + 1e-12).all()
    model = StanfordModel()
    low, high = (float(model.conductance(g)) for g in (model.gap_max, model.gap_min))
    gap = model.gap_of(low + 0.5 * (high - low))
    for _ in range(2000):
        gap = model.moved(gap, 1.4, 1e-13)
    expected = (float(model.conductance(gap)) - low) / (high - low) - 0.5
    assert rising[2] == pytest.approx(expected, rel=1e-2, abs=0)


def test_all_of_it_is_stored_and_restored(tmp_path: Path) -> None:
    model = network(
        cell=attrs.evolve(MEASURED, window=(1e-6, 9e-6)),
        initializer=RandomUniform(1e-6, 9e-6),
        pulses=Pulses(response=MeasuredPulses(up=[1e-6, 2e-6, 9e-6], down=[9e-6, 2e-6, 1e-6])),
        effects=[Quantised(32), ReadNoise(0.01), Drift(exponent=0.1), StuckCells(low=0.1)],
        wires=Wires(2.0, 3.0),
    )
    model.save(tmp_path / "m.h5")
    again = Model.load(tmp_path / "m.h5")
    assert repr(again.layers["m1"]) == repr(model.layers["m1"])
    assert again.layers["m1"].cell.law == model.layers["m1"].cell.law


@pytest.mark.parametrize(
    ("made", "match"),
    [
        (lambda: Wires(-1.0), "row=-1.0"),
        (lambda: Wires(1e-6), "row=1e-06"),
        (lambda: Wires("1"), "row='1'"),
        (lambda: Quantised(8, spacing="even"), "spacing='even'"),
        (lambda: Measured(voltages=[-1, 1], currents=[-1, 1], read_voltage=2.0), "read the cell"),
        (lambda: Measured(voltages=[-1, float("inf")], currents=[-1, 1]), "voltages="),
        (lambda: Measured(voltages="ab", currents=[-1, 1]), "voltages='ab'"),
        (lambda: Measured(voltages=[-1, 1, 2], currents=[-1, 1]), "3 voltages and 2 currents"),
        (lambda: network(initializer=RandomUniform(1e-9, 1e-8)), "its cells have 1e-06 S"),
        (lambda: Wires(1.0, float("inf")), "column=inf"),
        (lambda: Quantised(1), "n_levels=1"),
        (lambda: ReadNoise(-0.1), "sigma=-0.1"),
        (lambda: Drift(t0=0.0), "t0=0.0"),
        (lambda: Measured(voltages=[-1, 0.5, 0.5, 1], currents=[-1, 1, 2, 3]), "repeats 0.5 V"),
        (lambda: Measured(voltages=[-1, 0.5, 1], currents=[-1, 2, 1.5]), "does not rise after 2"),
        (lambda: Measured(voltages=[-1, 0, 1], currents=[-1, 0.1, 2]), "cross zero at 0 V"),
        (lambda: Measured(voltages=[0.5, 1], currents=[1, 2]), "both sides of zero"),
        (lambda: Measured(voltages=[-1, 1], currents=[-1, 1], read_voltage=0.0), "read_voltage=0"),
        (lambda: TableCell([-1, 0, 1], [-1, 0, float("nan")]), "two finite numbers"),
        (lambda: MeasuredPulses(up=[1e-6, 1e-6], down=[2e-6, 1e-6]), "repeats 1e-06 S"),
        (lambda: MeasuredPulses(up=[1e-6, 2e-6], down=[1e-6, 2e-6]), "read backwards"),
        (lambda: GapDynamics(width=0.0), "width=0.0"),
    ],
)
def test_bad_settings_are_named(made: Any, match: str) -> None:
    with pytest.raises(EbanaError, match=match):
        made()


def test_a_state_outside_its_window_is_refused() -> None:
    model = network()
    with pytest.raises(ParameterError, match=r"m1.conductance\[0, 0\] is 0.01 S"):
        model.parameters["m1.conductance"] = np.full((3, 4), 1e-2)


def test_stuck_cells_are_stuck_whatever_is_assigned() -> None:
    model = network(40, 30, effects=[StuckCells(low=0.2, high=0.2), Drift(exponent=0.2)])
    model.parameters["m1.conductance"] = np.full((40, 30), 3e-5)
    stuck, (low, high) = model.parameters["m1.stuck"], Linear().window
    for seconds in (0.0, 1e4):
        age(model, seconds)
        seen = model.readings()["m1.conductance"]
        assert seen[stuck < 0] == pytest.approx(low, rel=1e-12, abs=0)
        assert seen[stuck > 0] == pytest.approx(high, rel=1e-12, abs=0)
    assert (seen[stuck == 0] < 3e-5).all()


def test_times_add_up() -> None:
    once, twice = (network(5, 4, effects=[Drift(exponent=0.1)]) for _ in range(2))
    age(once, 100.0)
    for seconds in (10.0, 90.0):
        age(twice, seconds)
    expected = once.parameters["m1.conductance"]
    assert twice.parameters["m1.conductance"] == pytest.approx(expected, rel=1e-12, abs=0)


def test_cells_conduct_by_a_factor_of_their_own() -> None:
    model = network(60, 50, effects=[ConductanceSpread(0.2)])
    ratio = model.readings()["m1.conductance"] / model.parameters["m1.conductance"]
    assert np.log(ratio).std() == pytest.approx(0.2, rel=0.05, abs=0)
    assert np.array_equal(model.readings()["m1.conductance"], model.readings()["m1.conductance"])
    loss = losses.MSE()
    exact = model.gradients(data(60), loss, EquilibriumPropagation(1e-9, "centered", "exact"))
    adjoint = model.gradients(data(60), loss, Adjoint())["m1.conductance"]
    assert np.abs(exact["m1.conductance"] - adjoint).max() <= 1e-6 * np.abs(adjoint).max()


def test_copies_of_a_network_fluctuate_and_are_made_anew() -> None:
    def as_made(values: Any, rng: np.random.Generator) -> Any:
        return np.where(rng.random(values.shape) < 0.3, -1.0, 0.0)

    noisy = network(effects=[ReadNoise(0.05)]).monte_carlo(data(), losses.MSE(), n=5, seed=0)
    assert len(set(noisy.losses)) == 5
    stuck = network(effects=[StuckCells()]).monte_carlo(
        data(), losses.MSE(), n=5, seed=0, variations={"m1.stuck": as_made}
    )
    assert len(set(stuck.losses)) == 5


def test_levels_at_equal_ratios() -> None:
    model = network(cell=Stanford(), lr=1e-17, effects=[Quantised(8, spacing="log")])
    low, high = Stanford().window
    levels = np.geomspace(low, high, 8)
    g = Stanford().conductance_of(np.array(model.parameters["m1.gap"]))
    assert np.abs(np.log(g[..., None] / levels)).min(axis=-1).max() <= 1e-9
    assert len(np.unique(np.round(np.log(g), 6))) > 1
