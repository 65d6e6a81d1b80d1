"""Papers: BibTeX entries, as experiments, rules and layers carry them, and what a program cites."""

from ebana_core.papers.bibtex import check_bibtex, citation_key, entry_field
from ebana_core.papers.citing import Citations, Cited, Citing, citations, papers_of

__all__ = [
    "Citations",
    "Cited",
    "Citing",
    "check_bibtex",
    "citation_key",
    "citations",
    "entry_field",
    "papers_of",
]
