"""How long verified cells are pulsed, and why they are given up."""

from typing import Any

import numpy as np
import pytest
from ebana_memristor import (
    Cell,
    ConductanceSpread,
    DeviceSpread,
    Exponential,
    GapDynamics,
    Linear,
    LinearPulses,
    MemristorLayer,
    MissedTargetWarning,
    NonlinearPulses,
    PulseResponse,
    Pulses,
    SoftBounds,
    Stanford,
    WriteNoise,
)

from ebana_core.initializers import RandomUniform

LOW, HIGH = Linear().window


def crossbar(
    response: PulseResponse, cell: Cell | None = None, effects: Any = (), **settings: Any
) -> MemristorLayer:
    own = Linear() if cell is None else cell
    return MemristorLayer(
        name="m",
        units=1,
        cell=own,
        initializer=RandomUniform(*own.window),
        pulses=Pulses(response=response, write_verify=True, **settings),
        effects=effects,
    )


def moved(layer: MemristorLayer, x: Any, goal: Any, others: Any = None) -> tuple[Any, Any]:
    """Program cells from x to a goal, 0 to 1 of the window, and return where they stand then."""
    cell = layer.cell
    low, high = cell.window
    now, then = (
        cell.state_of(np.clip(low + np.atleast_2d(at).T * (high - low), low, high))
        for at in (x, goal)
    )
    name = cell.law.values[0].name
    new, report = layer.program(name, now, then - now, np.random.default_rng(0), others or {})
    return (cell.conductance_of(new).ravel() - low) / (high - low), report


@pytest.mark.filterwarnings("ignore::ebana_memristor.MissedTargetWarning")
@pytest.mark.parametrize("end", [1.0, 0.0])
@pytest.mark.parametrize(
    "response",
    [SoftBounds(n_states=20), SoftBounds(n_states=500), NonlinearPulses(up=9.0, down=-9.0)],
    ids=["coarse", "fine", "steep"],
)
def test_an_end_that_is_never_reached_takes_no_pulses_for_ever(
    response: PulseResponse, end: float
) -> None:
    """Cells come to within half a middle step of it, and then rest: no pulse, no read."""
    layer, x, goal = crossbar(response), np.array([0.5, 0.9, 0.1]), np.full(3, end)
    with pytest.warns(MissedTargetWarning, match="'m.out_of_reach'"):
        x, report = moved(layer, x, goal)
    for _ in range(5):
        x, report = moved(layer, x, goal)
    assert (np.abs(x - end) <= response.pace.up / 2).all()
    assert (np.abs(x - end) > 0).all()
    for name in ("pulses_up", "pulses_down", "reads", "energy"):
        assert report[name] == 0
    assert report["missed"] == report["out_of_reach"] == 3
    assert report["unmoved"] == 0


@pytest.mark.parametrize(("start", "goal"), [(0.9, 0.99), (0.0, 0.99), (1.0, 0.02), (0.97, 0.975)])
def test_goals_near_such_an_end_are_reached(start: float, goal: float) -> None:
    """To within half a step there; the slow part of the way is in the number of pulses."""
    response = SoftBounds(n_states=200)
    x, report = moved(crossbar(response), [start], [goal])
    assert report["missed"] == 0
    assert abs(x[0] - goal) <= response.step(x, np.array([goal > start]))[0] / 2


def test_cells_that_meet_the_end_of_the_window_are_given_up() -> None:
    """A cell of half the conductance would have to go twice as far as there is room."""
    layer = crossbar(LinearPulses(n_states=100), effects=[ConductanceSpread(0.5)])
    own = {"conductance_factor": np.full((1, 1), 0.5)}
    with pytest.warns(MissedTargetWarning, match="'m.unmoved'"):
        x, report = moved(layer, [0.7], [0.9], own)
    assert x[0] == pytest.approx(1.0, abs=1e-12)
    # 30 to the end; of the ten that are judged together some may have moved the cell.
    assert 30 <= report["pulses_up"] <= 30 + 2 * 10
    assert report["missed"] == report["unmoved"] == 1


def test_cells_of_small_steps_go_on() -> None:
    """A third of the step that the response says takes three times the pulses, and no less."""
    layer = crossbar(LinearPulses(n_states=100), effects=[DeviceSpread(0.5)])
    x, report = moved(layer, [0.2], [0.5], {"step_size": np.full((1, 1), 1 / 3)})
    assert x[0] == pytest.approx(0.5, abs=0.005)
    assert report["pulses_up"] == pytest.approx(90, abs=2)
    assert report["missed"] == 0


def test_goals_that_steps_grow_towards_are_no_end() -> None:
    """The first pulses from the largest gap hardly move a cell; a set then runs away."""
    layer = crossbar(GapDynamics(), Stanford(), max_pulses=2000)
    x, report = moved(layer, [0.0, 0.5], [0.002, 1.0])
    assert x[0] == pytest.approx(0.002, rel=0.01, abs=0)
    assert x[1] == 1.0, "the smallest gap is an end that cells reach"
    assert report["missed"] == 0


@pytest.mark.filterwarnings("ignore::ebana_memristor.MissedTargetWarning")
def test_the_threshold_of_a_filament_is_out_of_reach() -> None:
    """A reset of 1.3 V stops at 1.57 nm of 1.7: nobody is pulsed for ever to get there."""
    layer, x = crossbar(GapDynamics(), Stanford()), np.array([0.01])
    for _ in range(3):
        x, report = moved(layer, x, [0.0])
    assert report["out_of_reach"] == report["missed"] == 1
    assert report["pulses_down"] == report["reads"] == 0


@pytest.mark.parametrize("response", [Exponential(n_states=50), LinearPulses(n_states=50)])
def test_ends_that_are_reached_are_no_miss(response: PulseResponse) -> None:
    x, report = moved(crossbar(response), [0.4, 0.6, 0.5], [0.0, 1.0, 1.0])
    assert x == pytest.approx([0.0, 1.0, 1.0], abs=1 / 100)
    assert report["missed"] == report["out_of_reach"] == 0


def test_too_few_pulses_are_told_apart() -> None:
    layer = crossbar(LinearPulses(n_states=100), max_pulses=5, effects=[WriteNoise(0.0)])
    with pytest.warns(MissedTargetWarning, match="Lower lr, or give"):
        _, report = moved(layer, [0.2], [0.9])
    assert (report["missed"], report["out_of_reach"], report["unmoved"]) == (1, 0, 0)
    assert report["pulses_up"] == 5
