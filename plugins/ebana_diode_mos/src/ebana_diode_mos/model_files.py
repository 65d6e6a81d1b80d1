"""Diode models from SPICE files: numbers only, so that no text of a file is ever run."""

import os

from ebana_core.errors import UnknownNameError
from ebana_core.laws.diode_words import read_diode_card
from ebana_core.spice.library import read_library
from ebana_core.spice.models import Model
from ebana_diode_mos.junction import CardJunction

SHOWN = 20
"""Names that an error lists."""


def card_law(layer: str, model_name: str, path: str | os.PathLike[str]) -> CardJunction:
    """Return the law of a model in a SPICE file.

    Args:
        layer: For errors.
        model_name: Name in a ``.model`` line of SPICE type ``d``.
        path: The file.

    Raises:
        StorageError: The file cannot be read.
        UnknownNameError: It holds no such diode model; lists those it holds.
        CircuitError: The model cannot be read; names the line and the word.
        ParameterError: A word or a number that ngspice's diode does not have.
    """
    model = _diode_model(layer, str(model_name), path)
    place = f"diode model {model_name!r} in {os.fspath(path)}"
    return CardJunction(read_diode_card(model.card, place, model.texts))


def _diode_model(layer: str, name: str, path: str | os.PathLike[str]) -> Model:
    library = read_library(path)
    model = library.model(name) if name in library.models else None
    if model is None or model.type != "d":
        known = sorted(library.model_names("d"))
        more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
        raise UnknownNameError(
            f"Layer {layer!r} wants diode model {name!r}; {os.fspath(path)} holds "
            f"{known[:SHOWN]}{more}.",
            "use one of these names, or another file",
        )
    return model
