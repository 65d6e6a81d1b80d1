"""Formats element records as netlist lines: every line of a netlist is made here."""

import re
from collections.abc import Iterable, Mapping, Sequence

from ebana_core.errors import CircuitError
from ebana_core.laws.spice import (
    BehaviouralCurrent,
    BehaviouralSource,
    Capacitor,
    CurrentAmplifier,
    CurrentSource,
    Element,
    IdealDiode,
    Inductor,
    JunctionDiode,
    ModelCard,
    ModelDevice,
    Mosfet,
    Resistor,
    SwitchedCurrent,
    Transconductance,
    Transresistance,
    VoltageAmplifier,
    VoltageSource,
)
from ebana_core.laws.spice_constants import ZERO_CELSIUS
from ebana_core.spice.formatting import expression_number, number

NAME = re.compile(r"[a-z0-9_]+")


CLAMP_OHMS = "1e5"
"""Weighs current against drop where ngspice decides whether an ideal diode conducts."""


def alterable(element: Element) -> tuple[str, float] | None:
    """Return name and value of the one number that ngspice can alter; None for others."""
    match element:
        case Resistor(name=name, resistance=value):
            return name, value
        case VoltageSource(name=name, voltage=value):
            return name, value
        case CurrentSource(name=name, current=value):
            return name, value
        case VoltageAmplifier(name=name, gain=value) | CurrentAmplifier(name=name, gain=value):
            return name, value
    return None


def is_altered(old: Element, new: Element) -> bool:
    """Tell whether two records of one element differ at most in their alterable number."""
    if type(old) is not type(new):
        return False
    if alterable(old) is None:
        return old == new
    return _fixed_part(old) == _fixed_part(new)


def _fixed_part(element: Element) -> tuple[object, ...]:
    match element:
        case Resistor(name, head, tail) | VoltageSource(name, head, tail):
            return name, head, tail
        case CurrentSource(name, head, tail):
            return name, head, tail
        case VoltageAmplifier(name, head, tail, control_head, control_tail):
            return name, head, tail, control_head, control_tail
        case CurrentAmplifier(name, head, tail, meter):
            return name, head, tail, meter
    return (element,)


def element_lines(elements: Iterable[Element]) -> list[str]:
    """Return the lines of elements, and of the models and files that they use."""
    cards: dict[ModelCard, str] = {}
    lines = [_line(element, cards) for element in elements]
    return [*_model_lines(cards), *lines]


def _line(element: Element, cards: dict[ModelCard, str]) -> str:
    match element:
        case Resistor(name, head, tail, value):
            return _words(name, head, tail, number(value))
        case VoltageSource(name, head, tail, value) | CurrentSource(name, head, tail, value):
            return _words(name, head, tail, "dc", number(value))
        case SwitchedCurrent(name, head, tail, corners):
            text = " ".join(f"{number(time)} {number(current)}" for time, current in corners)
            return _words(name, head, tail, f"pwl({text})")
        case VoltageAmplifier(name, head, tail, control_head, control_tail, gain):
            return _words(name, head, tail, control_head, control_tail, number(gain))
        case Transconductance(name, head, tail, control_head, control_tail, gain):
            return _words(name, head, tail, control_head, control_tail, number(gain))
        case CurrentAmplifier(name, head, tail, meter, gain) | Transresistance(
            name, head, tail, meter, gain
        ):
            return _words(name, head, tail, meter, number(gain))
        case Capacitor(name, head, tail, value, initial) if initial is not None:
            return _words(name, head, tail, number(value), f"ic={number(initial)}")
        case Capacitor(name, head, tail, value) | Inductor(name, head, tail, value):
            return _words(name, head, tail, number(value))
        case BehaviouralSource(name, head, tail, kind, text, _, numbers):
            written = _filled(name, text, numbers) if numbers else text
            return _words(name, head, tail) + f" {kind}={written}"
        case ModelDevice(name, nodes, model, settings):
            return _words(name, *nodes, _model(model, cards), *_settings(settings))
        case BehaviouralCurrent(name, head, tail, expression, numbers):
            drop = f"(v({head})-v({tail}))" if tail != "0" else f"v({head})"
            return _words(name, head, tail) + f" i={_filled(name, expression, numbers, drop=drop)}"
        case IdealDiode(name, anode, cathode):
            # Either the drop or the current is zero; volts per ampere only make them comparable.
            text = f"min(0,v({anode},{cathode})+{CLAMP_OHMS}*i({name}))"
            return _words(name, anode, cathode) + f" v={text}"
        case JunctionDiode(name, anode, cathode, model, temperature, settings):
            behind = _settings((*settings, ("temp", temperature - ZERO_CELSIUS)))
            return _words(name, anode, cathode, _model(model, cards), *behind)
        case Mosfet(name, drain, gate, source, bulk, model, width, length, temperature, settings):
            return _words(
                name,
                drain,
                gate,
                source,
                bulk,
                _model(model, cards),
                f"w={number(width)}",
                f"l={number(length)}",
                *_settings((*settings, ("temp", temperature - ZERO_CELSIUS))),
            )
    raise AssertionError(f"no SPICE form of {element!r}")


def _settings(pairs: Iterable[tuple[str, float]]) -> list[str]:
    return [f"{key}={number(value)}" for key, value in pairs]


def _filled(name: str, template: str, numbers: Mapping[str, float], **texts: str) -> str:
    """Return an expression with numbers and texts in place of its fields."""
    fields = {key: expression_number(value) for key, value in numbers.items()} | texts
    try:
        return template.format_map(fields)
    except (LookupError, ValueError, AttributeError) as error:
        raise CircuitError(
            f"The expression {template!r} of {name!r} cannot be filled in "
            f"({type(error).__name__}: {error}); its fields are {sorted(fields)}.",
            "write one of these in braces, or give its number",
        ) from error


def _words(name: str, *rest: str) -> str:
    if not NAME.fullmatch(name):
        raise CircuitError(
            f"A netlist element is named {name!r}.", "use lower-case letters, digits and _"
        )
    return " ".join((name, *rest))


def _model(card: ModelCard, cards: dict[ModelCard, str]) -> str:
    if card.name is not None:
        cards[card] = card.name
    return cards.setdefault(card, f"{card.type}model{len(cards)}")


def _model_lines(cards: dict[ModelCard, str]) -> list[str]:
    lines = [f'.include "{path}"' for path in dict.fromkeys(c.path for c in cards) if path]
    for card, name in cards.items():
        if card.path is None:
            numbers = " ".join(f"{key}={number(value)}" for key, value in card.numbers)
            lines.append(f".model {name} {card.type}({numbers})")
    return lines


def deck(title: str, lines: Sequence[str]) -> list[str]:
    """Return a whole netlist: the title in front, ``.end`` behind."""
    return [f"* {title}", *lines, ".end"]
