"""The command line as a user meets it."""

import os
import subprocess
import sys
from typing import Any

import pytest
from typer.testing import CliRunner

from ebana_core import builtins
from ebana_core.cli import doctor
from ebana_core.cli.app import app
from ebana_core.cli.tables import output_console
from ebana_core.registry import load_registry


def ebana(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ebana_core", *arguments]
    env = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env)


def here(*arguments: str) -> Any:
    """Run ``ebana`` in this process, which spares the seconds that a new one takes to import."""
    result = CliRunner().invoke(app, list(arguments), prog_name="ebana")
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


def test_demo_shows_that_the_network_learned() -> None:
    done = ebana("demo", "xor")
    assert done.returncode == 0, done.stderr
    assert "4 of 4 answers right" in done.stdout
    assert "val accuracy" in done.stderr


def test_quiet_shows_results_only() -> None:
    done = here("--quiet", "demo", "xor", "--epochs", "3")
    assert "answers right" in done.stdout
    assert "epoch" not in done.stdout
    assert not done.stderr


def test_devices_lists_who_provides_them() -> None:
    done = here("devices")
    assert done.exit_code == 0
    row = next(line for line in done.stdout.splitlines() if "diode" in line)
    assert "ebana-diode-mos" in row


@pytest.mark.ngspice
def test_doctor_finds_both_simulators_in_agreement() -> None:
    done = here("doctor")
    assert done.exit_code == 0, done.stdout
    assert "ok    libngspice: version" in done.stdout
    assert "ok    native against ngspice" in done.stdout


@pytest.mark.ngspice
def test_doctor_is_content_without_the_diode_plugin(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "load_registry", lambda: load_registry({"core": builtins}))
    assert doctor.examine(output_console())
    printed = capsys.readouterr().out
    assert "WRONG" not in printed
    assert "without diodes" in printed


def test_doctor_names_what_is_missing_and_goes_on() -> None:
    done = ebana("doctor", NGSPICE_LIBRARY_PATH="/nowhere/libngspice.so")
    assert done.returncode == 1
    assert "WRONG libngspice: MissingLibraryError" in done.stdout
    assert "fix:" in done.stdout
    assert "ok    native: residual" in done.stdout
    assert "Traceback" not in done.stderr


def test_gates_are_shown_as_a_truth_table() -> None:
    lines = here("-q", "demo", "gates").stdout.splitlines()
    assert lines[0].split() == ["inputs", "OR", "AND", "XOR"]
    bits = [[row.split()[place] for place in (0, 1, 2, 5, 8)] for row in lines[1:5]]
    assert bits == [list("00000"), list("01101"), list("10101"), list("11110")]
    assert "12 of 12 answers right (accuracy 100.0%), loss" in lines[5]


def test_iris_are_shown_by_species() -> None:
    pytest.importorskip("sklearn")
    lines = here("-q", "demo", "iris", "--epochs", "20").stdout.splitlines()
    counts = [[int(word) for word in row.split()[1:]] for row in lines[1:4]]
    assert [sum(row) for row in counts] == [15, 15, 15]
    right = sum(counts[species][species] for species in range(3))
    assert lines[4].startswith(f"{right} of 45 answers right")


def test_seed_and_backend_decide_the_result() -> None:
    def answers(*arguments: str) -> list[str]:
        return here("-q", "demo", "xor", "--epochs", "3", *arguments).stdout.splitlines()[:6]

    first = answers("--seed", "1")
    assert first
    assert answers("--seed", "1") == first != answers("--seed", "2")


@pytest.mark.ngspice
def test_demo_runs_on_ngspice() -> None:
    done = here("demo", "gates", "--backend", "ngspice", "--epochs", "3")
    assert done.exit_code == 0, done.stderr
    assert "of 12 answers right" in done.stdout


def test_an_error_is_told_without_a_traceback() -> None:
    done = ebana("demo", "xor", "--backend", "spectre")
    assert done.returncode == 1
    assert "UnknownNameError: No backend 'spectre'" in done.stderr
    assert "fix:" in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_usage_exits_with_two() -> None:
    assert here("demo", "nonsense").exit_code == 2


def test_quiet_and_verbose_exclude_each_other() -> None:
    done = here("-q", "-v", "devices")
    assert done.exit_code == 2
    assert "exclude" in done.stderr


def test_verbose_shows_the_layers_and_every_epoch() -> None:
    done = here("--verbose", "demo", "xor", "--epochs", "20")
    assert "ebana-diode-mos" in done.stderr
    assert done.stderr.count("epoch ") == 20


def test_the_tables_survive_an_encoding_without_line_drawing() -> None:
    done = ebana("-q", "demo", "xor", "--epochs", "3", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == 0
    assert done.stdout.isascii()


def test_version_is_shown() -> None:
    assert ebana("--version").stdout.startswith("ebana 0.")
