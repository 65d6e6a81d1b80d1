"""A netlist as a circuit of PySpice, which its own simulator solves."""

from collections.abc import Mapping
from typing import Any

from ebana_core.arrays import Array
from ebana_core.backends.ngspice.finder import find_library, installed_library
from ebana_core.backends.ngspice.format import element_lines
from ebana_core.backends.ngspice.netlist import write_elements
from ebana_core.backends.ngspice.options import TIGHT, of_circuit
from ebana_core.backends.ngspice.standalone import TITLE
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.errors import MissingLibraryError
from ebana_core.laws.spice import (
    Capacitor,
    CurrentAmplifier,
    CurrentSource,
    Element,
    Inductor,
    Resistor,
    Transconductance,
    Transresistance,
    VoltageAmplifier,
    VoltageSource,
)
from ebana_core.spice.formatting import number

NO_PYSPICE = "PySpice, which is asked for, is not installed."


def pyspice_circuit(
    compiled: CompiledCircuit,
    parameters: Mapping[str, Array],
    inputs: Mapping[str, Array],
    nudge: Mapping[str, Array],
) -> Any:
    """Return one sample as a ``PySpice.Spice.Netlist.Circuit``.

    Resistors, sources and controlled sources are PySpice's elements, which can be read and changed;
    expressions, devices of models and options are lines of its `raw_spice`, so that ngspice reads
    what it reads elsewhere. PySpice's simulator finds the libngspice that EBANA finds.

    Raises:
        MissingLibraryError: PySpice is not installed.
    """
    try:
        from PySpice.Spice.Netlist import Circuit
    except ImportError as error:
        raise MissingLibraryError(NO_PYSPICE, "pip install PySpice") from error
    offsets = compiled.constraints.offsets(parameters, inputs, (1, compiled.circuit.n_nodes))
    netlist = write_elements(compiled, parameters, offsets, nudge, fold_inputs=False)
    circuit = Circuit(TITLE)
    others = [element for element in netlist.elements if not _added(circuit, element)]
    chosen = {**TIGHT, **of_circuit(compiled.circuit)}
    options = " ".join(f"{key}={number(value)}" for key, value in chosen.items())
    circuit.raw_spice = "\n".join([f".options {options}", *element_lines(others)]) + "\n"
    if (found := find_library()) is not None:  # without it, the circuit can still be read
        _point_pyspice_to(found)
    return circuit


def _added(circuit: Any, element: Element) -> bool:
    """Add an element of plain numbers to PySpice's circuit; tell whether it was one.

    PySpice puts the letter of an element in front of its name.
    """
    name = element.name[1:]
    match element:
        case Resistor(_, head, tail, value):
            circuit.R(name, head, tail, value)
        case Capacitor(_, head, tail, value, None):
            circuit.C(name, head, tail, value)
        case Inductor(_, head, tail, value):
            circuit.L(name, head, tail, value)
        case VoltageSource(_, head, tail, value):
            circuit.V(name, head, tail, value)
        case CurrentSource(_, head, tail, value):
            circuit.I(name, head, tail, value)
        case VoltageAmplifier(_, head, tail, one, other, gain):
            circuit.VCVS(name, head, tail, one, other, gain)
        case Transconductance(_, head, tail, one, other, gain):
            circuit.VCCS(name, head, tail, one, other, gain)
        case CurrentAmplifier(_, head, tail, meter, gain):
            circuit.CCCS(name, head, tail, meter, gain)
        case Transresistance(_, head, tail, meter, gain):
            circuit.CCVS(name, head, tail, meter, gain)
        case _:
            return False
    return True


def point_pyspice_to_ngspice() -> None:
    """Let PySpice's own simulator open the libngspice that EBANA finds.

    By itself PySpice looks for a file that only the developers' packages of ngspice have. Call it
    before PySpice's first simulation; `Model.to_pyspice` does so by itself.

    Raises:
        MissingLibraryError: PySpice or libngspice is not installed.
    """
    found = installed_library()
    try:
        _point_pyspice_to(found)
    except ImportError as error:
        raise MissingLibraryError(NO_PYSPICE, "pip install PySpice") from error


def _point_pyspice_to(found: str) -> None:
    from PySpice.Spice.NgSpice.Shared import NgSpiceShared

    # PySpice fills a number into the braces of the name.
    NgSpiceShared.LIBRARY_PATH = found.replace("{", "{{").replace("}", "}}")
