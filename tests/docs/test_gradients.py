"""The page on gradients runs as it stands, and what it says of its network is true."""

import json
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

from benchmarks.gradient_bias import NUMBERS
from ebana_core.analysis.gradient_check import GradientCheck
from tests.support.pages import run

mpl.use("Agg")


def test_the_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names = run("docs/gradients.md")
    shown = capsys.readouterr().out
    assert "Recommended: beta" in shown
    assert "suggested beta" in shown
    exact, found = names["exact"], names["found"]
    assert isinstance(exact, dict)
    assert isinstance(found, dict)
    for name, gradient in exact.items():
        assert np.abs(found[name] - gradient).max() <= 1e-4 * np.abs(gradient).max()
    assert names["after"] < 0.7 * names["before"]  # type: ignore[operator]  # numbers
    told = names["told"]
    assert isinstance(told, GradientCheck)
    assert not told.is_reciprocal
    assert {path.name for path in tmp_path.iterdir()} == {
        "check.png",
        "transfer.png",
        "network.png",
        "pair.png",
    }


def test_the_committed_numbers_have_the_orders_that_the_page_tells() -> None:
    record = json.loads(NUMBERS.read_text())["results"]
    betas = np.log10(record["beta"])
    for variant, order in (("positive", 1), ("negative", 1), ("centered", 2)):
        for errors in record["relative error"][variant].values():
            is_clear = np.array(errors) > 1e-12
            slope = np.polyfit(betas[is_clear], np.log10(np.array(errors)[is_clear]), 1)[0]
            assert slope == pytest.approx(order, abs=0.02)
