"""The numbers of SPICE models that make devices store charge, which matters in transients alone."""

from collections.abc import Mapping

from ebana_core.laws.spice import ModelCard

CHARGES: Mapping[str, tuple[str, ...]] = {
    "d": ("cjo", "cj0", "cj", "cjp", "cjsw", "tt"),
    "nmos": ("cgso", "cgdo", "cgbo", "cbd", "cbs", "cj", "cjsw", "tox"),
    "pmos": ("cgso", "cgdo", "cgbo", "cbd", "cbs", "cj", "cjsw", "tox"),
    "npn": ("cje", "cjc", "cjs", "csub", "ccs", "tf", "tr", "qco"),
    "pnp": ("cje", "cjc", "cjs", "csub", "ccs", "tf", "tr", "qco"),
    "njf": ("cgs", "cgd"),
    "pjf": ("cgs", "cgd"),
}
"""Type of a model to the names of the numbers that make its devices store charge.

Source:
    ngspice 39, src/spicelib/devices: dio, mos1 (mos1temp.c), bjt, jfet.
"""


def charges_of(card: ModelCard) -> dict[str, float]:
    """Return the numbers of a model that make its devices store charge, by name.

    The result is empty where they store none.
    """
    names = CHARGES.get(card.type, ())
    return {name: value for name, value in card.numbers if name in names and value != 0.0}
