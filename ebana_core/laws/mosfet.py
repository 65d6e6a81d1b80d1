"""MOS transistors of levels 1 and 3 by ngspice's own laws."""

from abc import abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.laws.jets import Jet, either, exponential, inputs, larger, root, smaller
from ebana_core.laws.limiting import LimitedJunction, critical_voltage, limited_junction
from ebana_core.laws.slopes import IntArray
from ebana_core.laws.spice_constants import CHARGE, thermal_voltage
from ebana_core.laws.transistor import Contributions, Transistor, joined_numbers, junction, leaky

D, G, S, B, D1, S1 = range(6)
"""Drain, gate, source, bulk, and drain and source behind their resistances."""
SHORT = (0.0631353, 0.8013292, -0.01110777)
"""Coefficients of the body effect of a short channel, level 3 (Dang 1979)."""


@attrs.frozen
class Mosfet(Transistor):
    """Drain, gate, source, bulk, then the inner drain and source.

    The channel lies between the inner drain and source, which swap with the sign of their
    voltage; two junctions lie between the bulk and both.

    Args:
        sign: 1 for an n channel, -1 for a p channel.
        number: Numbers at temperature, of all transistors in parallel; see `mosfet_of`.
    """

    n_terminals = 6
    paths = ((B, D1), (B, S1))
    has_tail = False
    """The bulk's junctions near their saturation currents by a cube in reverse."""

    sign: int
    number: Mapping[str, Any]

    @property
    def pattern(self) -> tuple[IntArray, IntArray]:
        inner = [(row, column) for row in (D1, S1, B) for column in (D1, G, S1, B)]
        inner.remove((B, G))
        for ends, name in (((D, D1), "rd"), ((S, S1), "rs")):
            if np.any(self.number[name]):
                inner += [(a, b) for a in ends for b in ends if (a, b) not in inner]
        rows, columns = np.array(inner).T
        return rows, columns

    def at(self, voltages: Array) -> tuple[Array, Array, Array]:
        state = Contributions(voltages)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            self._add_channel(state, voltages)
            for place, name in ((D1, "drain_saturation"), (S1, "source_saturation")):
                drop = self.sign * (voltages[..., B] - voltages[..., place])
                one = Jet(drop, np.ones((1, *drop.shape)))
                own = junction(one, self.number[name], self._thermal, has_tail=self.has_tail)
                own = own + leaky(one)
                slope = own.slopes[0]
                state.add(B, place, self.sign * own.value, {B: slope, place: -slope})
            self._add_resistances(state, voltages)
        return state.currents, state.sizes, state.slopes

    def linear_at(self, voltages: Array) -> tuple[Array, Array, Array]:
        state = Contributions(voltages)
        self._add_resistances(state, voltages)
        return state.currents, state.sizes, state.slopes

    def _add_resistances(self, state: Contributions, voltages: Array) -> None:
        for outer, inner, name in ((D, D1, "rd"), (S, S1, "rs")):
            if np.any(self.number[name]):
                g = 1 / np.asarray(self.number[name])
                drop = voltages[..., outer] - voltages[..., inner]
                state.add(outer, inner, g * drop, {outer: g, inner: -g})

    def _add_channel(self, state: Contributions, voltages: Array) -> None:
        """Add the current of the channel, whose drain is the higher one of its ends."""
        drain, gate, source, bulk = (self.sign * voltages[..., k] for k in (D1, G, S1, B))
        is_normal = drain >= source
        high, low = np.where(is_normal, drain, source), np.where(is_normal, source, drain)
        own = self.channel(*inputs(np.stack([gate - low, high - low, bulk - low], axis=-1)))
        by_gate, by_high, by_bulk = own.slopes
        by_low = by_gate + by_high + by_bulk
        way = np.where(is_normal, 1.0, -1.0)
        slopes = {
            D1: np.where(is_normal, by_high, by_low),
            G: way * by_gate,
            S1: -np.where(is_normal, by_low, by_high),
            B: way * by_bulk,
        }
        state.add(D1, S1, self.sign * way * own.value, slopes)

    @property
    def _thermal(self) -> Array:
        return thermal_voltage(np.asarray(self.number["temperature"]))

    @property
    def junctions(self) -> Sequence[LimitedJunction]:
        """From the bulk to both ends of the channel."""
        ends = ((S1, "source_saturation"), (D1, "drain_saturation"))
        return [
            limited_junction(self.sign, B, place, self._thermal, self.number[name])
            for place, name in ends
        ]

    @abstractmethod
    def channel(self, vgs: Jet, vds: Jet, vbs: Jet) -> Jet:
        """Return the current of the channel, A, for a drain above the source."""


@final
@attrs.frozen
class Mosfet1(Mosfet):
    r"""Level 1, of Shichman and Hodges.

    Above its threshold the channel carries :math:`\frac{\beta}{2}(v_{gs} - v_{th})^2(1 +
    \lambda v_{ds})` or what it does in its linear region.

    Source:
        ngspice 39, src/spicelib/devices/mos1: mos1load.c, mos1temp.c.
    """

    @property
    def kin(self) -> Hashable:
        return type(self), self.sign, bool(self.number["rd"]), bool(self.number["rs"])

    def joined(self, others: "Sequence[Mosfet1]") -> "Mosfet1":
        return Mosfet1(self.sign, joined_numbers([other.number for other in others]))

    def table(self, n_transistors: int) -> Array:
        """Return the numbers of its transistors as `laws.tables` lists them."""
        n, thermal = self.number, self._thermal
        ends = (n["source_saturation"], n["drain_saturation"])
        critical = (critical_voltage(own, thermal) for own in ends)
        columns = (
            *(n[name] for name in ("beta", "lambda", "built_in", "gamma", "phi")),
            *(*ends, thermal, *critical, float(self.sign)),
        )
        return np.stack([np.broadcast_to(own, n_transistors) for own in columns], axis=1)

    def channel(self, vgs: Jet, vds: Jet, vbs: Jet) -> Jet:
        n = self.number
        reverse = root(n["phi"] - smaller(vbs, 0.0))
        start = n["phi"] ** 0.5
        # The root ends where the bulk is driven forward; SPICE goes on along its tangent.
        forward = larger(start - vbs / (2 * start), 0.0)
        shaped = either(vbs.value <= 0, reverse, forward)
        over = vgs - (n["built_in"] + n["gamma"] * shaped)
        # Beyond pinch-off the current is that at pinch-off: one expression for both regions.
        reach = smaller(over, vds)
        current = n["beta"] * (1 + n["lambda"] * vds) * reach * (over - reach / 2)
        return either(over.value > 0, current, 0 * current)


