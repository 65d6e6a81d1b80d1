"""The documentation site: its pages, what they name, and the programs that they show.

`make docs` builds it and fails at any warning; these tests need nothing but the project itself.
"""

import importlib
import inspect
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib import pyplot

import ebana_core
from ebana_core import errors
from tests.support.pages import blocks, check_printed, run
from tests.support.project import ENVIRONMENT, ROOT
from tools import site_check

mpl.use("Agg")

DOCS = ROOT / "docs"
CONFIGURATION = (ROOT / "mkdocs.yml").read_text()
PAGES = sorted(
    str(path.relative_to(DOCS)) for ending in ("md", "ipynb") for path in DOCS.rglob(f"*.{ending}")
)
TEXTS = [page for page in PAGES if page.endswith(".md") and not page.startswith("api/")]
REFERENCE = re.findall(
    r"^::: (\S+)$", "".join(path.read_text() for path in DOCS.glob("api/*.md")), re.MULTILINE
)
PROGRAMS = (
    "accelerators", "api/index", "beta", "callbacks", "coming_from/aihwkit", "coming_from/keras",
    "coming_from/spice", "data_to_volts", "errors", "faq", "from_zero", "index", "initializers",
    "losses", "optimizers", "physics", "rules", "schematics", "vendor_models",
)  # fmt: skip
"""Pages whose Python is run here; other tests run that of the others."""
WITH_PYSPICE = "notebooks/pyspice_block.ipynb"
ROOMS = (
    "ebana_core", "ebana_core.chips", "ebana_core.layers", "ebana_core.losses",
    "ebana_core.optimizers", "ebana_core.rules", "ebana_core.schedules", "ebana_diode_mos",
    "ebana_memristor",
)  # fmt: skip
"""Where the tables of words have their names from."""
NAMED = ("callbacks", "initializers", "losses", "optimizers", "rules", "schedules", "layers")


def test_every_page_is_in_the_navigation_and_every_entry_is_a_page() -> None:
    entries = re.findall(r"^ +- (?:.*: )?(\S+\.(?:md|ipynb))$", CONFIGURATION, re.MULTILINE)
    assert len(entries) == len(set(entries))
    brought = re.findall(r'": "(\S+\.md)"', (ROOT / "tools/site_pages.py").read_text())
    assert sorted(entries) == sorted([*PAGES, *brought])


@pytest.mark.parametrize("page", TEXTS)
def test_a_page_begins_with_a_picture_or_a_program(page: str) -> None:
    start = (DOCS / page).read_text().split("\n## ")[:2]  # words before, and the first section
    assert any(sign in "".join(start) for sign in ("![", "```", "\n    "))


@pytest.mark.parametrize("page", TEXTS)
def test_a_table_says_everything_once(page: str) -> None:
    """Names begin with code or a capital; "likewise" and its like may come again."""
    for table in re.findall(r"(?:^\|.*\n)+", (DOCS / page).read_text(), re.MULTILINE):
        names = re.findall(r"^\| ([`A-Z].*?) \|", table, re.MULTILINE)
        assert [name for name in names if names.count(name) > 1] == []


@pytest.mark.parametrize("page", ["aihwkit", "keras", "spice"])
def test_what_a_table_of_words_offers_is_there(page: str) -> None:
    rows = re.findall(r"^\| (.*?) \| (.*?) \|", (DOCS / f"coming_from/{page}.md").read_text(), re.M)
    here = " ".join(re.findall(r"`([^`]+)`", " ".join(cells[1] for cells in rows)))
    called = set(re.findall(r"(?<![\w.])([A-Z][A-Za-z0-9]+)\(", here))
    rooms = [importlib.import_module(room) for room in ROOMS]
    assert len(called) >= 4
    assert [name for name in called if not any(hasattr(room, name) for room in rooms)] == []
    methods = re.findall(r"\bmodel\.([a-z_]+)", here)
    assert [name for name in methods if not hasattr(ebana_core.Model, name)] == []


@pytest.mark.parametrize("room", NAMED)
def test_every_public_class_is_named_on_a_page(room: str) -> None:
    module = importlib.import_module(f"ebana_core.{room}")
    text = "".join((DOCS / page).read_text() for page in TEXTS)
    public = getattr(module, "__all__", None) or [
        name
        for name, item in vars(module).items()
        if inspect.isclass(item) and item.__module__ == module.__name__ and name[0] != "_"
    ]
    assert [name for name in public if not re.search(rf"\b{name}\b", text)] == []


