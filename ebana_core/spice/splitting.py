"""Splits statements into words; text in braces or quotes stays one word."""

import re
from collections.abc import Iterator

from ebana_core.errors import CircuitError

EQUALS = re.compile(r"\s?(?<![<>=!])=(?!=)\s?")
"""An equals sign with the blanks around it; statements hold single blanks only."""
ASSIGNED = re.compile(r"([a-z_\[\]][a-z0-9_.\[\]]*)=(?!=)", re.IGNORECASE)
MOST_QUOTES = 5
"""Braces or quotes around all of a formula."""
SEPARATORS = re.compile("[ ,]+")
ENDS = {"{": "}", "(": ")", "'": "'", '"': '"'}
"""Signs that begin what stays together, and the signs that end it."""


def words_of(text: str, place: str, groups: str = "{'\"") -> list[str]:
    """Return the words of a statement; no blanks stand around ``=``.

    Args:
        text: The statement.
        place: For errors.
        groups: Signs that begin what stays together; nested where they are brackets.

    Raises:
        CircuitError: A group is not closed.
    """
    return list(_split(EQUALS.sub("=", text), place, groups))


def _split(text: str, place: str, groups: str) -> Iterator[str]:
    start, at = 0, 0
    while at < len(text):
        sign = text[at]
        if sign in groups:
            at = group_end(text, at, place)
        elif sign.isspace():
            if at > start:
                yield text[start:at]
            at += 1
            start = at
        else:
            at += 1
    if at > start:
        yield text[start:at]


def group_end(text: str, start: int, place: str) -> int:
    """Return the place behind the sign that closes a bracket or a quote.

    Raises:
        CircuitError: It is not closed.
    """
    opening = text[start]
    closing, depth = ENDS[opening], 0
    for at in range(start, len(text)):
        # A quote is closed by the sign that opened it, though not by itself.
        if text[at] == closing and (opening != closing or at > start):
            depth -= 1
            if depth <= 0:
                return at + 1
        elif text[at] == opening:
            depth += 1
    raise CircuitError(
        f"{place}: {text[start : start + 40]!r} is not closed.", f"close it with {closing}"
    )


def assignments(text: str, place: str) -> list[tuple[str, str]]:
    """Return ``NAME=FORMULA NAME=FORMULA`` as names, in lower case, and formulas.

    Raises:
        CircuitError: Something else stands there; names it.
    """
    joined = EQUALS.sub("=", text).strip()
    found, at = [], 0
    while at < len(joined):
        name = ASSIGNED.match(joined, at)
        if name is None:
            raise CircuitError(
                f"{place}: {joined[at:][:40]!r} is not a setting.", "write NAME=FORMULA"
            )
        end = _value_end(joined, name.end(), place)
        found.append((name[1].lower(), joined[name.end() : end].strip(" ,")))
        at = end
        while at < len(joined) and joined[at] in " ,":
            at += 1
    return found


def _value_end(text: str, start: int, place: str) -> int:
    """Return where a formula ends: where the next name is set, or the text ends."""
    at = start
    while at < len(text):
        if text[at] in ENDS:
            at = group_end(text, at, place)
        elif text[at] in " ,":
            rest = SEPARATORS.match(text, at)
            assert rest is not None  # one separator stands there
            if ASSIGNED.match(text, rest.end()):
                return at
            at = rest.end()
        else:
            at += 1
    return at


def without_quotes(formula: str) -> str:
    """Return a formula without the braces or quotes that hold all of it."""
    text = formula.strip()
    for _ in range(MOST_QUOTES):
        if text[:1] + text[1:][-1:] not in ("{}", "''") or not _holds_all(text):
            break
        text = text[1:-1].strip()
    return text


def _holds_all(text: str) -> bool:
    try:
        return group_end(text, 0, "") == len(text)
    except CircuitError:
        return False
