"""The measured table: what it keeps, how it goes on, and which tables it refuses."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer
from ebana_diode_mos.measured import MeasuredTable, checked_points

from ebana_core import Model
from ebana_core.errors import ParameterError, UnsupportedError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer

ONE = {"scale": np.array(1.0)}
TWO = {"voltages": [0.0, 1.0], "currents": [0.0, 1e-6]}


def network(seed: int = 0, units: int = 6, **settings: Any) -> Model:
    source = InputVoltageLayer(units=3, name="x")
    init = RandomUniform(1e-6, 1e-5)
    hidden = DenseLayer(units=units, name="d1", initializer=init)(source)
    bent = DiodeLayer(name="act", kind="table", **settings)(hidden)
    last = DenseLayer(units=2, name="d2", initializer=init)(bent)
    return Model(inputs=[source], outputs=[CurrentLayer(name="y")(last)], seed=seed)


def test_the_points_are_met_and_the_outer_lines_go_on() -> None:
    law = checked_points("A device", [-1.0, 0.0, 0.5], [-1e-6, 0.0, 4e-6])
    drops = np.array([-3.0, -1.0, 0.0, 0.5, 2.5])
    found = law.current(drops, ONE)
    # Slopes of 1 uS and 8 uS; products of short numbers, so that a few roundings are all.
    assert found == pytest.approx([-3e-6, -1e-6, 0.0, 4e-6, 20e-6], rel=1e-15, abs=1e-30)
    assert law.slope(drops, ONE) == pytest.approx([1e-6, 1e-6, 8e-6, 8e-6, 8e-6], rel=1e-15, abs=0)


def test_a_way_from_a_point_keeps_its_digits_to_both_sides() -> None:
    law = checked_points("A device", [-1.0, 0.3, 0.5], [-1e-6, 0.0, 4e-6])
    at = np.full(2, 0.3)
    change = np.array([1e-17, -1e-17])  # less than the last digit of 0.3
    slopes = np.array([4e-6 / 0.2, 1e-6 / 1.3])
    # Rounding of the voltages' differences.
    assert law.current_change(at, change, ONE) == pytest.approx(slopes * change, rel=1e-15, abs=0)


@pytest.mark.parametrize("seed", range(3))
def test_areas_and_changes_add_up_along_any_way(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = np.sort(rng.uniform(-1, 1, 30)), np.sort(rng.normal(0, 1e-5, 30))
    law = checked_points("A device", x, y)
    start, change = rng.uniform(-2, 2, (2, 4000))
    half = law.contrast("scale", start, change / 2, ONE)
    rest = law.contrast("scale", start + change / 2, change / 2, ONE)
    whole = law.contrast("scale", start, change, ONE)
    back = law.contrast("scale", start + change, -change, ONE)
    size = 4 * np.abs(y).max()
    # A few roundings of areas of this size.
    assert np.abs(half + rest - whole).max() <= 1e-14 * size
    assert np.abs(whole + back).max() <= 1e-14 * size
    # The scale's contrast is the difference of what the co-content makes of it.
    stored = law.co_content(start + change, ONE) - law.co_content(start, ONE)
    assert np.abs(whole - stored).max() <= 1e-14 * size
    plain = law.current(start + change, ONE) - law.current(start, ONE)
    assert np.abs(law.current_change(start, change, ONE) - plain).max() <= 1e-14 * size


@pytest.mark.parametrize(
    ("voltages", "currents"),
    [
        ([-1.0, 0.0, 1.0], [-1e-5, 0.0, 2e-5]),
        ([-0.7, 0.7], [-1e-5, 1e-5]),  # passes 0 V between points
        ([0.2, 0.9], [1e-6, 4.5e-6]),  # and before the first one
        ([-0.5, 3e-13, 0.5], [-1e-6, 1e-6, 2e-6]),  # an instrument's zero
    ],
)
@pytest.mark.parametrize("size", [1.0, 1e-6, 1e-9, 1e-15])
def test_the_smallest_drops_keep_their_digits(
    voltages: list[float], currents: list[float], size: float
) -> None:
    model = network(direction=["down", "up"] * 3, voltages=voltages, currents=currents)
    inputs = {"x": size * np.random.default_rng(0).uniform(-1, 1, (20, 3))}
    assert model.operating_points(inputs).residual <= 1e-12


@pytest.mark.ngspice
@pytest.mark.parametrize("seed", range(4))
def test_random_tables_are_solved_alike_by_both_simulators(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n_points = int(rng.integers(2, 60))
    x, y = np.cumsum(rng.exponential(0.1, n_points)), np.cumsum(rng.exponential(1e-5, n_points))
    y[rng.random(n_points) < 0.3] = 0.0
    settings = {"voltages": x - x.mean(), "currents": np.maximum.accumulate(y) - y[-1] / 2}
    direction = ["down", "up"] * 3
    scale = {"scale": rng.uniform(0.2, 5.0, 6)}
    model = network(seed, direction=direction, param=scale, **settings)
    inputs = {"x": rng.uniform(-3, 3, (40, 3))}
    found = model.operating_points(inputs)
    assert found.residual <= 1e-12
    expected = model.operating_points(inputs, "ngspice")
    # Both agree to the rounding of volts; the points have no more digits than ngspice reads.
    assert np.abs(found.voltages - expected.voltages).max() <= 1e-12


@pytest.mark.ngspice
def test_a_long_table_with_all_its_digits_is_one_law_in_both_simulators() -> None:
    voltages = np.linspace(-1, 1, 1201) * (1 + 1e-9 / 3)
    model = network(
        direction="down", voltages=voltages, currents=1e-7 * np.sinh(voltages / 0.1) + 1e-9 / 3
    )
    inputs = {"x": np.random.default_rng(0).uniform(-3, 3, (20, 3))}
    found, expected = (model.operating_points(inputs, name) for name in ("native", "ngspice"))
    assert np.abs(found.voltages - expected.voltages).max() <= 1e-12


def test_a_table_of_a_formula_approaches_the_formula_with_its_points() -> None:
    rng = np.random.default_rng(0)
    inputs = {"x": rng.uniform(-1, 1, (20, 3))}
    source = InputVoltageLayer(units=3, name="x")
    init = RandomUniform(1e-6, 1e-5)
    hidden = DenseLayer(units=6, name="d1", initializer=init)(source)
    pair = DiodeLayer(name="act", kind="antiparallel", param={"IS": 1e-7, "a": 0.1})(hidden)
    last = DenseLayer(units=2, name="d2", initializer=init)(pair)
    exact = Model(inputs=[source], outputs=[CurrentLayer(name="y")(last)], seed=0)
    errors = []
    for n_points in (50, 100, 200):
        x = np.linspace(-1, 1, n_points + 1)
        model = network(direction="down", voltages=x, currents=2e-7 * np.sinh(x / 0.1))
        for name in ("d1.conductance", "d2.conductance"):
            model.parameters[name] = exact.parameters[name]
        found = model.operating_points(inputs).voltages
        errors.append(np.abs(found - exact.operating_points(inputs).voltages).max())
    # Straight lines are off by the square of their length; two thirds of a factor 4 leave room for
    # where the points happen to lie.
    assert errors[0] > 2.6 * errors[1] > 2.6**2 * errors[2]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"voltages": [0.0, 1.0]}, "no currents"),
        ({"currents": [0.0, 1.0]}, "no voltages"),
        ({"voltages": [0.0], "currents": [0.0]}, r"shape \(1,\)"),
        ({"voltages": [0.0, 1.0, 2.0], "currents": [0.0, 1.0]}, r"shape \(3,\)"),
        ({"voltages": [[0.0, 1.0]], "currents": [[0.0, 1.0]]}, r"shape \(1, 2\)"),
        ({"voltages": 3.0, "currents": 4.0}, r"shape \(\)"),
        ({"voltages": [1.0, 0.0], "currents": [0.0, 1.0]}, r"voltages\[1\]=0 V behind 1 V"),
        ({"voltages": [0.0, 0.0], "currents": [0.0, 1.0]}, r"voltages\[1\]"),
        ({"voltages": [1.0, 1.0 + 1e-13], "currents": [0.0, 1.0]}, r"voltages\[1\]"),
        ({"voltages": [0.0, 1.0, 2.0], "currents": [0.0, 2.0, 1.0]}, "falls from 2 A at 1 V"),
        ({"voltages": [0.0, np.nan], "currents": [0.0, 1.0]}, r"voltages\[1\]=nan"),
        ({"voltages": [0.0, 1.0], "currents": [0.0, np.inf]}, r"currents\[1\]=inf"),
        ({"voltages": ["a", "b"], "currents": [0.0, 1.0]}, "not an array of numbers"),
        ({"voltages": [0.0, 1e-99], "currents": [0.0, 1e99]}, "steeper"),
        ({**TWO, "direction": None}, "needs a direction"),
        ({**TWO, "param": {"VTH": 1.0}}, "belongs to 'behavioral'"),
        ({**TWO, "param": {"scale": 0.0}}, "above 0"),
    ],
)
def test_a_wrong_table_is_refused_by_what_is_wrong_with_it(
    settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(ParameterError, match=words):
        DiodeLayer(name="act", kind="table", **{"direction": "down", **settings})


def test_a_table_too_long_for_another_simulators_words_says_how_to_write_it(tmp_path: Path) -> None:
    x = np.linspace(-1, 1, 400)
    model = network(direction="down", voltages=x, currents=1e-5 * x)
    with pytest.raises(UnsupportedError, match=r"'ngspice', or .* fewer points of a table"):
        model.write_netlist(tmp_path / "long.cir", {"x": [0.1, 0.2, 0.3]}, dialect="ltspice")
    assert not any(tmp_path.iterdir())


def test_points_of_another_kind_are_refused() -> None:
    with pytest.raises(ParameterError, match="belong to kind 'table'"):
        DiodeLayer(name="act", kind="shockley", direction="down", voltages=[0.0, 1.0])
    with pytest.raises(ParameterError, match="belongs to 'table'"):
        DiodeLayer(name="act", kind="shockley", direction="down", param={"scale": 1.0})


def test_a_table_stays_as_it_was_given() -> None:
    voltages = np.array([0.0, 1.0])
    layer = DiodeLayer(
        name="act", kind="table", direction="down", voltages=voltages, currents=[0, 1e-6]
    )
    voltages[:] = 7.0
    assert layer.law == MeasuredTable((0.0, 1.0), (0.0, 1e-6))
