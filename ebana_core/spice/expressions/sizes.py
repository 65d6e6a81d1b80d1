"""How large an expression may be: what is read takes the machine's stack, and time."""

from typing import NoReturn, final

from ebana_core.errors import CircuitError

LONGEST = 10_000
"""Characters of an expression."""
DEEPEST = 30
"""Brackets, signs and conditions within each other."""
TALLEST = 200
"""Operators upon operators: terms of a sum too, which is taken up term by term."""


@final
class ExpressionSizeError(CircuitError):
    """An expression is larger than what is read, although each of its words is known."""


def refuse_size(element: str, what: str, text: str) -> NoReturn:
    """Refuse a large expression.

    Raises:
        ExpressionSizeError: Names the element, says what there is too much of, and quotes.
    """
    raise ExpressionSizeError(
        f"Element {element!r} holds {what} in {text[:80]!r}.",
        "spread it over several sources: let one control the next",
    )
