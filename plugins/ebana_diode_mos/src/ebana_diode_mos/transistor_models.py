"""The law of trained transistors from a model: a card of a SPICE file, or its words as numbers."""

import os
from collections.abc import Mapping
from typing import Any

import attrs

from ebana_core.checking import checked_number, shown
from ebana_core.errors import ParameterError, UnknownNameError
from ebana_core.laws.mosfet import Mosfet1
from ebana_core.laws.mosfet_numbers import LIMITS, MOSFET, mosfet_of
from ebana_core.laws.spice import ModelCard
from ebana_core.laws.spice_constants import NOMINAL, warn_of_cold
from ebana_core.laws.transistor_branch import TransistorBranch
from ebana_core.spice.library import read_library
from ebana_core.user_warnings import warn

SIZES = ("w", "l", "ad", "as", "pd", "ps", "nrd", "nrs", "m")
"""Words of a transistor that do not stand in its model: sizes, m and m², squares, and a number."""
AREAS = ("ad", "as", "pd", "ps", "m")
UNITS = {
    **dict.fromkeys(("w", "l", "pd", "ps"), "m"),
    **dict.fromkeys(("vto", "phi", "pb"), "V"),
    **dict.fromkeys(("rd", "rs", "rsh"), "ohm"),
    "is": "A",
    "temperature": "K",
}
"""Words whose unit is a single one of the SI, as quantities with a unit may give them."""
TEMPERATURE = "temperature"
TYPES = {"n": "nmos", "p": "pmos"}
SHOWN = 20
"""Names that an error lists."""
Words = Mapping[str, float]


def lowered(layer: str, setting: str, words: Mapping[Any, Any]) -> dict[str, Any]:
    """Return words in lower case.

    Raises:
        ParameterError: A word is given twice, in different cases; names it.
    """
    found: dict[str, Any] = {}
    for key, value in words.items():
        word = str(key).lower()
        if word in found:
            raise ParameterError(
                f"Layer {layer!r} has {word!r} twice in {setting}.", "give each word once"
            )
        found[word] = value
    return found


