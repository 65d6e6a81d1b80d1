"""Sources and amplifiers of a circuit as netlist elements."""

from collections.abc import Mapping

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.circuit.circuit import GROUND
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import Input, resolve
from ebana_core.laws.spice import (
    CurrentAmplifier,
    CurrentSource,
    Element,
    VoltageAmplifier,
    VoltageSource,
)


def fixing_sources(
    compiled: CompiledCircuit, devices: list[Element], offsets: Array
) -> tuple[dict[int, str], list[Element]]:
    """Return one grounded source for every fixed node that an element still touches."""
    names = compiled.circuit.netlist_names
    touched: set[str] = set()
    for element in devices:
        # Whatever kind of element: texts that name no node do no harm.
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
        # The rows of a folded crossbar are gone; a source alone at a node would be left over.
        if names[node] in touched:
            driven[int(node)] = f"v{names[node]}"
            elements.append(
                VoltageSource(f"v{names[node]}", names[node], "0", float(offsets[0, node]))
            )
    return driven, elements


def floating_sources(
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


def amplifiers(compiled: CompiledCircuit, parameters: Mapping[str, Array]) -> list[Element]:
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
            # v_out = shift + gain*(v_in - shift), so that the source adds shift*(1 - gain) to
            # gain*v_in. SPICE counts its current into its first node: it is the output's current,
            # negative.
            elements += [
                VoltageAmplifier(f"e{name}", inner, "0", names[node_in], "0", gain),
                VoltageSource(f"v{name}__shift", names[node_out], inner, shift * (1 - gain)),
                CurrentAmplifier(f"f{name}", names[node_in], "0", f"v{name}__shift", -1 / gain),
            ]
    return elements


def outputs(
    compiled: CompiledCircuit, nudge: Mapping[str, Array]
) -> tuple[dict[str, list[str]], list[Element]]:
    """Return the names of the current sources of every output, and these sources."""
    names = compiled.circuit.netlist_names
    nudges: dict[str, list[str]] = {}
    elements: list[Element] = []
    for output in compiled.circuit.injections:
        injected = nudge.get(output.name, np.zeros((1, len(output.heads))))[0]
        nudges[output.name] = [f"i{output.name}__{k}" for k in range(len(output.heads))]
        for place, name in enumerate(nudges[output.name]):
            head, tail = names[output.heads[place]], names[output.tails[place]]
            # A current source of SPICE draws its current from its first node.
            elements.append(CurrentSource(name, head, tail, -float(injected[place])))
    return nudges, elements
