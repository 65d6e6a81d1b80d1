"""The junction field-effect transistor of level 1 by ngspice's own law."""

import math
from collections.abc import Mapping, Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.laws.jets import Jet, either, smaller
from ebana_core.laws.known_words import KnownWords, named
from ebana_core.laws.limiting import LimitedJunction, limited_junction
from ebana_core.laws.spice_constants import GMIN, NOMINAL, ZERO_CELSIUS, thermal_voltage
from ebana_core.laws.transistor import FlowingTransistor, Flows, junction
from ebana_core.quantities import Quantity

D, G, S, D1, S1 = range(5)
"""Drain, gate, source, and drain and source behind their resistances."""

JFET = KnownWords(
    device="a junction field-effect transistor of level 1",
    law={
        item.name: item
        for item in (
            Quantity("level", "1", 1.0),
            Quantity("tnom", "°C", 27.0, above=-ZERO_CELSIUS),
            Quantity("vto", "V", -2.0),
            Quantity("beta", "A/V^2", 1e-4, at_least=0.0),
            Quantity("lambda", "1/V", 0.0),
            Quantity("b", "1", 1.0),
            Quantity("pb", "V", 1.0, above=0.0),
            Quantity("rd", "ohm", 0.0, at_least=0.0),
            Quantity("rs", "ohm", 0.0, at_least=0.0),
            Quantity("is", "A", 1e-14, above=0.0),
            Quantity("eg", "eV", 1.11, at_least=0.0),
            Quantity("xti", "1", 0.0),
            Quantity("tcv", "V/K", 0.0),
            Quantity("vtotc", "V/K", 0.0),
            Quantity("bex", "1", 0.0),
            Quantity("betatce", "%/K", 0.0),
        )
    },
    whole=frozenset(["level"]),
    other_names={"vt0": "vto"},
    silent=frozenset(["cgs", "cgd", "fc", "kf", "af", "nlev", "gdsnoi"]),
    left_out=named("""
        mfg type n nr isr alpha vk m mj cgso cgdo
    """),
    refused={"t_abs": "gives a temperature of PSpice's"},
)
"""Source:
    ngspice 39, src/spicelib/devices/jfet/jfet.c; the gate's ionization of PSpice (ALPHA, VK) and
    its recombination (ISR, NR, N) are left out there.
"""


@final
@attrs.frozen
class Jfet(FlowingTransistor):
    """Drain, gate, source, then the inner drain and source; gate junctions lie to both.

    Args:
        sign: 1 for an n channel, -1 for a p channel.
        number: Numbers at temperature, of all transistors in parallel; see `jfet_of`.

    Source:
        ngspice 39, src/spicelib/devices/jfet/jfetload.c.
    """

    n_terminals = 5
    paths = ((G, D1), (G, S1))

    sign: int
    number: Mapping[str, float]

    @property
    def junctions(self) -> Sequence[LimitedJunction]:
        """Junctions from the gate to both ends of the channel."""
        n = self.number
        thermal = float(thermal_voltage(np.array(n["temperature"])))
        return [limited_junction(self.sign, G, place, thermal, n["is"]) for place in (D1, S1)]

    def add(self, flows: Flows) -> None:
        n, sign = self.number, float(self.sign)
        # Drain and source change places with the sign of the voltage between them.
        is_normal = sign * (flows.voltages[..., D1] - flows.voltages[..., S1]) >= 0
        by_source, by_drain = (sign * flows.drop(G, place) for place in (S1, D1))
        over = either(is_normal, by_source, by_drain) - n["vto"]
        vds = either(is_normal, by_source - by_drain, by_drain - by_source)
        channel = self._channel(over, vds)
        flows.through(D1, S1, either(is_normal, sign * channel, -sign * channel))
        thermal = float(thermal_voltage(np.array(n["temperature"])))
        for place, drop in ((S1, by_source), (D1, by_drain)):
            # Each of the transistors in parallel has a gmin of its own.
            current = junction(drop, n["is"], thermal) + (n["count"] * n["gmin"]) * drop
            flows.through(G, place, sign * current)
        for outer, inner, name in ((D, D1, "rd"), (S, S1, "rs")):
            if n[name]:
                flows.through(outer, inner, flows.drop(outer, inner) / n[name])

    def _channel(self, over: Jet, vds: Jet) -> Jet:
        """Return the current of the channel, A, with a doping tail (Parker and Skellern)."""
        n = self.number
        # A channel is pinched off where the drain rises above the overdrive: with the smaller of
        # both, one expression is right in either region.
        reach = smaller(over, vds)
        part = 2 * n["b"] + 3 * n["tail"] * (over - reach)
        shape = reach * (reach * (n["tail"] * reach - n["b"]) + over * part)
        current = n["beta"] * (1 + n["lambda"] * vds) * shape
        return either(over.value > 0, current, 0 * current)


def jfet_of(
    found: Mapping[str, float], sign: int, sizes: Mapping[str, float], temperature: float
) -> Jfet:
    """Return a transistor.

    Args:
        found: Words of its model that are given.
        sign: 1 for an n channel, -1 for a p channel.
        sizes: area and m of one transistor.
        temperature: K.

    Source:
        ngspice 39, src/spicelib/devices/jfet/jfettemp.c.
    """
    n = {name: item.default or 0.0 for name, item in JFET.law.items()} | dict(found)
    count, nominal = sizes.get("m", 1.0), n["tnom"] + ZERO_CELSIUS if "tnom" in found else NOMINAL
    size, warmer = sizes.get("area", 1.0) * count, temperature - nominal
    ratio, thermal = temperature / nominal, float(thermal_voltage(np.array(temperature)))
    # From the threshold before temperature shifts it, as ngspice does.
    n["tail"] = (1 - n["b"]) / (n["pb"] - n["vto"]) if n["b"] != 1 else 0.0
    n["vto"] += n["vtotc"] * warmer if "vtotc" in found else -n["tcv"] * warmer
    n["beta"] *= size * (
        1.01 ** (n["betatce"] * warmer) if "betatce" in found else ratio ** n["bex"]
    )
    n["is"] *= size * math.exp((ratio - 1) * n["eg"] / thermal) * ratio ** n["xti"]
    n["rd"], n["rs"] = n["rd"] / size, n["rs"] / size
    n["count"], n["temperature"], n["gmin"] = count, temperature, GMIN
    return Jfet(sign, n)
