"""What the README and the documentation show works as it stands."""

import re
from types import SimpleNamespace

import pytest

from ebana_core import Model
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.registry import load_registry
from tests.support.pages import blocks
from tests.support.project import ROOT

BLOCKS = blocks("README.md")


@pytest.mark.ngspice
def test_the_network_of_the_readme_learns_on_both_simulators(
    capsys: pytest.CaptureFixture[str],
) -> None:
    exec(compile(BLOCKS[0], "README.md", "exec"), {})
    first, second = capsys.readouterr().out.splitlines()
    assert "accuracy 100.00%" in first
    assert first == second


@pytest.mark.ngspice
def test_the_plugin_of_the_readme_is_a_device_on_both_simulators() -> None:
    names: dict[str, object] = {"__name__": "readme_plugin"}
    exec(compile(BLOCKS[1], "README.md", "exec"), names)
    plugin = SimpleNamespace(ebana_devices=names["ebana_devices"])
    layer = load_registry({"readme": plugin}).device("cubic")(name="act")
    source = InputVoltageLayer(units=1, name="x")
    dense = DenseLayer(units=2, name="d", initializer=RandomUniform(1e-6, 1e-5))(source)
    output = CurrentLayer(name="y")(layer(dense))
    model = Model(inputs=[source], outputs=[output], seed=0)
    inputs = {"x": [[-1.0], [0.5]]}
    native = model.operating_points(inputs).voltages
    assert native == pytest.approx(model.operating_points(inputs, "ngspice").voltages, abs=1e-10)
    assert len(BLOCKS[1].splitlines()) <= 24


def test_the_network_takes_about_twenty_lines() -> None:
    lines = [line for line in BLOCKS[0].splitlines() if line.strip()]
    assert len(lines) <= 28


PAGES = (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("plugins/*/README.md"))


@pytest.mark.parametrize("page", [str(path.relative_to(ROOT)) for path in PAGES])
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", (ROOT / page).read_text()):
        name, _, anchor = target.partition("#")
        if name.startswith("http"):
            continue
        there = (ROOT / page).parent / name if name else ROOT / page
        assert there.exists(), f"{page} links to {target}"
        titles = re.findall(r"^#+ (.+)$", there.read_text(), re.MULTILINE) if anchor else []
        assert not anchor or anchor in map(_anchor, titles), f"{page} links to {target}"


def _anchor(title: str) -> str:
    """Return what a heading is linked by."""
    return re.sub(r"[^a-z0-9_ -]", "", title.lower()).replace(" ", "-")