def typed_model(layer: str, model: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a model given as a mapping, in lower case.

    Raises:
        ParameterError: Its type is not that of a MOS transistor, or a word is given twice.
    """
    found = lowered(layer, "model", model)
    kind = str(found.get("type")).lower()
    if kind not in TYPES.values():
        raise ParameterError(
            f"Layer {layer!r} has model={shown(model)}, of the type {found.get('type')!r}.",
            'give "type" as "nmos" or "pmos"',
        )
    return found | {"type": kind}


def words_of_file(
    layer: str, path: str | os.PathLike[str], model_name: str | None
) -> dict[str, Any]:
    """Return type and words of a MOS model in a SPICE file, under ``"type"`` and their names.

    Words that no MOS transistor of level 1 has are left out with a warning.

    Raises:
        ParameterError: Path or name is none, or the model is of another level.
        StorageError: The file cannot be read.
        UnknownNameError: It holds no such model, or several and none is named; lists them.
        CircuitError: The model cannot be read; names the line and the word.
    """
    for setting, value in (("model", path), ("model_name", model_name)):
        if not isinstance(value, str | (os.PathLike if setting == "model" else type(None))):
            raise ParameterError(
                f"Layer {layer!r} has {setting}={value!r}.",
                "give the path of a SPICE file or a mapping as model, and a text as model_name",
            )
    library = read_library(path)
    known = sorted(library.model_names("nmos", "pmos"))
    name = model_name.lower() if model_name is not None else (known[0] if len(known) == 1 else "")
    if name not in known:
        said = f"wants MOS model {model_name!r}" if model_name else "names no MOS model"
        hidden = f" Its sections {list(library.sections)} are not read." if library.sections else ""
        problems = "".join(f" {problem}" for problem in library.problems)
        raise UnknownNameError(
            f"Layer {layer!r} {said}; {os.fspath(path)} holds {known[:SHOWN]}.{hidden}{problems}",
            "give model_name, one of these names, or a file that holds the model by itself, "
            "outside of sections and subcircuits",
        )
    model = library.model(name)
    known_words = {*MOSFET[1].law, *MOSFET[1].other_names, *MOSFET[1].silent}
    numbers = dict(model.numbers)
    _check_level(layer, numbers)  # before words of another level are called unknown
    extra = sorted({*numbers, *(word for word, _ in model.texts)} - known_words)
    if extra:
        sizes = [word for word in extra if word in SIZES]
        fix = f" Of a transistor, {', '.join(sizes)} stand in `param`." if sizes else ""
        warn(
            f"MOS model {name!r} in {os.fspath(path)} has {', '.join(extra)}, which a model of "
            f"level 1 of ngspice does not have; they count for nothing, as in ngspice.{fix}"
        )
    return {"type": model.type} | {k: v for k, v in numbers.items() if k in known_words}


def transistor_law(
    layer: str, model: Mapping[str, Any], param: Mapping[str, float], **settings: Any
) -> TransistorBranch:
    """Return the law.

    Args:
        layer: For errors.
        model: ``"type"`` and words of the model.
        param: Words of the model in place of those, sizes, and the temperature.
        settings: Body, its resistance, and what the gate is referred to.

    Raises:
        ParameterError: A word that nobody knows, a number out of bounds, or another level.
    """
    given = {key: value for key, value in model.items() if key != "type"} | dict(param)
    sizes = {key: given.pop(key) for key in SIZES if key in given}
    temperature = given.pop(TEMPERATURE, NOMINAL)
    _check_numbers(layer, {**given, **sizes, TEMPERATURE: temperature})
    warn_of_cold(float(temperature), f"Layer {layer!r} has a temperature, which")
    _check_level(layer, given)
    card = ModelCard(str(model["type"]), tuple(given.items()))
    words = MOSFET[1]
    place = f"the transistor of layer {layer!r}"
    found = words.numbers(card, place)
    sign = 1 if card.type == "nmos" else -1
    mosfet = mosfet_of(found, sign, sizes, float(temperature), f"Layer {layer!r}")
    assert isinstance(mosfet, Mosfet1)
    width, length = (float(sizes.get(key, found.get(key, LIMITS[key]))) for key in ("w", "l"))
    written = words.written(card)
    kept = [item for item in written.numbers if item[0] not in ("w", "l", "rsh", "rd", "rs")]
    # In ohms: ngspice divides by a number of squares that is zero at the drain.
    for key in ("rd", "rs"):
        if mosfet.number[key]:
            kept.append((key, mosfet.number[key] * sizes.get("m", 1.0)))
    return TransistorBranch(
        mosfet=mosfet,
        card=attrs.evolve(written, numbers=tuple(kept)),
        width=width,
        length=length,
        settings=tuple((k, float(v)) for k, v in sizes.items() if k in AREAS),
        **settings,
    )


def _check_level(layer: str, numbers: Mapping[str, Any]) -> None:
    if numbers.get("level", 1) != 1:
        raise ParameterError(
            f"Layer {layer!r} has transistors of level {numbers['level']:g}.",
            "give a model of level 1",
        )


def _check_numbers(layer: str, given: Mapping[str, Any]) -> None:
    bounds = dict.fromkeys(("w", "l", "m", TEMPERATURE), 0.0)
    for key, value in given.items():
        path = f"Layer {layer!r} has param {key!r}"
        if isinstance(value, str):
            raise ParameterError(
                f"{path}={value!r}, a text.",
                "give a number in SI units, 2e-05 for '20u'; letters are read in SPICE files alone",
            )
        unit = UNITS.get(key, "")
        if key in bounds:
            checked_number(value, path, "give a number above zero", above=0.0, unit=unit)
        elif key in SIZES:
            checked_number(value, path, "give a number of at least zero", at_least=0.0, unit=unit)
        else:
            checked_number(value, path, "give a finite number", unit=unit)
