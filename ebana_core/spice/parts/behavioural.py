"""B: current and voltage sources that an expression controls."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.laws import spice
from ebana_core.laws.spice import Element
from ebana_core.spice.expressions import Expression, Format, Terminal
from ebana_core.spice.expressions.tree import Call
from ebana_core.spice.parts.part import Names, Part, Sums, VoltagePart

AMPLITUDES = np.logspace(-3, 2, 6)
"""Sizes of voltages, V, at which it is tried whether an expression of two node voltages depends on
their difference alone."""
TRIALS = 64
"""Pairs of voltages that are tried at each amplitude."""
ALIKE = 1e-9
"""Relative difference up to which two slopes or currents count as equal."""


def _computed(expression: Expression, voltages: Array) -> tuple[Any, Mapping[int, Any]]:
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        dual = expression.at(voltages)
    # The same terminals in the same order at all voltages, which solvers plan with.
    return dual.value, {place: dual.by.get(place, 0.0) for place in sorted(expression.terminals)}


def _steering(expression: Expression, own: set[int], held: frozenset[int]) -> Iterable[int]:
    """Return the terminals that control a source; none where it is a resistor.

    A source is a resistor where its current is in proportion to its own drop.
    """
    terminals = expression.terminals - held
    is_resistor = terminals <= own and expression.degree_beside(held) < 2
    return () if is_resistor else terminals


@final
@attrs.frozen
class CurrentExpressionPart(Part):
    """``B``, a current source; it is active unless its current depends on its own drop alone.

    Args:
        expression: The current, A.
        form: How ngspice is given numbers.
        conducts: It stands for a conductor: a switch, or a resistor with an expression.
    """

    letter = "b"

    expression: Expression
    form: Format
    conducts: bool = False

    @property
    def is_linear(self) -> bool:  # type: ignore[override]  # it depends on the expression
        """Whether its slopes are the same at all voltages."""
        return self.expression.degree < 2

    def inertial(self, held: frozenset[int]) -> Iterable[int]:
        ends = {self.head, self.tail}
        return () if ends <= held else _steering(self.expression, ends, held)

    @property
    def paths(self) -> Sequence[tuple[int, int]]:
        """Paths along which it conducts: from end to end where it stands for a conductor."""
        return ((self.head, self.tail),) if self.conducts else ()

    def add(self, sums: Sums) -> None:
        amount, slopes = _computed(self.expression, sums.voltages)
        sums.through(self.head, self.tail, amount, slopes)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        text = self.expression.text(names, self.form)
        return spice.BehaviouralSource(name, *ends, "i", text, tuple(names.values()))

    @property
    def is_active(self) -> bool:  # type: ignore[override]  # it depends on the expression
        """Whether it depends on more than its own drop."""
        ends = {place for place in (self.head, self.tail) if place >= 0}
        named = self.expression.terminals
        # A current that other nodes steer can deliver power.
        if not named <= ends:
            return True
        if not named or len(ends) < 2 or _is_of_drop(self.expression, ends):
            return False
        return not _seems_of_drop(self.expression, self.head, self.tail)


def _is_of_drop(expression: Expression, ends: set[int]) -> bool:
    """Tell whether an expression names two nodes only as the difference of their voltages."""
    if isinstance(expression, Terminal):
        return expression.place is None
    if isinstance(expression, Call) and expression.name == "-":
        one, other = expression.inner
        if isinstance(one, Terminal) and isinstance(other, Terminal):
            return {one.place, other.place} == ends or one.place == other.place
    return all(_is_of_drop(part, ends) for part in expression.inner)


def _seems_of_drop(expression: Expression, head: int, tail: int) -> bool:
    """Tell whether an expression stays the same when both voltages move alike, in many trials."""
    # By trials, as expressions hide a difference in many forms; a fixed seed decides alike each
    # time.
    rng = np.random.default_rng(0)
    scale = np.repeat(AMPLITUDES, TRIALS)[:, None]
    before, moved = np.zeros((2, len(scale), 1 + max(head, tail)))
    before[:, [head, tail]] = scale * rng.uniform(-1, 1, (len(scale), 2))
    moved[:, [head, tail]] = before[:, [head, tail]] + scale * rng.uniform(-1, 1, (len(scale), 1))
    value, by = _computed(expression, before)
    other, _ = _computed(expression, moved)
    one, two = (np.broadcast_to(by.get(place, 0.0), len(scale)) for place in (head, tail))
    reach = (np.abs(one) + np.abs(two)) * scale[:, 0] + np.abs(value) + np.abs(other)
    return bool(
        (np.abs(one + two) <= ALIKE * (np.abs(one) + np.abs(two))).all()
        and (np.abs(value - other) <= ALIKE * reach).all()
    )


@final
@attrs.frozen
class VoltageExpressionPart(VoltagePart):
    """``B``, a voltage source."""

    letter = "b"
    is_active = True

    expression: Expression
    form: Format

    @property
    def is_linear(self) -> bool:  # type: ignore[override]  # it depends on the expression
        """Whether its slopes are the same at all voltages."""
        return self.expression.degree < 2

    def inertial(self, held: frozenset[int]) -> Iterable[int]:
        return _steering(self.expression, {self.own}, held)

    def add(self, sums: Sums) -> None:
        amount, slopes = _computed(self.expression, sums.voltages)
        sums.add(self.own, amount, slopes, -1.0)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        text = self.expression.text(names, self.form)
        return spice.BehaviouralSource(name, *ends, "v", text, tuple(names.values()))
