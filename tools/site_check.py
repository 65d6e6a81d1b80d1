"""Checks a built site: every link leads somewhere on it, and nothing is fetched from elsewhere.

Usage: python -m tools.site_check FOLDER
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

FETCHED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src"}
"""Element to the attribute whose address a browser fetches by itself."""
HINTS = ("canonical", "next", "prev", "alternate")
"""Kinds of `link` that only tell where something is."""


class PageReader(HTMLParser):
    """Collects what one page links to, fetches, and can be linked by."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.anchors: set[str] = set()
        self.unnamed: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by the parser for each element."""
        given = {name: value or "" for name, value in attrs}
        self.anchors.update(given[name] for name in ("id", "name") if name in given)
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "img" and not given.get("alt"):
            self.unnamed.append(given.get("src", "")[:60])
        address = given.get(FETCHED.get(tag, ""), "")
        if address and given.get("rel") not in HINTS:
            self.fetched.append(address)


def problems(site: Path) -> list[str]:
    """Return what is wrong with a site, one sentence each."""
    pages = {path: _read(path) for path in sorted(site.rglob("*.html"))}
    found = [] if pages else [f"{site} holds no page."]
    for path, page in pages.items():
        name = path.relative_to(site)
        found += [f"{name} fetches {a[:80]}" for a in page.fetched if _is_elsewhere(a)]
        found += [f"{name} shows {source!r} without words" for source in page.unnamed]
        for address in page.links + page.fetched:
            if not _is_elsewhere(address) and not _leads(path, address, pages, site):
                found.append(f"{name} leads to {address}, which is not there")
    return found


def _read(path: Path) -> PageReader:
    page = PageReader()
    page.feed(path.read_text())
    return page


def _is_elsewhere(address: str) -> bool:
    parts = urlsplit(address)
    return bool(parts.netloc) or parts.scheme in ("http", "https")


def _leads(path: Path, address: str, pages: dict[Path, PageReader], site: Path) -> bool:
    parts = urlsplit(address)
    if parts.scheme:  # data, mail: nothing on the site
        return True
    if path.name == "404.html" and address.startswith("/"):
        return (site / parts.path.lstrip("/")).exists()  # it is served from anywhere
    there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    there = there / "index.html" if there.is_dir() else there
    anchor = unquote(parts.fragment)
    if anchor and there in pages and not anchor.startswith("__"):
        return anchor in pages[there].anchors
    return there.exists()


def main() -> None:
    """Print what is wrong, and fail if anything is."""
    site = Path(sys.argv[1]).resolve()
    found = problems(site)
    print("\n".join(found) or f"{site}: every link leads somewhere, nothing is fetched")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
