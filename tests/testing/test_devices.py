"""The conformance kit fails wrong devices, in words."""

import io
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from tests.support.project import ROOT

WRONG = """
import pytest
from ebana_core.laws import Law
from ebana_core.laws.spice import BehaviouralCurrent
from ebana_core.layers import ShuntLayer
from ebana_core.quantities import quantity
from ebana_core.testing import DeviceConformance

class Cubic(Law):
    values = (quantity("k", "A/V^3", default=1e-4),)
    def current(self, drop, values): return {sign} * values["k"] * drop**3
    def slope(self, drop, values): return {slope} * values["k"] * drop**2
    def co_content(self, drop, values): return values["k"] * drop**4 / {content}
    def current_change(self, drop, change, values):
        return {change}
    def spice(self, branch, head, tail, values):
        cube = "{spice}*{{k}}*{{drop}}*{{drop}}*{{drop}}"
        return [BehaviouralCurrent(f"b{{branch}}", head, tail, cube, dict(values))]

class CubicLayer(ShuntLayer):
    device = "cubic"
    law = Cubic()

class TestCubic(DeviceConformance):
    @pytest.fixture
    def layer(self):
        return CubicLayer(name="cubic")
"""
RIGHT = {
    "sign": "1",
    "slope": "3",
    "content": "4",
    "spice": "1",
    "change": "values['k'] * change * (3*drop**2 + 3*drop*change + change**2)",
}


def examine(tmp_path: Path, **changes: str) -> str:
    path = tmp_path / "test_cubic.py"
    path.write_text(WRONG.format(**{**RIGHT, **changes}))
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-c", str(ROOT / "pyproject.toml")]
    shown = io.StringIO()
    with redirect_stdout(shown):  # in this process, which has loaded everything already
        pytest.main([*options, f"--rootdir={ROOT}", str(path)])
    return shown.getvalue()


def test_a_right_device_passes(tmp_path: Path) -> None:
    assert "failed" not in examine(tmp_path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"slope": "2"}, "slope is"),
        ({"content": "3"}, "co_content rises by"),
        ({"sign": "-1"}, "current falls from"),
        (
            {"change": "self.current(drop + change, values) - self.current(drop, values)"},
            "current_change/change is",
        ),
    ],
)
def test_a_wrong_device_is_told_what_is_wrong(
    tmp_path: Path, changes: dict[str, str], words: str
) -> None:
    assert words in examine(tmp_path, **changes)


@pytest.mark.ngspice
def test_spice_that_differs_from_the_law_is_found(tmp_path: Path) -> None:
    said = examine(tmp_path, spice="1.01")
    assert "SPICE draws" in said
    assert "1 failed" in said


def test_a_law_without_numbers_is_told_once(tmp_path: Path) -> None:
    said = examine(tmp_path, sign="np")
    assert "NameError" in said
    assert "is asked for its current" in said or "was asked for its current" in said
    assert "1 error" in said
