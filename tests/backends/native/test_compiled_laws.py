"""The laws that compiled code has once more are those of the laws themselves."""

import attrs
import numpy as np
import pytest

from ebana_core.backends.native.solvers.junction_kernel import EXACT, behind, diffusion, limited
from ebana_core.backends.native.solvers.transistor_kernel import add_transistors, channel
from ebana_core.laws import limiting, mosfet
from ebana_core.laws.diode_numbers import NUMBERS, diode_terms
from ebana_core.laws.diode_series import inner_drop
from ebana_core.laws.jets import inputs
from ebana_core.laws.mosfet import Mosfet1
from ebana_core.laws.mosfet_numbers import mosfet_of
from ebana_core.laws.spice_constants import JUMP, thermal_voltage
from ebana_core.laws.terminal_state import TerminalState
from ebana_core.laws.transistor import junction

NUMBERS_OF_CHANNEL = {"beta": 1e-3, "lambda": 0.05, "built_in": 0.5, "gamma": 0.4, "phi": 0.7}
SATURATION, VOLTAGE = 1e-12, 0.0259
CLOSE = 1e-12
"""Relative: the same sums, in another order."""


def test_a_channel_has_the_current_and_the_slopes_of_its_law() -> None:
    # Off, in the linear region and beyond pinch-off; a bulk in reverse, forward, and far forward.
    lowest, highest = (-1.0, 0.0, -2.0), (3.0, 3.0, 2.0)
    voltages = np.random.default_rng(0).uniform(lowest, highest, (400, 3))
    expected, terms = Mosfet1(1, NUMBERS_OF_CHANNEL).channel(*inputs(voltages))
    numbers = np.array([*NUMBERS_OF_CHANNEL.values()])
    found = np.array([channel(*own, numbers) for own in voltages])
    assert found[:, 0] == pytest.approx(expected.value, rel=CLOSE, abs=1e-18)
    slopes = found[:, 1:4].T
    assert slopes == pytest.approx(expected.slopes, rel=CLOSE, abs=1e-18)
    assert found[:, 4] == pytest.approx(terms, rel=CLOSE, abs=0)


@pytest.mark.parametrize("sign", [1, -1])
def test_rounding_of_a_transistor_at_its_threshold_is_that_of_its_law(sign: int) -> None:
    """At a threshold of 0 V: what its gate loses is not that of the voltages of terminals."""
    law = mosfet_of({"vto": 0.0, "gamma": 1.0, "is": 1e-30}, sign, {"w": 1e-4, "l": 1e-5}, 300.15)
    assert isinstance(law, Mosfet1)
    at = sign * np.array([0.3, 2e-6, 0.0, 0.0])  # drain, gate, source, bulk
    whole = at[[0, 1, 2, 3, 0, 2]]
    state = TerminalState(*law.with_gmin(0.0).at(whole[None]))
    expected = state.rounding(np.abs(whole)[None])[0, [mosfet.D1, mosfet.S1]]
    four, alone = np.arange(4)[None], np.ones((1, 4))
    nowhere = np.full((1, 1), -1), np.zeros((1, 2), dtype=np.int64), np.ones((1, 1))
    devices = np.zeros((1, 4)), law.with_gmin(0.0).table(1), (four, alone, *nowhere)
    sums = np.zeros(4), np.zeros(1), np.zeros(4)
    add_transistors(EXACT, at, (*devices, np.zeros((1, 2))), sums)
    assert sums[2][[0, 2]] == pytest.approx(expected, rel=1e-9, abs=0)
    assert (expected > 1e3 * state.at_terminals(np.abs(whole)[None])[0, [4, 5]]).all()


@pytest.mark.parametrize("has_tail", [False, True])
def test_a_junction_has_the_current_and_the_slope_of_its_law(has_tail: bool) -> None:
    jump = -3 * VOLTAGE - JUMP * np.array([-0.5, 0.0, 0.3, 0.9, 1.1])
    # 9 V: beyond the exponential.
    drops = np.concatenate([np.linspace(-2, 0.9, 100), jump, [9.0]])
    (drop,) = inputs(drops[:, None])
    expected = junction(drop, SATURATION, VOLTAGE, has_tail=has_tail)
    found = np.array([diffusion(u, SATURATION, VOLTAGE, has_tail) for u in drops])
    # Within the jump, drops that are rounded at 1e-17 V differ by 1e-10 of its width.
    assert found[:, 0] == pytest.approx(expected.value, rel=CLOSE, abs=1e-10 * SATURATION)
    assert found[:, 1] == pytest.approx(expected.slopes[0], rel=CLOSE, abs=0)


def test_a_junction_is_limited_as_its_law_is() -> None:
    rng = np.random.default_rng(0)
    wished, before = rng.uniform(-5, 5, (2, 400))
    critical = limiting.critical_voltage(SATURATION, VOLTAGE)
    expected = limiting.limited(wished, before, critical, VOLTAGE)
    pairs = zip(wished, before, strict=True)
    found = [limited(own, last, critical, VOLTAGE) for own, last in pairs]
    assert found == pytest.approx(expected, rel=CLOSE, abs=0)


@pytest.mark.parametrize("gmin", [1e-15, 1e-6])
@pytest.mark.parametrize("resistance", [0.0, 1.0, 1e4])
def test_the_drop_behind_a_resistance_is_that_of_its_law(resistance: float, gmin: float) -> None:
    values = {"IS": SATURATION, "N": 1.0, "RS": resistance, "temperature": 300.15}
    arrays = {name: np.array(value) for name, value in values.items()}
    terms = diode_terms(attrs.evolve(NUMBERS, gmin=gmin), arrays)
    voltage = float(thermal_voltage(np.array(300.15)))
    saturation = float(terms.diffusions[0].saturation)
    drops = np.linspace(-2, 5, 60)
    found = [behind(drop, 0.0, saturation, voltage, resistance, gmin) for drop in drops]
    # The last step is 1e-8 of the exponent's voltage, and squares in the drop that is left.
    assert found == pytest.approx(inner_drop(terms, drops), rel=1e-12, abs=1e-14)
