"""The lines of a netlist: comments left out, continuations joined."""

import re
from collections.abc import Iterator

from ebana_core.errors import CircuitError

PRINTABLE = re.compile("[\x20-\x7eΩ\u00b5\u03bc\t]*")
COMMENT = re.compile(r";.*|//.*|(?<=[\s,])\$.*")
"""What ngspice leaves out behind a line's words."""


def logical_lines(text: str) -> Iterator[str]:
    """Yield the lines of a netlist, words apart by single blanks or more.

    Raises:
        CircuitError: A character that no netlist holds.

    Source:
        ngspice 39, src/frontend/inpcom.c, inp_stripcomments_line.
    """
    waiting = ""
    for raw in text.splitlines():
        line = raw.strip()
        if not PRINTABLE.fullmatch(line):
            raise CircuitError(f"A netlist line is {line[:60]!r}.", "use printable characters")
        line = "" if line.startswith("*") else COMMENT.sub("", line.replace("\t", " ")).strip()
        if not line or line.startswith("$"):
            continue
        if line.startswith("+") and waiting:
            waiting += " " + line[1:]
            continue
        if waiting:
            yield waiting
        waiting = line
    if waiting:
        yield waiting
