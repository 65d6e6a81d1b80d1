"""What is handed in beside a stored model, and names where a text would be read by its letters."""

from collections.abc import Callable
from typing import Any

import pytest

from ebana_core.data import DataSet
from ebana_core.errors import DataError, ParameterError
from ebana_core.metrics import Metrics
from ebana_core.network.handed_in import checked_callables, checked_devices

TEXTS: list[tuple[Callable[[], Any], Any, str]] = [
    (lambda: Metrics(current_layers="de"), ParameterError, "current_layers='de'"),
    (lambda: Metrics(current_layers=["d", 3]), ParameterError, "current_layers="),
    (lambda: DataSet.differential([[0.1]], names="pn"), DataError, "names is 'pn'"),  # type: ignore[arg-type]  # a text
]


@pytest.mark.parametrize("given", [[print], "print", print, {1}])
def test_callables_without_their_places_are_refused(given: Any) -> None:
    with pytest.raises(ParameterError, match="callables is"):
        checked_callables(given)


@pytest.mark.parametrize("given", [int, "dense", ["dense"], [int], 3])
def test_devices_other_than_classes_of_layers_are_refused(given: Any) -> None:
    with pytest.raises(ParameterError, match="devices holds"):
        checked_devices(given)


@pytest.mark.parametrize(("make", "error", "words"), TEXTS)
def test_a_text_in_the_place_of_names_is_refused(make: Any, error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        make()
