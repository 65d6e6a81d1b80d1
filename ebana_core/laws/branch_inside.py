"""What is inside a transistor that is a branch, and how its voltages follow those of its ends.

The ends of the channel stand behind resistances, and the bulk may float. Newton's method finds
their voltages for given ones of drain and source; junctions move by limited steps, as in SPICE.
"""

from collections.abc import Callable
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.derived import derived
from ebana_core.laws.eliminated import eliminated
from ebana_core.laws.limiting import critical_voltage, limited
from ebana_core.laws.mosfet import D1, S1, B, D, G, Mosfet1, S
from ebana_core.laws.spice_constants import thermal_voltage
from ebana_core.laws.transistor import Contributions

MOST_STEPS = 200
STILL = 1e-8
"""Length of a step, relative to the largest voltage or 1 V, after which a step leaves only
rounding: each squares what is left, in thermal voltages."""
DAMPED = 40
"""Steps after which they are halved: full ones may go to and fro across a kink."""
WEAK = 0.3
"""Forward voltage at which a search begins with a floating bulk at the most, V."""

Balance = Callable[[Array, IntArray], Contributions]
"""Voltages of ends and nodes inside, and the numbers of these branches, to what leaves the nodes.
Nodes come first and branches last: what is done to a node is done to all branches in a row, in a
third of the time."""


@final
@attrs.frozen(eq=False)
class Inside:
    """How a transistor's terminals follow its ends and the nodes inside.

    Args:
        mosfet: The transistor.
        tie: 1 where a terminal (row) is an end or a node inside (column), which come in the order
            drain, source, inner drain, inner source, bulk; those that coincide with others are
            left out. Shape ``(6, n_nodes)``.
        ties: Conductances of the bulk's resistance between them. Shape ``(n_nodes, n_nodes)``, S.
        leaks: Conductances from terminals that are inside to ground. Shape ``(6,)``, S.
        bulk_floats: Nothing holds the bulk but its junctions.
    """

    mosfet: Mosfet1
    tie: Array
    ties: Array
    leaks: Array
    bulk_floats: bool

    places: tuple[int, ...] = derived(lambda own: tuple(_place(row) for row in own.tie))
    """The node of each terminal; -1: ground."""
    held: Array = derived(lambda own: own.ties + own.tie.T @ np.diag(own.leaks) @ own.tie)
    """Conductances of the bulk's resistance and of the leaks. Shape ``(n_nodes, n_nodes)``, S."""
    ends: tuple[tuple[int, ...], tuple[int, ...]] = derived(lambda own: _ends(own.places))
    """The nodes that count for an end: its own, and behind a resistance the channel's, whose
    current is known to more digits than that of the resistance."""

    @property
    def n_nodes(self) -> int:
        """Number of ends and nodes inside."""
        return int(self.tie.shape[1])

    def settled(self, ends: Array, balance: Balance) -> Array:
        """Return the voltages of ends and nodes inside, ``(n_nodes, n_branches)``, V.

        Not a number where they were not found.

        Args:
            ends: Of drain and source. Shape ``(2, n_branches)``, V.
            balance: The equations; those of the nodes inside shall be zero.
        """
        nodes = self._start(ends)
        if self.n_nodes == 2:
            return nodes
        # A few branches of many take long: the others are not computed with them.
        left = np.arange(nodes.shape[1])
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for count in range(MOST_STEPS):
                own = nodes[:, left]
                at = balance(own, left)
                step = -eliminated(at.slopes[2:, 2:], at.currents[2:, None])[:, 0]
                share = self._share(own, step) * (1.0 if count < DAMPED else 0.5)
                own[2:] += share * step
                nodes[:, left] = own
                size = np.maximum(np.abs(own).max(axis=0), 1.0)
                is_still = (np.abs(step).max(axis=0) <= STILL * size) & (share >= 0.5)
                is_lost = ~np.isfinite(size)
                nodes[:, left[is_lost]] = np.nan
                left = left[~(is_still | is_lost)]
                if not left.size:
                    break
        nodes[:, left] = np.nan
        return nodes

    def at(self, terminal: int, nodes: Array) -> Array | float:
        """Return what is at a terminal, of what is at the nodes."""
        place = self.places[terminal]
        return nodes[place] if place >= 0 else 0.0

    def _start(self, ends: Array) -> Array:
        """Return voltages without any drop across resistances, V."""
        nodes = np.zeros((self.n_nodes, ends.shape[1]))
        nodes[:2] = ends
        bulk = self.places[B]
        for terminal, end in ((D1, 0), (S1, 1)):
            nodes[self.places[terminal]] = ends[end]
        if bulk >= 2 and self.bulk_floats:
            drain, source = self.mosfet.sign * ends
            middle = np.minimum((drain + source) / 2, np.minimum(drain, source) + WEAK)
            nodes[bulk] = self.mosfet.sign * middle
        elif bulk >= 2:
            towards = -self.ties[bulk, :2]
            nodes[bulk] = (towards > 0).astype(float) @ ends
        return self._at_edge(nodes)

    def _at_edge(self, nodes: Array) -> Array:
        """Return a start at which no junction behind a resistance conducts beyond its edge.

        From far above, each step takes an exponential down by no more than its thermal voltage.
        """
        sign, bulk = self.mosfet.sign, self.places[B]
        for end, critical in self._critical:
            if bulk >= 2:
                highest = sign * self.at(end, nodes) + critical
                nodes[bulk] = sign * np.minimum(sign * nodes[bulk], highest)
        for end, critical in self._critical:
            place = self.places[end]
            if place >= 2:
                lowest = sign * self.at(B, nodes) - critical
                nodes[place] = sign * np.maximum(sign * nodes[place], lowest)
        return nodes

    def _share(self, nodes: Array, step: Array) -> Array:
        """Return how much of a step junctions may take. Shape ``(n_branches,)``."""
        sign, share = self.mosfet.sign, np.ones(nodes.shape[1])
        moved = np.concatenate([np.zeros_like(nodes[:2]), step])
        for end, critical in self._critical:
            before, rise = (sign * (self.at(B, own) - self.at(end, own)) for own in (nodes, moved))
            wished = np.asarray(before + rise)
            near = limited(wished, np.asarray(before), critical, self._thermal)
            # A step that is not limited is whole, however short it is.
            own = np.where(near == wished, 1.0, (near - before) / rise)
            share = np.minimum(share, np.clip(own, 0.0, 1.0))
        return share

    @property
    def _thermal(self) -> Array:
        return thermal_voltage(np.asarray(self.mosfet.number["temperature"]))

    @property
    def _critical(self) -> tuple[tuple[int, Array], tuple[int, Array]]:
        """Both ends of the channel, and the voltages from which their junctions are steep, V."""
        source, drain = (
            critical_voltage(self.mosfet.number[name], self._thermal)
            for name in ("source_saturation", "drain_saturation")
        )
        return (S1, source), (D1, drain)


