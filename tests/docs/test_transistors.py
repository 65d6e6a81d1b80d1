"""The page on networks of transistors runs as it stands, and its settings are the layer's."""

import json
import re

import attrs
from ebana_diode_mos import TransistorCrossbarLayer

from benchmarks.transistor_learning import table
from ebana_core.backends.operating_points import OperatingPoints
from tests.support.pages import run
from tests.support.project import ROOT


def test_the_page_runs() -> None:
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
