"""A MOS transistor as a branch: its gate and its bulk are its own, so that it has two ends.

The gate's voltage is a value, which a source holds against ground or against one of the ends. What
is inside (the channel's ends behind their resistances, and a bulk that floats or stands behind a
resistance) is solved within the law: a network of such branches has the nodes of its graph alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, final

import attrs
import numpy as np

from ebana_core.arrays import Array, Values
from ebana_core.derived import derived
from ebana_core.errors import UnsupportedError
from ebana_core.laws.branch_inside import Inside, inside_of
from ebana_core.laws.eliminated import at_ends, in_a_row, sums_at
from ebana_core.laws.mosfet import G, Mosfet1
from ebana_core.laws.spice import Element, ModelCard, Resistor, VoltageSource
from ebana_core.laws.spice import Mosfet as MosfetElement
from ebana_core.laws.tables import SIGN_OF, BranchTable
from ebana_core.laws.terminal_law import Edge, TerminalLaw
from ebana_core.laws.terminal_state import TerminalState
from ebana_core.laws.transistor import Contributions
from ebana_core.quantities import quantity

Reference = Literal["ground", "drain", "source"]
Body = Literal["ground", "drain", "source", "floating"]
AT_ONCE = 20_000
"""Branches computed together: their arrays stay in the cache, and take no new memory."""
TIES = ("ground", "drain", "source", "floating")
"""In the order in which tables number them."""
GATE = quantity("gate", "V", meaning="voltage of the gate against what it is referred to")
OFFSET = quantity("vto_offset", "V", default=0.0, meaning="what this transistor adds to VTO")
FACTOR = quantity(
    "kp_factor", "1", default=1.0, above=0.0, meaning="what this transistor multiplies KP with"
)


@final
@attrs.frozen(eq=False)
class TransistorBranch(TerminalLaw):
    """A MOS transistor of level 1 between its drain (head) and its source (tail).

    Values: ``gate`` (V), ``vto_offset`` (V) and ``kp_factor``, one number or one per device.

    Args:
        mosfet: Its law; with both resistances.
        card: Its model as ngspice reads it, without sizes.
        width: m.
        length: m.
        settings: Other words behind the model in a netlist.
        body: What the bulk is tied to; ``"floating"``: to nothing.
        body_resistance: Of that tie, ohms.
        gate_reference: What the gate's voltage counts from.
        shunt: Conductance from each node inside to ground, S: the circuit's, which gives the ends
            their own.

    Source:
        ngspice 39, src/spicelib/devices/mos1/mos1load.c; src/maths/ni/niiter.c and
        src/spicelib/analysis/cktload.c (rshunt).
    """

    values = (GATE, OFFSET, FACTOR)
    n_terminals = n_outer = 2
    active = "a transistor"
    kept_labels = ("g", "b", "f")

    mosfet: Mosfet1
    card: ModelCard
    width: float
    length: float
    settings: tuple[tuple[str, float], ...] = ()
    body: Body = "ground"
    body_resistance: float = 0.0
    gate_reference: Reference = "ground"
    shunt: float = 0.0

    inside: Inside = derived(
        lambda own: inside_of(
            own.mosfet, own.body, own.body_resistance, own.gate_reference, own.shunt
        )
    )
    """How what is inside follows the ends."""

    @property
    def symbol(self) -> str:  # type: ignore[override]  # it follows the type
        return "nmos" if self.mosfet.sign > 0 else "pmos"

    @property
    def edges(self) -> Mapping[str, Edge]:  # type: ignore[override]  # the sign follows the type
        """A local rule squares the drop of the whole branch; a higher gate opens an n channel."""
        return {"gate": Edge(0, 1, float(self.mosfet.sign))}

    @property
    def paths(self) -> Sequence[tuple[int, int]]:  # type: ignore[override]  # they follow the body
        """From each end across its junction, which gmin spans, to where the bulk stands."""
        if not self.mosfet.number["gmin"]:
            return ()
        ties = {"ground": [(0, -1), (1, -1)], "floating": [(0, 1)]}
        return ties.get(self.body, [(0, 1)])

    def with_gmin(self, gmin: float) -> "TransistorBranch":
        law = self.mosfet.with_gmin(gmin)
        return self if law is self.mosfet else attrs.evolve(self, mosfet=law)

    def with_shunt(self, shunt: float) -> "TransistorBranch":
        return self if shunt == self.shunt else attrs.evolve(self, shunt=shunt)

    def branch_table(self, values: Values, n_devices: int) -> BranchTable:
        own = self._transistors(values)
        ties = [1 / own.number[name] if own.number[name] else 0.0 for name in ("rd", "rs")]
        rb, is_held = self.body_resistance, self.body != "floating"
        alone = self.shunt / (1 + rb * self.shunt) if rb and not is_held else 0.0
        behind = (
            float(own.sign),
            float(own.number["gmin"]),
            *ties,
            1 / rb if rb and is_held else 0.0,
            self.shunt,
            alone,
        )
        numbers = np.tile((0.0,) * SIGN_OF + behind, (n_devices, 1))
        numbers[:, :SIGN_OF] = own.table(n_devices)[:, :SIGN_OF]
        gates = np.broadcast_to(np.asarray(values["gate"], dtype=np.float64), n_devices)
        tied = TIES.index(self.gate_reference), TIES.index(self.body)
        return BranchTable(numbers, np.ascontiguousarray(gates), np.tile(tied, (n_devices, 1)))

    def at(self, voltages: Array, values: Values) -> TerminalState:
        shape = voltages.shape
        found, slopes = np.empty((3, *shape)), np.empty((*shape, 2))
        for part, nodes, own in self._parts(voltages, values):
            at = self._at_nodes(nodes, own)
            columns = np.concatenate([at.slopes[:, :2], at.currents[:, None]], axis=1)
            left = at_ends(self.inside.ends, at.slopes, columns)
            lost = sums_at(self.inside.ends, at.cancelled)
            found.reshape(3, -1, 2)[:, part] = [left[:, 2].T, at.sizes[:2].T, lost.T]
            slopes.reshape(-1, 2, 2)[part] = np.moveaxis(left[:, :2], -1, 0)
        return TerminalState(found[0], found[1], slopes, found[2])

    def sensitivity(self, name: str, voltages: Array, values: Values) -> Array:
        result = np.empty(voltages.shape)
        for part, nodes, own in self._parts(voltages, values):
            slopes, moved = self._at_nodes(nodes, own).slopes, self._moved_by(name, nodes, own)
            result.reshape(-1, 2)[part] = at_ends(self.inside.ends, slopes, moved[:, None])[:, 0].T
        return result

    def contrast(self, name: str, voltages: Array, change: Array, values: Values) -> Array:
        raise UnsupportedError(
            f"The gate of a transistor draws no current, so that {name!r} has no contrast between "
            "phases: rules that compare currents (EquilibriumPropagation, CoupledLearning, "
            "ContrastiveLearning) would return zero.",
            "train it with rule=Adjoint() or AsymmetricPropagation(beta), which are exact, or with "
            "one that compares the squared drops of the branch (DropSquared)",
        )

    def _transistors(self, values: Values) -> Mosfet1:
        """Return the law of all transistors with their own thresholds and factors."""
        number = dict(self.mosfet.number)
        number["built_in"] = number["built_in"] + self.mosfet.sign * values["vto_offset"]
        number["beta"] = number["beta"] * values["kp_factor"]
        return Mosfet1(self.mosfet.sign, number)

    def _at_nodes(self, nodes: Array, values: Values) -> Contributions:
        """Return what leaves the ends and the nodes inside."""
        inside, terminals = self.inside, self._terminals(nodes, values)
        state = Contributions(len(nodes), nodes.shape[1:], inside.places)
        self._transistors(values).add_to(state, terminals)
        for terminal in np.flatnonzero(inside.leaks):
            state.leave(int(terminal), inside.leaks[terminal] * terminals[terminal])
        for a, b in np.argwhere(inside.ties):
            state.currents[a] += inside.ties[a, b] * nodes[b]
            state.sizes[a] += np.abs(inside.ties[a, b] * nodes[b])
        for a, b in np.argwhere(inside.held):
            state.slopes[a, b] += inside.held[a, b]
        return state

    def _terminals(self, nodes: Array, values: Values) -> Array:
        """Return the voltages of the transistors' own terminals, ``(6, n_branches)``, V."""
        result = np.stack([nodes[0] * 0 + self.inside.at(k, nodes) for k in range(6)])
        result[G] += values["gate"]
        return result

    def _parts(self, voltages: Array, values: Values) -> Iterator[tuple[slice, Array, Values]]:
        """Yield which branches in a row, voltages of their ends and nodes inside, V, and values."""
        ends, each = in_a_row(voltages, values)
        for first in range(0, len(ends), AT_ONCE):
            part = slice(first, first + AT_ONCE)
            own = {name: value[part] for name, value in each.items()}
            yield part, self._settled(ends[part], own), own

    def _settled(self, ends: Array, values: Values) -> Array:
        """Return voltages of ends and nodes inside, ``(n_nodes, n_branches)``, V; see `Inside`."""
        return self.inside.settled(
            np.ascontiguousarray(ends.T),
            lambda nodes, rows: self._at_nodes(nodes, {k: own[rows] for k, own in values.items()}),
        )

    def _moved_by(self, name: str, nodes: Array, values: Values) -> Array:
        """Return the derivative of what leaves the ends and the nodes inside by a value."""
        law, terminals = self._transistors(values), self._terminals(nodes, values)
        state = Contributions(len(terminals), nodes.shape[1:])
        law.add_channel(state, terminals)
        moved = state.slopes[:, G]
        if name == "kp_factor":
            moved = state.currents / values["kp_factor"]
        elif name == "vto_offset":
            moved = -moved  # a larger threshold counts as a lower gate, for p channels too
        else:
            moved[G] += self.inside.leaks[G]
        return np.asarray(self.inside.tie.T @ moved)

    def spice(
        self, device: str, nodes: Sequence[str], values: Mapping[str, float]
    ) -> Sequence[Element]:
        drain, source = nodes
        known = {"ground": "0", "drain": drain, "source": source}
        gate, body = f"{device}__g", f"{device}__b"
        held = known[self.gate_reference]
        elements: list[Element] = [VoltageSource(f"v{device}__g", gate, held, values["gate"])]
        far = known.get(self.body, f"{device}__f" if self.body_resistance else body)
        if self.body_resistance:
            elements.append(Resistor(f"r{device}__b", body, far, self.body_resistance))
        else:
            body = far
        elements.append(
            MosfetElement(
                f"m{device}",
                drain,
                gate,
                source,
                body,
                self.spice_card(values),
                self.width,
                self.length,
                float(self.mosfet.number["temperature"]),
                self.settings,
            )
        )
        return elements

    def spice_card(self, values: Mapping[str, float]) -> ModelCard:
        """Return the model of one transistor: ngspice knows no offsets of single ones."""
        offset, factor = values["vto_offset"], values["kp_factor"]
        if offset == 0 and factor == 1:
            return self.card
        own = {"vto": self.mosfet.number["vto"] + offset, "kp": self.mosfet.number["kp"] * factor}
        kept = [item for item in self.card.numbers if item[0] not in own]
        return attrs.evolve(self.card, numbers=(*kept, *own.items()))
