"""The lines of a netlist without comments, with continuations joined and their places known."""

import bisect
import re
from collections.abc import Iterator, Sequence

import attrs

from ebana_core.errors import CircuitError

PRINTABLE = re.compile("[\x20-\x7eΩ\u00b5\u03bc]*")
COMMENT = re.compile(r";.*|//.*|(?<=[\s,])\$.*")
"""A comment behind the words of a line, which ngspice leaves out."""
LONGEST_STATEMENT = 100_000
"""Largest number of characters of a line with its continuations."""
COMMENTED = ("*", "#", "$", "")
"""First signs of lines that are comments; none: an empty line."""


@attrs.frozen
class Origin:
    """The place that a run of lines comes from.

    Args:
        first: Index of the first of them.
        file: Its name; empty for a text.
        number: Number of the first line in that file.
    """

    first: int
    file: str
    number: int


@attrs.frozen
class Statement:
    """A line of a netlist with those that continue it.

    Args:
        text: Without comments.
        place: File and line number, for errors.
    """

    text: str
    place: str = attrs.field(eq=False)

    @property
    def quoted(self) -> str:
        """The statement as errors quote it, with its file and line."""
        text = self.text if len(self.text) <= 80 else self.text[:77] + "..."
        return f"{self.place}: {text!r}"


@attrs.frozen(eq=False)
class Source:
    """The lines of a text, or of a file and those that it includes.

    Args:
        lines: As they stand there.
        origins: Where they come from, in the order of their lines.
    """

    lines: Sequence[str]
    origins: Sequence[Origin]

    def place(self, index: int) -> str:
        """Return the file and the number of a line."""
        at = bisect.bisect_right([origin.first for origin in self.origins], index) - 1
        origin = self.origins[at]
        number = f"line {index - origin.first + origin.number}"
        return f"{origin.file}, {number}" if origin.file else number

    def statements(self, first: int, last: int) -> Iterator[tuple[int, Statement]]:
        """Yield statements that begin at lines from `first` to before `last`, with their lines.

        Raises:
            CircuitError: A sign that no netlist holds, or too long a line, when it is reached.

        Source:
            ngspice 39, src/frontend/inpcom.c, inp_stripcomments_line and
            inp_stitch_continuation_lines.
        """
        start, waiting = first, ""
        for index in range(first, last):
            line = self.lines[index].strip()
            if line[:1] in COMMENTED:
                continue
            # Single blanks: no pattern that looks for blanks meets thousands of them in a row.
            line = " ".join(COMMENT.sub("", line).split())
            if not line:
                continue
            if not PRINTABLE.fullmatch(line):
                raise CircuitError(
                    f"{self.place(index)}: {line[:60]!r} holds a character that a netlist cannot "
                    "hold.",
                    "use letters, digits and the signs of a keyboard",
                )
            if line[0] == "+" and waiting:
                waiting += " " + line[1:].strip()
                if len(waiting) > LONGEST_STATEMENT:
                    raise self._too_long(start)
                continue
            if waiting:
                yield start, Statement(waiting, self.place(start))
            start, waiting = index, line
            if len(waiting) > LONGEST_STATEMENT:
                raise self._too_long(start)
        if waiting:
            yield start, Statement(waiting, self.place(start))

    def _too_long(self, start: int) -> CircuitError:
        return CircuitError(
            f"{self.place(start)} has more than {LONGEST_STATEMENT} characters with the lines that "
            "continue it.",
            "make it shorter",
        )

    def statement(self, first: int) -> Statement:
        """Return the statement that begins at a line, with all lines that continue it.

        Raises:
            CircuitError: A sign that no netlist holds.
        """
        return next(self.statements(first, self._behind(first)))[1]

    def continued(self, first: int) -> str:
        """Return the lines of a statement as they stand there, joined."""
        lines = (self.lines[k].strip() for k in range(first, self._behind(first)))
        return " ".join(line.removeprefix("+") for line in lines if line[:1] not in COMMENTED)

    def _behind(self, first: int) -> int:
        """Return the line behind a statement and the comments that follow it."""
        last = first + 1
        while last < len(self.lines) and self.lines[last].lstrip()[:1] in ("+", *COMMENTED):
            last += 1
        return last


def source_of(text: str) -> Source:
    """Return the lines of a text that no file holds."""
    return Source(text.split("\n"), (Origin(0, "", 1),))
