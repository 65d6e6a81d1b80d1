"""``ebana test-plugin`` examines what an installed plugin provides."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ebana_core.cli.app import app
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


def ebana(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "ebana_core", *words]
    env = {**os.environ, "PYTHONPATH": path}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env)


def test_what_does_not_hold_is_told_and_the_status_says_so(tmp_path: Path) -> None:
    fake_distribution(tmp_path, "steep_plugin", CODE)
    right = ebana(tmp_path, "test-plugin", "steep-plugin", "--set", "Steep.factor=3")
    assert right.returncode == 0, right.stdout + right.stderr
    assert "6 passed" in right.stdout
    wrong = ebana(tmp_path, "test-plugin", "steep_plugin", "--set", "Steep.factor=2.0")
    assert wrong.returncode == 1
    assert "gradient is" in wrong.stdout
    assert "and the derivative of value is" in wrong.stdout


def test_a_plugins_command_is_a_command_of_ebana(tmp_path: Path) -> None:
    fake_distribution(tmp_path, "steep_plugin", CODE)
    assert ebana(tmp_path, "count-words", "one two three").stdout == "3 words\n"
    assert "Count words." in ebana(tmp_path, "--help").stdout


def test_a_command_that_does_not_import_costs_only_itself(tmp_path: Path) -> None:
    code = CODE.replace("steep_plugin:count", "nothing_of_that_name:count")
    fake_distribution(tmp_path, "steep_plugin", code)
    told = ebana(tmp_path, "--help")
    assert "new-plugin" in told.stdout
    assert "'count-words' cannot be loaded" in told.stderr
    called = ebana(tmp_path, "count-words", "one")
    assert called.returncode == 1
    assert "PluginError: The command 'count-words' cannot be loaded" in called.stderr


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
