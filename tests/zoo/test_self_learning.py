"""What the experiments on self-learning networks make of their curves."""

import numpy as np
import pytest

from ebana_core.zoo.disordered import straightness
from ebana_core.zoo.stern2024 import saved_exponent

PRICES = np.geomspace(0.1, 0.01, 5)


@pytest.mark.parametrize("exponent", [1.0, 0.5])
def test_the_exponent_of_saved_power_needs_no_power_at_no_price(exponent: float) -> None:
    powers = 3e-5 - 2e-6 * PRICES**exponent
    # Differences of 1e-8 in 1e-5 keep eight digits.
    assert saved_exponent(PRICES, powers) == pytest.approx(exponent, rel=1e-6, abs=0)


def test_a_power_that_rises_with_the_price_has_no_exponent() -> None:
    powers = 3e-5 - 2e-6 * PRICES
    powers[0] = 4e-5  # a network that has not settled
    assert saved_exponent(PRICES, powers) == 0.0


def test_a_line_explains_an_exponential_and_no_power_law() -> None:
    steps = np.arange(100)
    slope, straight = straightness(0.3 * np.exp(-0.07 * steps))
    assert (slope, straight) == pytest.approx((-0.07, 1.0), rel=1e-9, abs=0)
    assert straightness(1 / (1 + steps) ** 2)[1] < 0.9
