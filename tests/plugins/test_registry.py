"""The plugin mechanism, with real distributions on disk where it matters."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ebana_core import builtins
from ebana_core.errors import PluginError, UnknownDeviceError
from ebana_core.hookspecs import hookimpl
from ebana_core.initializers import Given
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


class Spaced(DenseLayer):
    device = "a pear"


class Loud(DenseLayer):
    device = "Pear"


class Fruit:
    device = "fruit"


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        ([Pear, Pear], "'one' lists Pear twice in ebana_devices"),
        ([Pear, OtherPear], "'one' gives device 'pear' to both Pear and OtherPear"),
        ([Spaced], "'one' provides Spaced with device = 'a pear'"),
        ([Loud], "'one' provides Loud with device = 'Pear'"),
        ([Fruit], "'one' provides Fruit in ebana_devices, which is no Layer"),
        ([Pear(name="a", units=1, initializer=Given(1e-6))], "which is no class"),
    ],
)
def test_classes_that_cannot_be_meant_are_named(classes: list[Any], words: str) -> None:
    with pytest.raises(PluginError, match=words):
        load_registry({"one": plugin(*classes)})


def hook(result: Any) -> SimpleNamespace:
    def provide() -> Any:
        if isinstance(result, Exception):
            raise result
        return result

    return SimpleNamespace(ebana_devices=hookimpl(provide))


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (Pear, "ebana_devices of plugin 'one' returns <class"),
        (None, "ebana_devices of plugin 'one' returns None"),
        ("pear", "ebana_devices of plugin 'one' returns 'pear'"),
        (RuntimeError("boom"), "ebana_devices of plugin 'one' raises RuntimeError: boom"),
    ],
)
def test_hooks_that_return_no_list_are_named(result: Any, words: str) -> None:
    with pytest.raises(PluginError, match=words):
        load_registry({"one": hook(result)})


def test_a_hook_without_its_mark_is_named() -> None:
    def ebana_devices() -> list[Any]:
        return [Pear]

    with pytest.raises(PluginError, match="'ebana_devices' that is not marked") as caught:
        load_registry({"one": SimpleNamespace(ebana_devices=ebana_devices)})
    assert caught.value.fix == "put @hookimpl above ebana_devices"
    with pytest.raises(PluginError, match="'ebana_device' that is not marked") as caught:
        load_registry({"one": SimpleNamespace(ebana_device=ebana_devices)})
    assert caught.value.fix.endswith("spell it 'ebana_devices'")


def test_a_plugin_without_hooks_is_named() -> None:
    with pytest.raises(PluginError, match="Plugin 'one' implements no hook"):
        load_registry({"one": SimpleNamespace(devices=[Pear])})


def test_arguments_that_no_hook_is_given_are_named() -> None:
    def ebana_devices(model: Any) -> list[Any]:
        return [Pear]

    with pytest.raises(PluginError, match=r"Plugin 'one' cannot be registered: .*'model'"):
        load_registry({"one": SimpleNamespace(ebana_devices=hookimpl(ebana_devices))})


def test_one_module_behind_two_names_is_refused() -> None:
    module = plugin(Pear)
    with pytest.raises(PluginError, match="Plugin 'two' cannot be registered"):
        load_registry({"one": module, "two": module})


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
