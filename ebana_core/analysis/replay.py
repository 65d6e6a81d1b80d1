"""Recorded operating points, with all that a model makes of them."""

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends import OperatingPoints
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import Input
from ebana_core.errors import FormatError
from ebana_core.storage.phase import Phase


def recorded_points(compiled: CompiledCircuit, phase: Phase) -> list[OperatingPoints]:
    """Return the operating points of each batch of a recorded phase, at the values in force then.

    Raises:
        FormatError: The run was made of another circuit.
    """
    circuit = compiled.circuit
    if phase.nodes != circuit.node_names:
        raise FormatError(
            f"The run has {len(phase.nodes)} nodes of other names than the model.",
            "build the model that made the run: Model.load(path)",
        )
    found = []
    for row in np.unique(phase.rows):
        chosen = phase.rows == row
        voltages = phase.voltages[chosen]
        found.append(
            OperatingPoints(
                compiled=compiled,
                parameters={name: values[row] for name, values in phase.values.items()},
                inputs=_inputs(compiled, voltages),
                nudge={name: currents[chosen] for name, currents in phase.injected.items()},
                free_voltages=voltages,
            )
        )
    return found


def _inputs(compiled: CompiledCircuit, voltages: Array) -> dict[str, Array]:
    """Return what stood at the inputs: their sources hold it."""
    return {
        source.voltage.name: voltages[:, source.heads] - voltages[:, source.tails]
        for source in compiled.circuit.voltage_sources
        if isinstance(source.voltage, Input)
    }
