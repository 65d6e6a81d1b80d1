"""Which numbers of a SPICE model give its devices charge, which counts in transients alone."""

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
"""Model type to these numbers.

Source:
    ngspice 39, src/spicelib/devices: dio, mos1 (mos1temp.c), bjt, jfet.
"""


def charges_of(card: ModelCard) -> dict[str, float]:
    """Return the numbers of a model that give its devices charge, by name; empty: none."""
    names = CHARGES.get(card.type, ())
    return {name: value for name, value in card.numbers if name in names and value != 0.0}
