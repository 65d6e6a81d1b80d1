"""The elements of a circuit as every simulator can have them.

Expressions are read; what they say of currents becomes a voltage; every current that controls
something is that of a voltage source.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import final

import attrs

from ebana_core.errors import CircuitError, UnsupportedError
from ebana_core.laws.spice import (
    BehaviouralCurrent,
    BehaviouralSource,
    CurrentAmplifier,
    Element,
    IdealDiode,
    Inductor,
    Resistor,
    Transresistance,
    VoltageAmplifier,
    VoltageSource,
)
from ebana_core.spice.expressions import (
    Call,
    Expression,
    ExpressionSizeError,
    Number,
    Terminal,
    read_expression,
)
from ebana_core.spice.formatting import number

AMPERE = 1.0
"""Volts that stand for an ampere where an expression names a current."""
WEIGHT = 1e5
"""Volts that stand for an ampere where an ideal diode compares its current with its drop."""


@final
@attrs.frozen
class Controlled:
    """A source that an expression of node voltages controls.

    Args:
        name: Of the element.
        head: Where a current enters.
        tail: Where it leaves.
        kind: ``"i"`` or ``"v"``.
        expression: A, or V.
        names: Of its terminals, by their numbers: nodes, or ``i(element)`` for a current.
    """

    name: str
    head: str
    tail: str
    kind: str
    expression: Expression
    names: tuple[str, ...]

    @property
    def currents(self) -> frozenset[str]:
        """Names of the elements whose currents control it."""
        return frozenset(name[2:-1] for name in self.names if name.startswith("i("))


Plain = Element | Controlled
WITH_CURRENT = (Controlled, Resistor, VoltageAmplifier, Transresistance, Inductor)
"""Elements in front of which a voltage source can measure their current."""


def plain_elements(elements: Iterable[Element]) -> tuple[Plain, ...]:
    """Return the same circuit without currents in expressions, and with voltage sources as meters.

    Raises:
        UnsupportedError: An expression that only ngspice can read; names the element.
    """
    return tuple(_metered([own for element in elements for own in _read(element)]))


def _read(element: Element) -> Iterator[Plain]:
    """Yield an element whose expression is read, and those that stand for it."""
    match element:
        case BehaviouralCurrent(name, head, tail, template, numbers):
            drop = f"(v({head})-v({tail}))" if tail != "0" else f"v({head})"
            yield _expressed(name, head, tail, "i", _filled(name, template, numbers, drop=drop))
        case BehaviouralSource(name, head, tail, kind, text, _, numbers):
            if kind not in ("i", "v"):
                raise UnsupportedError(
                    f"Element {name!r} is a capacitor by an expression of its charge.",
                    "give its capacitance as a number",
                )
            filled = _filled(name, text, numbers) if numbers else text
            yield _expressed(name, head, tail, kind, filled)
        case IdealDiode(name, anode, cathode):
            yield from _ideal(name, anode, cathode)
        case _:
            yield element


def _ideal(name: str, anode: str, cathode: str) -> Iterator[Plain]:
    """Yield an ideal diode: an ammeter, its current as a voltage, and a source of both.

    Either the drop or the current is zero: the source holds the smaller one of 0 V and of the drop
    plus the current, in volts.
    """
    inner, sensed = f"{name}__inner", f"{name}__current"
    meter = f"v{name}__meter"
    yield VoltageSource(meter, anode, inner, 0.0)
    yield Transresistance(f"h{name}__sense", sensed, "0", meter, WEIGHT)
    names = (anode, cathode, sensed)
    one, other, current = (Terminal(None if n == "0" else k) for k, n in enumerate(names))
    total = Call("+", (Call("-", (one, other)), current))
    yield Controlled(name, inner, cathode, "v", Call("min", (Number(0.0), total)), names)


def _filled(name: str, template: str, numbers: Mapping[str, float], **texts: str) -> str:
    fields = {key: f"({number(value)})" for key, value in numbers.items()} | texts
    try:
        return template.format_map(fields)
    except (LookupError, ValueError, AttributeError) as error:
        raise CircuitError(
            f"The expression {template!r} of {name!r} cannot be filled in "
            f"({type(error).__name__}: {error}); its fields are {sorted(fields)}.",
            "write one of these in braces, or give its number",
        ) from error


def _expressed(name: str, head: str, tail: str, kind: str, text: str) -> Controlled:
    places: dict[str, int] = {}

    def node(named: str) -> int | None:
        return None if named == "0" else places.setdefault(named, len(places))

    def current(named: str) -> int | None:
        # A node may have the name of an element.
        return places.setdefault(f"i({named})", len(places))

    try:
        expression = read_expression(text, name, node, current)
    except ExpressionSizeError as error:
        # The user's own text may have fewer brackets.
        problem = f"{error.problem.removesuffix('.')}, with brackets around every operator."
        raise UnsupportedError(problem, error.fix) from error
    except CircuitError as error:
        raise UnsupportedError(error.problem, error.fix) from error
    return Controlled(name, head, tail, kind, expression, tuple(places))


def _metered(elements: Sequence[Plain]) -> Iterator[Plain]:
    """Yield elements, with a voltage source in front of each whose current controls another one."""
    sources = {own.name for own in elements if isinstance(own, VoltageSource)}
    named = {name for own in elements for name in _meters(own)}
    meters = {name: name if name in sources else f"v{name}__meter" for name in named}
    sensed = {name for own in elements if isinstance(own, Controlled) for name in own.currents}
    for element in elements:
        own = _rewired(element, meters)
        if meters.get(element.name, element.name) != element.name:
            yield from _behind_meter(own, meters[element.name])
        else:
            yield own
    for name in sorted(sensed):
        yield Transresistance(f"h{name}__sense", _sense(name), "0", meters[name], AMPERE)


def _sense(name: str) -> str:
    return f"{name}__amperes"


def _meters(element: Plain) -> Iterable[str]:
    if isinstance(element, CurrentAmplifier | Transresistance):
        return () if element.meter == element.name else (element.meter,)
    return element.currents if isinstance(element, Controlled) else ()


def _rewired(element: Plain, meters: Mapping[str, str]) -> Plain:
    """Return an element with the sources that stand for what controlled it."""
    if isinstance(element, Transresistance) and element.meter == element.name:
        # A source of its own current is a resistor.
        return Resistor(f"r{element.name}", element.head, element.tail, element.gain)
    if isinstance(element, CurrentAmplifier | Transresistance):
        return attrs.evolve(element, meter=meters[element.meter])
    if isinstance(element, Controlled):
        sensed = {f"i({name})": _sense(name) for name in element.currents}
        return attrs.evolve(element, names=tuple(sensed.get(n, n) for n in element.names))
    return element


def _behind_meter(element: Plain, meter: str) -> Iterator[Plain]:
    inner = f"{meter}__behind"
    if not isinstance(element, WITH_CURRENT):
        raise UnsupportedError(
            f"Element {element.name!r} has no single current that could control another element.",
            "control it by the current of a voltage source",
        )
    yield VoltageSource(meter, element.head, inner, 0.0)
    yield attrs.evolve(element, head=inner)
