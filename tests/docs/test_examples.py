"""The examples run as they stand and learn."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


def run(name: str, *arguments: str) -> str:
    command = [sys.executable, "-W", "error", str(EXAMPLES / name), *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_xor_is_learned() -> None:
    shown = run("xor.py")
    assert "accuracy 100.00%" in shown
    assert "[1, -1] V -> 1.0" in shown


def test_gates_are_learned() -> None:
    assert run("digital_gates.py").splitlines()[-4:] == [
        "[-1, -1] V -> OR 0, AND 0, XOR 0",
        "[-1, 1] V -> OR 1, AND 0, XOR 1",
        "[1, -1] V -> OR 1, AND 0, XOR 1",
        "[1, 1] V -> OR 1, AND 1, XOR 0",
    ]


def test_iris_are_learned_and_the_test_accuracy_is_told() -> None:
    found = re.search(r"45 test flowers: loss .*accuracy (\S+)%", run("iris.py"))
    assert found is not None
    assert float(found[1]) >= 93, "at most three of 45 wrong"


@pytest.mark.ngspice
def test_example_runs_on_ngspice() -> None:
    assert "loss" in run("xor.py", "--backend", "ngspice", "--epochs", "5")


def test_examples_are_short() -> None:
    for path in EXAMPLES.glob("*.py"):
        assert len(path.read_text().splitlines()) < 80, path
