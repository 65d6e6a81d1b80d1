"""BibTeX entries: what one says at least, and what it says."""

import re

from ebana_core.checking import shown
from ebana_core.errors import ParameterError

_BIBTEX = re.compile(r"\s*@\w+\s*\{\s*([^\s,{}]+)\s*,.*\}\s*", re.DOTALL)
BIBTEX_FIELDS = ("author", "title", "year")
"""What the BibTeX entry of a paper says at least."""


def check_bibtex(entry: object, owner: str) -> None:
    """Refuse a text other than one BibTeX entry with author, title and year.

    Raises:
        ParameterError: Names the owner and what is missing.
    """
    if not (isinstance(entry, str) and _BIBTEX.fullmatch(entry)):
        raise ParameterError(
            f"{owner} has paper={shown(entry)}, which is not a BibTeX entry.",
            "write @article{key, author = {...}, title = {...}, year = {...}}",
        )
    missing = [name for name in BIBTEX_FIELDS if _field(entry, name) is None]
    if missing:
        raise ParameterError(
            f"The BibTeX entry of {owner} has no {' and no '.join(missing)}.", "add it"
        )


def citation_key(entry: str) -> str:
    """Return the key of an entry that `check_bibtex` lets pass."""
    found = _BIBTEX.fullmatch(entry)
    assert found is not None, "an entry that was checked"
    return found.group(1)


def with_key(entry: str, key: str) -> str:
    """Return an entry that `check_bibtex` lets pass under another key."""
    found = _BIBTEX.fullmatch(entry)
    assert found is not None, "an entry that was checked"
    return entry[: found.start(1)] + key + entry[found.end(1) :]


def entry_field(entry: str, name: str) -> str:
    """Return what an entry says under a name, without its braces; empty: nothing.

    Args:
        entry: A BibTeX entry.
        name: ``"title"``, ``"author"``, ``"year"``.
    """
    found = _field(entry, name)
    if found is None:
        return ""
    opening, bare = found.groups()
    if bare:  # a number needs no braces
        return str(bare)
    closing = "}" if opening == "{" else '"'
    depth, text = 0, ""
    for sign in entry[found.end() :]:
        if depth == 0 and sign == closing:  # the other kind belongs to the text
            break
        depth += {"{": 1, "}": -1}.get(sign, 0)
        text += sign if sign not in "{}" else ""
    return " ".join(text.split())


def _field(entry: str, name: str) -> re.Match[str] | None:
    """Return where a field stands, whose name may be written in any case, and how it begins."""
    return re.search(rf'\b{name}\s*=\s*(?:([{{"])|(\w+))', entry, re.IGNORECASE)
