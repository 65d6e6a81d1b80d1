"""The page on networks of transistors runs as it stands, and its settings are the layer's."""

import json
import re
from pathlib import Path

import attrs
import numpy as np
import pytest
from ebana_diode_mos import TransistorCrossbarLayer
from sklearn.datasets import load_digits

from benchmarks.transistor_learning import NUDGE_147, network_147, table
from benchmarks.transistor_mixed import table as mixed_table
from benchmarks.transistor_prototypes import PER_CLASS, Prototypes, noisy, on_twins
from benchmarks.transistor_pulses import SETTINGS, of_pulses, told
from benchmarks.transistor_tasks import Task, accuracy, falling
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.data import DataSet
from tests.support.pages import run
from tests.support.project import ROOT


def test_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # it writes a netlist
    points = run("docs/transistors.md")["points"]
    assert isinstance(points, OperatingPoints)
    assert points.residual <= 1e-12
    assert 0 < points.predictions()["y"][0, 0] < 0.45


def test_the_plugins_table_names_the_settings_of_the_layers() -> None:
    page = (ROOT / "plugins" / "ebana_diode_mos" / "README.md").read_text(encoding="utf-8")
    table = page[page.index("| setting | means |") :]
    named = {
        name
        for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    }
    known = {field.name for field in attrs.fields(TransistorCrossbarLayer)}
    assert named <= known
    assert {"body", "gate_reference", "model", "max_step"} <= named


def test_the_page_tells_the_committed_figures() -> None:
    page = (ROOT / "docs" / "transistors.md").read_text(encoding="utf-8")
    rows = json.loads((ROOT / "benchmarks/results/transistor_learning.json").read_text())["rows"]
    for line in table(rows):
        assert line in page


def test_the_page_tells_how_fast_mixed_networks_are() -> None:
    page = (ROOT / "docs" / "transistors.md").read_text(encoding="utf-8")
    rows = json.loads((ROOT / "benchmarks/results/transistor_mixed.json").read_text())["results"]
    for line in mixed_table(rows):
        assert line in page
    # No speed counts without accuracy.
    assert max(max(row["residual"].values()) for row in rows) <= 1e-12
    assert max(row["largest_difference_V"] for row in rows) <= 1e-8


def three_digits(n_test: int) -> Task:
    pixels, labels = load_digits(n_class=3, return_X_y=True)
    data = DataSet({"x": pixels / 16.0}, {"y": np.eye(3)[labels]})
    return Task(data.subset(np.arange(100)), data.subset(np.arange(100, 100 + n_test)))


def echoes(n_samples: int, n_features: int) -> DataSet:
    """Return echoes of class 1, which do not change from pulse to pulse, and of class 0."""
    labels, rng = np.arange(n_samples) % 2, np.random.default_rng(n_samples)
    still, rough = (rng.uniform(-1, 1, (n_samples, size)) for size in (1, n_features))
    return DataSet({"x": np.where(labels[:, None], still, rough)}, {"y": np.eye(2)[labels]})


def test_outputs_that_start_at_prototypes_know_most_digits_before_they_learn() -> None:
    own = Prototypes.of(three_digits(30), 0)
    model = own.network(0, None, lr=0.0)
    assert model.parameters["net.gate"].shape == (128, 3 * PER_CLASS)
    # Outputs that know nothing have a third.
    assert accuracy(model, own.task.test) > 0.9


def test_a_larger_nudge_learns_in_spite_of_a_tenth_of_a_volt_of_noise() -> None:
    own = Prototypes.of(three_digits(300), 0, per_class=2)
    loud = noisy(100)
    before = accuracy(own.network(0, None, 0.0), own.task.test, read_noise=loud["read_noise"])
    assert own.learned(0, 1, **loud)[1] > before + 0.05


def test_pulses_tell_halves_magnitudes_and_changes() -> None:
    volts = np.array([[0.5, -0.25, -0.5, 0.75]])
    halves = [0.5, 0, 0, 0.75, 0, 0.25, 0.5, 0]
    assert of_pulses(volts).tolist() == [[*halves, 0.5, 0.25, 0.5, 0.75, 0.5, 0.5]]


def test_echoes_that_do_not_change_are_told_from_others_on_noisy_twins() -> None:
    own = told(Task(echoes(60, 10), echoes(100, 10)))
    assert accuracy(own.network(0, None, 0.0), own.task.test) < 0.75
    assert own.learned(1, 2, **SETTINGS, **on_twins(own, 1))[2] > 0.8


def test_the_network_of_147_learns_echoes_by_a_larger_nudge() -> None:
    data, settings = echoes(30, 34), {"lr": 0.4, "every": 2, **NUDGE_147}
    assert accuracy(network_147(None, 0.0), data) == 0.5
    assert falling(network_147, Task(data, data), [np.arange(30)] * 2, **settings)[2] > 0.75
