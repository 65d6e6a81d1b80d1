"""The narrowest window that learns follows from the accuracies of all wider ones."""

import pytest

from ebana_core.errors import ParameterError
from ebana_core.zoo.doell2025 import ends, narrowest


@pytest.mark.parametrize(
    ("accuracies", "found"),
    [((95.0, 91.0, 90.0), 0.5), ((95.0, 91.0, 89.0), 1.0), ((95.0, 80.0, 95.0), 2.0)],
)
def test_the_narrowest_window_has_none_beside_it_that_fails(
    accuracies: tuple[float, ...], found: float
) -> None:
    assert narrowest((2.0, 1.0, 0.5), accuracies) == found


def test_a_study_without_a_window_that_learns_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"With 2 decades, 50\.0 % of the test flowers"):
        narrowest((2.0, 1.0), (50.0, 95.0))


def test_a_window_lies_about_its_middle() -> None:
    low, high = ends(2.0)
    assert low == pytest.approx(3e-7, rel=1e-14, abs=0)
    assert high == pytest.approx(3e-5, rel=1e-14, abs=0)
