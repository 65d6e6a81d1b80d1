"""From a circuit to netlist elements: sources, folded inputs, amplifiers, devices."""

from collections.abc import Mapping

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.ngspice.folding import Folded, fold, norton
from ebana_core.backends.ngspice.inside import series_conductances
from ebana_core.circuit.branches import branch_ends, branch_values
from ebana_core.circuit.circuit import GROUND
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import (
    Clamps,
    Crossbar,
    ElementArray,
    Input,
    IntArray,
    Ports,
    resolve,
)
from ebana_core.laws.spice import (
    CurrentAmplifier,
    CurrentSource,
    Element,
    IdealDiode,
    Resistor,
    VoltageAmplifier,
    VoltageSource,
)


@attrs.frozen(eq=False)
class Netlist:
    """A circuit as netlist elements at one set of parameters and one sample.

    Args:
        elements: In netlist order; crossbars column by column, which ngspice orders faster.
        driven: Node to the name of the voltage source that fixes it, in order.
        folded: What stands for crossbars that ideal sources drive.
        floating: Names of floating sources whose voltage differs between samples.
        floating_ends: Their heads and tails. Shape ``(2, n_floating)``.
        nudges: Output name to the names of its current sources.
        read: Nodes to read: those that no source fixes.
        saved: Their vectors in ngspice: names of nodes, or of currents that are unknowns.
        inside: Conductances in series inside the devices at each node. Shape ``(n_nodes,)``, S.
    """

    elements: tuple[Element, ...]
    driven: Mapping[int, str]
    folded: tuple[Folded, ...]
    floating: list[str]
    floating_ends: IntArray
    nudges: Mapping[str, list[str]]
    read: IntArray
    saved: list[str]
    inside: Array


def write_elements(
    compiled: CompiledCircuit,
    parameters: Mapping[str, Array],
    offsets: Array,
    nudge: Mapping[str, Array],
    *,
    fold_inputs: bool,
) -> Netlist:
    """Return the netlist of one sample.

    Args:
        compiled: The circuit.
        parameters: Parameter name to array.
        offsets: Voltages of the fixed nodes. Shape ``(1, n_nodes)``, V.
        nudge: Output name to injected currents, ``(1, n_predictions)``, A.
        fold_inputs: Replace what ideal sources drive by its exact Norton equivalent.
    """
    names = compiled.circuit.netlist_names
    is_fixed = compiled.constraints.root == GROUND
    devices: list[Element] = []
    folded: list[Folded] = []
    for array in compiled.circuit.element_arrays:
        if array.law.is_ohmic and isinstance(array.topology, Crossbar):
            conductance = np.broadcast_to(
                resolve(array.values["conductance"], parameters, {}), array.topology.shape
            )
            part = fold(array, conductance, is_fixed) if fold_inputs else None
            keep = np.ones(len(array.topology.rows), dtype=bool)
            if part is not None:
                folded.append(part)
                keep = ~is_fixed[array.topology.rows]
                devices += norton(part, names, offsets)
            devices += _crossbar(array, conductance, keep, names)
        else:
            devices += _branches(array, parameters, names)
    vectors: dict[int, str] = {}
    for ports in compiled.circuit.ports:
        devices += _ports(ports, parameters, names, vectors)
    for clamps in compiled.circuit.clamps:
        devices += _clamps(clamps, parameters, names)
    driven, sources = _fixing_sources(compiled, devices, offsets)
    floating, varying, ends = _floating_sources(compiled, parameters, offsets)
    amplifiers = _amplifiers(compiled, parameters)
    nudges, outputs = _outputs(compiled, nudge)
    elements = (*sources, *floating, *amplifiers, *devices, *outputs)
    read = np.flatnonzero(~is_fixed)
    saved = [vectors.get(int(node), names[node]) for node in read]
    inside = series_conductances(devices, names)
    return Netlist(elements, driven, tuple(folded), varying, ends, nudges, read, saved, inside)


def _crossbar(
    array: ElementArray, conductance: Array, keep: np.ndarray, names: tuple[str, ...]
) -> list[Element]:
    topology = array.topology
    assert isinstance(topology, Crossbar)
    resistance = 1 / conductance
    kept = np.flatnonzero(keep)
    return [
        Resistor(
            f"r{array.name}__{i}__{j}",
            names[topology.rows[i]],
            names[column],
            float(resistance[i, j]),
        )
        for j, column in enumerate(topology.columns)
        for i in kept
    ]


def _branches(
    array: ElementArray, parameters: Mapping[str, Array], names: tuple[str, ...]
) -> list[Element]:
    heads, tails = branch_ends(array.topology)
    values = branch_values(array, parameters, {}, slice(None))
    full = {name: np.broadcast_to(value, heads.shape) for name, value in values.items()}
    elements: list[Element] = []
    for place, (head, tail) in enumerate(zip(heads, tails, strict=True)):
        own = {name: float(value[place]) for name, value in full.items()}
        elements += array.law.spice(f"{array.name}__{place}", names[head], names[tail], own)
    return elements


def _ports(
    ports: Ports,
    parameters: Mapping[str, Array],
    names: tuple[str, ...],
    vectors: dict[int, str],
) -> list[Element]:
    """Write devices of several terminals, and note the vectors of those that are currents."""
    shape = (len(ports.nodes),)
    full = {
        name: np.broadcast_to(resolve(value, parameters, {}), shape)
        for name, value in ports.values.items()
    }
    elements: list[Element] = []
    for place, nodes in enumerate(ports.nodes):
        device = f"{ports.name}__{place}"
        own = {name: float(value[place]) for name, value in full.items()}
        elements += ports.law.spice(device, [names[node] for node in nodes], own)
        for terminal, vector in ports.law.vectors(device).items():
            vectors[int(nodes[terminal])] = vector
    return elements


