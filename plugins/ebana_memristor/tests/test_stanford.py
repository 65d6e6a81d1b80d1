"""The Stanford cell behaves as its published parameters say."""

import re
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from ebana_memristor import (
    Loop,
    ReadDisturb,
    Stanford,
    StanfordModel,
    custom,
    square,
    sweep,
    triangular,
)

from ebana_core.errors import DataError, ParameterError

mpl.use("Agg")

CELL = StanfordModel()


@pytest.fixture(scope="module")
def loop() -> Loop:
    return sweep(CELL, triangular(2.0, 2e-6, n_periods=2, n_steps=20_000))


def test_the_loop_is_pinched(loop: Loop) -> None:
    crossing = np.abs(loop.voltages) < 1e-12
    assert crossing.sum() >= 3
    assert np.abs(loop.currents[crossing]).max() <= 1e-14
    forward = np.interp(0.5, loop.voltages[:5000], loop.currents[:5000])
    back = np.interp(-0.5, -loop.voltages[5000:10_000], loop.currents[5000:10_000])
    assert back > 50 * forward


def test_positive_voltages_set_and_negative_ones_reset(loop: Loop) -> None:
    first, second = loop.gaps[:10_000], loop.gaps[10_000:20_000]
    assert (np.diff(first) <= 0).all()
    assert (np.diff(second) >= 0).all()
    assert first[-1] == CELL.gap_min
    assert second[-1] > 5 * CELL.gap_min


def test_gaps_stop_at_their_limits() -> None:
    assert CELL.moved(np.array(3e-10), 2.5, 1.0) == CELL.gap_min
    assert CELL.moved(np.array(3e-10), -2.5, 1.0) == CELL.gap_max
    low = sweep(CELL, square(2.5, 1e-5, n_steps=2000))
    assert low.gaps.min() >= CELL.gap_min
    assert low.gaps.max() <= CELL.gap_max


def test_a_small_voltage_reads_and_moves_nothing() -> None:
    gap = np.linspace(CELL.gap_min, CELL.gap_max, 7)
    assert np.array_equal(CELL.moved(gap, 0.1, 1.0), gap)
    read = CELL.current(1e-4, gap) / 1e-4
    assert read == pytest.approx(CELL.I0 * np.exp(-gap / CELL.g0) / CELL.V0, rel=1e-6, abs=0)
    assert CELL.gap_of(CELL.conductance(gap)) == pytest.approx(gap, rel=1e-12, abs=0)


def test_the_velocity_is_the_published_formula() -> None:
    gap, voltage, q, k = 8e-10, 1.4, 1.602176634e-19, 1.380649e-23
    current = 1e-3 * np.exp(-gap / 0.25e-9) * np.sinh(voltage / 0.25)
    temperature = 298.15 + abs(voltage * current * 2.1e3)
    gamma = 16 - 0.8 * 0.8**3
    speed = -10 * np.exp(-q * 0.6 / (k * temperature))
    speed *= np.sinh(gamma * 0.25e-9 / 12e-9 * q * voltage / (k * temperature))
    step = 1e-12
    moved = CELL.moved(np.array(gap), voltage, step)
    assert (moved - gap) / step == pytest.approx(speed, rel=1e-4, abs=0)


@pytest.mark.parametrize(
    ("voltage", "duration", "conductance"),
    [(-1.3, 1e-7, 1e-3), (-1.5, 1e-9, 1.5e-3), (1.4, 1e-10, 3e-4)],
)
def test_one_long_step_is_many_short_ones(
    voltage: float, duration: float, conductance: float
) -> None:
    gap = CELL.gap_of(np.array(conductance))
    fine = gap
    for _ in range(5000):
        fine = CELL.moved(fine, voltage, duration / 5000)
    assert CELL.moved(gap, voltage, duration) == pytest.approx(fine, rel=5e-3, abs=0)


def test_heat_is_limited_by_the_compliance() -> None:
    gap = np.array(4e-10)
    free, limited = (CELL.moved(gap, 1.5, 1e-12, compliance=c) for c in (np.inf, 1e-6))
    assert abs(free - gap) > 2 * abs(limited - gap)


def test_fluctuations_are_centered_and_grow_with_the_heat() -> None:
    rng, gap = np.random.default_rng(0), np.full(20_000, 8e-10)
    sure, cold, hot = (
        CELL.moved(gap, v, 1e-10, rng=r) - CELL.moved(gap, v, 1e-10)
        for v, r in ((1.0, None), (0.5, rng), (1.6, rng))
    )
    assert not sure.any()
    onset = 1 + np.exp((450 - 298.15) / 500)
    assert cold.std() == pytest.approx(0.02e-10 / onset, rel=0.03, abs=0)
    assert abs(cold.mean()) < 4 * cold.std() / np.sqrt(len(gap))
    assert hot.std() > cold.std()


