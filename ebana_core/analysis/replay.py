"""Recorded operating points, with all that a model makes of them."""

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends import OperatingPoints
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import Input
from ebana_core.errors import FormatError
from ebana_core.network.values import NetworkValues
from ebana_core.objects import checked_instance
from ebana_core.storage.run import Run


def recorded_points(
    values: NetworkValues, run: Run, phase: str = "free", epoch: int | None = None
) -> list[OperatingPoints]:
    """Return recorded operating points as `operating_points` does, batch by batch.

    Each holds the values that were in force when it was solved, so that its drops, currents,
    powers and residual are those of the run and not those of the model as it stands.

    Args:
        values: Of the network.
        run: A run of this model that recorded phases.
        phase: ``"free"``, ``"nudged"``, ``"plus"``, ``"minus"``.
        epoch: One of those whose phases were recorded; None: the last.

    Raises:
        UnknownNameError: The run did not record it.
        FormatError: The run was made of another circuit.
        ParameterError: `run` is none.
    """
    checked_instance(run, Run, "run", "give Run.open(path)")
    compiled, recorded = values.network.compiled, run.phase(phase, epoch)
    if recorded.nodes != tuple(compiled.circuit.node_names):
        raise FormatError(
            f"The run has {len(recorded.nodes)} nodes, whose names are not those of the model.",
            "build the model that made the run: Model.load(path)",
        )
    found = []
    for row in np.unique(recorded.rows):
        chosen = recorded.rows == row
        voltages = recorded.voltages[chosen]
        found.append(
            OperatingPoints(
                compiled=compiled,
                parameters={name: array[row] for name, array in recorded.values.items()},
                inputs=_inputs(compiled, voltages),
                nudge={name: currents[chosen] for name, currents in recorded.injected.items()},
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
