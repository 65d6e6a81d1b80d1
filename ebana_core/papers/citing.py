"""What carries papers, and the entries that a program has to cite."""

from collections.abc import Mapping
from importlib import import_module
from string import ascii_lowercase
from typing import Any, Protocol, final

import attrs

from ebana_core.checking import shown
from ebana_core.errors import ParameterError
from ebana_core.papers.bibtex import check_bibtex, citation_key, entry_field, with_key
from ebana_core.papers.entries import EBANA
from ebana_core.tables import NotebookText


class Citing:
    """Something that papers stand behind: a rule, a layer, an optimizer, a loss, an initializer."""

    __slots__ = ()

    @property
    def papers(self) -> tuple[str, ...]:
        """BibTeX entries of what whoever uses it cites; none unless overridden."""
        return ()


class Cited(Protocol):
    """A model, an experiment, or anything that is `Citing`."""

    @property
    def papers(self) -> tuple[str, ...]:
        """BibTeX entries."""


@final
@attrs.frozen(repr=False)
class Citations(NotebookText):
    """The BibTeX entries of what a program used; prints as a file for LaTeX.

    Args:
        entries: One per paper, EBANA's own first.
    """

    entries: tuple[str, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """What LaTeX cites them by."""
        return tuple(citation_key(entry) for entry in self.entries)

    def __str__(self) -> str:
        return "\n\n".join(self.entries)

    __repr__ = __str__


def citations(*used: Cited) -> Citations:
    """Return what a program has to cite that used these: ``print(citations(model))``.

    Args:
        used: Models, experiments, rules, layers, optimizers, losses.

    Returns:
        EBANA itself, then the papers in their order, each once. Where two papers of plugins have
        one key, a letter makes another one of the second: LaTeX would know one of them alone.

    Raises:
        ParameterError: Something carries no papers, or an entry that is not BibTeX.
    """
    found = {"ebana": EBANA.replace("VERSION", _version())}
    for thing in used:
        for entry in papers_of(thing):
            key = _free_key(entry, found)
            found.setdefault(key, with_key(entry, key))
    return Citations(tuple(found.values()))


def papers_of(thing: Cited) -> tuple[str, ...]:
    """Return the papers of something, checked.

    Raises:
        ParameterError: It carries none, or an entry that is not BibTeX.
    """
    own = f"a {type(thing).__name__}"
    try:
        papers: Any = None if isinstance(thing, type) else thing.papers
    except AttributeError:
        papers = None
    if papers is None:
        raise ParameterError(
            f"citations is given {shown(thing)}, which carries no papers.",
            "give a model, an experiment, a rule, a layer, an optimizer or a loss, not its class",
        )
    if not isinstance(papers, tuple | list):
        raise ParameterError(
            f"{own} has papers={shown(papers)}.", "return a tuple of BibTeX entries: (ENTRY,)"
        )
    for entry in papers:
        check_bibtex(entry, own)
    return tuple(papers)


def _free_key(entry: str, found: Mapping[str, str]) -> str:
    """Return the key of an entry, with a letter where another paper has it already."""
    key = citation_key(entry)
    for end in ("", *ascii_lowercase[1:]):
        if _is_same_paper(found.get(key + end, entry), entry):
            return key + end
    return key


def _is_same_paper(one: str, other: str) -> bool:
    """Tell whether two entries have the same title; fields and layout may differ."""
    titles = {entry_field(entry, "title").casefold() for entry in (one, other)}
    return len(titles) == 1


def _version() -> str:
    """Return the version that is installed; the library that tells it loads slowly."""
    return str(import_module("importlib.metadata").version("ebana-core"))
