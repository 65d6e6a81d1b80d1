"""MOS transistors by ngspice's own laws: what all levels share, and level 1."""

from abc import abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.laws.jets import Jet, either, inputs, larger, root, smaller
from ebana_core.laws.limiting import LimitedJunction, critical_voltage, limited_junction
from ebana_core.laws.spice_constants import thermal_voltage
from ebana_core.laws.transistor import (
    Contributions,
    Found,
    Transistor,
    joined_numbers,
    junction,
)

D, G, S, B, D1, S1 = range(6)
"""Drain, gate, source, bulk, and drain and source behind their resistances."""


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
    has_tail = False
    """The bulk's junctions near their saturation currents by a cube in reverse."""

    sign: int
    number: Mapping[str, Any]

    @property
    def paths(self) -> Sequence[tuple[int, int]]:  # type: ignore[override]  # per gmin
        """Its junctions; without gmin one of level 1 carries the same current at all drops."""
        return ((B, D1), (B, S1)) if self.has_tail or self.number["gmin"] else ()

    @property
    def pattern(self) -> tuple[IntArray, IntArray]:
        inner = [(row, column) for row in (D1, S1, B) for column in (D1, G, S1, B)]
        inner.remove((B, G))
        for ends, name in (((D, D1), "rd"), ((S, S1), "rs")):
            if np.any(self.number[name]):
                inner += [(a, b) for a in ends for b in ends if (a, b) not in inner]
        rows, columns = np.array(inner).T
        return rows, columns

    def at(self, voltages: Array) -> Found:
        state = Contributions(self.n_terminals, voltages.shape[:-1])
        self.add_to(state, np.moveaxis(voltages, -1, 0))
        return state.nodes_last()

    def add_to(self, state: Contributions, voltages: Array) -> None:
        """Add all currents.

        Args:
            state: Where they are added.
            voltages: Terminals first. Shape ``(6, ...)``, V.
        """
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            self.add_channel(state, voltages)
            for place, name in ((D1, "drain_saturation"), (S1, "source_saturation")):
                drop = self.sign * (voltages[B] - voltages[place])
                one = Jet(drop, np.ones((1, *drop.shape)))
                own = junction(one, self.number[name], self._thermal, has_tail=self.has_tail)
                own = own + self.number["gmin"] * one
                slope = own.slopes[0]
                state.add(B, place, self.sign * own.value, {B: slope, place: -slope})
            self._add_resistances(state, voltages)

    def linear_at(self, voltages: Array) -> Found:
        state = Contributions(self.n_terminals, voltages.shape[:-1])
        self._add_resistances(state, np.moveaxis(voltages, -1, 0))
        return state.nodes_last()

    def _add_resistances(self, state: Contributions, voltages: Array) -> None:
        for outer, inner, name in ((D, D1, "rd"), (S, S1, "rs")):
            if np.any(self.number[name]):
                g = 1 / np.asarray(self.number[name])
                state.add(
                    outer, inner, g * (voltages[outer] - voltages[inner]), {outer: g, inner: -g}
                )

    def add_channel(self, state: Contributions, voltages: Array) -> None:
        """Add the current of the channel, whose drain is the higher one of its ends.

        Args:
            state: Where it is added.
            voltages: Terminals first. Shape ``(6, ...)``, V.
        """
        drain, gate, source, bulk = (self.sign * voltages[k] for k in (D1, G, S1, B))
        is_normal = drain >= source
        high, low = np.where(is_normal, drain, source), np.where(is_normal, source, drain)
        drops = np.moveaxis(np.stack([gate - low, high - low, bulk - low]), 0, -1)
        own, terms = self.channel(*inputs(drops))
        by_gate, by_high, by_bulk = own.slopes
        by_low = by_gate + by_high + by_bulk
        way = np.where(is_normal, 1.0, -1.0)
        slopes = {
            D1: np.where(is_normal, by_high, by_low),
            G: way * by_gate,
            S1: -np.where(is_normal, by_low, by_high),
            B: way * by_bulk,
        }
        # Just above its threshold a gate has cancelled against what is far larger.
        cancelled = np.abs(by_gate) * (np.abs(gate) + np.abs(low) + terms)
        state.add(D1, S1, self.sign * way * own.value, slopes, cancelled)

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
    def channel(self, vgs: Jet, vds: Jet, vbs: Jet) -> tuple[Jet, Array]:
        """Return the current of the channel, A, for a drain above the source.

        Behind it comes the sum of the absolute terms of its threshold, V.
        """


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
            *(*ends, thermal, *critical, float(self.sign), n["gmin"]),
        )
        return np.stack([np.broadcast_to(own, n_transistors) for own in columns], axis=1)

    def channel(self, vgs: Jet, vds: Jet, vbs: Jet) -> tuple[Jet, Array]:
        n = self.number
        reverse = root(n["phi"] - smaller(vbs, 0.0))
        start = n["phi"] ** 0.5
        # The root ends where the bulk is driven forward; SPICE goes on along its tangent.
        forward = larger(start - vbs / (2 * start), 0.0)
        shaped = either(vbs.value <= 0, reverse, forward)
        bend = n["gamma"] * shaped
        over = vgs - (n["built_in"] + bend)
        # Beyond pinch-off the current is that at pinch-off: one expression for both regions.
        reach = smaller(over, vds)
        current = n["beta"] * (1 + n["lambda"] * vds) * reach * (over - reach / 2)
        terms = np.abs(n["built_in"]) + np.abs(bend.value)
        return either(over.value > 0, current, 0 * current), terms
