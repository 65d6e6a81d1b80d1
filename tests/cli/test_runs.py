"""The commands of ``ebana runs``."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from ebana_core.cli.app import app
from ebana_core.errors import ParameterError, StorageError
from tests.storage.runs import small_fit


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
    assert "1 other or damaged files" in listed
    told = call("info", path)
    assert "3 epochs, seed 3" in told
    assert "phases/free/voltages" in told
    call("export", path, tmp_path / "h.csv")
    rows = np.loadtxt(tmp_path / "h.csv", delimiter=",")
    assert rows[:, 1].tolist() == history.losses
    call("export", path, tmp_path / "d.csv", "--parameter", "d.conductance")
    assert np.array_equal(
        np.loadtxt(tmp_path / "d.csv", delimiter=","), model.parameters["d.conductance"]
    )
    call("export", path, tmp_path / "v.npz")
    assert "d.conductance" in np.load(tmp_path / "v.npz").files
    with pytest.raises(ParameterError, match="no parameter 'e'"):
        call("export", path, tmp_path / "d.csv", "--parameter", "e")
    with pytest.raises(ParameterError, match="suffix"):
        call("export", path, tmp_path / "x.doc")


def test_a_cut_run_is_repaired(tmp_path: Path) -> None:
    path, out = tmp_path / "run.h5", tmp_path / "out.h5"
    small_fit(path, 3)
    assert "3 epochs" in call("repair", path, out)
    assert "3 epochs" in call("info", out)
    with pytest.raises(StorageError, match="exists"):
        call("repair", path, out)
    path.write_text("nothing")
    with pytest.raises(StorageError):
        call("repair", path, tmp_path / "none.h5")
    assert not (tmp_path / "none.h5").exists()
