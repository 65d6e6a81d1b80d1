"""Netlist elements of a circuit: devices, folded inputs, and the sources beside them."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.backends.ngspice.folding import Folded, fold, norton
from ebana_core.backends.ngspice.inside import series_conductances
from ebana_core.backends.ngspice.metering import with_ammeters
from ebana_core.backends.ngspice.shunts import shunt_resistors, shunted_elements
from ebana_core.backends.ngspice.sources import (
    amplifiers,
    fixing_sources,
    floating_sources,
    outputs,
)
from ebana_core.circuit.branches import branch_ends, branch_values
from ebana_core.circuit.circuit import GROUND
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import (
    Clamps,
    Crossbar,
    ElementArray,
    TerminalDevices,
    resolve,
    resolved,
)
from ebana_core.circuit.shunts import SHUNT
from ebana_core.errors import ParameterError
from ebana_core.laws.spice import Element, IdealDiode, Resistor, VoltageSource


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
        read: Nodes to read: those that no source fixes, or fewer.
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
    is_lean: bool = False,
    has_rshunt: bool = True,
) -> Netlist:
    """Return the netlist of one sample.

    Args:
        compiled: The circuit.
        parameters: Parameter name to array.
        offsets: Voltages of the fixed nodes. Shape ``(1, n_nodes)``, V.
        nudge: Output name to injected currents, ``(1, n_predictions)``, A.
        fold_inputs: Replace what ideal sources drive by its exact Norton equivalent.
        is_lean: Read neither the currents that devices have as unknowns, nor nodes that follow
            others at a known voltage.
        has_rshunt: The simulator puts the circuit's shunts at all nodes by an option; else they
            are resistors.
    """
    names = tuple(compiled.circuit.netlist_names)
    is_fixed = compiled.constraints.root == GROUND
    devices: list[Element] = []
    folded: list[Folded] = []
    for array in compiled.circuit.element_arrays:
        if array.name == SHUNT:  # written at the end
            continue
        if array.is_ohmic and isinstance(array.topology, Crossbar):
            conductance = np.broadcast_to(
                resolve(array.values["conductance"], parameters, {}), array.topology.shape
            )
            part = fold(array, conductance, is_fixed) if fold_inputs else None
            keep = np.ones(len(array.topology.rows), dtype=bool)
            if part is not None:
                folded.append(part)
                # Rows that are unknown stay resistors; the others are in the Norton sources.
                keep = ~is_fixed[array.topology.rows]
                devices += norton(part, names, offsets)
            devices += _crossbar(array, conductance, keep, names)
        else:
            devices += _branches(array, parameters, names)
    vectors: dict[int, str] = {}
    for terminals in compiled.circuit.terminal_devices:
        devices += _terminals(terminals, parameters, names, vectors)
    for clamps in compiled.circuit.clamps:
        devices += _clamps(clamps, parameters, names)
    devices = with_ammeters(devices)
    driven, sources = fixing_sources(compiled, devices, offsets)
    floating, varying, ends = floating_sources(compiled, parameters, offsets)
    followers = amplifiers(compiled, parameters)
    nudges, currents = outputs(compiled, nudge)
    elements = (*sources, *floating, *followers, *devices, *currents)
    if has_rshunt:
        elements = shunted_elements(compiled, elements)
    else:
        elements += shunt_resistors(compiled, elements)
    is_read = ~is_fixed
    if is_lean:
        for terminals in compiled.circuit.terminal_devices:
            law, own = terminals.law, resolved(terminals.values, parameters)
            known = [place for place, _, _ in law.followers(own)]
            is_read[terminals.nodes[:, [*known, *range(law.n_nodes, law.n_terminals)]]] = False
    read = np.flatnonzero(is_read)
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
        # All resistors of one column together: ngspice is then 2 to 4 times faster.
        for j, column in enumerate(topology.columns)
        for i in kept
    ]


def _branches(
    array: ElementArray, parameters: Mapping[str, Array], names: tuple[str, ...]
) -> list[Element]:
    heads, tails = branch_ends(array.topology)
    values = branch_values(array, parameters, {}, slice(None))
    by_branch = {name: np.broadcast_to(value, heads.shape) for name, value in values.items()}
    elements: list[Element] = []
    for place, (head, tail) in enumerate(zip(heads, tails, strict=True)):
        own = {name: float(value[place]) for name, value in by_branch.items()}
        found = array.law.spice(f"{array.name}__{place}", names[head], names[tail], own)
        elements += _checked(found, array.law)
    return elements


def _terminals(
    devices: TerminalDevices,
    parameters: Mapping[str, Array],
    names: tuple[str, ...],
    vectors: dict[int, str],
) -> list[Element]:
    """Write devices of several terminals, and note the vectors of those that are currents."""
    shape = (len(devices.nodes),)
    by_device = {
        name: np.broadcast_to(value, shape)
        for name, value in resolved(devices.values, parameters).items()
    }
    elements: list[Element] = []
    for place, nodes in enumerate(devices.nodes):
        device = f"{devices.name}__{place}"
        own = {name: float(value[place]) for name, value in by_device.items()}
        found = devices.law.spice(device, [names[node] for node in nodes], own)
        elements += _checked(found, devices.law)
        for terminal, vector in devices.law.vectors(device).items():
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


def _checked(found: Any, law: object) -> Sequence[Element]:
    """Return what `spice` of a law returned.

    Raises:
        ParameterError: It is no list of elements.
    """
    if isinstance(found, list | tuple) and all(isinstance(item, Element) for item in found):
        return found
    shown = repr(found) if len(repr(found)) < 60 else type(found).__name__
    raise ParameterError(
        f"spice of {type(law).__name__} returned {shown}.",
        "return a list of elements of ebana_core.laws.spice, BehaviouralCurrent(...) say",
    )
