"""Pulses that are verified: what they reach, whom they give up, and what their reads disturb."""

import numpy as np
import pytest
from ebana_memristor import (
    ConductanceSpread,
    Effect,
    Linear,
    LinearPulses,
    MemristorLayer,
    MissedTargetWarning,
    Pulses,
    ReadDisturb,
    ReadNoise,
    Stanford,
    StuckCells,
)

from ebana_core.errors import ParameterError
from ebana_core.initializers import RandomUniform
from tests.support.programmed import KINDS, network, state_of, wished


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("spread", [ConductanceSpread(0.5), ReadNoise(0.3)], ids=repr)
def test_readings_that_are_off_by_a_factor_do_not_run_away(kind: str, spread: Effect) -> None:
    """Fifty updates that wish nothing, and fifty that go to and fro: no drift but of pulses.

    A wish and its opposite leave a cell within two steps; a step of these is at most a third.
    """
    model = network(kind, [spread], "verified")
    name = state_of(model)
    held = start = np.array(model.parameters[name])
    for _ in range(50):
        held, report = model.programmed(name, held, np.zeros_like(held))
        assert report["m.pulses_up"] == report["m.pulses_down"] == report["m.reads"] == 0
    assert np.array_equal(held, start)


def test_verified_cells_of_a_spread_change_by_what_is_wished() -> None:
    """Within half a step of the response, seen through the cell's own factor."""
    model = network("linear", [ConductanceSpread(0.4)], "verified")
    name, factor = "m.conductance", model.parameters["m.conductance_factor"]
    held, step = np.full((5, 4), 5e-5), 9.9e-5 / 60
    wish = np.full((5, 4), 6 * step)
    new, report = model.programmed(name, held, wish)
    off = np.abs((new - held) * factor - wish)
    assert (off <= np.maximum(0.5, factor) * step * (1 + 1e-9)).all()
    assert report["m.missed"] == 0


def test_noise_of_readings_is_no_reason_to_move_a_cell() -> None:
    """A hundred updates of one cell leave the others; one draw is the error of its reading."""
    model = network("linear", [ReadNoise(0.05)], "verified")
    held, wish = np.full((5, 4), 3e-5), np.zeros((5, 4))
    wish[2, 1] = 5 * 9.9e-5 / 60
    moves = []
    for _ in range(100):
        new, report = model.programmed("m.conductance", held, wish)
        assert (new != held).sum() == 1
        assert report["m.reads"] == 20 + report["m.pulses_up"] + report["m.pulses_down"]
        moves.append((new[2, 1] - 3e-5) / wish[2, 1])
    assert np.std(moves) <= 0.15, "5 % of a reading would be 18 % of this wish, 26 % of two"


def test_who_misses_is_counted_and_said_once() -> None:
    model = network("linear", [], "verified")
    layer = model.layers["m"]
    assert layer.pulses.most == 2 * 54, "nine tenths of 60 pulses, twice"
    short = MemristorLayer(
        name="short",
        units=1,
        initializer=RandomUniform(*Linear().window),
        pulses=Pulses(response=LinearPulses(n_states=5000), max_pulses=100),
    )
    values = np.full((3, 1), 2e-5)
    with pytest.warns(MissedTargetWarning, match="'short.missed'") as caught:
        _, report = short.program(
            "conductance", values, 0 * values + 3e-5, np.random.default_rng(0), {}
        )
    assert len(caught) == 1
    assert report["missed"] == 3


@pytest.mark.parametrize("n_states", [2, 100, 5000])
@pytest.mark.parametrize("verify", [False, True])
def test_devices_of_many_states_do_not_stall(n_states: int, verify: bool) -> None:
    layer = MemristorLayer(
        name="m",
        units=1,
        initializer=RandomUniform(*Linear().window),
        pulses=Pulses(response=LinearPulses(n_states=n_states), write_verify=verify),
    )
    low, high = Linear().window
    new, report = layer.program(
        "conductance", np.array([[low]]), np.array([[high - low]]), np.random.default_rng(0), {}
    )
    assert new[0, 0] == pytest.approx(high, abs=0.5 * (high - low) / n_states)
    assert report["missed"] == 0


def test_stuck_cells_are_given_up() -> None:
    """After ten pulses that did not move them; they count as missed, and warn nobody."""
    model = network("linear", [StuckCells(low=1.0)], "verified")
    held = model.parameters["m.conductance"]
    new, report = model.programmed("m.conductance", held, np.full_like(held, 5 * 9.9e-5 / 60))
    assert np.array_equal(new, held)
    assert report["m.missed"] == 20
    assert report["m.unmoved"] == 20
    assert report["m.pulses_up"] == 20 * 10


@pytest.mark.filterwarnings("ignore::ebana_memristor.MissedTargetWarning")
def test_reads_disturb_stanford_cells_by_their_own_dynamics() -> None:
    cell = Stanford()
    disturb = ReadDisturb(voltage=1.2, duration=1e-9)
    model = network("stanford", [disturb], "verified")
    held = np.array(model.parameters["m.gap"])
    new, report = model.programmed("m.gap", held, wished(model, 0.2))
    once = cell.model.moved(held[:, 1:], 1.2, 1e-9)
    assert report["m.reads"] > 20
    assert new[:, 1:] == pytest.approx(once, rel=1e-9, abs=0)
    assert (new[:, 1:] < held[:, 1:]).any()
    idle, _ = model.programmed("m.gap", held, np.zeros_like(held))
    assert np.array_equal(idle, held)
    with pytest.raises(ParameterError, match="ReadDisturb"):
        network("linear", [disturb], "verified")


@pytest.mark.filterwarnings("ignore::ebana_memristor.MissedTargetWarning")
def test_reads_below_the_threshold_disturb_nothing() -> None:
    """F_min*tox/gamma0 = 1.05 V: below it no cell moves, however long it is read."""
    model = network("stanford", [ReadDisturb(voltage=1.04, duration=1.0)], "verified")
    held = np.array(model.parameters["m.gap"])
    new, _ = model.programmed("m.gap", held, wished(model, 0.2))
    assert np.array_equal(new[:, 1:], held[:, 1:])


@pytest.mark.filterwarnings("ignore::ebana_memristor.MissedTargetWarning")
@pytest.mark.parametrize("shape", [(1, 1), (3, 2)])
@pytest.mark.parametrize("kind", list(KINDS))
def test_odd_sizes_are_programmed(kind: str, shape: tuple[int, int]) -> None:
    cell, response = KINDS[kind]
    for verify in (False, True):
        layer = MemristorLayer(
            name="m",
            units=shape[1],
            cell=cell,
            initializer=RandomUniform(*cell.window),
            pulses=Pulses(response=response, write_verify=verify),
        )
        name, (low, high) = cell.law.values[0].name, cell.limits
        values = np.full(shape, (low + high) / 2)
        for wish in (0.0, 1.0, -1.0):
            new, report = layer.program(
                name, values, values * 0 + wish, np.random.default_rng(0), {}
            )
            assert new.shape == shape
            assert (low <= new).all()
            assert (new <= high).all()
            assert np.isfinite(list(report.values())).all()
