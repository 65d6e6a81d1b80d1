"""The bipolar transistor of Gummel and Poon at DC, by ngspice's own law."""

from collections.abc import Mapping, Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.derived import derived
from ebana_core.laws.jets import Jet, either, larger, power, root, tangent
from ebana_core.laws.limiting import LimitedJunction, limited_junction
from ebana_core.laws.spice_constants import thermal_voltage
from ebana_core.laws.transistor import FlowingTransistor, Flows, junction

C, B, E, S, C1, B1, E1 = range(7)
"""Collector, base, emitter, substrate, and the first three behind their resistances."""
SERIES = (1 / 3, 2 / 15, 17 / 315, 62 / 2835, 1382 / 155925)
"""Coefficients of the power series of the tangent, from its cube on."""
SMALL = 0.05
"""Angle, radians, below which the series is right to the last digit."""


@final
@attrs.frozen
class Bjt(FlowingTransistor):
    r"""Collector, base, emitter, substrate, then the inner collector, base and emitter.

    With :math:`i_f`, :math:`i_r` the currents of the two junctions and :math:`q_b` the base
    charge, the collector carries :math:`(i_f - i_r)/q_b - i_r/\beta_r` and the leakage, the base
    :math:`i_f/\beta_f + i_r/\beta_r` and both leakages. The base's resistance falls with the
    charge, or with the base's current.

    Args:
        sign: 1 for npn, -1 for pnp.
        is_lateral: The substrate is at the base, not at the collector.
        number: Numbers at temperature, of one transistor; see `bjt_of`.
        count: How many lie in parallel.

    Source:
        ngspice 39, src/spicelib/devices/bjt/bjtload.c.
    """

    n_terminals = 7
    paths = ((B1, E1), (B1, C1), (B1, B), (C1, S))

    sign: int
    is_lateral: bool
    number: Mapping[str, float]
    count: float = 1.0
    junctions: Sequence[LimitedJunction] = derived(lambda own: own._find_junctions())
    """Base to emitter, base to collector, and the substrate's."""

    def add(self, flows: Flows) -> None:
        n, sign = self.number, float(self.sign)
        forward, reverse = sign * flows.drop(B1, E1), sign * flows.drop(B1, C1)
        thermal = float(thermal_voltage(np.array(n["temperature"])))
        by_emitter = junction(forward, n["ibe"], n["nf"] * thermal)
        by_collector = junction(reverse, n["ibc"], n["nr"] * thermal)
        # Recombination in both junctions, and gmin across each of them as in ngspice.
        leak_e = junction(forward, n["ise"], n["ne"] * thermal) + n["gmin"] * forward
        leak_c = junction(reverse, n["isc"], n["nc"] * thermal) + n["gmin"] * reverse
        charge = self._charge(forward, reverse, by_emitter, by_collector)
        scale = sign * self.count
        base_e, base_c = by_emitter / n["bf"] + leak_e, by_collector / n["br"] + leak_c
        flows.through(C1, E1, scale * ((by_emitter - by_collector) / charge))
        flows.through(B1, E1, scale * base_e)
        flows.through(B1, C1, scale * base_c)
        for outer, inner, name in ((C, C1, "rc"), (E, E1, "re")):
            if n[name]:
                flows.through(outer, inner, (self.count / n[name]) * flows.drop(outer, inner))
        if n["rb"]:
            resistance = self._base_resistance(charge, base_e + base_c)
            flows.through(B, B1, self.count * (flows.drop(B, B1) / resistance))
        self._add_substrate(flows, thermal)

    def _find_junctions(self) -> Sequence[LimitedJunction]:
        n = self.number
        thermal = float(thermal_voltage(np.array(n["temperature"])))
        found = [
            limited_junction(self.sign, B1, E1, n["nf"] * thermal, n["ibe"], conducts=True),
            limited_junction(self.sign, B1, C1, n["nr"] * thermal, n["ibc"]),
        ]
        if n["iss"]:
            place, sign = (B1, self.sign) if self.is_lateral else (C1, -self.sign)
            found.append(limited_junction(sign, place, S, n["ns"] * thermal, n["iss"]))
        return found

    def _charge(self, forward: Jet, reverse: Jet, by_emitter: Jet, by_collector: Jet) -> Jet:
        """Return the charge of the base, relative to its charge without voltages."""
        n = self.number
        # Early effect: reverse voltages narrow the base, so that it holds less charge.
        early = 1 / (1 - n["1/vaf"] * reverse - n["1/var"] * forward)
        if n["1/ikf"] == 0 and n["1/ikr"] == 0:
            return early
        # Where nothing is above zero, ngspice takes a root of 1.
        inside = larger(1 + 4 * (n["1/ikf"] * by_emitter + n["1/ikr"] * by_collector), 0.0)
        held = either(inside.value > 0, inside, 1.0)
        injected = root(held) if n["nkf"] == 0.5 else power(held, n["nkf"])
        return early * (1 + injected) / 2

    def _base_resistance(self, charge: Jet, current: Jet) -> Jet:
        """Return the resistance of the base, ohms."""
        n = self.number
        lost = n["rb"] - n["rbm"]
        if not n["irb"]:
            return n["rbm"] + lost / charge
        # The floor is SPICE's: at no current the expression below would be 0/0.
        ratio = larger(current / n["irb"], 1e-9)
        # The constants are those of SPICE: 144/pi**2 and 24/pi**2, rounded. As SPICE writes it,
        # ``root(1 + 14.59025*ratio) - 1`` loses its digits at small currents.
        angle = 14.59025 * root(ratio) / (root(1 + 14.59025 * ratio) + 1) / 2.4317
        steep = tangent(angle)
        return n["rbm"] + 3 * lost * _beyond(angle, steep) / (angle * steep * steep)

    def _add_substrate(self, flows: Flows, thermal: float) -> None:
        n = self.number
        place = B1 if self.is_lateral else C1
        sign = float(-self.sign if self.is_lateral else self.sign)
        drop = sign * flows.drop(S, place)
        current = n["gmin"] * drop
        if n["iss"]:
            current = current + junction(drop, n["iss"], n["ns"] * thermal)
        flows.through(S, place, (sign * self.count) * current)


def _beyond(angle: Jet, steep: Jet) -> Jet:
    """Return the tangent of an angle minus the angle; near zero by a series, so nothing cancels."""
    square = angle * angle
    series: Jet | float = SERIES[-1]
    for factor in SERIES[-2::-1]:
        series = factor + square * series
    return either(angle.value < SMALL, angle * square * series, steep - angle)
