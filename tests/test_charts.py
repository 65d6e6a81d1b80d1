"""Charts say which curves of an experiment are drawn, or are refused."""

from typing import Any

import pytest

from ebana_core.errors import FormatError, ParameterError
from ebana_core.experiments import Axis, Chart, Trial
from ebana_core.experiments.results import outcome_of
from tests.support.experiments import charted, experiment, result


def chart(**changed: Any) -> Chart:
    settings: dict[str, Any] = {
        "caption": "The error.",
        "x": Axis("epoch"),
        "y": Axis("error", "V²", is_log=True),
        "curves": ["error"],
    }
    return Chart(**{**settings, **changed})


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"caption": ""}, "caption=''"),
        ({"x": "epoch"}, "x='epoch'"),
        ({"curves": "error"}, "curves='error'"),
        ({"curves": []}, r"curves=\[\]"),
        ({"curves": [1]}, r"curves=\[1\]"),
        ({"over": 3}, "over=3"),
        ({"beside": 3}, "beside=3"),
        ({"beside": "rate", "curves": ["a", "b"]}, "beside='rate' and 2 curves"),
        ({"slope": 2.0}, r"slope=2\.0 in axes that are not logarithmic"),
        ({"slope": "steep"}, "has slope"),
    ],
    ids=str,
)
def test_a_chart_that_cannot_be_drawn_is_named(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        chart(**changed)


@pytest.mark.parametrize("label", ["", 3])
def test_an_axis_has_a_label(label: Any) -> None:
    with pytest.raises(ParameterError, match="Axis has label"):
        Axis(label)


@pytest.mark.parametrize("charts", [chart(), ["error"]], ids=["one", "names"])
def test_charts_come_as_a_list_of_charts(charts: Any) -> None:
    with pytest.raises(ParameterError, match="Experiment has charts="):
        experiment(charts=charts)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({}, r"draws \['error', 'noise'\] and measures the curves \[\]"),
        ({"error": 1.0, "noise": [1.0]}, r"draws \['error'\] and measures the curves \['noise'\]"),
        ({"error": [1.0], "noise": [1.0, 2.0]}, "curves of unequal lengths: {'noise': 2, 'error'"),
        ({"error": [], "noise": []}, "draws curves without a number: {'noise': 0, 'error': 0}"),
    ],
)
def test_a_curve_that_is_drawn_must_be_measured(found: dict[str, Any], words: str) -> None:
    drawn = experiment(
        charts=[chart(over="noise")], perform=lambda _: {"mean squared error": 1.0, **found}
    )
    with pytest.raises(ParameterError, match=words):
        outcome_of(Trial(experiment=drawn))


def test_a_number_beside_seeds_must_be_measured() -> None:
    drawn = experiment(
        charts=[chart(beside="rate")],
        perform=lambda _: {"mean squared error": 1.0, "error": [1.0]},
    )
    with pytest.raises(ParameterError, match=r"draws \['rate'\] and measures the numbers \['me"):
        outcome_of(Trial(experiment=drawn))


def test_curves_without_places_have_any_length() -> None:
    drawn = experiment(
        charts=[chart(curves=["a", "b"])],
        perform=lambda _: {"mean squared error": 1.0, "a": [1.0], "b": [1.0, 2.0]},
    )
    assert outcome_of(Trial(experiment=drawn)).curves == {"a": [1.0], "b": [1.0, 2.0]}


def test_a_result_without_the_curve_says_so() -> None:
    found = result(charted())
    assert found.curves("error") == [[1.0, 0.1, 0.01], [2.0, 0.2, 0.02]]
    with pytest.raises(FormatError, match=r"has curves \['error', 'noise'\] of seed 0, and not"):
        found.curves("power")
