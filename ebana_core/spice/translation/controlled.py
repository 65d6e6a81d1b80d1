"""Reads E, F, G and H: sources controlled by a gain, a polynomial, a table or an expression."""

import re
from collections.abc import Iterator, Sequence

from ebana_core.errors import CircuitError
from ebana_core.spice import parts
from ebana_core.spice.expressions import Call, Expression, Number, Table, Terminal, scaled
from ebana_core.spice.subcircuit import Line
from ebana_core.spice.translation.behaviour import closing, read_text, said, split_expression
from ebana_core.spice.translation.reading import Places, Reading
from ebana_core.spice.translation.wording import is_number, numbers_of, split_settings
from ebana_core.spice.words import checked_node, read_number

FORM = re.compile(r"\s*([a-z]+)\s*[={(\s]", re.IGNORECASE)
BY_EXPRESSION = {
    "e": ("value", "vol"),
    "g": ("value", "cur"),
    "f": ("value",),
    "h": ("value",),
}
UNKNOWN = ("laplace", "freq", "chebyshev")
"""Forms of E and G that depend on frequency."""
PLAIN = {"e": "vcvs", "g": "vccs", "f": "cccs", "h": "ccvs"}
"""Words that may stand before the controlling nodes or source of a plain gain."""
POLY = re.compile(r"\s*poly(?:\s*\(\s*(\d+)\s*\)|\s+(\d+)(?=\s))", re.IGNORECASE)
SEPARATORS = re.compile(r"[\s(),]+")
MOST_CONTROLS = 50
MOST_TERMS = 500


def read_controlled(line: Line, places: Places) -> Reading:
    """Return an E or G source."""
    text = line.rest
    found = FORM.match(text)
    form = found.group(1).lower() if found else ""
    if form in UNKNOWN or any(word.lower() in UNKNOWN for word in line.words[2:3]):
        raise CircuitError(
            f"Element {line.name!r} is defined by {', '.join(UNKNOWN)}, which depend on frequency: "
            f"{text[:40]!r}.",
            "write what it does at DC as a gain, POLY, TABLE or VALUE={...}",
        )
    if form in BY_EXPRESSION[line.kind]:
        return _by_expression(line, places, text[found.end(1) :] if found else "")
    if form == "table":
        return _by_table(line, places, text[found.end(1) :] if found else "")
    if form == "poly":
        return _by_polynomial(line, places, text)
    if form == PLAIN[line.kind]:
        text = text.split(None, 1)[1]
    return _by_gain(line, places, text)


def read_by_current(line: Line, places: Places) -> Reading:
    """Return an F or H source, which measures currents of V sources."""
    if POLY.match(line.rest):
        return _by_polynomial(line, places, line.rest)
    found = FORM.match(line.rest)
    if found and found.group(1).lower() in BY_EXPRESSION[line.kind]:
        return _by_expression(line, places, line.rest[found.end(1) :])
    words, settings = split_settings(line, line.rest.replace("(", " ").replace(")", " "))
    if words and words[0].lower() == PLAIN[line.kind]:
        words = words[1:]
    if len(words) > 2 and all(map(is_number, words[1:])):
        # As in SPICE 2, several numbers after one control are a polynomial of it.
        return _by_polynomial(line, places, f"poly(1) {line.rest}")
    if len(words) != 2:
        raise _shape(line, "the V source whose current it measures, and its gain")
    meter = _meter(line, places, words[0])
    gain = read_number(words[1], f"Element {line.name!r}") * _count(line, settings)
    ends = places.ends(line)
    if line.kind == "h":
        return Reading(parts.TransresistancePart(*ends, places.own[line.name], meter), gain)
    return Reading(parts.CurrentAmplifierPart(*ends, meter), gain)


def _shape(line: Line, wanted: str) -> CircuitError:
    return CircuitError(
        f"Element {line.name!r} holds {line.rest[:60]!r} after its nodes.", f"give {wanted}"
    )


def _count(line: Line, settings: dict[str, str]) -> float:
    """Return how many current sources lie in parallel; voltage sources in parallel are one."""
    numbers = numbers_of(line, settings, ("m",) if line.kind in "fg" else (), ("tc1", "tc2"))
    return numbers.get("m", 1.0) * (line.multiplicity if line.kind in "fg" else 1.0)


def _by_gain(line: Line, places: Places, text: str) -> Reading:
    words, settings = split_settings(line, " ".join(SEPARATORS.split(text)))
    if len(words) > 3 and all(map(is_number, words[2:])):
        # As in SPICE 2, several numbers after one control are a polynomial of it.
        return _by_polynomial(line, places, f"poly(1) {text}")
    if len(words) != 3:
        raise _shape(line, "two nodes that control it and a gain, POLY, TABLE or VALUE={...}")
    control = tuple(_node(line, places, word) for word in words[:2])
    gain = read_number(words[2], f"Element {line.name!r}") * _count(line, settings)
    ends = places.ends(line)
    if line.kind == "e":
        return Reading(parts.AmplifierPart(*ends, places.own[line.name], *control), gain)
    return Reading(parts.TransconductancePart(*ends, *control), gain)


