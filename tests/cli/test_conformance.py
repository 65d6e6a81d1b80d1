"""``ebana test-plugin`` examines what an installed plugin provides."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ebana_core.cli.app import app, main
from ebana_core.cli.conformance import read_arguments
from ebana_core.errors import EbanaError, ParameterError, PluginError, UnknownNameError
from tests.support.distributions import fake_distribution

CODE = """
import attrs
from ebana_core.commands import Command
from ebana_core.hookspecs import hookimpl
from ebana_core.losses import Loss, MSE
@attrs.frozen
class Steep(Loss):
    factor: float
    def value(self, prediction, target):
        return self.factor * MSE().value(prediction, target)
    def gradient(self, prediction, target):
        return 3 * MSE().gradient(prediction, target)
@hookimpl
def ebana_losses():
    return [Steep]
@hookimpl
def ebana_commands():
    return [Command("count-words", "steep_plugin:count")]
def count(text: str):
    '''Count words.'''
    print(len(text.split()), "words")
"""


Ebana = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ebana(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Ebana:
    """Call ``ebana`` where a folder with plugins is on the path: status, output and errors."""
    monkeypatch.delitem(sys.modules, "steep_plugin", raising=False)  # that of another test
    monkeypatch.syspath_prepend(str(tmp_path))  # of this process, and of those that it starts
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["ebana", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), *capfd.readouterr()

    return call


def test_what_does_not_hold_is_told_and_the_status_says_so(tmp_path: Path, ebana: Ebana) -> None:
    fake_distribution(tmp_path, "steep_plugin", CODE)
    status, said, error = ebana("test-plugin", "steep-plugin", "--set", "Steep.factor=3")
    assert status == 0, said + error
    assert "6 passed" in said
    status, said, _ = ebana("test-plugin", "steep_plugin", "--set", "Steep.factor=2.0")
    assert status == 1
    assert "gradient is" in said
    assert "and the derivative of value is" in said


def test_what_was_not_examined_is_told_with_its_reason(tmp_path: Path, ebana: Ebana) -> None:
    skipping = "import pytest; pytest.skip('no meter is here')"
    code = CODE.replace("return self.factor * MSE().value(prediction, target)", skipping)
    fake_distribution(tmp_path, "steep_plugin", code)
    said = ebana("test-plugin", "steep-plugin", "--set", "Steep.factor=3")[1]
    assert "skipped" in said
    assert "no meter is here" in said


def test_an_argument_may_be_a_word() -> None:
    given = read_arguments(
        ["MyRule.variant=centered", "MyRule.beta=1e-9", "Other.deep=" + "[" * 9999]
    )
    assert given["MyRule"] == {"variant": "centered", "beta": 1e-9}
    assert given["Other"]["deep"].startswith("[[[")


def test_a_plugins_command_is_a_command_of_ebana(tmp_path: Path, ebana: Ebana) -> None:
    fake_distribution(tmp_path, "steep_plugin", CODE)
    assert ebana("count-words", "one two three")[1] == "3 words\n"
    assert "Count words." in ebana("--help")[1]


def test_a_command_that_does_not_import_costs_only_itself(tmp_path: Path, ebana: Ebana) -> None:
    code = CODE.replace("steep_plugin:count", "nothing_of_that_name:count")
    fake_distribution(tmp_path, "steep_plugin", code)
    # In a process of its own: pytest takes what is logged.
    words = [sys.executable, "-m", "ebana_core", "--help"]
    told = subprocess.run(words, capture_output=True, text=True, check=True)
    assert "new-plugin" in told.stdout
    assert "'count-words' cannot be loaded" in told.stderr
    status, _, error = ebana("count-words", "one")
    assert status == 1
    assert "PluginError: The command 'count-words' cannot be loaded" in error


@pytest.mark.parametrize(
    ("words", "error", "text"),
    [
        (["none"], UnknownNameError, "No plugin 'none'; installed are"),
        (["steep-plugin", "--set", "factor=2"], ParameterError, "--set is 'factor=2'"),
        (["steep-plugin", "--set", "Other.factor=2"], UnknownNameError, r"no class \['Other'\]"),
        (["rotten-plugin"], PluginError, "'rotten_plugin' .* cannot be imported"),
    ],
)
def test_what_cannot_be_examined_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    error: type[EbanaError],
    text: str,
) -> None:
    fake_distribution(tmp_path, "steep_plugin", CODE)
    fake_distribution(tmp_path, "rotten_plugin", "import nothing_of_that_name\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    found = CliRunner().invoke(app, ["test-plugin", *words])
    assert isinstance(found.exception, error)
    with pytest.raises(error, match=text):
        raise found.exception
