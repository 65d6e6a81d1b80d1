"""The plugin mechanism, with real distributions on disk where it matters."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ebana_core import builtins
from ebana_core.errors import PluginError, UnknownDeviceError
from ebana_core.hookspecs import hookimpl
from ebana_core.layers import DenseLayer, Layer
from ebana_core.registry import load_registry


def plugin(*classes: Any, hook: str = "ebana_devices") -> SimpleNamespace:
    def provide() -> list[Any]:
        return list(classes)

    return SimpleNamespace(**{hook: hookimpl(provide)})


class Pear(DenseLayer):
    device = "pear"


class OtherPear(DenseLayer):
    device = "pear"


def test_built_ins_register_through_the_hooks() -> None:
    registry = load_registry({"core": builtins})
    assert registry.device("dense") is DenseLayer
    assert set(registry.backends) == {"native", "ngspice"}


def test_installed_plugins_are_found_with_their_distribution() -> None:
    provided = load_registry().devices["diode"]
    assert (provided.plugin, provided.distribution) == ("diode_mos", "ebana-diode-mos")
    assert provided.version


def test_duplicate_devices_name_both_plugins() -> None:
    with pytest.raises(PluginError, match="'one' and 'two' both provide device 'pear'"):
        load_registry({"one": plugin(Pear), "two": plugin(OtherPear)})


def test_a_misspelt_hook_is_named_with_a_guess() -> None:
    with pytest.raises(PluginError, match="'ebana_device'") as caught:
        load_registry({"one": plugin(Pear, hook="ebana_device")})
    assert "'ebana_devices'" in caught.value.fix


@pytest.mark.parametrize("wrong", [3, Layer])
def test_what_is_no_device_class_is_refused(wrong: Any) -> None:
    with pytest.raises(PluginError, match="no class"):
        load_registry({"one": plugin(wrong)})


def test_an_unknown_device_lists_the_known_ones_and_guesses() -> None:
    registry = load_registry({"core": builtins})
    with pytest.raises(UnknownDeviceError, match=r"'dens'.*'dense'") as caught:
        registry.device("dens")
    assert caught.value.fix.startswith("write 'dense'")


def fake_distribution(folder: Path, name: str, code: str) -> None:
    (folder / f"{name}.py").write_text(code)
    info = folder / f"{name}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(f"[ebana]\n{name} = {name}\n")


def test_a_distribution_on_disk_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "from ebana_core.hookspecs import hookimpl\n"
        "from ebana_core.layers import DenseLayer\n"
        "class Plum(DenseLayer):\n    device = 'plum'\n"
        "@hookimpl\ndef ebana_devices():\n    return [Plum]\n"
    )
    fake_distribution(tmp_path, "plum_plugin", code)
    monkeypatch.syspath_prepend(str(tmp_path))
    provided = load_registry().devices["plum"]
    assert (provided.distribution, provided.version) == ("plum_plugin", "1.2")


def test_a_plugin_that_does_not_import_is_named_with_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_distribution(tmp_path, "rotten_plugin", "import nothing_of_that_name\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(PluginError, match=r"rotten_plugin 1\.2.*nothing_of_that_name"):
        load_registry()
