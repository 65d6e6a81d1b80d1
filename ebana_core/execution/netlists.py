"""A network as it stands in the forms of other programs: netlists, PySpice, networkx."""

import os
from collections.abc import Mapping
from typing import Any

from ebana_core.execution.simulated import SimulatedNetwork
from ebana_core.network.checks import checked_input_arrays, checked_nudge
from ebana_core.paths import replacing


def write_netlist(
    simulated: SimulatedNetwork,
    path: str | os.PathLike[str],
    inputs: Mapping[str, Any],
    nudge: Mapping[str, Any] | None = None,
    *,
    dialect: str = "ngspice",
) -> None:
    """Write one sample as a netlist that stands alone, under ``ngspice -b`` for example.

    Args:
        simulated: The network with its values.
        path: File to write.
        inputs: Input layer to voltages of one sample, ``(units,)`` or ``(1, units)``, V.
        nudge: Output to injected currents, same form, A.
        dialect: ``"ngspice"``, ``"ltspice"``, ``"xyce"`` or ``"spectre"``.

    Raises:
        ParameterError: Another dialect.
        UnsupportedError: An element that the simulator does not have; names it, and the dialects
            that have it.
    """
    from ebana_core.netlists import netlist_text  # loads ngspice's folder

    samples = checked_input_arrays(simulated.network, inputs, n_samples=1)
    injected = {} if nudge is None else checked_nudge(simulated.network, nudge, 1)
    values = simulated.values.parameters.snapshot()
    text = netlist_text(simulated.network.compiled, values, samples, injected, dialect)
    with replacing(path) as partial:
        partial.write_text(text, encoding="ascii")


def to_pyspice(
    simulated: SimulatedNetwork,
    inputs: Mapping[str, Any],
    nudge: Mapping[str, Any] | None = None,
) -> Any:
    """Return one sample as a ``Circuit`` of PySpice, whose simulator solves it to our voltages.

    ``circuit.simulator().operating_point()`` opens libngspice in this process, in which EBANA's
    own backend ``"ngspice"`` can then no longer run, and the other way round.

    Args:
        simulated: The network with its values.
        inputs: Input layer to voltages of one sample, ``(units,)`` or ``(1, units)``, V.
        nudge: Output to injected currents, same form, A.

    Raises:
        MissingLibraryError: PySpice is not installed.
    """
    from ebana_core.backends.ngspice import pyspice_circuit  # loads ngspice's folder

    samples = checked_input_arrays(simulated.network, inputs, n_samples=1)
    injected = {} if nudge is None else checked_nudge(simulated.network, nudge, 1)
    values = simulated.values.parameters.snapshot()
    return pyspice_circuit(simulated.network.compiled, values, samples, injected)


def to_networkx(simulated: SimulatedNetwork, inputs: Mapping[str, Any] | None = None) -> Any:
    """Return the network's circuit with its values as a graph; see `Circuit.to_networkx`.

    Args:
        simulated: The network with its values.
        inputs: Input layer to voltages of one sample, V; None: the voltages of inputs are None.

    Raises:
        MissingLibraryError: networkx is not installed.
    """
    network = simulated.network
    samples = {} if inputs is None else checked_input_arrays(network, inputs, n_samples=1)
    return network.compiled.circuit.to_networkx(simulated.values.parameters, samples)