@final
@attrs.frozen
class Mosfet3(Mosfet):
    """Level 3, semi-empirical: short and narrow channels, weak inversion, velocity saturation.

    Source:
        ngspice 39, src/spicelib/devices/mos3: mos3load.c, mos3temp.c.
    """

    has_tail = True

    def channel(self, vgs: Jet, vds: Jet, vbs: Jet) -> Jet:
        n = self.number
        shaped = self._shaped(vbs)
        gamma = n["gamma"] * self._short(shaped)
        body = gamma / (4 * shaped) + n["narrow"] / n["width"]
        charge = gamma * shaped + n["narrow"] / n["width"] * shaped * shaped
        threshold = n["built_in"] - n["feedback"] * vds + charge
        # Below `on` the current falls by e for every `slow` thermal voltages.
        slow = 1 + n["fast_states"] + charge / (2 * shaped * shaped)
        on = threshold + n["thermal"] * slow if n["fast_states"] else threshold
        current = self._strong(larger(vgs, on) - threshold, vds, body)
        below = vgs.value < on.value
        if not n["fast_states"]:
            return either(vgs.value <= on.value, 0 * current, current)
        weak = exponential(smaller((vgs - on) / (n["thermal"] * slow), 0.0))
        return either(below, current * weak, current)

    def _shaped(self, vbs: Jet) -> Jet:
        """Return the root of the surface potential less the bulk's voltage."""
        phi = self.number["phi"]
        forward = phi**0.5 / (1 + larger(vbs, 0.0) / (2 * phi))
        return either(vbs.value <= 0, root(phi - smaller(vbs, 0.0)), forward)

    def _short(self, shaped: Jet) -> Jet | float:
        """Return how much of the body effect a short channel keeps."""
        n = self.number
        if not n["xj"] or not n["depletion"]:
            return 1.0
        depth = n["depletion"] / n["xj"] * shaped
        side = SHORT[0] + SHORT[1] * depth + SHORT[2] * depth * depth
        share = depth / (1 + depth)
        lateral = n["ld"] / n["xj"]
        bent = (side + lateral) * root(1 - share * share)
        return 1 - n["xj"] / n["length"] * (bent - lateral)

    def _strong(self, over: Jet, vds: Jet, body: Jet) -> Jet:
        """Return the current of a channel that is on, by its overdrive."""
        n = self.number
        drop = over / (1 + body)
        mobile = 1 / (1 + n["theta"] * over)
        saturated = drop
        if n["vmax"]:
            # Where carriers reach their largest velocity, pinch-off comes at a lower drain voltage.
            corner = n["length"] * n["vmax"] / (n["mobility"] * mobile)
            saturated = drop + corner - root(drop * drop + corner * corner)
        reach = smaller(vds, saturated)
        current = n["beta"] * mobile * (over - 0.5 * (1 + body) * reach) * reach
        if not n["vmax"]:
            return self._lengthened(current, self._pinched(vds, saturated))
        drag = 1 / (1 + reach / corner)
        current = current * drag
        if not n["alpha"]:
            return current
        pinched = self._fast(current, drag, corner, vds, saturated)
        return either(vds.value > saturated.value, self._lengthened(current, pinched), current)

    def _pinched(self, vds: Jet, saturated: Jet) -> Jet:
        """Return by how much the drain shortens the channel, m, at low fields."""
        n = self.number
        scale = n["kappa"] * n["alpha"]
        held = either(saturated.value > 0, saturated, 1.0)
        part = vds / held
        square = part * part
        linear = root(scale * held / 8) * square * square
        return either(
            vds.value > saturated.value, root(scale * (vds - saturated + saturated / 8)), linear
        )

    def _fast(self, current: Jet, drag: Jet, corner: Jet, vds: Jet, saturated: Jet) -> Jet:
        """Return the same where the velocity saturates, m."""
        n = self.number
        held = either(current.value > 0, current, 1.0)
        slope = larger(held * (1 - drag) / corner, 1e-12)
        half = 0.5 * n["alpha"] * n["kappa"] / n["length"] * held / slope
        beyond = n["kappa"] * n["alpha"] * larger(vds - saturated, 0.0)
        return root(half * half + beyond) - half

    def _lengthened(self, current: Jet, pinched: Jet) -> Jet:
        """Return the current of a channel that is shorter; it never ends (punch through)."""
        length = self.number["length"]
        is_long = pinched.value > 0.5 * length
        held = either(is_long, pinched, length)
        lost = either(is_long, length - length**2 / 4 / held, pinched)
        return current / (1 - lost / length)


STATES = 1e4 * CHARGE
"""Factor from fast surface states, 1/cm², to charge, C/m²."""
