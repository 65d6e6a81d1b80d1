"""Responses and pulses: published curves, energies, and pulses that do not fit the cells."""

from typing import Any

import numpy as np
import pytest
from ebana_memristor import (
    Cell,
    Exponential,
    GapDynamics,
    Linear,
    LinearPulses,
    MeasuredPulses,
    MemristorLayer,
    NonlinearPulses,
    PulseNoise,
    PulseResponse,
    Pulses,
    ReadNoise,
    Sinh,
    SoftBounds,
    Stanford,
    StanfordModel,
    StuckCells,
    WriteNoise,
)

from ebana_core.errors import DataError, EbanaError, ParameterError
from ebana_core.initializers import RandomUniform

UP, DOWN = np.array([True]), np.array([False])


def crossbar(cell: Cell | None = None, **settings: Any) -> MemristorLayer:
    own = Linear(window=(1e-6, 101e-6)) if cell is None else cell
    low, high = own.window
    return MemristorLayer(
        name="m", units=1, cell=own, initializer=RandomUniform(low, high), **settings
    )


def programmed(layer: MemristorLayer, g: Any, wish: Any, others: Any = None) -> tuple[Any, Any]:
    values, change = np.array(g, dtype=float), np.array(wish, dtype=float)
    name = layer.cell.law.values[0].name
    return layer.program(name, values, change, np.random.default_rng(0), others or {})


@pytest.mark.parametrize(
    ("label", "published"),
    [(0.01, 126.268958), (0.6, 2.097877), (1.0, 1.251653), (9.0, 0.022810)],
)
def test_nonlinearities_are_those_of_neurosim(label: float, published: float) -> None:
    """1/k, from the table of MLP+NeuroSim 3.0 (Formula.cpp, getParamA)."""
    up, down = NonlinearPulses(up=label, down=-label).bends
    assert 1 / up == pytest.approx(published, rel=1e-4, abs=0)
    assert down == -up


@pytest.mark.parametrize(("up", "down"), [(2.4, -4.88), (1.75, 1.46), (-3.0, 0.0), (0.0, 2.0)])
def test_nonlinear_pulses_cross_the_window_in_their_number(up: float, down: float) -> None:
    response, x = NonlinearPulses(n_states=97, up=up, down=down), np.zeros(1)
    k = response.bends[0]
    for n in range(1, 98):
        x = x + response.step(x, UP)
        p = n / 97
        assert x[0] == pytest.approx(np.expm1(-k * p) / np.expm1(-k) if k else p, abs=1e-12)
    for _ in range(97):
        x = x - response.step(x, DOWN)
    assert x[0] == pytest.approx(0.0, abs=1e-12)


def test_equal_nonlinearities_lead_back_the_same_way() -> None:
    response, x = NonlinearPulses(n_states=32, up=3.0, down=3.0), np.array([0.2])
    higher = x + response.step(x, UP)
    assert higher - response.step(higher, DOWN) == pytest.approx(x, abs=1e-14)


@pytest.mark.parametrize("cell", [Linear(), Sinh(V0=0.25), Stanford()], ids=repr)
def test_pulses_take_what_the_cell_draws_at_their_voltage(cell: Cell) -> None:
    pulses = Pulses(response=LinearPulses(n_states=50), voltage=(1.2, 0.9), width=(1e-7, 3e-7))
    layer, (low, high) = crossbar(cell, pulses=pulses), cell.window
    g = low + (high - low) * np.array([0.5, 0.9])
    values = cell.state_of(g)
    goals = cell.state_of(low + (high - low) * np.array([0.52, 0.88]))
    _, report = programmed(layer, values, goals - values)
    assert (report["pulses_up"], report["pulses_down"]) == (1, 1)
    state, *others = cell.law.values
    constants = {
        item.name: np.asarray(cell.constants.get(item.name, item.default)) for item in others
    }
    middle = cell.state_of(low + (high - low) * np.array([0.51, 0.89]))
    up, down = (
        abs(v * cell.law.current(np.asarray(v), {**constants, state.name: at}))
        for v, at in zip((1.2, -0.9), middle, strict=True)
    )
    assert report["energy"] == pytest.approx(up * 1e-7 + down * 3e-7, rel=1e-9, abs=0)


def test_gap_dynamics_bring_their_own_pulses() -> None:
    pulses = Pulses(response=GapDynamics(set_voltage=1.5, width=1e-10))
    assert pulses.drive == ((1.5, 1e-10), (1.3, 1e-10))
    with pytest.raises(ParameterError, match="give them once"):
        Pulses(response=GapDynamics(), voltage=1.0)


