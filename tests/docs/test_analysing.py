"""The page on analysing a run works as it stands."""

from pathlib import Path

import pytest

from tests.support.pages import run


def test_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("docs/analysing_a_run.md")
    assert (tmp_path / "measured.csv").exists()