def test_a_crossbar_moves_like_its_cells() -> None:
    rng = np.random.default_rng(1)
    gap, volts = rng.uniform(3e-10, 16e-10, (300, 200)), rng.uniform(-2, 2, (300, 200))
    together = CELL.moved(gap, volts, 1e-10)
    for place in ((0, 0), (137, 42), (299, 199)):
        assert together[place] == CELL.moved(gap[place], volts[place], 1e-10)


@pytest.mark.parametrize(
    ("made", "match"),
    [
        (lambda: StanfordModel(g0=0.0), "g0=0.0"),
        (lambda: StanfordModel(gap_min=2e-9), "gap_min=2e-09"),
        (lambda: CELL.gap_of(1.0), "No gap gives the conductance 1.0 S"),
        (lambda: CELL.gap_of(float("nan")), "No gap gives the conductance nan S"),
        (lambda: sweep(CELL, square(1.0, 1.0), gap=5e-9), "A gap is 5e-09 m"),
        (lambda: CELL.moved(np.array(5e-10), 1.0, 0.0), "duration=0.0"),
        (lambda: CELL.moved(np.array(5e-10), np.nan, 1.0), "voltage of nan V"),
        (lambda: CELL.moved(np.array(5e-10), 60.0, 1.0), "voltage of 60.0 V"),
        (lambda: CELL.moved(np.array(5e-10), 1.0, np.inf), "duration=inf"),
        (lambda: CELL.moved(np.array([5e-10, 5e-9]), 1.0, 1.0), "A gap is 5e-09 m"),
        (lambda: triangular(1.0, 1.0, n_steps=10.5), "n_steps=10.5"),  # type: ignore[arg-type]
        (lambda: triangular(1.0, 0.0), "period=0.0"),
        (lambda: custom([0, 1], [0, 1], 0.0), "step=0.0"),
    ],
)
def test_what_no_cell_can_be_is_named(made: object, match: str) -> None:
    with pytest.raises(ParameterError, match=match):
        made()  # type: ignore[operator]  # a function


def test_a_custom_waveform_runs_between_its_points() -> None:
    found = custom([0.0, 1.0, 3.0], [0.0, 2.0, 0.0], 0.5)
    assert found.voltages.tolist() == [0.0, 1.0, 2.0, 1.5, 1.0, 0.5]
    with pytest.raises(DataError, match="ascending"):
        custom([0, 0], [1, 2], 0.1)


def test_the_loop_is_drawn(loop: Loop) -> None:
    axes = loop.plot()
    assert axes.get_xlabel() == "voltage"
    assert axes.get_ylim()[0] > 1e-9, "the needle at 0 V would squeeze the lobes"
    straight = loop.plot(scale="linear")
    assert straight.get_ylabel() == "current"
    with pytest.raises(ParameterError, match="scale is 'logarithmic'"):
        loop.plot(scale="logarithmic")


def test_the_readme_runs() -> None:
    page = (Path(__file__).parent.parent / "README.md").read_text()
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(compile(block, "README.md", "exec"), {})


@pytest.mark.parametrize("factor", [0.5, 0.9, 1.1, 2.0])
def test_a_cell_of_another_current_has_another_gap(factor: float) -> None:
    """The current falls by e over every g0 of gap, at any voltage."""
    cell = Stanford()
    gap = np.linspace(cell.model.gap_min + cell.model.g0, cell.model.gap_max, 5)
    conductance = cell.conductance_of(cell.scaled(gap, np.full(5, factor)))
    assert conductance == pytest.approx(factor * cell.conductance_of(gap), rel=1e-12, abs=0)


def test_a_gap_is_disturbed_by_as_many_reads_as_there_are() -> None:
    cell, disturb = Stanford(), ReadDisturb(voltage=1.4, duration=1e-11)
    gap = np.full(3, (cell.model.gap_min + cell.model.gap_max) / 2)
    thrice = disturb.after_reads(gap, cell, 3)
    assert thrice == pytest.approx(cell.model.moved(gap, 1.4, 3e-11), rel=1e-12, abs=0)
    assert (thrice < disturb.after_reads(gap, cell, 1)).all()
