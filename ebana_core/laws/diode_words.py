"""The words of SPICE diode models, and the diode that a model makes."""

from collections.abc import Mapping
from typing import final

import attrs

from ebana_core.laws.diode_numbers import DiodeNumbers
from ebana_core.laws.known_words import KnownWords, Texts, named
from ebana_core.laws.spice import ModelCard
from ebana_core.laws.spice_constants import ZERO_CELSIUS
from ebana_core.quantities import Quantity

SMALLEST_KNEE = 1e-28
"""Current, A. Smaller knee currents are ignored, as in ngspice (``epsmin`` in diosetup.c)."""
IDEAL = "belongs to LTspice's diode of straight lines"
TEMPERATURE = "gives a temperature of PSpice's"

DIODE = KnownWords(
    device="a diode",
    law={
        item.name: item
        for item in (
            Quantity("level", "1", 1.0, at_least=1.0, at_most=3.0),
            Quantity("is", "A", 1e-14, above=0.0),
            Quantity("n", "1", 1.0, above=0.0),
            Quantity("rs", "ohm", 0.0, at_least=0.0),
            Quantity("trs1", "1/K", 0.0),
            Quantity("trs2", "1/K^2", 0.0),
            Quantity("tnom", "°C", 27.0, above=-ZERO_CELSIUS),
            Quantity("eg", "eV", 1.11, at_least=0.0),
            Quantity("xti", "1", 3.0),
            Quantity("bv", "V", above=0.0),
            Quantity("ibv", "A", 1e-3, at_least=0.0),
            Quantity("nbv", "1", above=0.0),
            Quantity("tcv", "V/K", 0.0),
            Quantity("tlev", "1", 0.0, at_least=0.0),
            Quantity("ikf", "A", 0.0, at_least=0.0),
            Quantity("ikr", "A", 0.0, at_least=0.0),
            Quantity("isr", "A", 0.0, at_least=0.0),
            Quantity("nr", "1", 1.0, above=0.0),
            Quantity("vj", "V", 1.0, above=0.0),
            Quantity("m", "1", 0.5, at_least=0.0),
            Quantity("fc", "1", 0.5),
            Quantity("tm1", "1/K", 0.0),
            Quantity("tm2", "1/K^2", 0.0),
            Quantity("tpb", "V/K", 0.0),
            Quantity("tlevc", "1", 0.0, at_least=0.0, at_most=1.0),
            Quantity("jsw", "A", 0.0, at_least=0.0),
            Quantity("ns", "1", above=0.0),
            Quantity("jtun", "A", 0.0, at_least=0.0),
            Quantity("jtunsw", "A", 0.0, at_least=0.0),
            Quantity("ntun", "1", 30.0, above=0.0),
            Quantity("xtitun", "1", 3.0),
            Quantity("keg", "1", 1.0),
            Quantity("area", "1", 1.0, above=0.0),
            Quantity("pj", "1", 0.0, at_least=0.0),
        )
    },
    whole=frozenset(["level", "tlev", "tlevc"]),
    other_names={
        "js": "is",
        "ik": "ikf",
        "ib": "ibv",
        "trs": "trs1",
        "tref": "tnom",
        "pb": "vj",
        "mj": "m",
        "tvj": "tpb",
    },
    silent=named("""
        tt ttt1 ttt2 cjo cj0 cj cjp cjsw php vjsw mjsw fcs kf af cta ctc ctp
        tphp fv_max bv_max id_max te_max pd_max rth0 cth0 lm lp wm wp xom xoi xm
        xp
    """),
    left_out=named("""
        iave vpk ipk mfg type tbv1 tbv2 tikf ibvl nbvl vp diss modtype
    """),
    refused={
        **dict.fromkeys(
            ["ron", "roff", "vfwd", "vrev", "rrev", "ilimit", "revilimit", "epsilon", "revepsilon"],
            IDEAL,
        ),
        **dict.fromkeys(named("t_abs t_measured t_rel_global t_rel_local"), TEMPERATURE),
        "rl": "is a leakage resistance of IsSpice's",
    },
)
"""Source:
    ngspice 39, src/spicelib/devices/dio/dio.c; LTspice XVII help, "D. Diode"; PSpice A/D reference
    guide, "Diode".
"""


@final
@attrs.frozen
class DiodeCard:
    """A diode that a model describes.

    Args:
        card: The model in ngspice's words.
        numbers: Those that count at DC, but IS, N and RS.
        values: IS, A, N, and RS, ohms.
    """

    card: ModelCard
    numbers: DiodeNumbers
    values: tuple[tuple[str, float], ...]


def read_diode_card(
    card: ModelCard, place: str, texts: Texts = (), settings: Mapping[str, float] | None = None
) -> DiodeCard:
    """Return the diode of a model.

    Args:
        card: The model.
        place: What errors call it.
        texts: Its words whose values are text.
        settings: Of one diode: area, pj and m (how many lie in parallel), w and l (m).

    Raises:
        ParameterError: A word or a number that no diode has; see `KnownWords.numbers`.
    """
    found = DIODE.numbers(card, place, texts)
    tiny = {key for key in ("ikf", "ikr") if found.get(key, 1.0) < SMALLEST_KNEE}
    found = {key: value for key, value in found.items() if key not in tiny}
    values = tuple(
        (key.upper(), found.pop(key, DIODE.law[key].default or 0.0)) for key in ("is", "n", "rs")
    )
    if "tnom" in found:
        found["tnom"] += ZERO_CELSIUS
    found |= _sized(found.get("level", 1.0), dict(settings or {}))
    written = DIODE.written(card)
    kept = (pair for pair in written.numbers if DIODE.other_names.get(pair[0], pair[0]) not in tiny)
    written = attrs.evolve(written, numbers=tuple(kept))
    # Newer releases of ngspice give 1e-4 ohm to a diode whose model has no RS.
    if not any(name == "rs" for name, _ in written.numbers):
        written = attrs.evolve(written, numbers=(("rs", 0.0), *written.numbers))
    return DiodeCard(written, DiodeNumbers(**found), values)


def _sized(level: float, settings: dict[str, float]) -> dict[str, float]:
    """Return area, side wall and number of one diode; level 3 takes them from width and length.

    Source:
        ngspice 39, src/spicelib/devices/dio/diosetup.c.
    """
    width, length = settings.get("w"), settings.get("l")
    count = {"multiplier": settings["m"]} if "m" in settings else {}
    if width is None and length is None:
        return {key: settings[key] for key in ("area", "pj") if key in settings} | count
    sizes = {"area": settings.get("area", 1.0), "pj": settings.get("pj", 0.0)}
    if level == 3 and width is not None and length is not None:
        sizes = {"area": width * length, "pj": 2 * width + 2 * length}
    return sizes | count
