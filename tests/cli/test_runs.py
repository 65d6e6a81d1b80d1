"""The commands of ``ebana runs``."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from ebana_core import Run
from ebana_core.cli.app import app
from ebana_core.cli.runs import DRAWN
from ebana_core.errors import ParameterError, StorageError
from ebana_core.metrics import Metrics
from ebana_core.pictures import PICTURES
from tests.support import runs
from tests.support.project import ENVIRONMENT, ROOT
from tests.support.runs import small_fit


def call(*words: object) -> str:
    result = CliRunner().invoke(app, ["runs", *map(str, words)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_runs_are_listed_told_and_exported(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    model, _, history = small_fit(path, 3)
    (tmp_path / "other.h5").write_text("no run")
    listed = call("list", tmp_path)
    assert "run.h5" in listed
    assert "finished" in listed
    assert "no runs, or damaged: other.h5" in listed
    told = call("info", path)
    assert "3 epochs, seed 3" in told
    assert "phases/free/voltages" in told
    call("export", path, tmp_path / "h.csv")
    table = pd.read_csv(tmp_path / "h.csv")
    assert table["epoch"].tolist() == [1, 2, 3]
    # Releases of pandas before 3 may read the last digit wrong.
    assert table["train_loss"].tolist() == pytest.approx(history.losses, rel=1e-14, abs=0)
    with Run.open(path) as run:
        assert list(table) == list(run.scores)
    call("export", path, tmp_path / "d.csv", "--parameter", "d.conductance")
    table = pd.read_csv(tmp_path / "d.csv")
    assert list(table) == [f"d.conductance[{k}] (S)" for k in range(4)]
    # pandas rounds the last of 17 digits.
    assert table.to_numpy() == pytest.approx(model.parameters["d.conductance"], rel=1e-15, abs=0)
    call("export", path, tmp_path / "v.npz")
    assert "d.conductance" in np.load(tmp_path / "v.npz").files
    with pytest.raises(ParameterError, match="no parameter 'e'"):
        call("export", path, tmp_path / "d.csv", "--parameter", "e")
    with pytest.raises(ParameterError, match="suffix"):
        call("export", path, tmp_path / "x.doc")


def test_what_is_written_of_a_run_never_takes_the_place_of_one(tmp_path: Path) -> None:
    path, other = tmp_path / "run.h5", tmp_path / "other.h5"
    small_fit(path, 1)
    shutil.copyfile(path, other)
    before = path.read_bytes()
    for words in (
        ("report", path, path),
        ("report", path, other),
        ("export", path, other),
        ("export", path, other, "--parameter", "d.conductance"),
        ("plot", path, other),
        ("schematic", path, other),
        ("repair", path, other),
    ):
        with pytest.raises((ParameterError, StorageError), match=re.escape(str(words[2]))):
            call(*words)
        assert path.read_bytes() == other.read_bytes() == before, words


def test_a_folder_that_is_not_there_is_no_empty_list(tmp_path: Path) -> None:
    for place in (tmp_path / "none", Path(__file__)):
        with pytest.raises(StorageError, match="is not a folder"):
            call("list", place)
    command = [sys.executable, "-m", "ebana_core", "runs", "list", str(tmp_path / "none")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "is not a folder" in done.stderr


def test_pictures_are_drawn(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    small_fit(path, 3)
    printed = call("plot", path, tmp_path / "xor.svg").split()
    assert [Path(name).name for name in printed] == [
        f"xor_{name}.svg"
        for name in ("scores", "parameters", "crossbars", "voltages", "changes", "power")
    ]
    words = {name: (tmp_path / name).read_text() for name in map(str, printed)}
    assert all(text.startswith("<?xml") for text in words.values())
    call("plot", path, tmp_path / "one.png", "--picture", "scores")
    assert (tmp_path / "one_scores.png").read_bytes().startswith(b"\x89PNG")
    assert DRAWN.split(", ") == list(PICTURES)
    with pytest.raises(ParameterError, match="No picture 'mood'"):
        call("plot", path, tmp_path / "one.png", "--picture", "mood")
    with pytest.raises(ParameterError, match="suffix"):
        call("plot", path, tmp_path / "one.doc")
    small_fit(path, 1, metrics=Metrics(verbose=False), overwrite=True)
    assert len(call("plot", path, tmp_path / "less.png").split()) == 2
    with pytest.raises(ParameterError, match="save_power_params"):
        call("plot", path, tmp_path / "less.png", "--picture", "power")


def test_the_circuit_of_a_run_is_drawn_with_what_it_learned(tmp_path: Path) -> None:
    path, out = tmp_path / "run.h5", tmp_path / "circuit.svg"
    model, *_ = small_fit(path, 2)
    assert call("schematic", path, out, "--max-units", "6").strip() == str(out)
    assert out.read_text() == model.schematic(max_units=6).svg


def test_a_run_is_watched_from_another_process(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    command = [sys.executable, "-m", runs.__name__, str(path), "200", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT, cwd=ROOT
    ) as trained:
        assert trained.stdout is not None
        trained.stdout.readline()
        lines = call("watch", path, "--seconds", "0.05").splitlines()
        trained.communicate()
    assert lines[-1] == "finished"
    assert [line.split(":")[0] for line in lines[:-1]] == [
        f"epoch {epoch}/200" for epoch in range(1, 201)
    ]


def test_watching_a_killed_run_ends(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    command = [sys.executable, "-m", runs.__name__, str(path), "100000", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT, cwd=ROOT
    ) as trained:
        assert trained.stdout is not None
        trained.stdout.readline()
        trained.kill()
        trained.communicate()
    assert re.search(r"running, last commit \d+ s ago", call("info", path))
    with pytest.raises(StorageError, match="no commit for 1 s"):
        call("watch", path, "--patience", "1")


def test_a_cut_run_is_repaired(tmp_path: Path) -> None:
    path, out = tmp_path / "run.h5", tmp_path / "out.h5"
    small_fit(path, 3)
    assert "3 epochs" in call("repair", path, out)
    assert "3 epochs" in call("info", out)
    with pytest.raises(StorageError, match="exists"):
        call("repair", path, out)
    path.write_text("nothing")
    with pytest.raises(StorageError, match=re.escape(f"{path} cannot be read")) as caught:
        call("repair", path, tmp_path / "none.h5")
    assert "nothing can be saved" in caught.value.fix
    assert not (tmp_path / "none.h5").exists()
