"""The nonlinear branches of a circuit, one element array after the other."""

from collections.abc import Mapping, Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, Values
from ebana_core.backends.native.partition import Partition
from ebana_core.backends.native.runs import add_columns
from ebana_core.circuit.branches import branch_ends, branch_values
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import IntArray, Selector, resolve, selector
from ebana_core.laws import Law, Ohm


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

    def drops(self, voltages: Array) -> Array:
        """Return what the unknowns give to the drops, V."""
        return voltages[:, self.unknowns] * self.scale

    def add_currents(self, target: Array, currents: Array) -> None:
        """Add what leaves the unknowns, divided by the scale of the ends, A."""
        add_columns(target, self.unknowns, currents[:, self.branches] / self.scale)

    def add_sizes(self, target: Array, sizes: Array) -> None:
        """Add sizes of currents, A."""
        add_columns(target, self.unknowns, sizes[:, self.branches] / np.abs(self.scale))

    def add_slopes(self, target: Array, slopes: Array) -> None:
        """Add to the Jacobian's diagonal, S."""
        add_columns(target, self.unknowns, slopes[:, self.branches] * self.own)


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

    def drops(self, voltages: Array) -> Array:
        """Return what the unknowns alone give to the drops. Shape ``(n_samples, n_branches)``."""
        if len(self.terminals) == 1 and isinstance(self.terminals[0].branches, slice):
            return self.terminals[0].drops(voltages)
        result = np.zeros((len(voltages), len(self.heads)), dtype=voltages.dtype)
        for terminal in self.terminals:
            result[:, terminal.branches] += terminal.drops(voltages)
        return result


class DevicePlan:
    """The structure of a circuit's nonlinear branches."""

    def __init__(self, compiled: CompiledCircuit, partition: Partition) -> None:
        self.partition = partition
        arrays = [a for a in compiled.circuit.element_arrays if not isinstance(a.law, Ohm)]
        self._arrays = [(array, *branch_ends(array.topology)) for array in arrays]
        self._scale = np.zeros(0)
        self._wired: Sequence[
            tuple[tuple[Terminal, ...], IntArray, tuple[IntArray, IntArray], Array]
        ]
        self._given: list[Array] | None = None
        self._devices: tuple[DeviceArray, ...] = ()

    def at(self, scale: Array, parameters: Mapping[str, Array]) -> tuple[DeviceArray, ...]:
        """Return the devices at present values; the same ones while these stay the same arrays.

        Args:
            scale: d(node voltage)/d(root voltage). Shape ``(n_nodes,)``.
            parameters: Parameter name to array.
        """
        given = [
            resolve(value, parameters, {})
            for array, _, _ in self._arrays
            for value in array.values.values()
        ]
        known, self._given = self._given, given
        is_same = known is not None and all(a is b for a, b in zip(given, known, strict=True))
        if scale is self._scale and is_same:
            return self._devices
        if scale is not self._scale:
            self._scale = scale
            self._wired = [self._wire(heads, tails) for _, heads, tails in self._arrays]
        self._devices = tuple(
            DeviceArray(
                array.law,
                branch_values(array, parameters, {}, slice(None)),
                heads,
                tails,
                *wired,
            )
            for (array, heads, tails), wired in zip(self._arrays, self._wired, strict=True)
        )
        return self._devices

    def _wire(
        self, heads: IntArray, tails: IntArray
    ) -> tuple[tuple[Terminal, ...], IntArray, tuple[IntArray, IntArray], Array]:
        n = self.partition.n_unknowns
        head, tail = self.partition.of_node[heads], self.partition.of_node[tails]
        head_scale, tail_scale = self._scale[heads], self._scale[tails]
        same = (head == tail) & (head < n)
        own = np.where(same, (1 / head_scale - 1 / tail_scale) * (head_scale - tail_scale), 1.0)
        terminals = tuple(
            Terminal(selector(on), selector(ends[on]), scale[on], factor[on])
            for ends, scale, factor in (
                (head, head_scale, own),
                (tail, -tail_scale, np.where(same, 0.0, 1.0)),
            )
            if len(on := np.flatnonzero(ends < n))
        )
        coupled = np.flatnonzero((head < n) & (tail < n) & (head != tail))
        ratio = tail_scale[coupled] / head_scale[coupled]
        pairs = (
            np.concatenate([head[coupled], tail[coupled]]),
            np.concatenate([tail[coupled], head[coupled]]),
        )
        return terminals, coupled, pairs, np.concatenate([-ratio, -1 / ratio])
