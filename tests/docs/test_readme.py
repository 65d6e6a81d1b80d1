"""What the README and the documentation show works as it stands."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.ngspice
def test_the_network_of_the_readme_learns_on_both_simulators(
    capsys: pytest.CaptureFixture[str],
) -> None:
    exec(compile(BLOCKS[0], "README.md", "exec"), {})
    first, second = capsys.readouterr().out.splitlines()
    assert "accuracy 100.00%" in first
    assert first == second


def test_the_plugin_of_the_readme_is_a_device() -> None:
    from types import SimpleNamespace

    from ebana_core.registry import load_registry

    names: dict[str, object] = {"__name__": "readme_plugin"}
    exec(compile(BLOCKS[1], "README.md", "exec"), names)
    plugin = SimpleNamespace(ebana_devices=names["ebana_devices"])
    assert "cubic" in load_registry({"readme": plugin}).devices
    assert len(BLOCKS[1].splitlines()) <= 24


def test_the_network_takes_about_twenty_lines() -> None:
    lines = [line for line in BLOCKS[0].splitlines() if line.strip()]
    assert len(lines) <= 28


@pytest.mark.parametrize("page", ["README.md", "docs/plugins.md", "docs/physics.md"])
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text()
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if not target.startswith("http"):
            assert ((ROOT / page).parent / target).exists(), f"{page} links to {target}"
