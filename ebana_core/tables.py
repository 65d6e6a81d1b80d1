"""Tables as text and as HTML: what a printable result shows in a terminal, a file, a notebook."""

from collections.abc import Sequence
from html import escape

Rows = Sequence[Sequence[str]]


def number(value: float, form: str) -> str:
    """Return a number in a form; nothing for nan, which stands for what is not known."""
    return "" if value != value else form.format(value)


def text_table(rows: Rows, *, left: int = 1) -> str:
    """Return rows as aligned columns, the first row underlined.

    Args:
        rows: Cells; all rows have as many.
        left: How many columns hold words, which start at the left; the others end at the right.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if place < left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def html_table(rows: Rows, *, left: int = 1, header: bool = True) -> str:
    """Return rows as an HTML table.

    Args:
        rows: Cells, the first row the header.
        left: How many columns hold words; see `text_table`.
        header: Show the first row.
    """

    def cell(text: str, place: int, tag: str) -> str:
        side = "right" if place >= left else "left"
        return f'<{tag} style="text-align: {side}">{escape(text)}</{tag}>'

    def line(cells: Sequence[str], tag: str) -> str:
        return "".join(cell(text, place, tag) for place, text in enumerate(cells))

    head = f"<thead><tr>{line(rows[0], 'th')}</tr></thead>" if header else ""
    body = "".join(f"<tr>{line(row, 'td')}</tr>" for row in rows[1:])
    return f"<table>{head}<tbody>{body}</tbody></table>"


class NotebookText:
    """A result that prints as text, shown in a notebook as it prints."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"
