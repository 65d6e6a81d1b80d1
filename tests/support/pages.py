"""Pages of the documentation as programs, and what they say that these print."""

import re
from itertools import dropwhile

import pytest

from tests.support.project import ROOT


def blocks(page: str, language: str = "python") -> list[str]:
    """Return the blocks of a page in a language, in their order."""
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)


def run(page: str) -> dict[str, object]:
    """Run the Python of a page from top to bottom, and return its names."""
    names: dict[str, object] = {}
    for block in blocks(page):
        exec(compile(block, page, "exec"), names)
    return names


NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]\d+)?")


def check_printed(page: str, printed: str) -> None:
    """Assert that a page's blocks of text stand in what its programs printed, in their order.

    Numbers may differ by a third: trainings end a little elsewhere with other libraries.
    """
    told = [line for block in blocks(page, "text") for line in block.splitlines()]
    assert told
    lines = iter(printed.splitlines())
    for line in told:
        words = NUMBER.sub("#", line)
        found = next(dropwhile(lambda each: NUMBER.sub("#", each) != words, lines), None)  # noqa: B023 (used up at once)
        assert found is not None, f"{page} says {line!r}, which its programs do not print"
        expected = [float(number) for number in NUMBER.findall(line)]
        assert [float(n) for n in NUMBER.findall(found)] == pytest.approx(expected, rel=0.33, abs=0)
