"""The nonlinear branches of a circuit, one element array after the other."""

from collections.abc import Mapping, Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import SINGLE, Array, IntArray, Values, columns, exact, host, namespace
from ebana_core.backends.native.array_library import ArrayLibrary
from ebana_core.backends.native.node_spans import add_columns, add_distinct, host_places
from ebana_core.backends.native.partition import Partition
from ebana_core.circuit.branches import branch_ends, branch_values
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import ElementArray, Selector, selector
from ebana_core.circuit.given import parameters_among
from ebana_core.errors import UnsupportedError
from ebana_core.latest import Latest
from ebana_core.laws import HostLaw, Law


@attrs.frozen(eq=False)
class Terminal:
    """The ends of an array's branches that follow unknowns.

    Args:
        branches: Which branches.
        unknowns: What their ends follow.
        scale: d(voltage of the end)/d(unknown), negative at tails. Shape ``(n,)``.
        own: What a branch's slope adds to the Jacobian's diagonal, as a factor. Shape ``(n,)``.
    """

    branches: Selector
    unknowns: Selector
    scale: Array
    own: Array

    def on(self, library: ArrayLibrary) -> "Terminal":
        """Return it for arrays of a library."""
        return Terminal(
            library.places(self.branches),
            library.places(self.unknowns),
            library.take(self.scale),
            library.take(self.own),
        )

    def on_host(self) -> "Terminal":
        """Return it with NumPy's numbers, and factors in float64."""
        branches, unknowns = host_places(self.branches), host_places(self.unknowns)
        return Terminal(branches, unknowns, exact(host(self.scale)), exact(host(self.own)))

    def drops(self, voltages: Array) -> Array:
        """Return what the unknowns give to the drops, V."""
        return columns(voltages, self.unknowns) * self.scale

    def add_currents(self, target: Array, currents: Array) -> None:
        """Add what leaves the unknowns, divided by the scale of the ends, A."""
        add_columns(target, self.unknowns, columns(currents, self.branches) / self.scale)

    def add_sizes(self, target: Array, sizes: Array) -> None:
        """Add sizes of currents, A."""
        add_columns(target, self.unknowns, columns(sizes, self.branches) / abs(self.scale))

    def add_slopes(self, target: Array, slopes: Array) -> None:
        """Add to the Jacobian's diagonal, S."""
        add_columns(target, self.unknowns, columns(slopes, self.branches) * self.own)


@final
@attrs.frozen(eq=False)
class DeviceArray:
    """The branches of one nonlinear element array at one set of parameters.

    Args:
        law: Their law.
        values: Its values.
        heads: Head node of each branch. Shape ``(n_branches,)``.
        tails: Tail nodes.
        terminals: Heads and tails that follow unknowns, where there are any.
        coupled: Branches between two unknowns.
        pairs: Rows and columns of their two off-diagonal entries.
        factors: What the slope is multiplied with at these entries.
    """

    law: Law
    values: Values
    heads: IntArray
    tails: IntArray
    terminals: tuple[Terminal, ...]
    coupled: IntArray
    pairs: tuple[IntArray, IntArray]
    factors: Array

    def on_host(self) -> "DeviceArray":
        """Return it with NumPy's numbers and factors in float64; its values stay where they are."""
        return attrs.evolve(
            self,
            heads=host_places(self.heads),
            tails=host_places(self.tails),
            terminals=tuple(terminal.on_host() for terminal in self.terminals),
            coupled=host_places(self.coupled),
            pairs=(host_places(self.pairs[0]), host_places(self.pairs[1])),
            factors=exact(host(self.factors)),
        )

    @property
    def _is_whole(self) -> bool:
        """Whether one end of every branch follows an unknown, in the order of the branches."""
        if len(self.terminals) != 1 or not isinstance(self.terminals[0].branches, slice):
            return False
        return self.terminals[0].scale.shape[0] == self.heads.shape[0]

    def drops(self, voltages: Array) -> Array:
        """Return what the unknowns alone give to the drops. Shape ``(n_samples, n_branches)``."""
        if self._is_whole:
            return self.terminals[0].drops(voltages)
        shape, xp = (voltages.shape[0], self.heads.shape[0]), namespace(voltages)
        result = xp.zeros(shape, dtype=voltages.dtype, device=voltages.device)
        for terminal in self.terminals:
            add_distinct(result, terminal.branches, terminal.drops(voltages))
        return result

    def sizes(self, voltages: Array) -> Array:
        """Return what the ends of the branches have of the unknowns, which rounding is relative to.

        Two nearby ends cancel in the drop, their rounding does not. Shape of `drops`.
        """
        if self._is_whole:
            return abs(self.terminals[0].drops(voltages))
        shape, xp = (voltages.shape[0], self.heads.shape[0]), namespace(voltages)
        result = xp.zeros(shape, dtype=voltages.dtype, device=voltages.device)
        for terminal in self.terminals:
            add_distinct(result, terminal.branches, abs(terminal.drops(voltages)))
        return result


