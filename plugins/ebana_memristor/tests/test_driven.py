"""Cells that a source of current drives, and waveforms of pulses."""

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from ebana_memristor import StanfordModel, joined, pulses, square, sweep, triangular
from PySpice.Unit import u_mA, u_mV, u_ns, u_uA, u_V
from scipy.integrate import solve_ivp

from ebana_core.errors import DataError, ParameterError

CELL = StanfordModel()
BOLTZMANN_OVER_CHARGE = 1.380649e-23 / 1.602176634e-19


def formulas(gap: float, current: float) -> tuple[float, float]:
    """The published velocity, m/s, and how far the field is above its threshold, V/m.

    The voltage is that at which the cell carries the current.
    """
    volts = CELL.V0 * math.asinh(abs(current) / CELL.I0 * math.exp(gap / CELL.g0))
    thermal = BOLTZMANN_OVER_CHARGE * (CELL.T_ini + CELL.Rth * abs(volts * current))
    gamma = CELL.gamma0 - CELL.beta * (gap / 1e-9) ** CELL.alpha
    hop = math.sinh(gamma * CELL.a0 / CELL.tox * volts / thermal)
    speed = CELL.Vel0 * math.exp(-CELL.Ea / thermal) * hop
    return -math.copysign(speed, current), gamma * volts / CELL.tox - CELL.F_min


def after(gap: float, current: float, duration: float) -> float:
    """Radau at a relative tolerance of 1e-10, up to where the field falls below its threshold."""

    def margin(_: float, y: Any) -> float:
        return formulas(y[0] * 1e-9, current)[1] / 1e9

    margin.terminal = True  # type: ignore[attr-defined]  # as scipy wants it
    if not current or margin(0.0, [gap * 1e9]) < 0:
        return gap
    found = solve_ivp(
        lambda _, y: [formulas(y[0] * 1e-9, current)[0] * duration * 1e9],
        (0, 1), [gap * 1e9], "Radau", rtol=1e-10, atol=1e-14, events=margin,
    )  # fmt: skip
    return float(np.clip(found.y[0, -1] * 1e-9, CELL.gap_min, CELL.gap_max))


@pytest.mark.parametrize(("amplitude", "start"), [(3e-3, 13e-10), (-3e-2, 6e-10)])
def test_a_current_moves_a_gap_as_a_stiff_solver_says(amplitude: float, start: float) -> None:
    """1e-5 of the largest change of the gap, as of `moved`."""
    wave = triangular(amplitude, 4e-8, n_steps=16)
    loop = sweep(CELL, wave, gap=start, drive="current")
    right = [start]
    for current in wave.voltages.tolist()[:-1]:
        right.append(after(right[-1], current, wave.step))
    assert np.ptp(right) > 1e-10
    assert np.abs(loop.gaps - right).max() <= 1e-5 * np.ptp(right)
    assert loop.currents == pytest.approx(wave.voltages, abs=0, rel=1e-15)
    carried = CELL.current(loop.voltages, loop.gaps)
    assert carried == pytest.approx(wave.voltages, rel=1e-9, abs=1e-20)


def test_many_cells_are_driven_as_each_alone() -> None:
    wave, gaps = triangular(5e-4, 2e-7, n_steps=16), np.array([[4e-10, 9e-10], [12e-10, 16e-10]])
    together = sweep(CELL, wave, gap=gaps, drive="current")
    assert together.voltages.shape == (16, 2, 2)
    for place in np.ndindex(2, 2):
        alone = sweep(CELL, wave, gap=gaps[place], drive="current")
        assert (together.gaps[(slice(None), *place)] == alone.gaps).all()
    together.plot()


def test_no_cell_is_driven_by_more_than_it_can_carry() -> None:
    with pytest.raises(ParameterError, match="needs a voltage beyond 25 V"):
        sweep(CELL, triangular(1e50, 1e-7, n_steps=4), drive="current")
    with pytest.raises(ParameterError, match="drive is 'power'"):
        sweep(CELL, triangular(1.0, 1e-7), drive="power")


