"""Runs and models that another version of a plugin wrote: read, or refused in words."""

import importlib
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ebana_core import Model
from ebana_core.errors import FormatError, StorageError, UnknownDeviceError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, InputVoltageLayer
from tests.support.distributions import fake_distribution

NAME = "pear_plugin"
CODE = """
import attrs
from ebana_core.hookspecs import hookimpl
from ebana_core.layers import DenseLayer
from ebana_core.losses import Loss
@attrs.frozen
class Pull(Loss):
    strength: float
    def value(self, prediction, target):
        return self.strength * (prediction - target)**2 / 2
    def gradient(self, prediction, target):
        return self.strength * (prediction - target)
class PearLayer(DenseLayer):
    device = "pear"
@hookimpl
def ebana_losses():
    return [Pull]
@hookimpl
def ebana_devices():
    return [PearLayer]
"""
X, Y = np.array([[-1.0, 1.0], [1.0, 0.5]]), np.array([[0.1], [0.0]])
Install = Callable[[str, str], Any]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Return what puts a version of the plugin in the place of the one before."""

    def installed(version: str, code: str) -> Any:
        folder = tmp_path / version
        folder.mkdir()
        fake_distribution(folder, NAME, code)
        info = folder / f"{NAME}-1.2.dist-info"
        text = (info / "METADATA").read_text().replace("Version: 1.2", f"Version: {version}")
        (info / "METADATA").write_text(text)
        monkeypatch.syspath_prepend(str(folder))
        sys.modules.pop(NAME, None)
        return importlib.import_module(NAME) if code.startswith("\nimport attrs") else None

    return installed


def trained(plugin: Any, run: Path, epochs: int = 1, **settings: Any) -> None:
    x = InputVoltageLayer(units=2, name="x")
    draw = RandomUniform(1e-6, 1e-5)
    pear = plugin.PearLayer(units=2, name="d", lr=1e-7, initializer=draw)(x)
    model = Model([x], [CurrentLayer(name="y")(pear)], seed=0)
    told = {"epochs": epochs, "beta": 1e-8, "run": run, "verbose": False, **settings}
    model.fit(X, Y, plugin.Pull(2.0), "sgd", **told)


def test_what_a_class_of_another_version_raises_is_told_of_the_file(
    install: Install, tmp_path: Path
) -> None:
    run = tmp_path / "run.h5"
    trained(install("1", CODE), run)
    refusing = "    def __attrs_post_init__(self): raise ValueError('needs more')\n    def value"
    install("2", CODE.replace("    def value", refusing))
    with pytest.raises(FormatError, match="cannot be made: ValueError needs more"):
        Model.load(run).trained_with(run)
    refusing = "    def __init__(self, **settings): raise ZeroDivisionError('of none')\n    device"
    install("3", CODE.replace("    device", refusing))
    with pytest.raises(FormatError, match="cannot be built: ZeroDivisionError of none"):
        Model.load(run)


def test_a_plugin_that_is_installed_and_broken_is_named_where_its_device_is_missing(
    install: Install, tmp_path: Path
) -> None:
    run = tmp_path / "run.h5"
    trained(install("1", CODE), run)
    install("2", "raise ImportError('no libpear')")
    with pytest.raises(UnknownDeviceError, match=r"'pear' is not installed.*no libpear"):
        Model.load(run)


def test_a_run_that_another_version_began_says_so_and_stays_as_it_was(
    install: Install, tmp_path: Path
) -> None:
    run = tmp_path / "run.h5"
    trained(install("1", CODE), run)
    shutil.copy(run, tmp_path / "kept.h5")
    with pytest.raises(StorageError, match=r"another network in layers.d.version, '1' and now '2'"):
        trained(install("2", CODE), run, 2, resume=True)
    assert run.read_bytes() == (tmp_path / "kept.h5").read_bytes()
    assert Model.load(run).trained_with(run).losses["y"].strength == 2.0  # type: ignore[attr-defined]
