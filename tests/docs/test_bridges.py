"""The pages on scikit-learn, PyTorch and JAX run as they stand, and print what they say."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.pages import run


def test_the_page_on_scikit_learn_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names = run("docs/sklearn.md")
    accuracy, chosen, loss_and_rule, fit = capsys.readouterr().out.splitlines()
    assert float(accuracy) >= 0.9
    assert "hidden_units" in chosen
    assert "EquilibriumPropagation" in loss_and_rule
    assert float(fit) >= 0.9  # petals: width over length is nearly a line
    assert np.shape(names["volts"]) == (38, 3)
    assert (tmp_path / "irises.h5").exists()


@pytest.mark.torch
def test_the_page_on_pytorch_runs(capsys: pytest.CaptureFixture[str]) -> None:
    import torch

    names = run("docs/pytorch.md")
    shown = capsys.readouterr().out
    answers = [float(number) for number in re.findall(r"\[ *(-?[\d.e+-]+)\]", shown)][:4]
    assert np.abs(np.array(answers) - [0, 1, 1, 0]).max() < 0.2
    weight, layer = names["weight"], names["layer"]
    assert isinstance(weight, torch.Tensor)
    assert isinstance(layer, torch.nn.Linear)
    assert (weight.float() == layer.weight).all()
    difference = names["analog"](names["volts"]) / names["mapped"].scale  # type: ignore[operator, attr-defined]  # of the page
    assert torch.allclose(difference, layer(names["volts"]), atol=1e-5)


@pytest.mark.jax
def test_the_page_on_jax_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = run("docs/jax.md")
    answers = names["predict"](names["weights"], names["samples"])
    assert np.abs(answers - names["goal"]).max() < 0.2
    assert "d1.conductance: " in capsys.readouterr().out
    assert (tmp_path / "trained.h5").exists()
