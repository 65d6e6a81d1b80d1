"""The edges of a circuit: between which two nodes the drop of each device is measured."""

from collections.abc import Iterator, Mapping

import attrs

from ebana_core.arrays import IntArray
from ebana_core.circuit.branches import branch_ends
from ebana_core.circuit.circuit import Circuit
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import Crossbar, ElementArray, Parameter, Selector, selector
from ebana_core.derived import derived
from ebana_core.errors import ParameterError

SIGNS: Mapping[str, float] = {"S": 1.0, "ohm": -1.0}
"""Unit of a two-terminal device's value to +1 where more of it conducts better, -1 where worse."""


@attrs.frozen(eq=False)
class Edges:
    """Devices that have values of one parameter, each with the drop that a local rule reads.

    Args:
        value: The parameter, and which of its values belongs to each device.
        heads: First node of every drop. Shape ``(n_edges,)``.
        tails: Second node.
        shape: Of an array with one entry per device.
        sign: +1 where a larger value conducts better, -1 where worse.
        crossbar: The devices as a crossbar; None: they are none.
    """

    value: Parameter
    heads: IntArray
    tails: IntArray
    shape: tuple[int, ...]
    sign: float
    crossbar: Crossbar | None = None

    head_selector: Selector = derived(lambda own: selector(own.heads))
    """The heads, to index voltages with."""
    tail_selector: Selector = derived(lambda own: selector(own.tails))
    """The tails, to index voltages with."""


def edges_of(compiled: CompiledCircuit, wanted: Mapping[str, object]) -> list[Edges]:
    """Return the edges that have values of the wanted parameters.

    Raises:
        ParameterError: A parameter without edges, or with no sign; names it.
    """
    found = [edges for edges in compiled.once(_all_edges) if edges.value.name in wanted]
    missing = sorted(set(wanted) - {edges.value.name for edges in found})
    if missing:
        raise ParameterError(
            f"{missing[0]!r} is no value of devices whose drop a local rule can square.",
            "freeze its layer, or train it with EquilibriumPropagation or Adjoint",
        )
    return found


def _all_edges(compiled: CompiledCircuit) -> tuple[Edges, ...]:
    return (*_two_terminal(compiled.circuit), *_several_terminals(compiled.circuit))


def _two_terminal(circuit: Circuit) -> Iterator[Edges]:
    for array in circuit.element_arrays:
        for name, value in array.values.items():
            sign = _sign(array, name)
            if sign is None or not isinstance(value, Parameter):
                continue
            heads, tails = branch_ends(array.topology)
            crossbar = array.topology if isinstance(array.topology, Crossbar) else None
            yield Edges(value, heads, tails, array.topology.shape, sign, crossbar)


def _several_terminals(circuit: Circuit) -> Iterator[Edges]:
    for devices in circuit.terminal_devices:
        for name, value in devices.values.items():
            edge = devices.law.edges.get(name)
            if edge is None or not isinstance(value, Parameter):
                continue
            heads, tails = devices.nodes[:, edge.head], devices.nodes[:, edge.tail]
            yield Edges(value, heads, tails, (len(devices.nodes),), edge.sign)


def _sign(array: ElementArray, name: str) -> float | None:
    units = {quantity.name: quantity.unit for quantity in array.law.values}
    return SIGNS.get(units[name])
