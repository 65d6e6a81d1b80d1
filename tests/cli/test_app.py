"""The command line as a user meets it."""

import subprocess
import sys

import pytest


def ebana(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ebana_core", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_demo_shows_that_the_network_learned() -> None:
    done = ebana("demo", "xor")
    assert done.returncode == 0, done.stderr
    assert "4 of 4 answers right" in done.stdout
    assert "val accuracy" in done.stderr


def test_quiet_shows_results_only() -> None:
    done = ebana("--quiet", "demo", "xor", "--epochs", "3")
    assert "answers right" in done.stdout
    assert "epoch" not in done.stdout
    assert not done.stderr


def test_devices_lists_who_provides_them() -> None:
    done = ebana("devices")
    assert done.returncode == 0
    row = next(line for line in done.stdout.splitlines() if "diode" in line)
    assert "ebana-diode-mos" in row


@pytest.mark.ngspice
def test_doctor_finds_both_simulators_in_agreement() -> None:
    done = ebana("doctor")
    assert done.returncode == 0, done.stdout
    assert "(right)" in done.stdout


@pytest.mark.ngspice
def test_demo_runs_on_ngspice() -> None:
    done = ebana("demo", "gates", "--backend", "ngspice", "--epochs", "3")
    assert done.returncode == 0, done.stderr
    assert "of 12 answers right" in done.stdout


def test_an_error_is_told_without_a_traceback() -> None:
    done = ebana("demo", "xor", "--backend", "spectre")
    assert done.returncode == 1
    assert "UnknownNameError: No backend 'spectre'" in done.stderr
    assert "fix:" in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_usage_exits_with_two() -> None:
    assert ebana("demo", "nonsense").returncode == 2


def test_version_is_shown() -> None:
    assert ebana("--version").stdout.startswith("ebana 0.")
