"""The committed tables are those of the committed numbers, and a case can be measured."""

import argparse
import json

import pytest

from benchmarks.accelerator import rows
from benchmarks.agreement import disagreement
from benchmarks.cases import CASES, load_images
from benchmarks.measure import BACKENDS, operating_points
from benchmarks.memory import MODELS
from benchmarks.speed import rebuilt
from benchmarks.speed_page import page
from tests.support.project import ROOT

RESULTS = ROOT / "benchmarks" / "results"


def test_the_table_is_made_of_the_numbers() -> None:
    record = json.loads((RESULTS / "speed.json").read_text())
    assert (RESULTS / "speed.md").read_text() == page(record)


def test_no_speed_counts_without_accuracy() -> None:
    record = json.loads((RESULTS / "speed.json").read_text())
    residuals = [row["residual"] for row in record["rows"] if "residual" in row]
    assert residuals
    assert max(residuals) <= 1e-12
    for apart in record["native against ngspice, relative"].values():
        assert max(apart.values()) <= 1e-8


def test_no_circuit_of_layers_counts_without_accuracy() -> None:
    record = json.loads((RESULTS / "layered.json").read_text())
    rows = [*record["growth"], *record["training"], *record["solving"]]
    assert {len(row["hidden"]) for row in record["growth"]} == {1, 2, 3, 4}
    for row in rows:
        assert row["residual"] <= (1e-5 if row.get("dtype") == "float32" else 1e-12)


def test_memory_of_ngspice_is_flat_over_many_points() -> None:
    rows = json.loads((RESULTS / "endurance.json").read_text())["rows"]
    assert rows[-1]["points"] == 100_000
    assert rows[-1]["memory_MB"] - rows[len(rows) // 2]["memory_MB"] < 0.1


def test_memory_is_reckoned_to_a_factor_of_one_and_a_half() -> None:
    rows = json.loads((RESULTS / "memory.json").read_text())["rows"]
    assert {row["circuit"] for row in rows} == set(MODELS)
    for row in rows:
        assert 1 / 1.5 <= row["estimate_over_peak"] <= 1.5, row["circuit"]


@pytest.mark.ngspice
@pytest.mark.parametrize(
    "name",
    ["10-10-6 behavioural", "1568-100-10 ideal, batch 4", "1568-100-20 antiparallel"],
)
def test_native_and_ngspice_agree_on_circuits_of_the_benchmarks(name: str) -> None:
    assert max(disagreement(name, n_samples=1).values()) <= 1e-8


# The ramps of this circuit are steeper than float32 holds, which its rows then measure in float64.
@pytest.mark.filterwarnings("ignore::ebana_core.backends.backend.PrecisionWarning")
@pytest.mark.torch
def test_devices_are_measured_with_their_errors_and_missing_ones_named() -> None:
    arguments = argparse.Namespace(
        data=None,
        samples=32,
        cases=["10-10-6 behavioural"],
        devices=["numpy", "cpu", "cuda:99"],
        batch=16,
        seconds=0.0,
    )
    measured = list(rows(arguments))
    assert len(measured) == 6
    for row in measured[:4]:
        is_double = row["dtype"] == "float64"
        assert row["batch"] == 16
        assert row["points_per_second"] > 0
        assert row["seconds_per_60000"] > 0
        assert row["residual"] <= (1e-12 if is_double else 1e-5)
        assert row["gradient_error"] <= (1e-10 if is_double else 1e-4)
    for row in measured[4:]:
        assert "cuda:99" in row["left out"]


@pytest.mark.ngspice
def test_rebuilt_netlists_run_on_the_library_that_ebana_finds() -> None:
    assert rebuilt((2, 2, 1), seconds=0.0) > 0


def test_a_case_is_measured() -> None:
    case, (images, name) = CASES["10-10-6 behavioural"], load_images(None, 105)
    backend = BACKENDS["native, NumPy"]()
    result = operating_points(case.build(), case, backend, case.samples(images), 0.0)
    assert name == "random images"
    assert result["batch"] == 105
    assert result["points_per_second"] > 0
    assert result["residual"] <= 1e-12
