"""Numbers as netlists write them, with all their digits."""

import math

from ebana_core.errors import CircuitError


def number(value: float) -> str:
    """Return a finite number with all its digits.

    Raises:
        CircuitError: Not finite, or no number.
    """
    if isinstance(value, str):
        raise CircuitError(f"A netlist number is the text {value!r}.", "give numbers as numbers")
    value = float(value)
    if not math.isfinite(value):
        raise CircuitError(f"A netlist number is {value!r}.", "check the values of the model")
    return format(value, ".17g")


def expression_number(value: float) -> str:
    """Return a number for a B-source expression with all its digits.

    ngspice rewrites every literal of an expression with 11 digits, so that one that needs more
    is written as a sum of two.

    Source:
        ngspice 39, src/frontend/inpcom.c, inp_modify_exp (``%18.10e``).
    """
    number(value)
    leading = float(f"{value:.10e}")
    rest = value - leading
    return f"({value:.10e}{rest:+.10e})" if rest else f"({value:.10e})"
