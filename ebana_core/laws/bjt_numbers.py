"""The words of SPICE models of bipolar transistors, and their numbers at temperature."""

import math
from collections.abc import Mapping

from ebana_core.laws.bjt import Bjt
from ebana_core.laws.known_words import KnownWords, named
from ebana_core.laws.spice_constants import BOLTZMANN, CHARGE, GMIN, NOMINAL, ZERO_CELSIUS
from ebana_core.quantities import Quantity

LARGEST_RATIO = 1e-4
"""Leakages above it, A, are relative to IS, as in SPICE2's C2 and C4."""
COEFFICIENTS = [
    "bf",
    "br",
    "ikf",
    "ikr",
    "irb",
    "nc",
    "ne",
    "nf",
    "nr",
    "ns",
    "rb",
    "rc",
    "re",
    "rm",
    "vaf",
    "var",
]
"""Numbers that have two temperature coefficients, ``t...1`` and ``t...2``."""

BJT = KnownWords(
    device="a bipolar transistor",
    law={
        item.name: item
        for item in (
            Quantity("level", "1", 1.0, at_least=1.0, at_most=1.0),
            Quantity("subs", "1"),
            Quantity("tnom", "°C", 27.0, above=-ZERO_CELSIUS),
            Quantity("is", "A", 1e-16, above=0.0),
            Quantity("ibe", "A", 0.0, at_least=0.0),
            Quantity("ibc", "A", 0.0, at_least=0.0),
            Quantity("bf", "1", 100.0, above=0.0),
            Quantity("br", "1", 1.0, above=0.0),
            Quantity("nf", "1", 1.0, above=0.0),
            Quantity("nr", "1", 1.0, above=0.0),
            Quantity("vaf", "V", 0.0, at_least=0.0),
            Quantity("var", "V", 0.0, at_least=0.0),
            Quantity("ikf", "A", 0.0, at_least=0.0),
            Quantity("ikr", "A", 0.0, at_least=0.0),
            Quantity("nkf", "1", 0.5, above=0.0),
            Quantity("ise", "A", 0.0, at_least=0.0),
            Quantity("isc", "A", 0.0, at_least=0.0),
            Quantity("ne", "1", 1.5, above=0.0),
            Quantity("nc", "1", 2.0, above=0.0),
            Quantity("rb", "ohm", 0.0, at_least=0.0),
            Quantity("rbm", "ohm", 0.0, at_least=0.0),
            Quantity("irb", "A", 0.0, at_least=0.0),
            Quantity("rc", "ohm", 0.0, at_least=0.0),
            Quantity("re", "ohm", 0.0, at_least=0.0),
            Quantity("iss", "A", 0.0, at_least=0.0),
            Quantity("ns", "1", 1.0, above=0.0),
            Quantity("eg", "eV", 1.11, at_least=0.0),
            Quantity("xti", "1", 3.0),
            Quantity("xtb", "1", 0.0),
            Quantity("tlev", "1", 0.0, at_least=0.0, at_most=1.0),
            *(Quantity(f"t{name}1", "1/K", 0.0) for name in COEFFICIENTS),
            *(Quantity(f"t{name}2", "1/K^2", 0.0) for name in COEFFICIENTS),
        )
    },
    whole=frozenset(["level", "tlev", "subs"]),
    other_names={
        "tref": "tnom",
        "va": "vaf",
        "ik": "ikf",
        "c2": "ise",
        "vb": "var",
        "c4": "isc",
        "nk": "nkf",
        "trb": "trb1",
        "trc": "trc1",
        "tre": "tre1",
    },
    silent=named("""
        cje vje pe mje me tf xtf vtf itf ptf cjc vjc pc mjc mc xcjc tr cjs csub
        ccs vjs ps mjs ms fc kf af tlevc ctc cte cts tvjc tvje tvjs titf1 titf2
        ttf1 ttf2 ttr1 ttr2 tmje1 tmje2 tmjc1 tmjc2 tmjs1 tmjs2 tis1 tis2 tise1
        tise2 tisc1 tisc2 tiss1 tiss2 vbe_max vbc_max vce_max pd_max ic_max
        ib_max te_max rth0 vg cn d vo gamma qco quasimod
    """),
    left_out=named("""
        mfg type icrating vceo vcbo vebo bvbe bvcbo ibvbe nbvcbo bvceo xcjc2 rs
        nepi
    """),
)
"""Source:
    ngspice 39, src/spicelib/devices/bjt/bjt.c. RCO stands for another law: see `is_quasi`.
"""


