"""``ebana --help`` tells what there is without importing it, and misses nothing."""

import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import typer

from ebana_core.commands import OWN, Command
from ebana_core.errors import PluginError
from ebana_core.registry import plugins
from ebana_core.registry.plugins import Plugin, is_named

HELP = """
import sys
from ebana_core.cli import main
sys.argv[1:] = ["{option}"]
try:
    main()
finally:
    print("imported", [name for name in ("numpy", "ebana_diode_mos") if name in sys.modules])
"""


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_what_ebana_says_of_itself_imports_no_plugin(option: str) -> None:
    command = [sys.executable, "-c", HELP.format(option=option)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("imported []\n")
    assert option == "--version" or all(command.name in done.stdout for command in OWN)


@pytest.mark.parametrize("command", OWN, ids=lambda command: command.name)
def test_a_summary_is_the_first_sentence_of_the_help(command: Command) -> None:
    found = command.load()
    if isinstance(found, typer.Typer):
        assert command.summary == found.info.help
    else:
        assert command.summary == found.__doc__.splitlines()[0]


def test_a_summary_is_text() -> None:
    with pytest.raises(PluginError, match="summary=None"):
        Command("own", "json:dumps", None)  # type: ignore[arg-type]  # what is refused


@pytest.mark.parametrize(
    ("text", "target", "expected"),
    [
        ("def ebana_commands(): ...", "strange_words", True),
        ("from strange import *", "strange_words", True),
        ("def ebana_losses(): ...", "strange_words", False),
        ("class Own: ...", "strange_words:Own", True),
        ("", "strange_words", True),
        ("def ebana_losses(): ...", "none_of_that_name", True),
    ],
)
def test_a_plugin_that_may_have_a_hook_is_asked(
    text: str, target: str, expected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "strange_words.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    found = [
        Plugin("core", None, None, plugins.OWN),
        Plugin("own", None, EntryPoint("own", target, "ebana"), "own"),
    ]
    monkeypatch.setattr(plugins, "found_plugins", lambda given: found)
    assert is_named("ebana_commands") == expected
    assert "strange_words" not in sys.modules
