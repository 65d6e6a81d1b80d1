"""The page of the architecture names files and functions that the code has."""

import ast
import functools
import re
from pathlib import Path

import pytest

from tests.support.project import ROOT

PAGE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
PACKAGE = ROOT / "ebana_core"
IN_TICKS = re.compile(r"`([^`]+)`")
A_FILE = re.compile(r"[\w./]+\.(py|md)")
A_NAME = re.compile(r"\w+(\.\w+)*")
STEPS = re.findall(r"^\d+\. (?:.*\n)(?:[ ]{3,4}.*\n)*", PAGE, re.MULTILINE)
"""The steps of the walks."""


def place_of(path: str) -> Path:
    """Return the file that a path on the page stands for."""
    inside = PACKAGE / path
    return inside if inside.exists() else ROOT / path


@functools.cache
def names_in(path: Path) -> frozenset[str]:
    """Return what a file defines: functions, classes, and the methods and fields of these."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            found.add(node.name)
            found |= {f"{node.name}.{name}" for item in node.body for name in own_names(item)}
        else:
            found |= own_names(node)
    return frozenset(found)


def own_names(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def named_with_files(step: str) -> list[tuple[str, set[str]]]:
    """Return the names of a step, each with the files that it may stand in: before or after it.

    ``file: name`` is read forwards, ``name (file)`` backwards.
    """
    words = IN_TICKS.findall(step)
    found = []
    for place, word in enumerate(words):
        if A_NAME.fullmatch(word) and not A_FILE.fullmatch(word):
            before = [item for item in words[:place] if A_FILE.fullmatch(item)]
            after = [item for item in words[place:] if A_FILE.fullmatch(item)]
            found.append((word, {*before[-1:], *after[:1]}))
    return found


NAMES_OF_USERS = {"d1.conductance", "fit"}
"""In ticks, and defined by no file of a walk."""


def test_every_file_on_the_page_exists() -> None:
    named = [word for word in IN_TICKS.findall(PAGE) if A_FILE.fullmatch(word)]
    assert len(named) > 80
    assert not [path for path in named if not place_of(path).is_file()]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step[:40])
def test_every_name_in_a_step_of_a_walk_is_defined_in_the_file_beside_it(step: str) -> None:
    named = [(n, files) for n, files in named_with_files(step) if n not in NAMES_OF_USERS]
    assert named
    for name, files in named:
        known = set().union(*(names_in(place_of(path)) for path in files))
        assert name in known, f"{name} is not in {sorted(files)}"


def test_every_word_of_the_glossary_stands_there_once() -> None:
    glossary = PAGE.split("## Words")[1].split("\n## ")[0]
    words = re.findall(r"^\| ([^|]+) \|", glossary, re.MULTILINE)[2:]
    single = [word for entry in words for word in entry.split(", ")]
    assert len(single) > 30
    assert len(set(single)) == len(single)
