"""Values and objects as users hand them over are taken or refused by name."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ebana_core.checking import (
    LARGEST,
    as_number,
    as_whole,
    check_truth,
    check_word,
    checked_number,
    checked_numbers,
    checked_whole,
)
from ebana_core.errors import EbanaError
from ebana_core.objects import checked_instances, checked_list, checked_mapping, checked_names


@pytest.mark.parametrize(
    "check",
    [
        lambda: check_truth(1, "it"),
        lambda: check_truth("no", "it"),
        lambda: check_truth(None, "it"),
        lambda: check_word("b", "it", ("a",)),
        lambda: check_word(["a"], "it", ("a",)),
        lambda: checked_number(True, "it", "fix"),
        lambda: checked_number("1", "it", "fix"),
        lambda: checked_number(float("nan"), "it", "fix"),
        lambda: checked_number(0.0, "it", "fix", above=0.0),
        lambda: checked_number(-0.1, "it", "fix", at_least=0.0),
        lambda: checked_number(1.1, "it", "fix", at_most=1.0),
        lambda: checked_number(2 * LARGEST, "it", "fix"),
        lambda: checked_whole(True, "it"),
        lambda: checked_whole(2.0, "it"),
        lambda: checked_whole(0, "it"),
        lambda: checked_whole(4, "it", at_most=3),
        lambda: checked_numbers([True], "it"),
        lambda: checked_numbers([1.0, "2"], "it"),
        lambda: checked_numbers([1j], "it"),
        lambda: checked_numbers([[1.0], [1.0, 2.0]], "it"),
        lambda: checked_numbers(np.ma.masked_array([1.0, 2.0], [True, False]), "it"),
        lambda: checked_list("ab", "it", "fix"),
        lambda: checked_list({"a": 1}, "it", "fix"),
        lambda: checked_list(3, "it", "fix"),
        lambda: checked_names(["a", 3], "it"),
        lambda: checked_names([], "it", at_least=1),
        lambda: checked_instances([1.0, "a"], float, "it", "fix"),
        lambda: checked_mapping([("a", 1)], "it", "fix"),
    ],
)
def test_what_it_cannot_be_is_refused_by_name(check: Callable[[], Any]) -> None:
    with pytest.raises(EbanaError, match=r"^it ") as caught:
        check()
    assert caught.value.fix


def test_what_it_can_be_is_taken() -> None:
    check_truth(np.bool_(False), "it")
    check_word("a", "it", ("a", "b"))
    assert checked_number(np.float32(0.5), "it", "fix", above=0.0, at_most=0.5) == 0.5
    assert checked_whole(np.uint8(200), "it", at_most=200) + 100 == 300
    assert checked_numbers([True, 2], "it", truths=True).dtype == np.float64
    assert checked_names((name for name in "ab"), "it") == ("a", "b")
    assert checked_instances([], str, "it", "fix") == ()
    assert as_whole(np.array(3)) is None
    assert np.isnan(as_number(10**400))
    assert as_number(np.array(2.5)) == 2.5


def test_a_setting_of_something_is_quoted_behind_it() -> None:
    with pytest.raises(EbanaError, match=r"^Chart has curves=3\.\n  fix: list them$"):
        checked_names(3, "Chart has curves", "list them")
