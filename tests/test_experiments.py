"""Experiments of papers say what they are, or are refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ebana_core import Run
from ebana_core.data import DataSet
from ebana_core.errors import DataError, FormatError, ParameterError
from ebana_core.experiments import (
    Findings,
    Published,
    Trial,
    classified,
    decided,
    squared_error,
)
from ebana_core.experiments.page import spoken_time
from ebana_core.experiments.results import Outcome, Result, made_with, outcome_of
from ebana_core.losses import MSE
from tests.support.experiments import PAPER, experiment


def result_of(values: tuple[float, ...]) -> Result:
    """Return what seeds gave that measured these errors."""
    outcomes = [
        Outcome(seed=k, seconds=k + 1.0, measured={"e": e}, curves={"c": [1.0, 2.0]})
        for k, e in enumerate(values)
    ]
    return Result(
        experiment="own2020.divider",
        command="ebana zoo run own2020.divider",
        hyperparameters={"epochs": 2},
        made_with=made_with(),
        outcomes=tuple(outcomes),
    )


def test_an_experiment_tells_paper_and_figures() -> None:
    found = experiment("own2020.divider")
    assert found.citation_key == "own2020"
    assert str(found.published[0]) == "mean squared error 3.5 V² (table 1)"


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
        ({"published": []}, r"published=\[\]"),
        ({"published": [3.5]}, r"published=\[3.5\]"),
        ({"not_found": [3.5]}, r"not_found=\[3.5\]"),
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


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"quick": {"epoch": 1}}, r"quick=\['epoch'\], which is not among"),
        ({"quick": {"epochs": 0}}, "has epochs"),
        ({"hyperparameters": {"epochs": 2}}, r"without \['batch_size'\]"),
        ({"hyperparameters": {"epochs": 2.5, "batch_size": 1}}, "has epochs"),
        ({"measure": "error"}, "measure='error'"),
        ({"perform": "all"}, "perform='all'"),
        ({"quick": 3}, "has settings 3"),
        ({"hyperparameters": {"epochs": 2, "batch_size": 1, "a": [1]}}, r"has 'a'=\[1\]"),
        ({"hyperparameters": {"epochs": 2, "batch_size": 1, "a": np.arange(2)[1]}}, "has 'a'="),
        ({"not_found": "the rate"}, "not_found='the rate'"),
        ({"published": 3.5}, r"published=3\.5"),
    ],
    ids=str,
)
def test_a_form_that_cannot_be_trained_is_named(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        experiment(**changed)


@pytest.mark.parametrize(
    ("settings", "met", "missed"),
    [
        ({}, 3.5, 3.51),
        ({"higher_is_better": True}, 3.5, 3.49),
        ({"within": 0.1}, 3.8, 3.9),
        ({"within": 0.1}, 3.2, 3.1),
    ],
)
def test_a_figure_is_met_by_what_is_at_least_as_good(
    settings: dict[str, Any], met: float, missed: float
) -> None:
    figure = Published(measure="e", value=3.5, unit="%", where="table 1", **settings)
    assert figure.is_met(met)
    assert not figure.is_met(missed)


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ((3.4, 3.5), "met"),
        ((3.2, 3.6), "met (1 of 2 seeds)"),
        ((3.6, 3.7), "missed"),
        ((3.4,), "met (one seed)"),
        ((3.6,), "missed (one seed)"),
        ((3.5, 3.7), "missed (1 of 2 seeds)"),
    ],
)
def test_a_verdict_tells_the_seeds_that_differ_from_their_mean(
    values: tuple[float, ...], verdict: str
) -> None:
    figure = Published(measure="e", value=3.5, unit="%", where="table 1")
    assert result_of(values).verdict(figure) == verdict


def test_differences_of_both_signs_do_not_cancel_unseen() -> None:
    figure = Published(measure="e", value=2.0, unit="1", where="abstract", within=0.1)
    assert figure.wanted == "2 ± 10 %"
    assert result_of((1.0, 3.0)).verdict(figure) == "met (0 of 2 seeds)"


def test_a_result_without_the_published_figure_is_named() -> None:
    figure = Published(measure="test error", value=3.5, unit="%", where="table 1")
    with pytest.raises(
        FormatError, match=r"'own2020\.divider' has \['e'\] of seed 0, and not 'test"
    ):
        result_of((3.0,)).verdict(figure)


@pytest.mark.parametrize(
    ("seconds", "spoken"), [(1.25, "1.25 s"), (117.05, "117 s"), (150.0, "2.5 min"), (None, "")]
)
def test_a_time_is_told_in_plain_figures(seconds: float | None, spoken: str) -> None:
    assert spoken_time(seconds) == spoken


def test_the_smaller_form_takes_fewer_samples_and_epochs(tmp_path: Path) -> None:
    small = experiment(quick={"n_train": 1, "epochs": 1})
    trial = Trial(experiment=small, is_quick=True, folder=tmp_path)
    assert [data.n_samples for data in trial.split()] == [1, 2]
    found = outcome_of(trial)
    assert set(found.measured) == {"mean squared error"}
    with Run.open(tmp_path / "seed0.h5") as run:
        assert run.n_epochs == 1
    assert Trial(experiment=small).settings["epochs"] == 2


def test_an_experiment_of_its_own_kind_measures_numbers_and_curves(tmp_path: Path) -> None:
    def perform(trial: Trial) -> Findings:
        train, test = trial.split()
        errors = []
        for epochs in (1, 2):
            model = trial.model()
            trial.fit(model, train, label=f"epochs{epochs}", epochs=epochs)
            errors.append(squared_error(model, test)["mean squared error"])
        return {"mean squared error": errors[-1], "errors": errors}

    found = outcome_of(Trial(experiment=experiment(perform=perform), seed=3, folder=tmp_path))
    assert found.curves["errors"][-1] == found.measured["mean squared error"]
    assert {path.name for path in tmp_path.iterdir()} == {"seed3_epochs1.h5", "seed3_epochs2.h5"}


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (None, "measured None"),
        ({"mean squared error": "small"}, "measured mean squared error is not an array"),
        ({"mean squared error": 1.0, "c": [[1.0]]}, r"measured c of shape \(1, 1\)"),
        ({"other": 1.0}, r"publishes \['mean squared error'\] and measures \['other'\]"),
        ({"mean squared error": [1.0]}, "publishes"),
        ({"mean squared error": float("nan")}, "measured mean squared error = nan"),
    ],
)
def test_what_was_not_measured_is_named(found: Any, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        outcome_of(Trial(experiment=experiment(perform=lambda _: found)))


def test_samples_of_another_form_are_named() -> None:
    with pytest.raises(DataError, match="returned NoneType"):
        Trial(experiment=experiment(load=lambda _: None)).split()


def test_a_build_that_returns_no_model_is_named() -> None:
    with pytest.raises(ParameterError, match=r"`build` of 'own2020\.divider' returned NoneType"):
        outcome_of(Trial(experiment=experiment(build=lambda _: None)))


def test_a_build_that_returns_a_class_is_named() -> None:
    with pytest.raises(ParameterError, match="returned the class Trial"):
        Trial(experiment=experiment(build=lambda _: Trial)).model()


def test_settings_that_the_optimizer_does_not_take_are_named() -> None:
    with pytest.raises(ParameterError, match=r"\{'momentun': 0\.9\}, and SGD: .*'momentun'"):
        experiment(optimizer_settings={"momentun": 0.9})


def test_a_result_comes_back_from_its_file(tmp_path: Path) -> None:
    result = result_of((3.0, 4.0))
    result.write(tmp_path / "r.json")
    again = Result.read(tmp_path / "r.json")
    assert again == result
    assert (again.mean("e"), again.seconds) == (3.5, 1.5)
    (tmp_path / "r.json").write_text('{"format": 1}')
    with pytest.raises(FormatError, match="holds no result"):
        Result.read(tmp_path / "r.json")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"experiment": ["a"]}, "experiment is"),
        ({"outcomes": []}, "outcomes is"),
        ({"outcomes": [{"seed": 0, "seconds": 1, "measured": {"e": "many"}}]}, "e is 'many'"),
        ({"outcomes": [{"seed": 0, "seconds": 1, "measured": {}, "curves": None}]}, "None"),
        ({"made_with": {"versions": {}}}, "threads"),
    ],
)
def test_a_result_whose_parts_are_something_else_is_refused(
    changed: dict[str, Any], told: str, tmp_path: Path
) -> None:
    path = tmp_path / "r.json"
    result_of((3.0, 4.0)).write(path)
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))
    with pytest.raises(FormatError, match=f"holds no result of an experiment.*{told}"):
        Result.read(path)
    path.write_text("[" * 100_000)
    with pytest.raises(FormatError, match="holds no result"):
        Result.read(path)


def test_a_share_of_nothing_is_refused() -> None:
    with pytest.raises(ParameterError, match="value=0 and within"):
        Published(measure="e", value=0.0, unit="1", where="table 1", within=0.1)


def test_one_column_is_no_classes() -> None:
    """Its only column would always hold the largest answer: an error of 0 %."""
    with pytest.raises(DataError, match=r"shape \(2, 1\); classes take two columns"):
        outcome_of(Trial(experiment=experiment(measure=classified)))


class Answers:
    def __init__(self, *rows: list[float]) -> None:
        self.rows = np.array(rows)

    def predict(self, data: DataSet, /) -> dict[str, np.ndarray]:
        del data
        return {"y": self.rows}


def test_measures_count_what_is_right() -> None:
    x = {"x": np.zeros((4, 1))}
    classes = DataSet(x, {"y": np.eye(2)[[0, 1, 1, 0]]})
    said = Answers([0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.6, 0.4])
    assert classified(said, classes) == {"test error": 25.0, "test accuracy": 75.0}
    truths = DataSet(x, {"y": [[0.0], [1.0], [1.0], [0.0]]})
    assert decided(0.5)(Answers([0.4], [0.6], [0.4], [0.6]), truths) == {"right answers": 50.0}
    assert squared_error(Answers([0.0], [1.0], [0.0], [0.0]), truths) == {
        "mean squared error": 0.25
    }
    both = DataSet(x, {"y": np.eye(4), "z": np.eye(4)})
    for data in (DataSet(x), both):
        with pytest.raises(DataError, match="have targets of"):
            classified(said, data)


def test_a_training_without_a_number_of_epochs_is_refused() -> None:
    def perform(trial: Trial) -> Findings:
        trial.fit(trial.model(), trial.split()[0])
        return {}

    bare = experiment(perform=perform, hyperparameters={"batch_size": 1})
    with pytest.raises(
        ParameterError, match=r"no epochs among its hyperparameters \['batch_size'\]"
    ):
        outcome_of(Trial(experiment=bare))
