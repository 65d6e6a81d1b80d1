"""Run files whose names are bytes other than UTF-8, links that lead nowhere, pipes as pictures."""

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ebana_core import Run
from ebana_core.cli.app import app
from ebana_core.errors import StorageError
from ebana_core.pictures.page import Served
from ebana_core.serving import Listing
from tests.support.project import ENVIRONMENT
from tests.support.runs import small_fit

HALF = os.fsdecode(b"c\xff.h5")
"""The name of a file as Linux allows it: its bytes are no UTF-8."""
WRITTEN = "c\\udcff.h5"

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="other systems refuse names other than UTF-8"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of two runs, one of which has such a name."""
    made = tmp_path / "runs"
    made.mkdir()
    small_fit(made / "a.h5", 1)
    small_fit(made / HALF, 1, batch_size=3)
    return made


def call(*words: object) -> str:
    result = CliRunner().invoke(app, ["runs", *map(str, words)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def test_runs_of_such_names_are_compared_in_every_form(folder: Path, tmp_path: Path) -> None:
    for form in (".csv", ".html", ".png"):
        out = tmp_path / f"both{form}"
        assert WRITTEN in call("compare", folder, "--out", out)
        assert out.stat().st_size
    rows = list(csv.DictReader(io.StringIO((tmp_path / "both.csv").read_text("utf-8"))))
    assert [row["run"] for row in rows] == ["a.h5", WRITTEN]
    assert f"<b>{WRITTEN}</b>" in Run.open(folder / HALF)._repr_html_()


def test_runs_of_such_names_are_listed_and_shown_where_they_are_served(folder: Path) -> None:
    listing = Listing(folder)
    assert {row["run"] for row in listing.rows()} == {"a.h5", WRITTEN}
    for shown in (
        listing.page(WRITTEN, Served(plotly="/plotly.js")),
        listing.page_of(["a.h5", WRITTEN], Served(plotly="/plotly.js")),
    ):
        assert WRITTEN.encode() in shown.encode("utf-8")


def test_a_terminal_that_shows_utf8_alone_is_told_of_them(folder: Path) -> None:
    for words in (["list", str(folder)], ["info", str(folder / HALF)]):
        done = subprocess.run(
            [sys.executable, "-m", "ebana_core", "runs", *words],
            env={**ENVIRONMENT, "PYTHONIOENCODING": "utf-8:strict"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        assert WRITTEN in done.stdout


def test_links_that_lead_nowhere_are_named_and_passed_over(folder: Path) -> None:
    (folder / "nowhere.h5").symlink_to(folder / "gone")
    (folder / "round.h5").symlink_to(folder / "round.h5")
    assert "no runs, or damaged: nowhere.h5, round.h5" in call("list", folder)
    assert "round.h5" not in call("compare", folder)


def test_no_picture_is_written_into_a_pipe(folder: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "both.png")
    os.mkfifo(tmp_path / "one_scores.png")
    with pytest.raises(StorageError, match="is a pipe, not a file"):
        call("compare", folder, "--out", tmp_path / "both.png")
    with pytest.raises(StorageError, match="is a pipe, not a file"):
        call("plot", folder / "a.h5", tmp_path / "one.png", "--picture", "scores")
