"""Laws that claim to follow the array API, and do not."""

import sys
from typing import Any

import numpy as np
import pytest

from ebana_core.arrays import namespace
from ebana_core.errors import MissingLibraryError
from ebana_core.laws.junction import Junction
from ebana_core.testing.array_api import check_array_api
from tests.support.laws import Bent, device, law


def test_what_examines_them_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "array_api_strict", None)
    with pytest.raises(MissingLibraryError, match="array-api-strict; it is not installed") as told:
        check_array_api(device(law(follows_array_api=True)))
    assert told.value.fix == "pip install ebana-core[testing]"
    check_array_api(device(law()))  # nothing is claimed, nothing is missed


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
    return namespace(drop).astype(drop, namespace(drop).float64)


def _constant(_: Any, drop: Any, values: Any) -> Any:
    return drop * np.array([1.0, 2.0, 3.0])


def _other(_: Any, drop: Any, values: Any) -> Any:
    return namespace(drop).arcsinh(drop)


def _method(_: Any, drop: Any, values: Any) -> Any:
    return values["G"] * drop if (drop > 0).any() else drop


def _numpys_number(_: Any, drop: Any, values: Any) -> Any:
    return np.float64(2.0) * values["G"] * drop


def _elsewhere(_: Any, drop: Any, values: Any) -> Any:
    return drop + namespace(drop).zeros(3)  # on the default device


@pytest.mark.parametrize(
    ("current", "words"),
    [
        (lambda _, drop, values: values["G"] * np.arcsinh(drop), "current raises"),
        (_float64, "current raises"),
        (_widened, "current returns .*float64 numbers for drops of float32"),
        (_constant, "current raises"),
        (_other, "current raises AttributeError"),
        (_method, "current raises AttributeError"),
        (_numpys_number, "current raises"),
        (_elsewhere, "current raises"),
    ],
)
def test_numpy_in_a_law_of_any_library_is_found(current: Any, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        check_array_api(claiming(current))


def test_the_slope_counts_too() -> None:
    wrong = claiming(Bent.current, slope=lambda _, drop, values: np.cosh(drop))
    with pytest.raises(AssertionError, match="follows_array_api is True and slope raises"):
        check_array_api(wrong)