def test_verified_cells_are_counted_and_read_with_their_noise() -> None:
    pulses = Pulses(response=LinearPulses(n_states=100), write_verify=True)
    wish = [[20e-6, -10e-6, 0.0]]
    g, report = programmed(crossbar(pulses=pulses), [[50e-6] * 3], wish)
    assert g == pytest.approx(np.array([[70e-6, 40e-6, 50e-6]]), rel=1e-12, abs=0)
    assert report["reads"] == 3 + 20 + 10, "every cell once, then after each of its pulses"
    noisy = crossbar(pulses=pulses, effects=[ReadNoise(0.05)])
    other, _ = programmed(noisy, [[50e-6] * 3], wish)
    assert other != pytest.approx(g, rel=1e-6, abs=0)


def test_cells_that_overshoot_are_not_pulsed_for_ever() -> None:
    pulses = Pulses(response=LinearPulses(n_states=100), write_verify=True, max_pulses=50)
    layer = crossbar(pulses=pulses, effects=[PulseNoise(0.0)])
    coarse = crossbar(pulses=pulses, effects=[WriteNoise(0.0)])
    for own in (layer, coarse):
        _, report = programmed(own, [[50e-6]], [[0.6e-6]])
        assert report["pulses_up"] + report["pulses_down"] <= 3


def test_cells_without_a_pulse_keep_every_bit() -> None:
    pulses = Pulses(response=SoftBounds(n_states=10))
    rng = np.random.default_rng(0)
    cell = Stanford()
    gaps = cell.state_of(rng.uniform(*cell.window, (40, 25)))
    layer = crossbar(cell, pulses=pulses, effects=[WriteNoise(0.1)])
    after, report = programmed(layer, gaps, np.zeros_like(gaps))
    assert np.array_equal(after, gaps)
    assert report["pulses_up"] == report["pulses_down"] == 0


def test_write_noise_needs_no_pulses() -> None:
    layer = crossbar(effects=[WriteNoise(0.03)])
    held = np.full((200, 200), 50e-6)
    after, _ = programmed(layer, held, np.full_like(held, 1e-6))
    assert (after - 51e-6).std() == pytest.approx(3e-6, rel=0.02, abs=0)
    assert abs((after - 51e-6).mean()) < 1e-7


@pytest.mark.parametrize(
    ("cell", "response"),
    [
        (Linear(), MeasuredPulses(up=[1e-6, 3e-6, 9e-6], down=[9e-6, 2e-6, 1e-6])),
        (Stanford(), GapDynamics(model=StanfordModel(gap_max=1e-9))),
        (Stanford(), GapDynamics(model=StanfordModel(Ea=0.7))),
    ],
    ids=["measured", "window", "model"],
)
def test_pulses_of_other_cells_are_refused(cell: Cell, response: PulseResponse) -> None:
    with pytest.raises(ParameterError, match=f"and pulses of a {type(response).__name__}"):
        crossbar(cell, pulses=Pulses(response=response))


@pytest.mark.parametrize(
    ("made", "match"),
    [
        (lambda: Pulses(response=5), "response=5"),
        (lambda: Pulses(write_verify="no"), "write_verify='no'"),
        (lambda: Pulses(voltage=(1.0, 0.0)), "voltage="),
        (lambda: Pulses(width=True), "width=True"),
        (lambda: NonlinearPulses(up=9.5), "up=9.5"),
        (lambda: NonlinearPulses(n_states=2.5), "n_states=2.5"),
        (lambda: Exponential(up="x"), "up='x'"),
        (lambda: GapDynamics(model=5), "model=5"),
        (lambda: MeasuredPulses(up=5, down=[2e-6, 1e-6]), "up=5"),
        (lambda: MeasuredPulses(up=[1e-6, np.inf], down=[2e-6, 1e-6]), "up="),
        (lambda: MeasuredPulses(up=[-1e-6, 1e-6], down=[1e-6, -1e-6]), "lowest conductance"),
        (lambda: Linear(window=5), "window=5"),
        (lambda: Linear(window=("a", "b")), "window="),
        (lambda: Sinh(V0=True), "V0=True"),
        (lambda: Stanford(model=5), "model=5"),
        (lambda: ReadNoise("a"), "sigma='a'"),
        (lambda: StuckCells(low=None), "low=None"),
        (lambda: crossbar(effects=ReadNoise(0.1)), "give a list of effects"),
        (lambda: crossbar(trainable="conductance"), "trainable='conductance'"),
    ],
)
def test_bad_settings_are_named(made: Any, match: str) -> None:
    with pytest.raises((ParameterError, DataError), match=match) as caught:
        made()
    assert isinstance(caught.value, EbanaError)
