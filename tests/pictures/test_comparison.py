"""Runs beside each other: which settings differ, what became of them, and the page of both."""

import csv
import math
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ebana_core import Model, Run
from ebana_core.cli.app import app
from ebana_core.errors import DataError, EbanaError, ParameterError, StorageError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.pictures.comparison import comparison
from ebana_core.storage.comparison import compared, opened
from tests.support.runs import small_data, small_fit, small_model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two runs: other seeds, batches and numbers of epochs, one of them validated."""
    small_fit(tmp_path / "a.h5", 3, small_model(1))
    small_fit(tmp_path / "b.h5", 2, small_model(2), batch_size=3, test_dataloader=small_data())
    return tmp_path


def call(*words: object) -> str:
    result = CliRunner().invoke(app, ["runs", "compare", *map(str, words)])
    if isinstance(result.exception, EbanaError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_only_settings_that_differ_are_shown(folder: Path) -> None:
    with opened(Run.open, [folder / "a.h5", folder / "b.h5"]) as runs:
        first, second = compared(runs)
        losses = {name: run.scores["train_loss"][-1] for name, run in runs.items()}
    assert [first["run"], second["run"]] == ["a.h5", "b.h5"]
    told = {name for name in first if name.startswith("settings.")}
    assert told == {"settings.epochs", "settings.batch_size", "settings.test_data"}
    assert (first["settings.batch_size"], second["settings.batch_size"]) == (4, 3)
    assert first["train_loss"] == losses["a.h5"]
    assert math.isnan(first["validation_accuracy"])
    assert not math.isnan(second["best_validation_accuracy"])


def test_layers_that_differ_are_named(tmp_path: Path) -> None:
    def model(rate: float) -> Model:
        x = InputVoltageLayer(units=3, name="x")
        d = DenseLayer(units=4, name="d", lr=rate, initializer=RandomUniform(1e-7, 1e-5))(x)
        return Model(inputs=[x], outputs=[CurrentLayer(name="y")(d)], seed=0)

    for name, rate in (("a", 1e-8), ("b", 2e-8)):
        small_fit(tmp_path / f"{name}.h5", 1, model(rate))
    table = Run.compare([tmp_path / "a.h5", tmp_path / "b.h5"])
    assert table["settings.d.lr"].tolist() == [1e-8, 2e-8]
    assert [name for name in table if str(name).startswith("settings.")] == ["settings.d.lr"]


def test_a_name_tells_a_run_from_the_others(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        small_fit(tmp_path / name / "run.h5", 1)
    with opened(Run.open, [tmp_path / "one" / "run.h5", tmp_path / "two" / "run.h5"]) as runs:
        assert list(runs) == ["one/run.h5", "two/run.h5"]
    with pytest.raises(DataError, match="named twice"):
        call(tmp_path / "one" / "run.h5", tmp_path / "two" / ".." / "one" / "run.h5")


def test_the_command_prints_and_writes(folder: Path) -> None:
    said = call(folder)
    assert "a.h5  finished" in said
    assert "batch_size" in said
    for suffix in (".png", ".svg", ".csv"):
        out = folder / f"both{suffix}"
        assert str(out) in call(folder / "a.h5", folder / "b.h5", "--out", out)
        assert out.stat().st_size > 0
    with open(folder / "both.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["settings.batch_size"] for row in rows] == ["4", "3"]
    with pytest.raises(ParameterError, match="suffix"):
        call(folder, "--out", folder / "both.doc")
    (folder / "empty").mkdir()
    with pytest.raises(StorageError, match="holds no"):
        call(folder / "empty")
    with pytest.raises(StorageError, match="does not exist"):
        call(folder / "c.h5")


def test_names_of_strangers_are_escaped(tmp_path: Path) -> None:
    evil = tmp_path / "<script>alert(1)<.h5"
    small_fit(evil, 1)
    with opened(Run.open, [evil]) as runs:
        page = comparison(runs)
    assert "<script>alert" not in page
