"""Plugins that cannot even be looked at, and distributions that are damaged: told, and survived."""

from pathlib import Path

import pytest

from ebana_core.registry import load_registry
from tests.support.distributions import fake_distribution

HOOK = "from ebana_core.hookspecs import hookimpl\n@hookimpl\ndef ebana_losses(): "
MODULES = {
    "an exception of its own": (
        "class Gone(BaseException): pass\nraise Gone('no')",
        "imported: Gone: no",
    ),
    "names that raise": (
        f"{HOOK}return []\ndef __getattr__(name): raise RuntimeError('lazy')\n"
        "def __dir__(): return ['ebana_losses', 'ebana_gone']",
        "examined: RuntimeError: lazy",
    ),
    "no list of names": (
        f"{HOOK}return []\ndef __dir__(): raise RuntimeError('dir')",
        "examined: RuntimeError: dir",
    ),
    "a thing that cannot be shown": (
        f"{HOOK}return [Odd()]\nclass Odd:\n    def __repr__(self): raise RuntimeError",
        "provides a Odd that cannot be shown",
    ),
    "a result that cannot be shown": (
        f"{HOOK}return Odd()\nclass Odd:\n    def __repr__(self): raise RuntimeError",
        "returns a Odd that cannot be shown",
    ),
    "an error that cannot be shown": (
        f"{HOOK}raise Odd\nclass Odd(Exception):\n    def __str__(self): raise RuntimeError",
        "raises Odd.",
    ),
    "a class whose name raises": (
        "from ebana_core.layers import DenseLayer\nclass Named:\n    def __get__(self, one, cls): "
        "raise RuntimeError('no name')\nclass Own(DenseLayer):\n    device = Named()\n"
        + HOOK.replace("losses", "devices")
        + "return [Own]",
        "examined: RuntimeError: no name",
    ),
}


@pytest.mark.parametrize("what", MODULES)
def test_a_plugin_that_cannot_be_looked_at_keeps_nobody_from_working(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, words = MODULES[what]
    name = "odd_" + what.replace(" ", "_")
    fake_distribution(tmp_path, name, code)
    monkeypatch.syspath_prepend(str(tmp_path))
    registry = load_registry()
    (error,) = registry.errors
    assert f"'{name}' ({name} 1.2)" in str(error)
    assert words in str(error)
    assert "MSE" in registry.provided["ebana_losses"]


@pytest.mark.parametrize("text", [b"[ebana]\nno_value\n", b"[ebana]\nodd = \xff\n"])
def test_a_distribution_that_cannot_tell_its_entry_points_is_left_out_with_a_warning(
    text: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_distribution(tmp_path, "broken", "")
    (tmp_path / "broken-1.2.dist-info" / "entry_points.txt").write_bytes(text)
    fake_distribution(tmp_path, "whole", f"{HOOK}return []")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.warns(UserWarning, match="Distribution 'broken' is damaged"):
        registry = load_registry()
    assert {"core", "diode_mos", "memristor", "whole"} <= {item.name for item in registry.plugins}
    assert not registry.errors


def test_a_distribution_without_a_name_has_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_distribution(tmp_path, "nameless", f"{HOOK}return []")
    (tmp_path / "nameless-1.2.dist-info" / "METADATA").unlink()
    monkeypatch.syspath_prepend(str(tmp_path))
    (plugin,) = (item for item in load_registry().plugins if item.name == "nameless")
    assert (plugin.distribution, plugin.version) == ("", "")
