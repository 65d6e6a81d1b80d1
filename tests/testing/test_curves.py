"""Curves that fall, jump, or are not what they claim to be."""

from typing import Any

import numpy as np
import pytest

from ebana_core.arrays import Array, Values
from ebana_core.laws import Law, Ohm
from ebana_core.testing import curves
from tests.support.laws import Bent, device, law, of_current


def dip(drop: Array) -> Array:
    """Half a millivolt wide, between the examined drops."""
    return drop - 0.002 * np.exp(-(((drop - 0.306) / 0.0005) ** 2))


def beyond(drop: Array) -> Array:
    """Falls above 1 V."""
    return drop - drop**3 / 3


def ramp(drop: Array) -> Array:
    return np.maximum(drop - 0.3, 0.0)


def steep(drop: Array) -> Array:
    return np.expm1(drop / 0.005)


@pytest.mark.parametrize("right", [Bent(), of_current(ramp), of_current(steep), Ohm()])
def test_right_curves_pass(right: Law) -> None:
    given = device(right, conductance=1e-6) if isinstance(right, Ohm) else device(right)
    curves.check_monotone(given)
    curves.check_continuous(given)
    curves.check_claims(given)


@pytest.mark.parametrize(("current", "place"), [(dip, "0.30"), (beyond, "[-0-9.]+"), (np.sin, "")])
def test_a_falling_current_is_found_between_and_beyond_the_drops(current: Any, place: str) -> None:
    with pytest.raises(AssertionError, match=f"current falls from .* V and {place}"):
        curves.check_monotone(device(of_current(current)))


def test_a_jump_is_told_with_both_sides() -> None:
    def jump(drop: Array) -> Array:
        return np.where(drop > 0.2, drop + 0.1, drop)

    words = "current jumps from 2e-07 A to 3e-07 A at 0.2000000"
    with pytest.raises(AssertionError, match=words):
        curves.check_continuous(device(of_current(jump)))


def test_a_jump_beyond_the_drops_is_found() -> None:
    def jump(drop: Array) -> Array:
        return drop + np.where(drop > 2.5, 1e-5, 0.0)

    with pytest.raises(AssertionError, match=r"at 2\.5"):
        curves.check_continuous(device(of_current(jump)))


def test_claims_that_are_not_true_are_refused() -> None:
    with pytest.raises(AssertionError, match="is_piecewise_linear is True and slope goes on chang"):
        curves.check_claims(device(law(is_piecewise_linear=True)))
    with pytest.raises(AssertionError, match="always_conducts is True and slope is 0 S"):
        curves.check_claims(device(of_current(ramp, always_conducts=True)))


def test_a_law_that_claims_to_be_ohmic_has_a_conductance_that_is_its_whole_current() -> None:
    with pytest.raises(AssertionError, match=r"is_ohmic is True and the law's values are \['G'\]"):
        curves.check_claims(device(of_current(ramp, is_ohmic=True)))

    def bent(self: Law, drop: Array, values: Values) -> Array:
        return values["conductance"] * ramp(drop)

    claimed = law(values=Ohm.values, current=bent, is_ohmic=True)
    with pytest.raises(AssertionError, match="is_ohmic is True and current is 0 A"):
        curves.check_claims(device(claimed, conductance=1e-6))


def test_piecewise_linear_laws_by_their_current_alone_pass() -> None:
    curves.check_claims(device(of_current(ramp, is_piecewise_linear=True)))


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ((0.3, 0.0, 2e-6), "the lines of pieces carry"),
        ((0.3, 2e-6, 1e-6), "pieces has slope"),
        (0.3, "return the knee, the slope below it and the slope above"),
    ],
)
def test_pieces_that_are_not_the_current_are_refused(pieces: Any, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        curves.check_pieces(device(of_current(ramp, pieces=lambda _, values: pieces)))
    curves.check_pieces(device(of_current(ramp, pieces=lambda _, values: (0.3, 0.0, 1e-6))))
