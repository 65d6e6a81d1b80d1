"""The solver that takes a circuit, and the reason, in words."""

from collections.abc import Mapping
from textwrap import fill

import attrs

from ebana_core.backends.native.ahead import AHEAD, ahead_of
from ebana_core.backends.native.choose import METHODS, Choice

WIDTH = 96
"""Columns of a printed explanation."""


@attrs.frozen
class Explanation:
    """The method that solves a circuit; prints as sentences.

    Args:
        method: Its name, as `NativeBackend(method=...)` takes it.
        how: How it solves a step of Newton's method, or a phase.
        reason: Why it was taken.
        rest: Name of the method of what compiled code leaves; None: there is nothing left.
        others: Name of every other method to why it does not solve the circuit; None: it could be
            asked for.
        ahead: Name of each row of `AHEAD` that is meant for such circuits, compiled code that leads
            samples of networks of transistors, to why it does not; None: it does. Empty: no device
            has several terminals.
    """

    method: str
    how: str
    reason: str
    rest: str | None
    others: Mapping[str, str | None]
    ahead: Mapping[str, str | None] = attrs.field(factory=dict)

    def __str__(self) -> str:
        lines = [
            f"native solves this circuit by {self.method!r}: {self.how}.",
            f"Why: {self.reason}.",
        ]
        if self.rest is not None:
            lines.append(f"Batches too large for it, and samples that it leaves: {self.rest!r}.")
        for name, refusal in self.ahead.items():
            row = AHEAD[name]
            said = row.how if refusal is None else f"{row.otherwise}: {refusal}"
            lines.append(f"{row.what}: {said}.")
        able = [name for name, refusal in self.others.items() if refusal is None]
        if able:
            lines.append(f"NativeBackend(method=...) could ask for {', '.join(map(repr, able))}.")
        lines += [f"Not {n!r}: {refusal}." for n, refusal in self.others.items() if refusal]
        return "\n".join(fill(line, WIDTH, subsequent_indent="  ") for line in lines)


def explained(choice: Choice, *, is_reciprocal: bool, is_compiled: bool) -> Explanation:
    """Return the explanation of a choice at one set of parameters.

    Args:
        choice: What the table says of the circuit.
        is_reciprocal: Whether the circuit has an energy at these parameters.
        is_compiled: Whether compiled code takes its devices at these parameters.
    """
    name = choice.method.name if is_compiled else choice.interpreted(is_reciprocal=is_reciprocal)
    row, reason = METHODS[name], choice.reason
    if not is_compiled and row is not choice.method:
        refusal = "the values of its devices" if choice.method.name == "compiled" else NO_ENERGY
        own = row.wins(choice.circuit)
        reason = f"{refusal} rule out {choice.method.name!r}" + (f"; {own}" if own else "")
    rest = choice.interpreted(is_reciprocal=is_reciprocal) if is_compiled else None
    others = {n: _refusal(choice, n, is_reciprocal) for n in METHODS if n != name}
    ahead: Mapping[str, str | None] = {}
    if choice.circuit.n_terminal_devices:
        ahead = ahead_of(choice.circuit, name if choice.is_asked else None)
    return Explanation(name, row.how, reason, rest, others, ahead)


def explained_as(choice: Choice, reason: str) -> Explanation:
    """Return the explanation of a method that leaves nothing to the others, for a reason."""
    row = choice.method
    others = {name: _refusal(choice, name, True) for name in METHODS if name != row.name}
    return Explanation(row.name, row.how, reason, None, others)


NO_ENERGY = "gains that leave the circuit without an energy"


def _refusal(choice: Choice, name: str, is_reciprocal: bool) -> str | None:
    row = METHODS[name]
    if row.needs_reciprocity and not is_reciprocal:
        return "the circuit has no energy at its present gains"
    return row.cannot(choice.circuit)
