"""What files of results may hold, and from which beginning an experiment is gone on with."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from ebana_core.errors import FormatError, StorageError
from ebana_core.experiments import Experiment, Findings, Trial, squared_error
from ebana_core.experiments.page import page
from ebana_core.experiments.results import Result
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.model import Model
from tests.support.experiments import charted, experiment, result


def edited(path: Path, edit: Callable[[dict[str, Any]], object]) -> Path:
    """Write a result, and change by hand what stands in the file."""
    result(charted()).write(path)
    plain = json.loads(path.read_text())
    edit(plain)
    path.write_text(json.dumps(plain))
    return path


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (lambda plain: plain["outcomes"].append(plain["outcomes"][0]), "seed 0 more than once"),
        (lambda plain: plain["outcomes"][1].update(seed=0.5), r"outcomes\[1\]\.seed is 0\.5"),
        (lambda plain: plain["outcomes"][1].update(seed=True), r"outcomes\[1\]\.seed is True"),
        (lambda plain: plain["outcomes"][1].update(seed=-3), r"seed is -3, and seeds count from 0"),
        (
            lambda plain: plain["outcomes"][0].update(seconds=-5),
            "seconds is -5, and a time is zero",
        ),
        (lambda plain: plain["outcomes"][0].update(seconds="5"), r"outcomes\[0\]\.seconds is '5'"),
        (
            lambda plain: plain["outcomes"][0]["measured"].update(e=10**400),
            "and figures are numbers",
        ),
        (
            lambda plain: plain["outcomes"][0]["measured"].update(e=True),
            "e is True, and figures are",
        ),
        (lambda plain: plain["outcomes"][0]["curves"].update(error=3.0), "curves.error is 3.0"),
        (
            lambda plain: plain["outcomes"][0]["curves"].update(error=["a"]),
            r"\[0\] is 'a', and figures",
        ),
        (lambda plain: plain["outcomes"][0].pop("measured"), r"outcomes\[0\] has no \['measured"),
        (lambda plain: plain.update(outcomes=None), "outcomes is None"),
        (lambda plain: plain.update(is_quick="no"), "is_quick is 'no'"),
        (lambda plain: plain.update(is_quick=None), "is_quick is None"),
        (lambda plain: plain.update(format=2), "format is 2, and this version reads 1"),
        (lambda plain: plain.update(format=True), "format is True"),
        (lambda plain: plain.update(more=1), r"has \['more'\], and its parts are \['format'"),
        (lambda plain: plain["made_with"].update(versions={"ebana": 3}), "versions.ebana is 3"),
        (lambda plain: plain.update(made_with=[]), r"made_with is \[\]"),
        (lambda plain: plain["hyperparameters"].update(a=[3]), r"hyperparameters\.a is \[3\]"),
    ],
)
def test_a_result_that_was_edited_by_hand_is_refused_by_its_part(
    edit: Callable[[dict[str, Any]], object], told: str, tmp_path: Path
) -> None:
    with pytest.raises(FormatError, match=f"holds no result of an experiment: .*{told}"):
        Result.read(edited(tmp_path / "own.json", edit))


@pytest.mark.parametrize("plain", ["[1]", "null", '"x"'])
def test_a_file_of_another_kind_is_quoted(plain: str, tmp_path: Path) -> None:
    (tmp_path / "own.json").write_text(plain)
    with pytest.raises(FormatError, match="the file is"):
        Result.read(tmp_path / "own.json")


def test_a_result_of_before_curves_and_one_with_a_mark_of_its_editor_are_read(
    tmp_path: Path,
) -> None:
    path = edited(tmp_path / "own.json", lambda plain: plain.pop("is_quick"))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert Result.read(path) == result(charted())


def test_a_figure_that_is_no_number_is_neither_met_nor_missed(tmp_path: Path) -> None:
    measured = {"mean squared error": math.nan}
    path = edited(tmp_path / "a.json", lambda plain: plain["outcomes"][1].update(measured=measured))
    with pytest.raises(FormatError, match=r"mean squared error = nan of seed 1"):
        Result.read(path).verdict(charted().published[0])


def test_a_page_has_no_result_of_other_settings_than_it_tells() -> None:
    chosen = charted()
    of_others = attrs.evolve(result(chosen), hyperparameters={"epochs": 3, "batch_size": 1})
    with pytest.raises(FormatError, match=r"measured with epochs 3, and .* has epochs 2\."):
        page([chosen], {chosen.name: of_others})
    page([chosen], {chosen.name: attrs.evolve(of_others, hyperparameters=chosen.hyperparameters)})


def learning(seed: int) -> Model:
    """Return a crossbar that learns."""
    x = InputVoltageLayer(units=2, name="x")
    dense = DenseLayer(units=2, name="d", initializer=RandomUniform(1e-6, 1e-5), lr=1e-7)(x)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y")(dense)], seed=seed)


def in_two(epochs: int) -> Experiment:
    """Return an experiment of two trainings, the second where the first ended."""

    def perform(trial: Trial) -> Findings:
        (train, test), model = trial.split(), trial.model()
        for label in ("first", "second"):
            trial.fit(model, train, label=label)
        return squared_error(model, test)

    settings = {"epochs": epochs, "batch_size": 1}
    quick = {"epochs": 1}
    return experiment(build=learning, hyperparameters=settings, quick=quick, perform=perform)


def test_what_follows_a_shorter_training_does_not_pass_for_what_follows_a_longer_one(
    tmp_path: Path,
) -> None:
    whole = Trial(experiment=in_two(3), folder=tmp_path)
    attrs.evolve(whole, is_quick=True).performed()
    with pytest.raises(
        StorageError, match=r"seed0_second\.h5 began at other values of 'd\.conductance'"
    ):
        attrs.evolve(whole, resume=True).performed()


def test_trainings_that_follow_each_other_are_gone_on_with_where_they_stood(tmp_path: Path) -> None:
    whole = Trial(experiment=in_two(2), folder=tmp_path)
    found = whole.performed()
    (tmp_path / "seed0_second.h5").unlink()
    assert attrs.evolve(whole, resume=True).performed() == found
    assert attrs.evolve(whole, resume=True).performed() == found