@pytest.mark.parametrize("name", REFERENCE)
def test_what_the_reference_shows_can_be_imported(name: str) -> None:
    module, _, attribute = name.rpartition(".")
    if module == "ebana_core" and attribute in ("Model", "Run", "citations", "crossbar_network"):
        assert getattr(importlib.import_module(module), attribute).__doc__
    elif name not in ("ebana_core.jax", "ebana_core.torch"):  # which import what extras bring
        assert importlib.import_module(name).__doc__


@pytest.mark.parametrize("page", PROGRAMS)
def test_the_programs_of_a_page_run(
    page: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert blocks(f"docs/{page}.md")
    run(f"docs/{page}.md")
    printed = capsys.readouterr().out
    if page == "index":  # which promises it
        assert "accuracy 100.00%" in printed
    if blocks(f"docs/{page}.md", "text"):
        check_printed(f"docs/{page}.md", printed)


def test_the_programs_of_every_other_page_are_run_elsewhere() -> None:
    with_programs = {page[:-3] for page in [*TEXTS, "api/index.md"] if blocks(f"docs/{page}")}
    tests = "".join(
        path.read_text() for room in ("docs", "packaging") for path in ROOT.glob(f"tests/{room}/*")
        if path.suffix == ".py" and path != Path(__file__)
    )  # fmt: skip
    others = with_programs - set(PROGRAMS)
    assert [page for page in others if f'{page.removeprefix("tutorials/")}.md"' not in tests] == []
    assert set(PROGRAMS) <= with_programs


def test_a_site_with_a_broken_link_or_a_fetched_font_is_told(tmp_path: Path) -> None:
    page, first = tmp_path / "page.html", tmp_path / "index.html"
    page.write_text('<h1 id="top">Here</h1><a href="index.html#top">x</a>')
    first.write_text('<a href="page.html#top">x</a><img src="page.html" alt="x">')
    broken = "page.html leads to index.html#top, which is not there"
    assert site_check.problems(tmp_path) == [broken]
    page.write_text('<link href="https://fonts.example/a.css"><img src="">')
    assert site_check.problems(tmp_path) == [
        "index.html leads to page.html#top, which is not there",
        "page.html fetches https://fonts.example/a.css",
        "page.html shows '' without words",
    ]


def test_every_error_has_its_place_on_the_page_of_errors() -> None:
    page = (DOCS / "errors.md").read_text()
    named = [name for name in vars(errors) if name.endswith("Error")]
    assert len(named) > 15
    assert [name for name in named if f"`{name}`" not in page] == []


def test_every_extra_of_users_is_on_the_page_of_installing() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    rows = re.findall(r"^\| (`.*?) \|", (DOCS / "install.md").read_text(), re.MULTILINE)
    told = re.findall(r"`(\w+)`", "".join(rows))
    developers = {"lint", "test", "test-torch"}
    assert sorted(told) == sorted(set(project["optional-dependencies"]) - developers)


@pytest.mark.parametrize("page", [p for p in PAGES if p.endswith(".ipynb") and p != WITH_PYSPICE])
def test_a_notebook_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(_program(page), page, "exec"), names)
    pyplot.close("all")
    assert "model" in names


@pytest.mark.ngspice
def test_the_notebook_of_pyspice_runs(tmp_path: Path) -> None:
    """In a process of its own: it holds PySpice's ngspice, and a process has but one."""
    done = subprocess.run(
        [sys.executable, "-c", _program(WITH_PYSPICE)],
        cwd=tmp_path,
        env=ENVIRONMENT | {"MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = re.findall(r"EBANA (\S+) V, PySpice (\S+) V", done.stdout)
    assert len(rows) == 4
    assert [round(float(theirs)) for _, theirs in rows] == [0, 1, 1, 0]


def _program(notebook: str) -> str:
    cells = json.loads((DOCS / notebook).read_text())["cells"]
    return "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")


def test_notebooks_are_committed_without_results() -> None:
    for page in PAGES:
        if page.endswith(".ipynb"):
            cells = json.loads((DOCS / page).read_text())["cells"]
            assert all(not c.get("outputs") and not c.get("execution_count") for c in cells), page
