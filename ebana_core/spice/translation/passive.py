"""Reads R, C and L: values from numbers, models, sizes and temperatures."""

import math
from collections.abc import Mapping, Sequence

from ebana_core.errors import CircuitError
from ebana_core.spice import parts
from ebana_core.spice.expressions import Call, Terminal, scaled
from ebana_core.spice.parts.passive import SMALLEST_RESISTANCE
from ebana_core.spice.subcircuit import Line
from ebana_core.spice.translation.behaviour import read_text, said
from ebana_core.spice.translation.reading import SMALL, Places, Reading
from ebana_core.spice.translation.wording import is_number, numbers_of, split_settings
from ebana_core.spice.words import read_number

SIZES = ("m", "w", "l", "scale", "tc1", "tc2", "tce", "temp", "dtemp")
NO_EFFECT = ("ac", "noisy", "noise", "noiseless", "bv_max", "tol")
"""Settings of a resistor that change nothing at DC."""
OF_MODELS = (
    "r",
    "res",
    "rsh",
    "tc1",
    "tc2",
    "tce",
    "tnom",
    "narrow",
    "short",
    "defw",
    "dw",
    "w",
    "l",
)
MODELS_IGNORE = ("kf", "af", "ef", "wf", "lf", "bv_max", "level")
OF_CAPACITORS = ("bv_max", "tol")
SIZES_OF_INDUCTORS = ("ic", "nt", *SIZES)
OF_INDUCTORS = ("tol",)
DEFAULT_SIZE = 10e-6
"""Width and length of a resistor of a sheet, m."""
TEMPERATURE_BASE = 1.01
"""Base of the power whose exponent is TCE times the temperature difference, in kelvin."""


def read_resistor(line: Line, places: Places) -> Reading:
    """Return a resistor at its temperature, as many in parallel as its multiplicity says."""
    plain, settings = split_settings(line, line.rest)
    value, plain = _value_text(line, plain, settings, ("r", "resistance"))
    settings = dict(_with_coefficients(settings, plain))
    if value is not None and not is_number(value):
        return _behavioural(line, places, value, settings)
    sizes = numbers_of(line, settings, SIZES, NO_EFFECT)
    factor = sizes.get("scale", 1.0) * _heated(line, sizes)
    count = sizes.get("m", 1.0) * line.multiplicity
    number = _nominal(line, value, sizes) * factor / count
    least = 0.0 if line.kind == SMALL else SMALLEST_RESISTANCE
    # By its size: a resistance below zero is an active element, and allowed.
    if not (math.isfinite(number) and abs(number) >= least and number):
        raise CircuitError(
            f"Element {line.name!r} has {number!r} ohm, less than {SMALLEST_RESISTANCE} ohm.",
            "leave it out, or use a V source of 0",
        )
    if line.kind == SMALL:
        size = parts.SmallResistorPart if number > 0 else parts.SmallNegativePart
        return Reading(size(*places.ends(line), places.own[line.name]), number)
    kind = parts.ResistorPart if number > 0 else parts.NegativeResistorPart
    return Reading(kind(*places.ends(line)), number)


def _value_text(
    line: Line, plain: Sequence[str], settings: dict[str, str], keys: Sequence[str]
) -> tuple[str | None, list[str]]:
    """Return the text of an element's value, taken out of the words behind its nodes."""
    given = [settings.pop(key) for key in keys if key in settings]
    left = list(plain)
    if left and not given:
        given.append(left.pop(0))
    if len(given) > 1:
        raise CircuitError(f"Element {line.name!r} has two values.", "leave one of them out")
    return (given[0] if given else None), left


def _with_coefficients(settings: Mapping[str, str], plain: Sequence[str]) -> Mapping[str, str]:
    """Return the settings with ``tc=A,B`` or ``tc=A B`` as tc1 and tc2; a lone word stays."""
    settings = dict(settings)
    if "tc" in settings:
        numbers = [number for number in settings.pop("tc").split(",") if number]
        numbers += [word.strip(",") for word in plain]
        settings |= zip(("tc1", "tc2"), numbers[:2], strict=False)
        plain = numbers[2:]
    if plain:
        settings |= {plain[0].lower(): ""}
    return settings


def _model_numbers(line: Line) -> Mapping[str, float]:
    numbers = dict(line.model.numbers) if line.model is not None else {}
    strange = sorted(numbers.keys() - {*OF_MODELS, *MODELS_IGNORE})
    if strange:
        raise CircuitError(
            f"Element {line.name!r} has a model with {strange[0]}={numbers[strange[0]]!r}.",
            f"give {', '.join(OF_MODELS)}, or write its resistance",
        )
    return numbers


