"""The committed tables are those of the committed numbers, and a case can be measured."""

import json
from pathlib import Path

import pytest

from benchmarks.agreement import disagreement
from benchmarks.cases import CASES, load_images
from benchmarks.measure import BACKENDS, operating_points
from benchmarks.speed import page

RESULTS = Path(__file__).parent.parent.parent / "benchmarks" / "results"


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


@pytest.mark.ngspice
@pytest.mark.parametrize(
    "name",
    ["10-10-6 behavioural", "1568-100-10 ideal, batch 4", "1568-100-20 antiparallel"],
)
def test_native_and_ngspice_agree_on_circuits_of_the_benchmarks(name: str) -> None:
    assert max(disagreement(name, n_samples=1).values()) <= 1e-8


def test_a_case_is_measured() -> None:
    case, (images, name) = CASES["10-10-6 behavioural"], load_images(None, 105)
    backend = BACKENDS["native, NumPy"]()
    result = operating_points(case.build(), case, backend, case.samples(images), 0.0)
    assert name == "random images"
    assert result["batch"] == 105
    assert result["points_per_second"] > 0
    assert result["residual"] <= 1e-12
