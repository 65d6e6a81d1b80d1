"""Experiments of papers say what they are, or are refused."""

from typing import Any

import pytest

from ebana_core.errors import ParameterError
from ebana_core.experiments import Published
from ebana_core.losses import MSE
from tests.support.experiments import PAPER, experiment


def test_an_experiment_tells_paper_and_figures() -> None:
    found = experiment("own2020.divider")
    assert found.citation_key == "own2020"
    assert str(found.published[0]) == "test error 3.5 % (table 1)"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"name": "Own"}, "name='Own'"),
        ({"paper": "Own 2020"}, "which is not a BibTeX entry"),
        ({"paper": PAPER.replace("year", "date")}, "has no year"),
        ({"task": " "}, "task=' '"),
        ({"build": 3}, "build=3"),
        ({"rule": MSE()}, "rule=MSE"),
        ({"optimizer": MSE}, "optimizer=<class"),
        ({"published": []}, r"published=\(\)"),
        ({"published": [3.5]}, r"published=\(3.5,\)"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_what_an_experiment_cannot_be_is_named(changed: dict[str, Any], words: str) -> None:
    settings = {"name": "own2020.divider", **changed}
    with pytest.raises(ParameterError, match=words):
        experiment(**settings)


@pytest.mark.parametrize("value", [float("nan"), "3.5", None])
def test_a_published_figure_is_a_number(value: Any) -> None:
    with pytest.raises(ParameterError, match="Published has value"):
        Published(measure="test error", value=value, unit="%", where="table 1")