def _nominal(line: Line, value: str | None, sizes: Mapping[str, float]) -> float:
    """Return the resistance at the model's temperature, ohm.

    Source:
        ngspice 39, src/spicelib/devices/res/restemp.c.
    """
    if value is not None:
        return read_number(value, f"Element {line.name!r}")
    model = _model_numbers(line)
    sheet = model.get("rsh", 0.0)
    length = sizes.get("l", model.get("l", DEFAULT_SIZE))
    width = sizes.get("w", model.get("w", model.get("defw", DEFAULT_SIZE)))
    if sheet * length * width > 0:
        short, narrow = model.get("short", 0.0), model.get("narrow", model.get("dw", 0.0))
        return (length - 2 * short) / (width - 2 * narrow) * sheet
    for key in ("r", "res"):
        if key in model:
            return model[key]
    raise CircuitError(
        f"Element {line.name!r} has no resistance.", "give one, or a model with r or rsh"
    )


def _heated(line: Line, sizes: Mapping[str, float]) -> float:
    """Return a resistance relative to that at the model's temperature."""
    model = _model_numbers(line)
    own = sizes.get("temp", line.temperatures.circuit + sizes.get("dtemp", 0.0))
    above = own - model.get("tnom", line.temperatures.nominal)
    # An exponential coefficient replaces the polynomial, as in ngspice.
    if "tce" in sizes or "tce" in model:
        return float(TEMPERATURE_BASE ** (sizes.get("tce", model.get("tce", 0.0)) * above))
    linear, square = (sizes.get(key, model.get(key, 0.0)) for key in ("tc1", "tc2"))
    return (square * above + linear) * above + 1.0


def _behavioural(line: Line, places: Places, text: str, settings: Mapping[str, str]) -> Reading:
    """Return a resistor whose resistance is an expression, as a current source by an expression.

    Its coefficients count nothing: it has no temperature but the circuit's.
    """
    sizes = numbers_of(line, settings, ("m", "tc1", "tc2"), NO_EFFECT)
    count = sizes.get("m", 1.0) * line.multiplicity
    # Several in parallel carry several times the current.
    resistance = scaled(read_text(line, places, text), 1 / count)
    head, tail = (None if place < 0 else place for place in places.ends(line)[1:])
    drop = Call("-", (Terminal(head), Terminal(tail)))
    current = Call("/", (drop, resistance))
    return said(line, places, current, is_voltage=False, conducts=True)


def read_capacitor(line: Line, places: Places) -> Reading:
    """Return a capacitor, which is open at DC."""
    word = "q" if line.words and line.words[0].lower().startswith("q=") else "c"
    plain, settings = split_settings(line, line.rest)
    value, plain = _value_text(line, plain, settings, ("c", "capacitance", "cap", "q"))
    given = numbers_of(line, _with_coefficients(settings, plain), ("ic", *SIZES), OF_CAPACITORS)
    if value is None or is_number(value):
        count = given.get("m", 1.0) * line.multiplicity * given.get("scale", 1.0)
        part = parts.CapacitorPart(*places.ends(line), given.get("ic"))
        return Reading(part, _amount(line, value, "cap") * count)
    expression = read_text(line, places, value)
    return Reading(parts.ChargePart(*places.ends(line), expression, places.form, word))


def read_inductor(line: Line, places: Places) -> Reading:
    """Return an inductor, which is a wire at DC."""
    plain, settings = split_settings(line, line.rest)
    value, plain = _value_text(line, plain, settings, ("l", "inductance"))
    given = numbers_of(line, _with_coefficients(settings, plain), SIZES_OF_INDUCTORS, OF_INDUCTORS)
    ends = *places.ends(line), places.own[line.name]
    if value is None or is_number(value):
        count = given.get("m", 1.0) * line.multiplicity / given.get("scale", 1.0)
        return Reading(parts.InductorPart(*ends), _amount(line, value, "ind") / count)
    part = parts.FluxPart(*ends)
    read_text(line, places, value)  # which must be one
    return Reading(part, stands_still=True)


def _amount(line: Line, value: str | None, key: str) -> float:
    """Return a capacitance, F, or an inductance, H; they matter in transients only."""
    if value is not None:
        return abs(read_number(value, f"Element {line.name!r}"))
    numbers = dict(line.model.numbers) if line.model is not None else {}
    if key not in numbers:
        raise CircuitError(
            f"Element {line.name!r} has no value.", f"give one, or a model with {key}"
        )
    return abs(numbers[key])


def read_state(line: Line, places: Places) -> Reading:
    """Return a capacitor that holds its initial voltage."""
    part = parts.StatePart(*places.ends(line), places.own[line.name])
    number = read_number(line.rest, f"Element {line.name!r}")
    return Reading(part, number, stands_still=True)
