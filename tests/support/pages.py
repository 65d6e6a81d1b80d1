"""Pages of the documentation as programs."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def blocks(page: str, language: str = "python") -> list[str]:
    """Return the blocks of a page in a language, in their order."""
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)


def run(page: str) -> dict[str, object]:
    """Run the Python of a page from top to bottom, and return its names."""
    names: dict[str, object] = {}
    for block in blocks(page):
        exec(compile(block, page, "exec"), names)
    return names
