"""Ammeters in front of inductors: ngspice takes their currents as unknowns, but not as controls."""

from collections.abc import Iterator, Sequence

import attrs

from ebana_core.laws.spice import (
    BehaviouralSource,
    CurrentAmplifier,
    Element,
    Inductor,
    Transresistance,
    VoltageSource,
)


def with_ammeters(elements: Sequence[Element]) -> list[Element]:
    """Return the same circuit, in which no inductor's current controls another element.

    Source:
        ngspice 39, src/spicelib/devices/ind/indinit.c, which has no ``DEVfindBranch``.
    """
    inductors = {own.name for own in elements if isinstance(own, Inductor)}
    if not inductors:
        return list(elements)
    meters = {name: f"v{name}__meter" for own in elements for name in _named(own, inductors)}
    return [part for own in elements for part in _metered(own, meters)]


def _named(element: Element, inductors: set[str]) -> Iterator[str]:
    match element:
        case CurrentAmplifier(meter=meter) | Transresistance(meter=meter) if meter in inductors:
            yield meter
        case BehaviouralSource(text=text):
            yield from (name for name in inductors if f"i({name})" in text)


def _metered(element: Element, meters: dict[str, str]) -> Iterator[Element]:
    match element:
        case CurrentAmplifier(meter=meter) | Transresistance(meter=meter) if meter in meters:
            yield attrs.evolve(element, meter=meters[meter])
        case BehaviouralSource(text=text):
            for name, meter in meters.items():
                text = text.replace(f"i({name})", f"i({meter})")
            yield attrs.evolve(element, text=text)
        case Inductor(name=name, head=head) if name in meters:
            behind = f"{meters[name]}__behind"
            yield VoltageSource(meters[name], head, behind, 0.0)
            yield attrs.evolve(element, head=behind)
        case _:
            yield element
