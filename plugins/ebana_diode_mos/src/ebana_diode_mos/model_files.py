"""Reads diode models from SPICE files: numbers only, so that no text of a file is ever run."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from ebana_core.errors import FormatError, ParameterError, StorageError, UnknownNameError
from ebana_core.laws.junction import Junction
from ebana_core.laws.spice import ModelCard
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

SUFFIXES = (
    ("meg", 1e6),
    ("mil", 25.4e-6),
    ("t", 1e12),
    ("g", 1e9),
    ("k", 1e3),
    ("m", 1e-3),
    ("u", 1e-6),
    ("n", 1e-9),
    ("p", 1e-12),
    ("f", 1e-15),
)
NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)([a-z]*)")
MODEL = re.compile(r"\.model\s+(\S+)\s+(\w+)\s*\(?(.*?)\)?\s*$")
PAIR = re.compile(r"(\w+)\s*=\s*(\S+)")


def card_law(layer: str, model_name: str, path: str | os.PathLike[str]) -> CardJunction:
    """Return the law of a model in a SPICE file.

    Args:
        layer: For errors.
        model_name: Name in a ``.model`` line of SPICE type ``d``.
        path: The file.

    Raises:
        StorageError: The file cannot be read.
        UnknownNameError: It holds no such diode model; lists those it holds.
        ParameterError: A parameter that ngspice's diode does not have.
        FormatError: A value that is not a number.
    """
    models = read_models(path)
    name = str(model_name).lower()
    if name not in models:
        raise UnknownNameError(
            f"Layer {layer!r} wants diode model {model_name!r}; {os.fspath(path)} holds "
            f"{sorted(models)}.",
            "use one of these names, or another file",
        )
    numbers = {key: value for key, value in models[name].items() if key not in RATINGS}
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


def read_models(path: str | os.PathLike[str]) -> dict[str, dict[str, float]]:
    """Return the diode models of a SPICE file: lower-case name to parameters.

    Raises:
        StorageError: The file cannot be read.
    """
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError) as error:
        raise StorageError(
            f"The model file {os.fspath(path)!r} cannot be read: {error}.",
            "give the path of an existing SPICE file",
        ) from error
    models = {}
    for line in _joined_lines(text.lower()):
        found = MODEL.match(line)
        if found and found[2] == "d":
            pairs = PAIR.findall(found[3])
            models[found[1]] = {
                key: spice_number(value, f"{key} of model {found[1]!r}")
                for key, value in pairs
                if key not in RATINGS
            }
    return models


def spice_number(text: str, what: str) -> float:
    """Return a number with SPICE's suffixes (``1.5k``, ``10meg``, ``4pf``).

    Raises:
        FormatError: Not a number.
    """
    found = NUMBER.fullmatch(text.rstrip(","))
    if not found:
        raise FormatError(f"{what} is {text!r}.", "give a number, with a SPICE suffix at most")
    for suffix, factor in SUFFIXES:
        if found[2].startswith(suffix):
            return float(found[1]) * factor
    return float(found[1])


def _joined_lines(text: str) -> list[str]:
    lines: list[str] = []
    for raw in text.splitlines():
        line = raw.split(";")[0].split("$ ")[0].strip()
        if line.startswith("+") and lines:
            lines[-1] += " " + line[1:]
        elif line and not line.startswith("*"):
            lines.append(line)
    return lines


def _refusal(name: str, numbers: Mapping[str, float]) -> str | None:
    """Return why the native law would not be exact; None where it is."""
    if numbers.get("level", 1.0) != 1.0:
        return f"diode model {name!r} has level {numbers['level']:g}, and native knows level 1"
    ignored = ONLY_WITH_BREAKDOWN if "bv" not in numbers else frozenset()
    culprits = sorted(key.upper() for key in numbers if key in INEXACT - ignored)
    if culprits:
        return f"diode model {name!r} has {', '.join(culprits)}, which its law does not know"
    return None
