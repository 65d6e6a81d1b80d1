"""One sample as a netlist that the program ngspice runs."""

from collections.abc import Mapping

from ebana_core.arrays import Array
from ebana_core.backends.ngspice.format import deck, element_lines
from ebana_core.backends.ngspice.netlist import write_elements
from ebana_core.backends.ngspice.options import TIGHT, of_circuit
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.laws.spice import Element
from ebana_core.spice.formatting import number

TITLE = "EBANA circuit"


def standalone_netlist(
    compiled: CompiledCircuit,
    parameters: Mapping[str, Array],
    inputs: Mapping[str, Array],
    nudge: Mapping[str, Array],
) -> str:
    """Return the full netlist of one sample, which ``ngspice -b`` runs as it stands."""
    offsets = compiled.constraints.offsets(parameters, inputs, (1, compiled.circuit.n_nodes))
    netlist = write_elements(compiled, parameters, offsets, nudge, fold_inputs=False)
    elements: tuple[Element, ...] = netlist.elements
    chosen = {**TIGHT, **of_circuit(compiled.circuit)}
    options = " ".join(f"{key}={number(value)}" for key, value in chosen.items())
    lines = deck(TITLE, [f".options {options}", *element_lines(elements), ".save all", ".op"])
    return "\n".join(lines) + "\n"
