"""Where devices are evaluated in a search that goes from tangent to tangent."""

import math

import numpy as np
import pytest
from ebana_diode_mos.exponential import Antiparallel, Shockley
from scipy.optimize import brentq

from ebana_core import Model
from ebana_core.arrays import Array
from ebana_core.laws.diode_numbers import DiodeNumbers
from ebana_core.laws.junction import Junction
from ebana_core.laws.law import Law
from ebana_core.laws.limiting import (
    LimitedJunction,
    critical_voltage,
    kept_promise,
    limited,
    limited_voltages,
)
from ebana_core.layers import CurrentLayer, InputVoltageLayer, SpiceBlock

VT = 0.025864917007157463
"""kT/q at 27 °C, V."""
DROPS = np.array([[-30.0, -1.0, -0.1, 0.0, 0.3, 0.7, 2.0]])
ZENER = Junction(DiodeNumbers(bv=5.0))
LAWS = (Junction(), ZENER, Shockley(), Antiparallel())


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_a_device_that_stays_is_evaluated_where_it_is(law: Law) -> None:
    values = {item.name: np.array(item.default) for item in law.values}
    with np.errstate(over="ignore", invalid="ignore"):  # -30 V breaks a zener beyond all numbers
        where, _ = law.near(DROPS, None, values)
        for _ in range(200):
            where, near = law.near(DROPS, where, values)
    assert (near == DROPS).all()


def test_a_junction_grows_by_the_logarithm_of_what_is_wished() -> None:
    critical = float(critical_voltage(1e-14, VT))
    near = limited(np.array([100.0]), np.array([critical]), critical, VT)
    assert near[0] == pytest.approx(
        critical + VT * (2 + math.log((100 - critical) / VT - 2)), rel=1e-12, abs=0
    )
    # A current of at most exp(2) times what the tangent says.
    assert math.exp((near[0] - critical) / VT) <= math.exp(2) * (100 - critical) / VT


def test_a_law_without_formulas_carries_what_its_tangent_promised() -> None:
    law, values = Shockley(), {"IS": np.array(1e-12), "a": np.array(0.02), "V_off": np.array(0.0)}
    before, wished = np.array([[0.5]]), np.array([[50.0]])
    _, near = law.near(wished, before, values)
    promised = law.slope(before, values) * (wished - before)
    carried = law.current(near, values) - law.current(before, values)
    assert 0.8 < carried[0, 0] / (2 * promised[0, 0]) <= 1


def test_a_promise_is_looked_for_no_finer_than_the_next_tangent_needs() -> None:
    asked = []

    def current(drop: Array) -> Array:
        asked.append(drop)
        return 1e-12 * np.expm1(drop / 0.02)

    start, wished = np.full((1, 3), 0.5), np.array([[0.5, 5.0, 500.0]])
    near = kept_promise(current, 1e-12 / 0.02 * np.exp(start / 0.02), start, wished)
    assert len(asked) < 30
    assert near[0, 0] == 0.5
    assert 0.5 < near[0, 1] < near[0, 2] < 1.0


def test_terminals_take_limited_voltages_and_others_keep_their_digits() -> None:
    junctions = [
        LimitedJunction(0, 1, 1, VT, 1e-14, conducts=True),
        LimitedJunction(0, 2, 2, VT, 1e-14),
    ]
    voltages = np.array([0.1 + 0.2, 0.0, -7.3])
    near, drops = limited_voltages(junctions, voltages, np.array([0.3, 0.7]))
    assert near[0] == voltages[0]
    assert near[1] == voltages[1]  # 0.3 V is no step
    assert near[2] == pytest.approx(voltages[0] - drops[1], rel=1e-12, abs=0)
    assert 0.7 < drops[1] < 1.0


@pytest.mark.parametrize("breakdown", [5.0, 80.0, 2200.0])
@pytest.mark.parametrize("resistance", [0.0, 5e-3, 0.46])
def test_breakdown_from_far_is_found_behind_any_conductance(
    breakdown: float, resistance: float
) -> None:
    card = f"is=1e-12 n=1.8 rs={resistance!r} bv={breakdown!r} ibv=1m"
    text = f".subckt s a\nd1 a 0 m\n.model m d({card})\n.ends\n"
    law = Junction(DiodeNumbers(bv=breakdown, ibv=1e-3))
    values = {
        "IS": np.array(1e-12),
        "N": np.array(1.8),
        "RS": np.array(resistance),
        "temperature": np.array(300.15),
    }
    drives = np.array([-2.0, -1.2, -1.001, -0.5, 0.1]) * breakdown
    for conductance in (1e-2, 1e-6):
        x = InputVoltageLayer(units=1, name="x", source_resistance=1 / conductance)
        act = SpiceBlock(name="act", subcircuit=text, inputs=("a",))(x)
        model = Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(act)])
        found = model.operating_points({"x": drives[:, None]}).at("act")[:, 0]
        for drive, voltage in zip(drives, found, strict=True):

            def left(v: float, drive: float = drive, g: float = conductance) -> float:
                with np.errstate(over="ignore", invalid="ignore"):
                    return float(law.current(np.array(v), values)) - g * (drive - v)

            right = brentq(left, min(drive, 0.0), max(drive, 0.0), xtol=1e-14, rtol=1e-15)
            assert voltage == pytest.approx(right, rel=1e-12, abs=1e-12)


def test_floating_transistors_are_found_from_far() -> None:
    """At ±5 V behind megohms all junctions of many of them are reversed or overdriven at once."""
    text = (
        ".subckt t c b e\nq1 c b e m\n"
        ".model m npn(is=2e-16 bf=83 br=10 rb=15 re=1.9 rc=0.13 vaf=39 var=34 ikf=0.16 ikr=0.25"
        " ise=1.6e-14 ne=1.78 isc=3.7e-17 nc=1.3)\n.ends\n"
    )
    rows = np.random.default_rng(0).uniform(-5, 5, (100, 3))
    x = InputVoltageLayer(units=3, name="x", source_resistance=1e6)
    act = SpiceBlock(name="q", subcircuit=text, inputs=("c", "b", "e"))(x)
    model = Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(act)])
    assert model.operating_points({"x": rows}).residual <= 1e-12
