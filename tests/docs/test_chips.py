"""The page on chips runs as it stands, and what it says of mismatch is true."""

from pathlib import Path

import numpy as np
import pytest

from ebana_core import Model
from ebana_core.chips import Twin
from ebana_core.rules import CoupledLearning
from tests.support.pages import run


def test_the_page_runs_and_centered_rules_cancel_mismatch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names = run("docs/chips.md")
    assert "mismatch x 20" in capsys.readouterr().out
    model, twin = names["model"], names["twin"]
    assert isinstance(model, Model)
    assert isinstance(twin, Twin)
    wrong = {}
    for variant in ("positive", "centered"):
        rule = CoupledLearning(0.1, variant)  # type: ignore[arg-type]
        plain = model.gradients(names["data"], names["loss"], rule)["d.conductance"]
        found = model.gradients(names["data"], names["loss"], rule, chip=twin)["d.conductance"]
        wrong[variant] = np.abs(found - plain).max() / np.abs(plain).max()
    assert wrong["centered"] < wrong["positive"] / 3
