"""The commands that pages show are there: of `ebana`, of make, of Python's modules, and extras."""

import importlib.util
import re
import tomllib
from typing import Any

import pytest
from typer.main import get_command

from ebana_core.cli.app import app
from tests.support.project import ROOT

PAGES = [
    *sorted((ROOT / "docs").rglob("*.md")),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "FORMAT.md")),
    *sorted(ROOT.glob("plugins/*/README.md")),
]
OF_A_TUTORIAL = frozenset(["count-devices"])
"""Commands that a page makes itself, by a plugin."""


def _code(page: Any) -> list[str]:
    """Return the lines of a page that are typed: blocks of the shell, and code between words."""
    text = page.read_text()
    blocks = re.findall(r"```(?:bash|sh)\n(.*?)```", text, re.DOTALL)
    between = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [line.split("  #")[0].split(" # ")[0] for line in [*lines, *between]]


LINES = {str(page.relative_to(ROOT)): _code(page) for page in PAGES}
EBANA = sorted(
    {
        found[1].strip()
        for lines in LINES.values()
        for line in lines
        for found in re.finditer(r"(?:^|&& |; |-m ebana_core |do )ebana ([^;&|]*)", line)
    }
)


@pytest.mark.parametrize("words", EBANA)
def test_a_command_of_ebana_that_a_page_shows_is_there(words: str) -> None:
    command: Any = get_command(app)
    context = command.make_context("ebana", ["--version"], resilient_parsing=True)
    first, *rest = words.split() or [""]
    if first in OF_A_TUTORIAL or not re.fullmatch(r"[a-z-]+", first):
        return  # `ebana NAME`, which stands for any of them
    while first:
        assert command.get_command(context, first) is not None, f"ebana has no command {words!r}"
        command = command.get_command(context, first)
        is_group = hasattr(command, "commands") and rest and re.fullmatch(r"[a-z-]+", rest[0])
        first = rest.pop(0) if is_group else ""
    known = {name for item in command.params for name in (*item.opts, *item.secondary_opts)}
    options = [word.split("=")[0] for word in rest if word.startswith("--")]
    assert [option for option in options if option not in known] == []


def test_targets_of_make_modules_and_extras_that_pages_show_are_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    missing = []
    for page, lines in LINES.items():
        for line in lines:
            asked = re.search(r"(?:^|&& )make ((?:[a-z-]+ ?)+)", line)
            names = asked[1].split() if asked else []
            missing += [(page, f"make {name}") for name in names if name not in targets]
            for module in re.findall(r"python -m ((?:benchmarks|tools|ebana_core)[\w.]*)", line):
                if importlib.util.find_spec(module) is None:
                    missing.append((page, module))
            for extras in re.findall(r"ebana-core\[([\w,]+)\]", line):
                unknown = set(extras.split(",")) - set(project["optional-dependencies"])
                missing += [(page, extra) for extra in unknown]
    assert missing == []


def test_commands_are_found_on_the_pages() -> None:
    assert len(EBANA) > 15
    assert any(words.startswith("runs compare") for words in EBANA)
