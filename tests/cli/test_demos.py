"""The demo networks: where their devices come from, and what is said when one is missing."""

import sys
from typing import Any

import pytest
from typer.testing import CliRunner

from ebana_core import builtins
from ebana_core.cli import demo as demo_module
from ebana_core.cli.app import app
from ebana_core.errors import MissingLibraryError, UnknownDeviceError
from ebana_core.registry import Registry, load_registry
from ebana_core.zoo.demos import DEMOS, iris


def without_plugins() -> Registry:
    return load_registry({"core": builtins})


@pytest.mark.parametrize("name", DEMOS)
def test_layers_come_from_the_registry(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    found = Registry.device

    def watched(registry: Registry, key: str) -> type[Any]:
        asked.append(key)
        return found(registry, key)

    monkeypatch.setattr(Registry, "device", watched)
    model = DEMOS[name]().build(load_registry(), 0)
    assert set(asked) == {layer.device for layer in model.layers.values()}


def test_a_missing_plugin_is_named_with_what_to_install() -> None:
    with pytest.raises(UnknownDeviceError, match="'diode'") as caught:
        DEMOS["xor"]().build(without_plugins(), 0)
    assert "pip install ebana-diode-mos" in caught.value.fix


def test_a_missing_extra_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(MissingLibraryError, match="scikit-learn") as caught:
        iris()
    assert "pip install scikit-learn" in caught.value.fix


def test_nothing_is_printed_before_a_plugin_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_module, "load_registry", without_plugins)
    result = CliRunner().invoke(app, ["demo", "xor"])
    assert isinstance(result.exception, UnknownDeviceError)
    assert not result.stdout


def test_every_command_explains_itself() -> None:
    for arguments in ([], ["demo"], ["devices"], ["doctor"]):
        result = CliRunner().invoke(app, [*arguments, "--help"])
        assert result.exit_code == 0
        assert result.stdout.startswith("Usage:")


def test_test_flowers_have_no_part_in_the_scaling() -> None:
    demo = iris(split=3)
    assert demo.train.inputs["xp"].mean(axis=0) == pytest.approx(0, abs=1e-12)
    assert demo.train.inputs["xp"].std(axis=0, ddof=1) == pytest.approx(1, rel=1e-12, abs=0)
    assert abs(demo.test.inputs["xp"].mean(axis=0)).max() > 1e-3