def inside_of(
    mosfet: Mosfet1, body: str, body_resistance: float, gate_reference: str, shunt: float
) -> Inside:
    """Return what is inside a transistor; see `TransistorBranch` for the arguments."""
    tie, leaks = np.zeros((6, 2)), np.zeros(6)
    tie[D, 0] = tie[S, 1] = 1.0
    known = {"drain": 0, "source": 1}
    if gate_reference in known:
        tie[G, known[gate_reference]] = 1.0
    leaks[G] = shunt
    for inner, end, name in ((D1, 0, "rd"), (S1, 1, "rs")):
        if mosfet.number[name]:
            tie, leaks = _with_node(tie, leaks, inner, shunt)
        else:
            tie[inner, end] = 1.0
    floats = body == "floating"
    is_inside = floats or bool(body_resistance)
    if is_inside:
        tie, leaks = _with_node(tie, leaks, B, shunt)
    elif body in known:
        tie[B, known[body]] = 1.0
    n = tie.shape[1]
    ties = np.zeros((n, n))
    if is_inside and not floats:
        _join(ties, n - 1, known.get(body), 1 / body_resistance)
    elif floats and body_resistance:
        # Behind the resistance stands a node that nothing but the shunt touches.
        ties[-1, -1] += shunt / (1 + body_resistance * shunt)
    return Inside(mosfet, tie, ties, leaks, floats)


def _with_node(tie: Array, leaks: Array, terminal: int, shunt: float) -> tuple[Array, Array]:
    wide = np.concatenate([tie, np.zeros((6, 1))], axis=1)
    wide[terminal, -1] = 1.0
    leaks = leaks.copy()
    leaks[terminal] = shunt
    return wide, leaks


def _join(ties: Array, one: int, other: int | None, conductance: float) -> None:
    """Add a conductance between two nodes, or to ground."""
    ties[one, one] += conductance
    if other is not None:
        ties[other, other] += conductance
        ties[one, other] -= conductance
        ties[other, one] -= conductance


def _place(row: Array) -> int:
    return int(row.argmax()) if row.any() else -1


def _ends(places: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    inner = [(places[end],) if places[end] >= 2 else () for end in (D1, S1)]
    return (0, *inner[0]), (1, *inner[1])
