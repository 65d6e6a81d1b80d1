"""A circuit as a graph of networkx: nodes by name, and a branch for each device."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.circuit.branches import branch_ends
from ebana_core.circuit.elements import (
    Amplifiers,
    Clamps,
    CurrentSources,
    Element,
    ElementArray,
    Input,
    Parameter,
    TerminalDevices,
    Value,
    VoltageSources,
    resolve,
)
from ebana_core.errors import MissingLibraryError
from ebana_core.quantities import Quantity

Branch = tuple[str, str, dict[str, Any]]
Names = Sequence[str]


class Numbers:
    """The numbers of a circuit, as far as they are known.

    Args:
        parameters: Parameter name to array.
        inputs: Input name to the voltages of one sample, ``(1, units)``, V.
    """

    def __init__(self, parameters: Mapping[str, Array], inputs: Mapping[str, Array]) -> None:
        self._parameters, self._inputs = parameters, inputs

    def of(self, value: Value, shape: tuple[int, ...]) -> list[float] | list[None]:
        """Return a number for each of some devices; None for each where it is not known."""
        count = int(np.prod(shape))
        known = self._inputs if isinstance(value, Input) else self._parameters
        if isinstance(value, Input | Parameter) and value.name not in known:
            return [None] * count
        found = resolve(value, self._parameters, self._inputs)
        flat = found[0] if isinstance(value, Input) else found
        return np.broadcast_to(flat, shape).reshape(count).astype(float).tolist()


def graph_of(
    names: Names, groups: Iterable[Any], elements: Iterable[Element], numbers: Numbers
) -> Any:
    """Return a ``networkx.MultiDiGraph``.

    A node has its name for people as key, with `kind`, `number` and `layer`; ground is ``"0"``. A
    device of several terminals is a node, too, ``name#place``, with a branch to each of them. A
    branch runs from head to tail, an amplifier from input to output, with `kind`, `value`, `unit`,
    `element` and `layer`; of a device of several values, `value` and `unit` are mappings.

    Raises:
        MissingLibraryError: networkx is not installed.
    """
    try:
        from networkx import MultiDiGraph
    except ImportError as error:
        raise MissingLibraryError(
            "Graphs need networkx, which is not installed.", "pip install ebana-core[graph]"
        ) from error
    graph = MultiDiGraph()
    graph.add_node("0", kind="ground", number=0, layer=None)
    for group in groups:
        for number in group.nodes.tolist():
            kind = "inner node" if group.label else "node"
            graph.add_node(names[number], kind=kind, number=number, layer=group.layer)
    for element in elements:
        if isinstance(element, TerminalDevices):
            for k in range(len(element.nodes)):
                graph.add_node(f"{element.name}#{k}", kind="device", layer=element.layer)
        shared = {"element": element.name, "layer": element.layer}
        graph.add_edges_from(
            (head, tail, own | shared) for head, tail, own in _branches(element, names, numbers)
        )
    return graph


def _branches(element: Element, names: Names, numbers: Numbers) -> Iterator[Branch]:
    match element:
        case ElementArray():
            yield from _of_devices(element, names, numbers)
        case VoltageSources(heads=heads, tails=tails, voltage=voltage):
            values = numbers.of(voltage, heads.shape)
            yield from _plain("voltage_source", heads, tails, names, values, "V")
        case CurrentSources(heads=heads, tails=tails):
            yield from _plain("output", heads, tails, names, [0.0] * len(heads), "A")
        case Amplifiers(inputs=inputs, outputs=outputs, gain=gain, shift=shift):
            gains = numbers.of(gain, inputs.shape)
            shifts = numbers.of(shift, inputs.shape)
            found = _plain("amplifier", inputs, outputs, names, gains, "1")
            for (head, tail, own), volts in zip(found, shifts, strict=True):
                yield head, tail, own | {"shift": volts}
        case Clamps(nodes=nodes, is_upper=is_upper, bound=bound):
            bounds = numbers.of(bound, nodes.shape)
            found = _plain("ideal_diode", nodes, np.zeros_like(nodes), names, bounds, "V")
            for (head, tail, own), is_above in zip(found, is_upper.tolist(), strict=True):
                yield head, tail, own | {"bound": "upper" if is_above else "lower"}
        case TerminalDevices():
            yield from _of_terminals(element, names)


def _plain(
    kind: str, heads: IntArray, tails: IntArray, names: Names, values: Sequence[Any], unit: str
) -> Iterator[Branch]:
    for head, tail, value in zip(heads.tolist(), tails.tolist(), values, strict=True):
        yield names[head], names[tail], {"kind": kind, "value": value, "unit": unit}


def _of_devices(array: ElementArray, names: Names, numbers: Numbers) -> Iterator[Branch]:
    """Yield the branches of devices with a law; one with several values has a mapping of them."""
    topology = array.topology
    heads, tails = branch_ends(topology)
    kind = "resistor" if array.is_ohmic else type(array.law).__name__
    quantities: Sequence[Quantity] = array.law.values
    columns = {q.name: numbers.of(array.values[q.name], topology.shape) for q in quantities}
    for k, (head, tail) in enumerate(zip(heads.tolist(), tails.tolist(), strict=True)):
        own = {name: column[k] for name, column in columns.items()}
        units = {q.name: q.unit for q in quantities}
        if len(own) == 1:
            ((name, value),) = own.items()
            told: dict[str, Any] = {"value": value, "unit": units[name]}
        else:
            told = {"value": own, "unit": units}
        yield names[head], names[tail], {"kind": kind, **told}


def _of_terminals(devices: TerminalDevices, names: Names) -> Iterator[Branch]:
    """Yield a branch from a device of several terminals, a node of its own, to each of them."""
    kind = type(devices.law).__name__
    for k, row in enumerate(devices.nodes[:, : devices.law.n_outer].tolist()):
        for terminal, node in enumerate(row):
            own = {"kind": kind, "value": None, "unit": None, "terminal": terminal}
            yield f"{devices.name}#{k}", names[node], own