def test_a_source_of_current_takes_no_compliance() -> None:
    with pytest.raises(ParameterError, match=r"compliance=1e-09"):
        sweep(CELL, triangular(1e-4, 1e-7, n_steps=4), drive="current", compliance=1e-9)


def test_waveforms_take_quantities_as_numbers() -> None:
    for amplitude, number in ((2 @ u_mV, 2e-3), (2 @ u_mA, 2e-3)):
        for make in (triangular, square):
            wave, plain = make(amplitude, 1 @ u_ns, n_steps=4), make(number, 1e-9, n_steps=4)
            assert (wave.voltages == plain.voltages).all()
            assert repr(wave.step) == repr(plain.step)
    times = {"width": 4 @ u_ns, "period": 8 @ u_ns, "step": 1 @ u_ns, "edge": 1 @ u_ns}
    wave = pulses(2 @ u_V, delay=2 @ u_ns, **times)
    plain = pulses(2.0, width=4e-9, period=8e-9, step=1e-9, edge=1e-9, delay=2e-9)
    assert (wave.voltages == plain.voltages).all()
    limited = sweep(CELL, triangular(2.0, 1e-7, n_steps=8), compliance=1 @ u_uA)
    assert np.abs(limited.currents).max() == 1e-6


@pytest.mark.parametrize("height", ["a", None, float("nan"), 1 @ u_ns])
def test_another_height_of_a_waveform_than_volts_or_amperes_is_refused(height: Any) -> None:
    for make in (triangular, square):
        with pytest.raises(ParameterError, match="amplitude"):
            make(height, 1e-9)
    with pytest.raises(ParameterError, match="level"):
        pulses(height, width=1e-9, period=2e-9, step=1e-9)


def test_pulses_rise_and_fall_in_their_edges_after_a_delay() -> None:
    wave = pulses(2.0, width=4e-9, period=8e-9, step=1e-9, edge=1e-9, delay=2e-9, n_pulses=2)
    one = [0, 2, 2, 2, 0, 0, 0, 0]  # a pulse of 4 ns, of which both edges are one each
    assert wave.voltages == pytest.approx([0, 0, *one, *one], abs=1e-9)
    fine = pulses(2.0, width=4e-9, period=8e-9, step=1e-11, edge=1e-9, delay=2e-9, n_pulses=2)
    assert fine.voltages[250] == pytest.approx(1.0, abs=1e-6)  # half of the edge from 2 to 3 ns
    steps = [abs(b - a) for a, b in pairwise(fine.voltages)]
    assert max(steps) == pytest.approx(0.02, abs=1e-6)


@pytest.mark.parametrize("n_pulses", [1, 1000])
def test_pulses_without_edges_are_square_to_the_step(n_pulses: int) -> None:
    wave = pulses(1.0, width=3e-7, period=1e-6, step=1e-7, n_pulses=n_pulses)
    assert (wave.voltages.reshape(n_pulses, 10) == [1] * 3 + [0] * 7).all()


def test_waveforms_are_joined_where_their_steps_agree() -> None:
    first, second = square(1.0, 1e-6, n_steps=4), triangular(1.0, 1e-6, n_steps=4)
    whole = joined(first, second)
    assert whole.voltages.tolist() == [*first.voltages, *second.voltages]
    with pytest.raises(DataError, match="steps"):
        joined(first, square(1.0, 1e-6, n_steps=5))
    with pytest.raises(DataError, match="steps"):
        joined()


@pytest.mark.parametrize(
    "settings",
    [
        {"width": 0.0}, {"width": 2e-6}, {"edge": 0.6e-6}, {"edge": -1.0}, {"delay": -1e-9},
        {"step": 0.0}, {"n_pulses": 0}, {"period": float("nan")},
    ],
)  # fmt: skip
def test_pulses_that_cannot_be_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ParameterError, match=next(iter(settings)).replace("width", "width|period")):
        pulses(1.0, **{"width": 1e-6, "period": 1.5e-6, "step": 1e-7, **settings})
