"""Plugins that watch a fit."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ebana_core import Model, hookspecs, losses, optimizers
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.metrics import Metrics
from ebana_core.registry import PROVIDERS, WATCHERS
from ebana_core.training.history import Fit
from tests.support.distributions import fake_distribution
from tests.support.networks import layered_model
from tests.support.project import ROOT

CODE = """
from ebana_core.hookspecs import hookimpl
seen = []
@hookimpl
def ebana_run_started(model, run):
    seen.append((len(run), sorted(model.layers)))
@hookimpl
def ebana_epoch_finished(epoch):
    seen.append((epoch.epoch, epoch.train.loss))
    if epoch.epoch == 3:
        raise ValueError("third")
"""


def installed(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    fake_distribution(folder, "watching_plugin", code)
    monkeypatch.syspath_prepend(str(folder))


def small_fit(*, epochs: int) -> tuple[Fit, Model]:
    model = layered_model([2, 3, 2], [1.0], seed=0)
    data = DataSet({"x": np.eye(2)}, {"y": [[0.0], [1.0]]})
    history = model.fit(
        BatchGenerator(data),
        losses.MSE(0.5),
        optimizers.SGD(model, beta=1e-7),
        epochs=epochs,
        metrics=Metrics(model, verbose=False),
    )
    return history, model


def test_a_plugin_sees_the_run_begin_and_every_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, monkeypatch, CODE)
    history, model = small_fit(epochs=2)
    seen = __import__("watching_plugin").seen
    losses = list(enumerate(history.losses, start=1))
    assert seen == [(0, sorted(model.layers)), *losses]
    with pytest.raises(ValueError, match="third") as caught:
        small_fit(epochs=5)
    assert caught.value.__notes__ == ["in ebana_epoch_finished of plugin 'watching_plugin'"]


def test_a_broken_plugin_is_logged_and_keeps_nobody_from_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fake_distribution(tmp_path, "rotten_watcher", "import nothing_of_that_name\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert len(small_fit(epochs=1)[0]) == 1
    assert "rotten_watcher" in caplog.text


def test_every_hook_provides_or_watches_and_is_documented() -> None:
    hooks = {name for name in vars(hookspecs) if name.startswith("ebana_")}
    assert hooks == {*PROVIDERS, *WATCHERS}
    page = (ROOT / "docs" / "plugins.md").read_text()
    for name in hooks:
        specification: Any = getattr(hookspecs, name)
        assert "Called" in specification.__doc__
        assert f"`{name}" in page