def bjt_of(
    found: Mapping[str, float], sign: int, sizes: Mapping[str, float], temperature: float
) -> Bjt:
    """Return a transistor.

    Args:
        found: Words of its model that are given.
        sign: 1 for npn, -1 for pnp.
        sizes: area, areab, areac and m of one transistor.
        temperature: K.

    Source:
        ngspice 39, src/spicelib/devices/bjt: bjtsetup.c, bjttemp.c.
    """
    # ngspice takes npn transistors for vertical and pnp ones for lateral.
    lateral = found.get("subs", 1.0 if sign > 0 else -1.0)
    is_lateral = lateral == -1 if lateral in (1.0, -1.0) else sign < 0
    area = sizes.get("area", 1.0)
    other = sizes.get("areac" if is_lateral else "areab", area)
    under = sizes.get("areab" if is_lateral else "areac", area)
    given = {name: item.default or 0.0 for name, item in BJT.law.items()} | dict(found)
    given.setdefault("rbm", given["rb"])
    n = _stretched(given, found, temperature)
    nominal = n["tnom"] + ZERO_CELSIUS if "tnom" in found else NOMINAL
    thermal = BOLTZMANN / CHARGE * temperature
    ratio = temperature / nominal
    # Saturation currents grow with temperature by exp(growth), divided by N where there is one.
    growth = (ratio - 1) * n["eg"] / thermal + n["xti"] * math.log(ratio)
    warmer = temperature - nominal
    gain = 1 + n["xtb"] * warmer if n["tlev"] else math.exp(math.log(ratio) * n["xtb"])
    leaks = {
        name: n[name] * (n["is"] if n[name] > LARGEST_RATIO else 1.0) for name in ("ise", "isc")
    }
    main = area * n["is"] * math.exp(growth)
    # Both together replace IS: each junction then has a saturation current of its own.
    is_split = "ibe" in found and "ibc" in found
    n["ibe"] = area * n["ibe"] * math.exp(growth / given["nf"]) if is_split else main
    # ngspice counts the area twice where IBC is IS.
    n["ibc"] = other * (n["ibc"] * math.exp(growth / given["nr"]) if is_split else main)
    n["iss"] *= math.exp(growth / given["nr"]) if is_split else math.exp(growth)
    n["iss"] *= under if is_split else area
    n["ise"] = area * leaks["ise"] * math.exp(growth / given["ne"]) / gain
    n["isc"] = other * leaks["isc"] * math.exp(growth / given["nc"]) / gain
    for name in ("bf", "br"):
        # A gain with coefficients of its own does not follow XTB as well.
        n[name] *= 1.0 if {f"t{name}1", f"t{name}2"} & found.keys() else gain
    for name in ("vaf", "var"):
        n[f"1/{name}"] = 1 / n[name] if n[name] else 0.0
    for name in ("ikf", "ikr"):
        n[f"1/{name}"] = 1 / (n[name] * area) if n[name] else 0.0
    for name in ("rb", "rbm", "rc", "re"):
        n[name] /= area
    n["irb"] *= area
    n["nkf"] = min(n["nkf"], 1.0)
    n["temperature"], n["gmin"] = temperature, GMIN
    return Bjt(sign, is_lateral, n, sizes.get("m", 1.0))


def _stretched(
    given: Mapping[str, float], found: Mapping[str, float], temperature: float
) -> dict[str, float]:
    """Return the numbers of the model with their own coefficients of temperature."""
    nominal = given["tnom"] + ZERO_CELSIUS if "tnom" in found else NOMINAL
    warmer = temperature - nominal
    result = dict(given)
    if "rbm" not in found:
        result["rbm"] = given["rb"]
    for name in COEFFICIENTS:
        own = "rbm" if name == "rm" else name
        result[own] *= 1 + given[f"t{name}1"] * warmer + given[f"t{name}2"] * warmer**2
    return result
