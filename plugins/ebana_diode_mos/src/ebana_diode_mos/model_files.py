"""Diode models from SPICE files: numbers only, so that no text of a file is ever run."""

import os
from collections.abc import Mapping

from ebana_core.errors import ParameterError, UnknownNameError
from ebana_core.laws.junction import Junction
from ebana_core.laws.spice import ModelCard
from ebana_core.spice.library import read_library
from ebana_core.spice.models import Model
from ebana_diode_mos.junction import CardJunction

EXACT = {"is": "IS", "js": "IS", "n": "N", "rs": "RS"}
"""Parameters that the native law takes, beside EG and XTI."""

WITHOUT_DC_EFFECT = frozenset(
    [
        "level",
        "tt",
        "cjo",
        "cj0",
        "cj",
        "vj",
        "pb",
        "m",
        "mj",
        "cjp",
        "cjsw",
        "php",
        "vjsw",
        "mjsw",
        "fc",
        "fcs",
        "kf",
        "af",
        "ns",
        "tm1",
        "tm2",
        "ttt1",
        "ttt2",
        "cta",
        "ctc",
        "ctp",
        "tpb",
        "tvj",
        "tphp",
        "tlevc",
    ]
)
"""Parameters that leave a DC operating point alone (``level`` only as 1)."""

ONLY_WITH_BREAKDOWN = frozenset({"ibv", "nbv", "tcv"})
"""Parameters without effect where no breakdown voltage is given."""

RATINGS = frozenset({"iave", "vpk", "mfg", "type", "ipk", "vrev"})
"""What vendors add for people; ngspice has no such parameters."""

INEXACT = frozenset(
    [
        "bv",
        "ibv",
        "nbv",
        "tcv",
        "ikf",
        "ik",
        "ikr",
        "isr",
        "nr",
        "jsw",
        "tnom",
        "tref",
        "trs",
        "trs1",
        "trs2",
        "tlev",
        "jtun",
        "jtunsw",
        "ntun",
        "xtitun",
        "keg",
        "area",
        "pj",
        "rth0",
        "cth0",
        "tcv",
    ]
)
"""Parameters of ngspice's diode that change its DC law in ways the native law lacks."""

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
        ParameterError: A parameter that ngspice's diode does not have.
    """
    model = _diode_model(layer, str(model_name), path)
    numbers = {key: value for key, value in model.numbers if key not in RATINGS}
    for key in numbers:
        if key not in {*EXACT, "eg", "xti", *WITHOUT_DC_EFFECT, *INEXACT}:
            raise ParameterError(
                f"Diode model {model_name!r} in {os.fspath(path)} has parameter {key!r}, which "
                "ngspice's diode does not have.",
                f"remove {key!r} from the model",
            )
    if numbers.get("rs", 0.0) == 0.0:
        numbers["rs"] = 0.0
    junction = Junction(
        activation_energy=numbers.get("eg", 1.11), saturation_exponent=numbers.get("xti", 3.0)
    )
    own = {EXACT[key]: value for key, value in numbers.items() if key in EXACT}
    defaults = {item.name: item.default for item in Junction.values}
    return CardJunction(
        card=ModelCard("d", tuple(sorted(numbers.items()))),
        junction=junction,
        numbers=tuple(
            (key, float(own.get(key, defaults[key]) or 0.0)) for key in ("IS", "N", "RS")
        ),
        native_refusal=_refusal(str(model_name), numbers),
    )


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


def _refusal(name: str, numbers: Mapping[str, float]) -> str | None:
    """Return why the native law would not be exact; None where it is."""
    if numbers.get("level", 1.0) != 1.0:
        return f"diode model {name!r} has level {numbers['level']:g}, and native knows level 1"
    ignored = ONLY_WITH_BREAKDOWN if "bv" not in numbers else frozenset()
    culprits = sorted(key.upper() for key in numbers if key in INEXACT - ignored)
    if culprits:
        return f"diode model {name!r} has {', '.join(culprits)}, which its law does not know"
    return None
