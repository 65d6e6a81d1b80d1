"""The devices of several terminals of a circuit, at one set of parameters."""

from collections.abc import Callable, Mapping, Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray, Values
from ebana_core.backends.native.partition import Partition
from ebana_core.circuit.branches import scatter
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import resolved
from ebana_core.laws.terminal_law import TerminalLaw
from ebana_core.laws.terminal_state import TerminalState, changed


@final
@attrs.frozen(eq=False)
class TerminalArray:
    """Equal devices and the unknowns that their terminals follow.

    Args:
        law: Their law.
        values: Its values.
        nodes: Circuit node of each terminal. Shape ``(n_devices, n_terminals)``.
        places: Unknown that it follows; the number of unknowns where sources fix it.
        scale: d(voltage)/d(unknown); 0 where fixed. Same shape.
        evaluate: Does what the law's `at` does, in compiled code; None: the law does it.
    """

    law: TerminalLaw
    values: Values
    nodes: IntArray
    places: IntArray
    scale: Array
    evaluate: Callable[[Array], TerminalState] | None = None

    is_unscaled: bool = attrs.field(init=False)
    """All terminals follow their unknowns as they are, or are fixed."""

    @is_unscaled.default
    def _unscaled(self) -> bool:
        return bool(((self.scale == 1) | (self.scale == 0)).all())

    def moved(self, x: Array) -> Array:
        """Return what the unknowns give to voltages, ``(n_samples, n_devices, n_terminals)``."""
        # Fixed terminals read the last place, which no unknown moves.
        padded = np.concatenate([x, np.zeros((len(x), 1))], axis=1)
        return np.asarray(padded[:, self.places] * self.scale)

    def at(self, voltages: Array) -> TerminalState:
        """Return currents and slopes at voltages of the terminals, V."""
        if self.evaluate is None:
            return self.law.at(voltages, self.values)
        return self.evaluate(voltages)

    def state(self, x: Array, offsets: Array, gmin: float = 0.0) -> TerminalState:
        """Return currents and slopes at unknowns.

        Args:
            x: Unknowns, V.
            offsets: Node voltages without them.
            gmin: Of conductances from the nodes of every device to ground, S.
        """
        voltages = offsets[:, self.nodes] + self.moved(x)
        return self._with(gmin, self.at(voltages), voltages)

    def near(self, x: Array, offsets: Array, before: Array | None) -> tuple[TerminalState, Array]:
        """Return currents and slopes on tangents, and where these touch; see `TerminalLaw.near`."""
        return self.law.near(offsets[:, self.nodes] + self.moved(x), self.values, before)

    def change(
        self, x: Array, base: Array, offsets: Array | None = None, gmin: float = 0.0
    ) -> TerminalState:
        """Return by how much currents change from voltages `base`, and the slopes after it.

        Args:
            x: Unknowns, V.
            base: Voltages of the terminals before, V.
            offsets: Changes of node voltages without the unknowns, V; None: none.
            gmin: As of `state`.
        """
        moved = self.moved(x)
        if offsets is not None:
            moved = moved + offsets[:, self.nodes]
        if self.evaluate is None:
            change, beside = self.law.change(base, moved, self.values)
        else:
            change, beside = changed(self.evaluate, base, moved)
        slopes = self.at(base + moved).slopes
        return self._with(gmin, TerminalState(change, beside, slopes), moved)

    def _with(self, gmin: float, state: TerminalState, voltages: Array) -> TerminalState:
        """Return the devices with a conductance from each of their nodes to ground."""
        if not gmin:
            return state
        # Terminals that are currents have no voltage against ground.
        own = np.where(np.arange(self.law.n_terminals) < self.law.n_nodes, gmin, 0.0)
        slopes = state.slopes.with_diagonal(own)
        return TerminalState(state.currents + own * voltages, state.sizes, slopes, state.cancelled)

    def sizes(self, state: TerminalState, x: Array, offsets: Array | None = None) -> Array:
        """Return what the rounding of currents, or of their changes, is relative to, A.

        Args:
            state: The currents, or their changes.
            x: Unknowns, V.
            offsets: Node voltages, or their changes, without them; None: zero.
        """
        sizes = np.abs(self.moved(x))
        if offsets is not None:
            sizes += np.abs(offsets[:, self.nodes])
        return state.rounding(sizes)

    def add_currents(self, target: Array, currents: Array) -> None:
        """Add what leaves the unknowns, divided by the scale of the terminals, A."""
        self._add(target, currents * inverse_of(self.scale))

    def add_sizes(self, target: Array, sizes: Array) -> None:
        """Add sizes of currents, A."""
        self._add(target, sizes * np.abs(inverse_of(self.scale)))

    def add_own_slopes(self, target: Array, state: TerminalState) -> None:
        """Add the slopes of currents by the voltage of their own terminal, S."""
        own = np.diagonal(state.slopes.dense(), axis1=-2, axis2=-1)
        self._add(target, own * inverse_of(self.scale) ** 2)

    def _add(self, target: Array, amounts: Array) -> None:
        padded = np.zeros((len(target), target.shape[1] + 1))
        scatter(padded, self.places.ravel(), amounts.reshape(len(target), self.places.size))
        target += padded[:, :-1]


def own_slopes(
    terminals: Sequence[TerminalArray], states: Sequence[TerminalState], x: Array
) -> Array | float:
    """Return what devices add to the slope of each unknown's current by itself, S.

    Args:
        terminals: The devices.
        states: Their currents and slopes.
        x: Unknowns. Shape ``(n_samples, n_unknowns)``, V.
    """
    if not terminals:
        return 0.0
    total = np.zeros_like(x)
    for array, state in zip(terminals, states, strict=True):
        array.add_own_slopes(total, state)
    return np.abs(total)


def inverse_of(scale: Array) -> Array:
    """Return the inverse of scales; 0 where terminals are fixed."""
    return np.asarray(np.where(scale == 0, 0.0, 1 / np.where(scale == 0, 1.0, scale)))


def terminal_arrays(
    compiled: CompiledCircuit,
    partition: Partition,
    scale: Array,
    parameters: Mapping[str, Array],
) -> tuple[TerminalArray, ...]:
    """Return the devices of several terminals at present values."""
    found = []
    for terminals in compiled.circuit.terminal_devices:
        places = partition.of_node[terminals.nodes]
        values = terminals.law.stacked(resolved(terminals.values, parameters))
        own = np.where(places < partition.n_unknowns, scale[terminals.nodes], 0.0)
        found.append(TerminalArray(terminals.law, values, terminals.nodes, places, own))
    return tuple(found)
