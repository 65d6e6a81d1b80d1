"""The examples run as they stand and learn."""

import os
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


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("xor.py", "accuracy 100.00%"),
        ("digital_gates.py", "[0.5, 0.5] V -> OR 1, AND 1, XOR 0"),
        ("iris.py", "test: loss"),
    ],
)
def test_example_learns(name: str, shown: str) -> None:
    assert shown in run(name)


@pytest.mark.ngspice
def test_example_runs_on_ngspice() -> None:
    assert "loss" in run("xor.py", "--backend", "ngspice", "--epochs", "5")


def test_examples_are_short() -> None:
    for path in EXAMPLES.glob("*.py"):
        assert len(path.read_text().splitlines()) < 80, path
