"""The shunts of a circuit in netlists: ngspice puts one at every node that it knows."""

from collections.abc import Iterable, Iterator, Sequence

import attrs

from ebana_core.arrays import IntArray
from ebana_core.circuit.circuit import GROUND, Circuit
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import Branches
from ebana_core.circuit.shunts import SHUNT
from ebana_core.laws.spice import Element, JunctionDiode, ModelDevice, Resistor, Transconductance

ENDS = frozenset(["head", "tail", "anode", "cathode", "drain", "gate", "source", "bulk"])
"""Fields of elements that name a node."""


def shunted_elements(compiled: CompiledCircuit, elements: Sequence[Element]) -> tuple[Element, ...]:
    """Return the elements of a netlist that is run with ngspice's option ``rshunt``.

    That option reaches nodes which the circuit does not have: those that only the netlist has, and
    those inside diodes. A negative conductance takes it away from the former; a diode with a series
    resistance is written as both, so that its inner node becomes one of these.

    Source:
        ngspice 39, src/spicelib/analysis: cktsetup.c (CKTsetup), cktload.c (CKTload).
    """
    circuit = compiled.circuit
    if not circuit.shunt:
        return tuple(elements)
    apart = [part for element in elements for part in _apart(element)]
    names, heads = circuit.netlist_names, _heads(circuit)
    loaded = {names[node] for node in heads} | set(_kept(circuit))
    found = dict.fromkeys(node for element in apart for node in _nodes(element))
    changes = {node: -circuit.shunt for node in found if node not in loaded and node != "0"}
    # ngspice knows a node by its elements alone.
    unknowns = heads[compiled.constraints.root[heads] != GROUND]
    changes |= {names[node]: 0.0 for node in unknowns if names[node] not in found}
    own = (Transconductance(f"gshunt_{n}", n, "0", n, "0", g) for n, g in changes.items())
    return (*apart, *own)


def shunt_resistors(compiled: CompiledCircuit, elements: Sequence[Element]) -> tuple[Element, ...]:
    """Return the shunts of a netlist as resistors, for simulators without such an option."""
    circuit = compiled.circuit
    if not circuit.shunt:
        return ()
    heads = _heads(circuit)
    unknowns = heads[compiled.constraints.root[heads] != GROUND]
    found = {node for element in elements for node in _nodes(element)}
    kept = [node for node in _kept(circuit) if node in found]
    nodes = [*(circuit.netlist_names[node] for node in unknowns), *kept]
    return tuple(Resistor(f"rshunt_{node}", node, "0", 1 / circuit.shunt) for node in nodes)


def _heads(circuit: Circuit) -> IntArray:
    """Return the nodes of a circuit with a shunt."""
    (array,) = (array for array in circuit.element_arrays if array.name == SHUNT)
    assert isinstance(array.topology, Branches)
    return array.topology.heads


def _kept(circuit: Circuit) -> Iterator[str]:
    """Yield names of nodes that devices have for themselves in a netlist, with a shunt each."""
    for devices in circuit.terminal_devices:
        for label in devices.law.kept_labels:
            yield from (f"{devices.name}__{k}__{label}" for k in range(len(devices.nodes)))


def _apart(element: Element) -> Iterator[Element]:
    """Yield a diode behind its resistance as two elements; others as they are."""
    if not isinstance(element, JunctionDiode) or not element.resistance:
        yield element
        return
    inner, card = f"{element.name}__inside", element.model
    numbers = tuple((key, 0.0 if key == "rs" else value) for key, value in card.numbers)
    yield Resistor(f"r{inner}", element.anode, inner, element.resistance)
    yield attrs.evolve(
        element, anode=inner, model=attrs.evolve(card, numbers=numbers), resistance=0.0
    )


def _nodes(element: Element) -> Iterable[str]:
    """Return the nodes that an element joins."""
    if isinstance(element, ModelDevice):
        return element.nodes
    return [v for k, v in attrs.asdict(element, recurse=False).items() if k in ENDS]
