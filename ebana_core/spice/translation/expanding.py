"""Replaces lines that stand for several elements by one line for each element."""

import re
from collections.abc import Iterator

import attrs

from ebana_core.spice.parts.passive import SMALL_RESISTANCE
from ebana_core.spice.subcircuit import SEPARATOR, Line, Subcircuit
from ebana_core.spice.translation.reading import METER, SERIES, SMALL, holds, metered
from ebana_core.spice.translation.states import with_states
from ebana_core.spice.translation.transmission import ends_apart
from ebana_core.spice.translation.wording import is_number, split_words
from ebana_core.spice.words import read_number

MEASURED = re.compile(r"(?<![\w.])i\s*\(\s*([^\s(),]+)\s*\)", re.IGNORECASE)
"""Matches the current of an element in an expression."""
PARASITIC = re.compile(
    r"(?:(?<=\s)|^)(rser|rpar|cpar|lser|tripdt|tripdv)\s*=\s*(\S+)", re.IGNORECASE
)
"""Settings in other simulators: elements in series and side by side, and steps of transients."""


def expanded(subcircuit: Subcircuit, *, diodes: bool = False) -> tuple[Line, ...]:
    """Return the lines of a subcircuit, one for each element.

    Args:
        subcircuit: Flattened.
        diodes: Put the series resistance of a diode apart, with a node between it and the junction.
    """
    lines = [line for line in subcircuit.lines if line.kind != "k"]
    if diodes:
        lines = [part for line in lines for part in _behind(line)]
    apart = [part for line in lines for part in _apart(line)]
    # Any element may be named; only those that are get an ammeter, which costs an unknown.
    wanted = {
        line.scope.element(name.lower()) for line in apart for name in MEASURED.findall(line.rest)
    }
    lines = [part for line in apart for part in _metered(line, line.name in wanted)]
    return with_states(lines, subcircuit)


def _metered(line: Line, is_wanted: bool) -> Iterator[Line]:
    """Yield an element, behind an ammeter where an expression names its current.

    Source:
        ngspice 39, src/frontend/inpcom.c, inp_meas_current.
    """
    # What sets a voltage has its current as an unknown already.
    if not is_wanted or holds(line):
        yield line
        return
    inner = f"{line.name}{SEPARATOR}{METER}"
    first, *others = line.nodes
    yield attrs.evolve(
        line, name=metered(line.name), kind=METER, nodes=(first, inner), words=(), model=None
    )
    yield attrs.evolve(line, nodes=(inner, *others))


def _apart(line: Line) -> Iterator[Line]:
    """Yield an element and what its settings put in series with it and beside it."""
    if line.kind == "t":
        yield from ends_apart(line)
        return
    found = {name.lower(): number for name, number in PARASITIC.findall(line.rest)}
    if line.kind not in "bceglv" or not found:
        yield _small_apart(line)
        return
    left = tuple(PARASITIC.sub("", line.rest).split())
    head, tail = line.nodes
    if read_number(found.get("rser", "0"), f"Element {line.name!r} in rser="):
        inner = f"{line.name}{SEPARATOR}rser"
        yield _resistor(line, "rser", (head, inner), found["rser"])
        yield attrs.evolve(line, nodes=(inner, tail), words=left)
    else:
        yield attrs.evolve(line, words=left)
    if "rpar" in found:
        yield _resistor(line, "rpar", (head, tail), found["rpar"])
    if "cpar" in found:
        yield attrs.evolve(
            line, name=f"{line.name}_cpar", kind="c", words=(found["cpar"],), model=None
        )


def _behind(line: Line) -> Iterator[Line]:
    """Yield the series resistance of a diode, and the diode without; others as they are."""
    if line.kind != "d" or line.model is None or not dict(line.model.numbers).get("rs"):
        yield line
        return
    inner, numbers = f"{line.name}{SEPARATOR}{SERIES}", line.model.numbers
    bare = tuple((key, 0.0 if key == "rs" else value) for key, value in numbers)
    head, tail = line.nodes
    yield attrs.evolve(line, name=f"{line.name}_{SERIES}", kind=SERIES, nodes=(head, inner))
    yield attrs.evolve(line, nodes=(inner, tail), model=attrs.evolve(line.model, numbers=bare))


def _resistor(line: Line, what: str, nodes: tuple[str, str], value: str) -> Line:
    name = f"{line.name}_{what}"
    return _small_apart(
        attrs.evolve(line, name=name, kind="r", nodes=nodes, words=(value,), model=None)
    )


def _small_apart(line: Line) -> Line:
    """Return an element; a resistor that is too small for a current by its drop as another kind."""
    if line.kind != "r":
        return line
    word = next((word for word in split_words(line.rest) if "=" not in word), "")
    is_small = is_number(word) and 0 < abs(read_number(word, line.place)) < SMALL_RESISTANCE
    return attrs.evolve(line, kind=SMALL) if is_small else line
