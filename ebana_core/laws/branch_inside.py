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
from ebana_core.laws.limiting import critical_voltage, limited
from ebana_core.laws.mosfet import D1, S1, B, D, G, Mosfet1, S
from ebana_core.laws.spice_constants import thermal_voltage
from ebana_core.laws.terminal_law import TerminalState

MOST_STEPS = 200
STILL = 1e-11
"""Length of a step, relative to the largest voltage or 1 V, after which a step leaves only
rounding: each squares what is left, in thermal voltages."""
DAMPED = 40
"""Steps after which they are halved: full ones may go to and fro across a kink."""
WEAK = 0.3
"""Forward voltage at which a search begins with a floating bulk at the most, V."""

Balance = Callable[[Array, IntArray], tuple[Array, Array, Array]]
"""Voltages of ends and nodes inside, and the numbers of these branches, to what leaves the nodes,
A, its terms, A, and its slopes, S."""


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

    pairs: Array = derived(lambda own: np.kron(own.tie, own.tie))
    """What `tie` does to a slope between two terminals. Shape ``(36, n_nodes**2)``: one product of
    a row per branch takes a fifth of the time of two small products per branch."""
    held: Array = derived(lambda own: own.ties + own.tie.T @ np.diag(own.leaks) @ own.tie)
    """Conductances of the bulk's resistance and of the leaks. Shape ``(n_nodes, n_nodes)``, S."""
    ends: Array = derived(lambda own: _ends(own.tie))
    """1 where a node counts for an end: its own, and behind a resistance the channel's, whose
    current is known to more digits than that of the resistance. Shape ``(n_nodes, 2)``."""

    def settled(self, ends: Array, balance: Balance) -> Array:
        """Return the voltages of ends and nodes inside, ``(..., n_nodes)``, V.

        Not a number where they were not found.

        Args:
            ends: Of drain and source. Shape ``(..., 2)``, V.
            balance: The equations; those of the nodes inside shall be zero. Branches are
                numbered as they come in `ends`.
        """
        nodes = self._start(ends)
        if nodes.shape[-1] == 2:
            return nodes
        flat = nodes.reshape(-1, nodes.shape[-1])
        # A few branches of many take long: the others are not computed with them.
        left = np.arange(len(flat))
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for count in range(MOST_STEPS):
                own = flat[left]
                amounts, _, slopes = balance(own, left)
                try:
                    found = np.linalg.solve(slopes[:, 2:, 2:], amounts[:, 2:, None])
                except np.linalg.LinAlgError:
                    break
                step = -np.asarray(found[..., 0], dtype=np.float64)
                share = self._share(own, step) * (1.0 if count < DAMPED else 0.5)
                own[:, 2:] += share[:, None] * step
                flat[left] = own
                size = np.maximum(np.abs(own).max(axis=-1), 1.0)
                is_still = (np.abs(step).max(axis=-1) <= STILL * size) & (share >= 0.5)
                left = left[~is_still]
                if not left.size:
                    break
        flat[left] = np.nan
        return flat.reshape(nodes.shape)

    def _start(self, ends: Array) -> Array:
        """Return voltages without any drop across resistances, V."""
        n_inside = self.tie.shape[1] - 2
        nodes = np.zeros((*ends.shape[:-1], 2 + n_inside))
        nodes[..., :2] = ends
        bulk = int(self.tie[B].argmax()) if self.tie[B].any() else 0
        for column in range(2, 2 + n_inside):
            terminal = int(self.tie[:, column].argmax())
            if terminal in (D1, S1):
                nodes[..., column] = ends[..., 0 if terminal == D1 else 1]
        if bulk >= 2 and self.bulk_floats:
            drain, source = self.mosfet.sign * ends[..., 0], self.mosfet.sign * ends[..., 1]
            low = np.minimum(drain, source)
            middle = np.minimum((drain + source) / 2, low + WEAK)
            nodes[..., bulk] = self.mosfet.sign * middle
        elif bulk >= 2:
            towards = -self.ties[bulk, :2]
            nodes[..., bulk] = ends @ (towards > 0).astype(float)
        return self._at_edge(nodes)

    def _at_edge(self, nodes: Array) -> Array:
        """Return a start at which no junction behind a resistance conducts beyond its edge.

        From far above, each step takes an exponential down by no more than its thermal voltage.
        """
        sign = self.mosfet.sign
        thermal = thermal_voltage(np.asarray(self.mosfet.number["temperature"]))
        for end, name in ((S1, "source_saturation"), (D1, "drain_saturation")):
            column = int(self.tie[end].argmax())
            if column >= 2:
                critical = critical_voltage(self.mosfet.number[name], thermal)
                lowest = sign * (nodes @ self.tie[B]) - critical
                nodes[..., column] = sign * np.maximum(sign * nodes[..., column], lowest)
        return nodes

    def _share(self, nodes: Array, step: Array) -> Array:
        """Return how much of a step junctions may take. Shape ``(...)``."""
        thermal = thermal_voltage(np.asarray(self.mosfet.number["temperature"]))
        share = np.ones(nodes.shape[:-1])
        moved = np.zeros_like(nodes)
        moved[..., 2:] = step
        for end, name in ((S1, "source_saturation"), (D1, "drain_saturation")):
            across = self.mosfet.sign * (self.tie[B] - self.tie[end])
            before, rise = nodes @ across, moved @ across
            critical = critical_voltage(self.mosfet.number[name], thermal)
            wished = before + rise
            near = limited(wished, before, critical, thermal)
            # A step that is not limited is whole, however short it is.
            own = np.where(near == wished, 1.0, (near - before) / rise)
            share = np.minimum(share, np.clip(own, 0.0, 1.0))
        return share


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


def _ends(tie: Array) -> Array:
    ends = np.zeros((tie.shape[1], 2))
    ends[0, 0] = ends[1, 1] = 1.0
    for end, inner in ((0, D1), (1, S1)):
        ends[2:, end] += tie[inner, 2:]
    return ends


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


def without_inner(amounts: Array, slopes: Array, ends: Array) -> Array:
    """Return amounts at the ends, once the nodes inside have given way to theirs.

    Args:
        amounts: At ends and nodes inside.
        slopes: Between them, S.
        ends: See `Inside`.
    """
    own = amounts @ ends
    if slopes.shape[-1] == 2:
        return np.asarray(own)
    back = np.linalg.solve(slopes[..., 2:, 2:], amounts[..., 2:, None])
    return np.asarray(own - (ends.T @ slopes[..., 2:] @ back)[..., 0])


def condensed(currents: Array, sizes: Array, slopes: Array, ends: Array) -> TerminalState:
    """Return the branch between its ends."""
    own = ends.T @ slopes
    right = np.concatenate([slopes[..., 2:, :2], currents[..., 2:, None]], axis=-1)
    back = own[..., 2:] @ np.linalg.solve(slopes[..., 2:, 2:], right)
    return TerminalState(
        currents @ ends - back[..., 2], sizes[..., :2], own[..., :2] - back[..., :2]
    )