def _by_expression(line: Line, places: Places, text: str) -> Reading:
    inner, behind = split_expression(text.strip().removeprefix("="))
    plain, settings = split_settings(line, behind)
    if plain:
        raise _shape(line, f"{' or '.join(BY_EXPRESSION[line.kind])}={{...}}")
    expression = read_text(line, places, inner)
    count = _count(line, settings)
    return said(line, places, scaled(expression, count), is_voltage=line.kind in "eh")


def _by_table(line: Line, places: Places, text: str) -> Reading:
    """Return a source by straight lines between points; ngspice rounds the corners."""
    text = text.strip().removeprefix("=").strip()
    end = closing(text) if text[:1] == "{" else 0
    if not end:
        raise _shape(line, "TABLE {expression} = (x, y) (x, y) ...")
    words = [word for word in re.split(r"[\s(),={}]+", text[end + 1 :]) if word]
    count = 1.0
    if line.kind == "g" and len(words) > 2 and words[-2].lower() == "m":
        count = read_number(words[-1], f"Element {line.name!r}")
        words = words[:-2]
    points = tuple(read_number(word, f"Element {line.name!r}") for word in words)
    if len(points) < 2 or len(points) % 2:
        raise _shape(line, "TABLE {expression} = (x, y) (x, y) ...")
    if any(a >= b for a, b in zip(points[::2], points[2::2], strict=False)):
        raise CircuitError(
            f"Element {line.name!r} has a TABLE whose x values do not increase.",
            "give the points in the order of x, one y to each",
        )
    found: Expression = Number(points[1])
    if len(points) > 2:
        found = Table.held(read_text(line, places, text[: end + 1]), points, is_rounded=True)
    count *= line.multiplicity if line.kind == "g" else 1.0
    return said(line, places, scaled(found, count), is_voltage=line.kind == "e")


def _by_polynomial(line: Line, places: Places, text: str) -> Reading:
    """Return a source by a polynomial; several numbers behind one control are one too."""
    found = POLY.match(text)
    n = int(found.group(1) or found.group(2)) if found else 0
    if not found or not 1 <= n <= MOST_CONTROLS:
        raise _shape(line, f"POLY(n) with n from 1 to {MOST_CONTROLS}")
    text, _, setting = text[found.end() :].partition("=")
    words = [word for word in SEPARATORS.split(text) if word]
    settings = {words.pop().lower(): setting} if setting and words else {}
    per_control = 1 if line.kind in "fh" else 2
    controls, numbers = words[: n * per_control], words[n * per_control :]
    if not numbers or len(numbers) > MOST_TERMS:
        raise _shape(line, f"{n * per_control} controls and up to {MOST_TERMS} coefficients")
    if per_control == 1:
        inputs = [_terminal(_meter(line, places, word), is_current=True) for word in controls]
    else:
        nodes = [_terminal(_node(line, places, word)) for word in controls]
        inputs = [Call("-", pair) for pair in zip(nodes[::2], nodes[1::2], strict=True)]
    factors = [read_number(word, f"Element {line.name!r}") for word in numbers]
    expression = scaled(polynomial(inputs, factors), _count(line, settings))
    return said(line, places, expression, is_voltage=line.kind in "eh")


def _terminal(place: int, *, is_current: bool = False) -> Expression:
    return Terminal(None if place < 0 else place, is_current)


def _node(line: Line, places: Places, word: str) -> int:
    name = line.scope.node(checked_node(word, f"Element {line.name!r}"))
    if name not in places.node:
        raise CircuitError(
            f"Element {line.name!r} is controlled by the node {word!r}, which nothing is "
            "attached to.",
            f"name one of {sorted(places.nodes)}",
        )
    return places.node[name]


def _meter(line: Line, places: Places, word: str) -> int:
    meter = line.scope.element(word.lower())
    if meter not in places.own:
        raise CircuitError(
            f"Element {line.name!r} measures the current of {word!r}, but the subcircuit "
            "has no voltage source of this name.",
            "put a V source of 0 V where the current is to be measured",
        )
    return places.own[meter]


def polynomial(inputs: Sequence[Expression], factors: Sequence[float]) -> Expression:
    """Return a polynomial: constant, linear, square terms and so on of the inputs.

    Within a degree, terms with more of the first input come first.

    Source:
        SPICE 2G.6 user's guide, POLY; ngspice 39, src/xspice/icm/spice2poly.
    """
    terms: list[Expression] = [Number(factors[0])]
    for factor, powers in zip(factors[1:], _powers(len(inputs)), strict=False):
        if not factor:
            continue
        term: Expression = Number(factor)
        for k in powers:
            term = Call("*", (term, inputs[k]))
        terms.append(term)
    while len(terms) > 1:  # pair by pair: a sum of hundreds must not become a deep tree
        pairs = [terms[k : k + 2] for k in range(0, len(terms), 2)]
        terms = [Call("+", tuple(pair)) if len(pair) > 1 else pair[0] for pair in pairs]
    return terms[0]


def _powers(n: int) -> Iterator[tuple[int, ...]]:
    """Yield the inputs of every term, those of a lower degree first, without end."""
    terms: list[tuple[int, ...]] = [()]
    while True:
        terms = [(*term, k) for term in terms for k in range(term[-1] if term else 0, n)]
        yield from terms
