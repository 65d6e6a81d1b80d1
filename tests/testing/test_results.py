"""A law that does not answer with numbers is told so."""

import math
from typing import Any

import numpy as np
import pytest

from ebana_core.testing.results import check_results
from tests.support.laws import Bent, device, law


def test_a_right_law_passes() -> None:
    check_results(device(Bent()))


def _bent(drop: Any, values: Any) -> Any:
    return values["G"] * values["V0"] * np.arcsinh(drop / values["V0"])


class Counting(Bent):
    """A law that remembers how often it was asked."""

    n = 0

    def current(self, drop: Any, values: Any) -> Any:
        Counting.n += 1
        return _bent(drop, values) * (1 + 1e-6 * Counting.n)


def _in_place(_: Any, drop: Any, values: Any) -> Any:
    drop /= values["V0"]
    return drop


def _into_values(_: Any, drop: Any, values: Any) -> Any:
    values["G"] = 2 * values["G"]
    return _bent(drop, values)


def _by_if(_: Any, drop: Any, values: Any) -> Any:
    return values["G"] * drop if drop > 0 else 0 * drop


@pytest.mark.parametrize(
    ("current", "words"),
    [
        (lambda _, drop, values: _bent(drop, values).sum(), r"current returns the shape \(\)"),
        (lambda _, drop, values: _bent(drop, values)[None], r"returns the shape \(1, 161\)"),
        (lambda _, drop, values: _bent(drop, values).astype(np.float32), "float32 numbers"),
        (lambda _, drop, values: _bent(drop, values).astype(complex), "complex128 numbers"),
        (lambda _, drop, values: _bent(drop, values).tolist(), "current returns a list"),
        (lambda _, drop, values: None, "current returns nothing; end it with `return`"),
        (lambda _, drop, values: values["G"] * math.asinh(drop), "not math.exp"),
        (lambda _, drop, values: values["g"] * drop, r"values are \['G', 'V0'\]"),
        (lambda _, drop, values: np.log1p(drop / 0.1), "current is nan at a drop of -0.798"),
        (lambda _, drop, values: drop**2 / drop, "current is nan at a drop of 0 V"),
        (lambda _, drop, values: _bent(drop - drop.mean(), values), "asked with fewer drops"),
        (lambda _, drop, values: np.gradient(drop) * drop, "asked with fewer drops|raises"),
        (_in_place, "leave `drop` and `values` as they are"),
        (_into_values, "leave `values` as they are"),
        (_by_if, r"write namespace\(drop\).where"),
    ],
)
def test_what_is_no_number_per_drop_is_named(current: Any, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        check_results(device(law(current=current)))


def test_a_law_with_a_memory_is_found() -> None:
    with pytest.raises(AssertionError, match="asked twice; compute it from that drop"):
        check_results(device(Counting()))


def test_a_slope_of_another_shape_is_named() -> None:
    with pytest.raises(AssertionError, match=r"slope returns the shape \(\)"):
        check_results(device(law(slope=lambda _, drop, values: values["G"])))
