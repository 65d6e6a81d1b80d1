"""The plugin mechanism, with real distributions on disk where it matters."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from ebana_core import Model, builtins
from ebana_core.cli.app import app
from ebana_core.errors import PluginError, UnknownDeviceError
from ebana_core.hookspecs import hookimpl
from ebana_core.initializers import Given, RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer, Layer
from ebana_core.registry import distribution_of, load_registry
from tests.support.distributions import fake_distribution


def plugin(*classes: Any, hook: str = "ebana_devices") -> SimpleNamespace:
    def provide() -> list[Any]:
        return list(classes)

    return SimpleNamespace(**{hook: hookimpl(provide)})


class Pear(DenseLayer):
    device = "pear"


class OtherPear(DenseLayer):
    device = "pear"


def test_the_distribution_of_a_package_is_known_without_a_look_at_all_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[str] = []
    files = {"pear": ["pear-trees"]}
    place = "ebana_core.registry.plugins.packages_distributions"
    monkeypatch.setattr(place, lambda: looked.append("") or files)
    packages = ("ebana_core", "ebana_diode_mos", "ebana_memristor")
    assert [distribution_of(package) for package in packages] == [
        package.replace("_", "-") for package in packages
    ]
    assert not looked
    assert [distribution_of(package) for package in ("pear", "__main__")] == [
        "pear-trees",
        "__main__",
    ]


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
    with pytest.raises(PluginError, match="not a class"):
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
        ([Fruit], "'one' provides Fruit in ebana_devices, which does not derive from Layer"),
        ([Pear(name="a", units=1, initializer=Given(1e-6))], "which is not a class"),
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
    registry = load_registry()
    assert "dense" in registry.devices
    (error,) = registry.errors
    assert "'rotten_plugin' (rotten_plugin 1.2)" in error.problem
    assert "nothing_of_that_name" in error.problem
    with pytest.raises(UnknownDeviceError, match=r"'plum'.*rotten_plugin 1\.2.*nothing_of"):
        registry.device("plum")


def test_a_broken_plugin_keeps_nobody_from_saving_and_loading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_distribution(tmp_path, "rotten_plugin", "raise SystemExit(3)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    x = InputVoltageLayer(units=2, name="x")
    dense = DenseLayer(units=1, name="d", initializer=RandomUniform(1e-6, 1e-4))(x)
    model = Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(dense)], seed=0)
    model.save(tmp_path / "model.h5")
    again = Model.load(tmp_path / "model.h5")
    assert np.array_equal(again.parameters["d.conductance"], model.parameters["d.conductance"])
    (error,) = load_registry().errors
    assert "SystemExit: 3" in error.problem


@pytest.mark.parametrize("failure", [RuntimeError("no such table"), SystemExit(2)], ids=repr)
def test_a_hook_that_raises_or_exits_is_named(failure: BaseException) -> None:
    def ebana_devices() -> list[Any]:
        raise failure

    with pytest.raises(
        PluginError, match=rf"ebana_devices of plugin 'one' raises {type(failure).__name__}"
    ):
        load_registry({"one": SimpleNamespace(ebana_devices=hookimpl(ebana_devices))})


def test_a_watching_hook_that_exits_is_named() -> None:
    def ebana_run_started() -> None:
        raise SystemExit(2)

    registry = load_registry(
        {"one": SimpleNamespace(ebana_run_started=hookimpl(ebana_run_started))}
    )
    with pytest.raises(PluginError, match="ebana_run_started of plugin 'one' exits with 2"):
        registry.tell("ebana_run_started", run=None, model=None)


def test_devices_that_two_installed_plugins_claim_are_refused_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "from ebana_core.hookspecs import hookimpl\n"
        "from ebana_core.layers import DenseLayer\n"
        "class Plum(DenseLayer):\n    device = 'plum'\n"
        "@hookimpl\ndef ebana_devices():\n    return [Plum]\n"
    )
    for name in ("plum_one", "plum_two"):
        fake_distribution(tmp_path, name, code)
    monkeypatch.syspath_prepend(str(tmp_path))
    registry = load_registry()
    assert registry.device("dense") is DenseLayer
    with pytest.raises(PluginError, match=r"plum_one 1\.2.*plum_two 1\.2.*device 'plum'"):
        registry.device("plum")


def test_a_plugin_without_devices_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "from ebana_core.hookspecs import hookimpl\n"
        "@hookimpl\ndef ebana_run_started(run):\n    pass\n"
    )
    fake_distribution(tmp_path, "silent_watcher", code)
    monkeypatch.syspath_prepend(str(tmp_path))
    (listed,) = (item for item in load_registry().plugins if item.name == "silent_watcher")
    assert (listed.version, listed.watches) == ("1.2", ("ebana_run_started",))
    done = CliRunner().invoke(app, ["plugins"])
    assert "silent_watcher" in done.output
    assert "run_started" in done.output
