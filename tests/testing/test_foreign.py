"""Laws that claim to follow the array API, and do not."""

from typing import Any

import numpy as np
import pytest

from ebana_core.arrays import namespace
from ebana_core.laws.junction import Junction
from ebana_core.testing.foreign import check_array_api
from tests.testing.laws import Bent, device, law


def claiming(current: Any, **changes: Any) -> Any:
    return device(law(current=current, follows_array_api=True, **changes))


def test_laws_that_follow_it_pass() -> None:
    check_array_api(device(law(follows_array_api=True)))
    check_array_api(device(Junction(), RS=10.0))


def test_laws_that_claim_nothing_are_not_asked() -> None:
    check_array_api(device(law(current=lambda _, drop, values: np.sinh(drop))))


def _float64(_: Any, drop: Any, values: Any) -> Any:
    return np.array(values["G"] * drop, dtype=np.float64)


def _widened(_: Any, drop: Any, values: Any) -> Any:
    return namespace(drop).asarray(drop, dtype=np.float64)


def _constant(_: Any, drop: Any, values: Any) -> Any:
    return drop * np.array([1.0, 2.0, 3.0])


def _other(_: Any, drop: Any, values: Any) -> Any:
    return namespace(drop).arcsinh(drop)


@pytest.mark.parametrize(
    ("current", "words"),
    [
        (lambda _, drop, values: values["G"] * np.arcsinh(drop), "current raises TypeError"),
        (_float64, "current raises TypeError"),
        (_widened, "current returns float64 numbers for drops of float32"),
        (_constant, "an array of NumPy meets one of another library"),
        (_other, "current raises AttributeError"),
    ],
)
def test_numpy_in_a_law_of_any_library_is_found(current: Any, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        check_array_api(claiming(current))


def test_the_slope_counts_too() -> None:
    wrong = claiming(Bent.current, slope=lambda _, drop, values: np.cosh(drop))
    with pytest.raises(AssertionError, match="follows_array_api is True and slope raises"):
        check_array_api(wrong)
