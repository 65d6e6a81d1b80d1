"""Brings the pages that lie beside `docs` onto the site, and leads links to them.

A hook of MkDocs: `mkdocs.yml` names this file. Links of the pages are those of the repository, so
that they work there as well; here they are led to the page on the site, or to a copy of the file.
"""

import os
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
BESIDE = {
    "README.md": "readme.md",
    "ARCHITECTURE.md": "architecture.md",
    "CONTRIBUTING.md": "contributing.md",
    "FORMAT.md": "format.md",
    "CHANGELOG.md": "changelog.md",
    "benchmarks/results/peers.md": "measured/peers.md",
    "benchmarks/results/speed.md": "measured/speed.md",
    "plugins/ebana_diode_mos/README.md": "plugins/diode_mos.md",
    "plugins/ebana_memristor/README.md": "plugins/memristor.md",
}
"""Page in the repository to its address on the site."""
COPIES = "repository"
"""Folder of the site that holds the other files that pages link to."""
LINK = re.compile(r"\[([^\]]*)\]\(([^)\s#]+)(#[^)\s]*)?\)")
IN_NOTEBOOK = re.compile(r'(href="[^":]+)\.(?:md|ipynb)([#"])')
CODE = re.compile(r"(```.*?```)", re.DOTALL)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages beside `docs`, and copies of what all pages link to."""
    for origin, address in BESIDE.items():
        files.append(_copy(config, origin, address))
    for page in [*BESIDE, *(f"docs/{file.src_uri}" for file in files.documentation_pages())]:
        for target in _targets(page):
            address = f"{COPIES}/{target}"
            is_new = files.get_file_from_path(address) is None
            if is_new and (ROOT / target).is_file() and not _on_site(target):
                files.append(_copy(config, target, address))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Lead every link to where it leads on the site."""
    own = page.file.src_uri
    origin = {address: name for name, address in BESIDE.items()}.get(own, f"docs/{own}")

    def led(found: re.Match[str]) -> str:
        words, target, anchor = found[1], found[2], found[3] or ""
        there = _in_repository(origin, target)
        if there is None:
            return found[0]
        if (ROOT / there).is_dir():
            return words  # the site has pages, and no folders
        address = _on_site(there) or f"{COPIES}/{there}"
        return f"[{words}]({os.path.relpath(address, os.path.dirname(own) or '.')}{anchor})"

    parts = CODE.split(markdown)
    return "".join(part if n % 2 else LINK.sub(led, part) for n, part in enumerate(parts))


def on_page_content(html: str, page: Page, **_: Any) -> str:
    """Lead links of notebooks, which MkDocs leaves as they are, to pages."""
    if page.file.src_uri.endswith(".ipynb"):
        return IN_NOTEBOOK.sub(r"\1.html\2", html)
    return html


def _copy(config: MkDocsConfig, origin: str, address: str) -> File:
    return File.generated(config, address, abs_src_path=str(ROOT / origin))


def _targets(page: str) -> set[str]:
    """Return the files of the repository that a page links to."""
    path = ROOT / page
    if path.suffix != ".md" or not path.exists():
        return set()
    text = CODE.sub("", path.read_text())
    return {there for found in LINK.finditer(text) if (there := _in_repository(page, found[2]))}


def _in_repository(page: str, target: str) -> str | None:
    """Return the file that a link of a page leads to, from the root; None: elsewhere."""
    if "://" in target or target.startswith("mailto:"):
        return None
    path = os.path.normpath(os.path.join(os.path.dirname(page), target))
    return path if (ROOT / path).exists() else None


def _on_site(path: str) -> str | None:
    """Return the address of a file that is a page, or a picture, of the site."""
    if path in BESIDE:
        return BESIDE[path]
    return path.removeprefix("docs/") if path.startswith("docs/") else None
