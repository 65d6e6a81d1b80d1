"""Netlists of one sample, in the dialect that the user asks for."""

from collections.abc import Mapping

from ebana_core.arrays import Array
from ebana_core.backends.ngspice import standalone_netlist
from ebana_core.backends.ngspice.netlist import write_elements
from ebana_core.checking import check_word
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.errors import UnsupportedError
from ebana_core.laws.spice import Element
from ebana_core.netlists.dialect import Dialect, Models
from ebana_core.netlists.elements import plain_elements
from ebana_core.netlists.ltspice import LTspice
from ebana_core.netlists.spectre import Spectre
from ebana_core.netlists.xyce import Xyce

NGSPICE = "ngspice"
OTHERS: Mapping[str, Dialect] = {own.name: own for own in (LTspice(), Xyce(), Spectre())}
DIALECTS = (NGSPICE, *OTHERS)
"""Names of the dialects."""


def netlist_text(
    compiled: CompiledCircuit,
    parameters: Mapping[str, Array],
    inputs: Mapping[str, Array],
    nudge: Mapping[str, Array],
    dialect: str = NGSPICE,
) -> str:
    """Return the netlist of one sample, which a simulator runs as it stands.

    Args:
        compiled: The circuit.
        parameters: Parameter name to array.
        inputs: Input name to voltages, ``(1, units)``, V.
        nudge: Output to injected currents, ``(1, n_predictions)``, A.
        dialect: One of `DIALECTS`.

    Raises:
        ParameterError: Another dialect.
        UnsupportedError: An element that the simulator does not have; names it, and the dialects
            that have it.
    """
    check_word(dialect, "dialect", DIALECTS)
    if dialect == NGSPICE:
        return standalone_netlist(compiled, parameters, inputs, nudge)
    elements = sample_elements(compiled, parameters, inputs, nudge)
    try:
        return OTHERS[dialect].text(plain_elements(elements), compiled.circuit.gmin)
    except UnsupportedError as error:
        raise _with_others(error, elements, dialect) from error


def sample_elements(
    compiled: CompiledCircuit,
    parameters: Mapping[str, Array],
    inputs: Mapping[str, Array],
    nudge: Mapping[str, Array],
) -> tuple[Element, ...]:
    """Return the elements of one sample, the circuit's shunts as resistors among them."""
    offsets = compiled.constraints.offsets(parameters, inputs, (1, compiled.circuit.n_nodes))
    return write_elements(
        compiled, parameters, offsets, nudge, fold_inputs=False, has_rshunt=False
    ).elements


def _with_others(
    error: UnsupportedError, elements: tuple[Element, ...], dialect: str
) -> UnsupportedError:
    """Return the error with the dialects in whose words the first refused element can be said."""
    able = [NGSPICE] + [name for name, own in OTHERS.items() if _can(own, elements)]
    problem = error.problem.removesuffix(".")
    return UnsupportedError(
        f"{problem}: dialect={dialect!r} cannot say it.",
        f"write the netlist with dialect={' or '.join(map(repr, able))}, or {error.fix}",
    )


def _can(dialect: Dialect, elements: tuple[Element, ...]) -> bool:
    try:
        for element in plain_elements(elements):
            dialect.line(element, Models())
    except UnsupportedError:
        return False
    return True
