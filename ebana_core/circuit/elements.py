"""Element arrays: topology x law x values, and the ideal sources beside them.

Conventions: a branch runs head to tail, its drop is the head's voltage minus the tail's, its
current enters at the head. Node 0 is ground.
"""

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray, IntArray
from ebana_core.circuit.converter import Converter
from ebana_core.circuit.names import of_devices
from ebana_core.derived import derived
from ebana_core.laws import Law
from ebana_core.laws.terminal_law import TerminalLaw


def _indices(nodes: Any) -> IntArray:
    return table(nodes).reshape(-1)


def _flags(flags: Any) -> BoolArray:
    array = np.array(flags, dtype=np.bool_).reshape(-1)
    array.flags.writeable = False
    return array


def table(nodes: Any) -> IntArray:
    """Return nodes as a circuit holds them: whole numbers in C order that nobody can write."""
    array = np.array(nodes, dtype=np.intp, order="C")
    array.flags.writeable = False
    return array


Selector = slice | IntArray
"""Places in an array: a slice where they follow each other, which costs no copy."""


def selector(numbers: IntArray) -> Selector:
    """Return consecutive numbers as a slice, others as they are."""
    if len(numbers) and (np.diff(numbers) == 1).all():
        return slice(int(numbers[0]), int(numbers[-1]) + 1)
    return numbers


@attrs.frozen(eq=False)
class Constant:
    """A value that never changes. `array` broadcasts against the elements."""

    array: Array


FLAT = slice(None)
"""All values of a parameter in order, without a copy."""


@attrs.frozen
class Parameter:
    """A value that changes between batches: `parameters[name]`, taken at `index`.

    Args:
        name: For example ``"d1.conductance"``.
        index: Flat index into the parameter for each element; None: as it stands; `FLAT`: its
            values one after the other, whatever its shape. Elements may share a value.
        devices: Of shared values: the number of each element among the devices that share them;
            where `parameters` says what these have (`of_devices`), as on a chip, it is taken.
    """

    name: str
    index: IntArray | slice | None = attrs.field(default=None, eq=False)
    devices: IntArray | slice | None = attrs.field(default=None, eq=False, kw_only=True)

    def at(self, parameters: Mapping[str, Array]) -> Array:
        """Return the array that this value stands for: its own, or those of its devices."""
        own = None if self.devices is None else parameters.get(of_devices(self.name))
        if own is not None:
            return own.reshape(-1)[self.devices]
        given = parameters[self.name]
        return given if self.index is None else given.reshape(-1)[self.index]


@attrs.frozen
class Input:
    """A value that differs between samples: `inputs[name]`, ``(n_samples, n_elements)``.

    Args:
        name: Of the input.
        converter: What makes voltages of the numbers; None: ideal.
    """

    name: str
    converter: Converter | None = None


Value = Constant | Parameter | Input


@attrs.frozen(eq=False)
class Branches:
    """One branch from each of `heads` to the tail at the same place."""

    heads: IntArray = attrs.field(converter=_indices)
    tails: IntArray = attrs.field(converter=_indices)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of an array with one entry per branch."""
        return (len(self.heads),)

    @property
    def size(self) -> int:
        """Number of branches."""
        return len(self.heads)


@attrs.frozen(eq=False)
class Crossbar:
    """A branch from every row node (head) to every column node (tail)."""

    rows: IntArray = attrs.field(converter=_indices)
    columns: IntArray = attrs.field(converter=_indices)

    row_selector: Selector = derived(lambda own: selector(own.rows))
    """The row nodes, to index voltages with."""
    column_selector: Selector = derived(lambda own: selector(own.columns))
    """The column nodes, to index voltages with."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of an array with one entry per branch, ``(n_rows, n_columns)``."""
        return (len(self.rows), len(self.columns))

    @property
    def size(self) -> int:
        """Number of branches."""
        return len(self.rows) * len(self.columns)


@attrs.frozen(eq=False, kw_only=True)
class ElementArray:
    """Equal devices at the branches of one topology; an empty `symbol` leaves it to the law."""

    name: str
    layer: str
    topology: Branches | Crossbar
    law: Law
    values: Mapping[str, Value]
    symbol: str = ""

    @property
    def is_ohmic(self) -> bool:
        """Whether these are resistors: their currents add up in one matrix for all samples."""
        return self.law.is_ohmic


@attrs.frozen(eq=False, kw_only=True)
class TerminalDevices:
    """Equal devices of several terminals.

    Args:
        nodes: Node of every terminal. Shape ``(n_devices, n_terminals)``.
        crossbar: Numbers of rows and columns, where a device leads from each to each; or None.
    """

    name: str
    layer: str
    nodes: IntArray = attrs.field(converter=table)
    law: TerminalLaw
    values: Mapping[str, Value]
    crossbar: tuple[int, int] | None = None


@attrs.frozen(eq=False, kw_only=True)
class VoltageSources:
    """Ideal sources that hold head minus tail at `voltage`, V."""

    name: str
    layer: str
    heads: IntArray = attrs.field(converter=_indices)
    tails: IntArray = attrs.field(converter=_indices)
    voltage: Value


@attrs.frozen(eq=False, kw_only=True)
class CurrentSources:
    """Output branches: their drop is the prediction, V; a nudge injects into their heads, A."""

    name: str
    layer: str
    heads: IntArray = attrs.field(converter=_indices)
    tails: IntArray = attrs.field(converter=_indices)


@attrs.frozen(eq=False, kw_only=True)
class Amplifiers:
    """Bidirectional amplifiers, ``v_out = shift + gain*(v_in - shift)``.

    The input node loses ``I/gain``, with I the current that leaves the output node into all
    that is attached to it.
    """

    name: str
    layer: str
    inputs: IntArray = attrs.field(converter=_indices)
    outputs: IntArray = attrs.field(converter=_indices)
    gain: Value
    shift: Value


@attrs.frozen(eq=False, kw_only=True)
class Clamps:
    """Ideal diodes, as bounds on nodes: no current within the bound, any current at it.

    Args:
        nodes: Node that each one clamps.
        is_upper: It draws what would lift the node above `bound`; else it delivers what would
            pull the node below. One per node.
        bound: V. One number, or one per node.
    """

    name: str
    layer: str
    nodes: IntArray = attrs.field(converter=_indices)
    is_upper: BoolArray = attrs.field(converter=_flags)
    bound: Value


Element = ElementArray | TerminalDevices | VoltageSources | CurrentSources | Amplifiers | Clamps


def resolve(value: Value, parameters: Mapping[str, Array], inputs: Mapping[str, Array]) -> Array:
    """Return the array that `value` stands for; per sample only for an `Input`."""
    match value:
        case Constant(array=array):
            return array
        case Input(name=name, converter=None):
            return inputs[name]
        case Input(name=name, converter=converter):
            assert converter is not None
            return converter.convert(inputs[name])
        case Parameter():
            return value.at(parameters)


def resolved(values: Mapping[str, Value], parameters: Mapping[str, Array]) -> dict[str, Array]:
    """Return what the values of devices of several terminals stand for, by names of their law."""
    return {name: resolve(value, parameters, {}) for name, value in values.items()}