_Wiring = tuple[
    IntArray, IntArray, tuple[Terminal, ...], IntArray, tuple[IntArray, IntArray], Array
]
"""The fields of a `DeviceArray` other than its law and values."""


SCALE = "scale"
"""Stands for d(node voltage)/d(root voltage) among the arrays that devices follow from."""


class DevicePlan:
    """The structure of a circuit's nonlinear branches."""

    def __init__(
        self, compiled: CompiledCircuit, partition: Partition, library: ArrayLibrary
    ) -> None:
        self.partition, self.library = partition, library
        arrays = [a for a in compiled.circuit.element_arrays if not a.is_ohmic]
        self._arrays = [(array, *branch_ends(array.topology)) for array in arrays]
        self._values = [value for array in arrays for value in array.values.values()]
        self._wired: Latest[Sequence[_Wiring]] = Latest()
        self._devices: Latest[tuple[DeviceArray, ...]] = Latest()

    def at(self, scale: Array, parameters: Mapping[str, Array]) -> tuple[DeviceArray, ...]:
        """Return the devices at present values; the same ones while these stay the same arrays.

        Args:
            scale: d(node voltage)/d(root voltage). Shape ``(n_nodes,)``.
            parameters: Parameter name to array.
        """
        at = {SCALE: scale}
        given = at | parameters_among(self._values, parameters)
        wired = self._wired.at(
            at, lambda: [self._wire(heads, tails, scale) for _, heads, tails in self._arrays]
        )
        return self._devices.at(given, lambda: self._devices_at(wired, parameters))

    def _devices_at(
        self, wired: Sequence[_Wiring], parameters: Mapping[str, Array]
    ) -> tuple[DeviceArray, ...]:
        return tuple(
            self._device(array, branch_values(array, parameters, {}, slice(None)), own)
            for (array, *_), own in zip(self._arrays, wired, strict=True)
        )

    def _device(self, array: ElementArray, values: Values, wired: _Wiring) -> DeviceArray:
        library, law = self.library, array.law
        if library.is_default:
            return DeviceArray(law, values, *wired)
        # Such laws compute with NumPy in float64, wherever the circuit is solved.
        if not law.follows_array_api:
            return DeviceArray(HostLaw(law), values, *wired)
        taken = {name: library.take(value) for name, value in values.items()}
        if library.precision is SINGLE:
            _require_representable(array, values, taken)
        return DeviceArray(law, taken, *wired)

    def _wire(self, heads: IntArray, tails: IntArray, scale: Array) -> _Wiring:
        library, n = self.library, self.partition.n_unknowns
        head, tail = self.partition.of_node[heads], self.partition.of_node[tails]
        head_scale, tail_scale = scale[heads], scale[tails]
        # A branch may lie between two nodes that follow one unknown by different gains: then it
        # adds a multiple of its slope to the diagonal, and nothing beside it.
        same = (head == tail) & (head < n)
        own = np.where(same, (1 / head_scale - 1 / tail_scale) * (head_scale - tail_scale), 1.0)
        terminals = tuple(
            Terminal(selector(on), selector(ends[on]), own_scale[on], factor[on]).on(library)
            for ends, own_scale, factor in (
                (head, head_scale, own),
                (tail, -tail_scale, np.where(same, 0.0, 1.0)),
            )
            if len(on := np.flatnonzero(ends < n))
        )
        coupled = np.flatnonzero((head < n) & (tail < n) & (head != tail))
        # Rows are divided by the scale of their own node, columns multiplied by that of theirs.
        ratio = tail_scale[coupled] / head_scale[coupled]
        rows = np.concatenate([head[coupled], tail[coupled]])
        columns = np.concatenate([tail[coupled], head[coupled]])
        return (
            library.numbers(heads),
            library.numbers(tails),
            terminals,
            library.numbers(coupled),
            (library.numbers(rows), library.numbers(columns)),
            library.take(np.concatenate([-ratio, -1 / ratio])),
        )


def _require_representable(array: ElementArray, values: Values, taken: Values) -> None:
    """Refuse values whose currents are beyond the numbers of float32.

    Raises:
        UnsupportedError: Names the layer and the law.
    """
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        # At 0 V the slope shows whether saturation currents and prefactors fit into float32.
        exact = array.law.slope(np.zeros(1), values)
        found = host(array.law.slope(0 * next(iter(taken.values())), taken)) if taken else exact
    if not np.allclose(found, exact, rtol=1e-3, atol=0):
        worst = int(np.argmax(np.abs(found - exact)))
        raise UnsupportedError(
            f"Layer {array.layer!r} has devices whose slope is {exact.flat[worst]:g} S at 0 V, "
            f"which float32 cannot hold ({type(array.law).__name__}).",
            'use dtype="float64"',
        )