def _clamps(
    clamps: Clamps, parameters: Mapping[str, Array], names: tuple[str, ...]
) -> list[Element]:
    """Write each ideal diode between its node and a source at its bound."""
    bound = np.broadcast_to(resolve(clamps.bound, parameters, {}), clamps.nodes.shape)
    elements: list[Element] = []
    for place, node in enumerate(clamps.nodes):
        name = f"{clamps.name}__{place}"
        rail, own = f"{name}__bound", names[node]
        ends = (own, rail) if clamps.is_upper[place] else (rail, own)
        elements += [
            VoltageSource(f"v{rail}", rail, "0", float(bound[place])),
            IdealDiode(f"b{name}", *ends),
        ]
    return elements


def _fixing_sources(
    compiled: CompiledCircuit, devices: list[Element], offsets: Array
) -> tuple[dict[int, str], list[Element]]:
    """Return one grounded source for every fixed node that an element still touches."""
    names = compiled.circuit.netlist_names
    touched: set[str] = set()
    for element in devices:
        fields = attrs.asdict(element, recurse=False)
        for value in fields.values():
            if isinstance(value, str):
                touched.add(value)
            elif isinstance(value, tuple):
                touched |= {item for item in value if isinstance(item, str)}
    for amplifier in compiled.circuit.amplifiers:
        touched |= {names[node] for node in amplifier.inputs}
    for output in compiled.circuit.outputs:
        touched |= {names[node] for node in (*output.heads, *output.tails)}
    driven: dict[int, str] = {}
    elements: list[Element] = []
    fixed = np.flatnonzero(compiled.constraints.root == GROUND)
    for node in fixed[fixed != GROUND]:
        if names[node] in touched:
            driven[int(node)] = f"v{names[node]}"
            elements.append(
                VoltageSource(f"v{names[node]}", names[node], "0", float(offsets[0, node]))
            )
    return driven, elements


def _floating_sources(
    compiled: CompiledCircuit, parameters: Mapping[str, Array], offsets: Array
) -> tuple[list[Element], list[str], IntArray]:
    """Return sources between two nodes, and names and ends of those that inputs set."""
    names, root = compiled.circuit.netlist_names, compiled.constraints.root
    elements: list[Element] = []
    varying: list[str] = []
    ends: list[tuple[int, int]] = []
    for source in compiled.circuit.voltage_sources:
        if (root[source.heads] == GROUND).all():
            continue
        if isinstance(source.voltage, Input):
            voltage = across(offsets, np.stack([source.heads, source.tails]))[0]
        else:
            voltage = np.broadcast_to(resolve(source.voltage, parameters, {}), source.heads.shape)
        for place, (head, tail) in enumerate(zip(source.heads, source.tails, strict=True)):
            if root[head] == GROUND:
                continue
            name = f"v{source.name}__{place}"
            elements.append(VoltageSource(name, names[head], names[tail], float(voltage[place])))
            if isinstance(source.voltage, Input):
                varying.append(name)
                ends.append((int(head), int(tail)))
    return elements, varying, np.array(ends, dtype=np.intp).reshape(-1, 2).T


def across(offsets: Array, ends: IntArray) -> Array:
    """Return what floating sources hold between heads and tails. ``(n_samples, n_sources)``, V."""
    return np.asarray(offsets[:, ends[0]] - offsets[:, ends[1]])


def _amplifiers(compiled: CompiledCircuit, parameters: Mapping[str, Array]) -> list[Element]:
    """Write each amplifier as E (gain), V (shift, and meter of I) and F (I/gain at the input).

    Amplifiers of fixed inputs have fixed outputs, which sources stand for.
    """
    names, root = compiled.circuit.netlist_names, compiled.constraints.root
    elements: list[Element] = []
    for amplifier in compiled.circuit.amplifiers:
        shape = amplifier.inputs.shape
        gains = np.broadcast_to(resolve(amplifier.gain, parameters, {}), shape)
        shifts = np.broadcast_to(resolve(amplifier.shift, parameters, {}), shape)
        for place, (node_in, node_out) in enumerate(
            zip(amplifier.inputs, amplifier.outputs, strict=True)
        ):
            if root[node_in] == GROUND:
                continue
            gain, shift = float(gains[place]), float(shifts[place])
            name = f"{amplifier.name}__{place}"
            inner = f"{name}__amplified"
            elements += [
                VoltageAmplifier(f"e{name}", inner, "0", names[node_in], "0", gain),
                VoltageSource(f"v{name}__shift", names[node_out], inner, shift * (1 - gain)),
                CurrentAmplifier(f"f{name}", names[node_in], "0", f"v{name}__shift", -1 / gain),
            ]
    return elements


def _outputs(
    compiled: CompiledCircuit, nudge: Mapping[str, Array]
) -> tuple[dict[str, list[str]], list[Element]]:
    names = compiled.circuit.netlist_names
    nudges: dict[str, list[str]] = {}
    elements: list[Element] = []
    for output in compiled.circuit.outputs:
        injected = nudge.get(output.name, np.zeros((1, len(output.heads))))[0]
        nudges[output.name] = [f"i{output.name}__{k}" for k in range(len(output.heads))]
        for place, name in enumerate(nudges[output.name]):
            head, tail = names[output.heads[place]], names[output.tails[place]]
            elements.append(CurrentSource(name, head, tail, -float(injected[place])))
    return nudges, elements
