"""A network as it stands in the forms of other programs: netlists, PySpice, networkx."""

import os
from collections.abc import Mapping
from typing import Any

from ebana_core.arrays import Array
from ebana_core.chips import Twin
from ebana_core.chips.hardware import Hardware
from ebana_core.errors import ParameterError
from ebana_core.execution.simulated import ChipChoice, SimulatedNetwork
from ebana_core.network.checks import checked_input_arrays, checked_nudge
from ebana_core.paths import replacing


def write_netlist(
    simulated: SimulatedNetwork,
    path: str | os.PathLike[str],
    inputs: Mapping[str, Any],
    nudge: Mapping[str, Any] | None = None,
    *,
    dialect: str = "ngspice",
    chip: ChipChoice = None,
) -> None:
    """Write one sample as a netlist that stands alone, under ``ngspice -b`` for example.

    Its devices are those that `SimulatedNetwork.operating_points` finds: what fluctuates is drawn
    once.

    Args:
        simulated: The network with its values.
        path: File to write.
        inputs: Input layer to voltages of one sample, ``(units,)`` or ``(1, units)``, V.
        nudge: Output to injected currents, same form, A.
        dialect: ``"ngspice"``, ``"ltspice"``, ``"xyce"`` or ``"spectre"``.
        chip: Whose devices stand in the netlist, of twins ``twin.free`` or ``twin.clamped``; None:
            they are as the model says.

    Raises:
        ParameterError: Another dialect, or twins, which are two circuits.
        ShapeError, UnknownNameError: The chip is that of another network.
        UnsupportedError: An element that the simulator does not have; names it, and the dialects
            that have it.
    """
    from ebana_core.netlists import netlist_text  # loads ngspice's folder

    samples = checked_input_arrays(simulated.network, inputs, n_samples=1)
    injected = {} if nudge is None else checked_nudge(simulated.network, nudge, 1)
    values = _devices(simulated, chip)
    text = netlist_text(simulated.network.compiled, values, samples, injected, dialect)
    with replacing(path) as partial:
        partial.write_text(text, encoding="ascii")


def to_pyspice(
    simulated: SimulatedNetwork,
    inputs: Mapping[str, Any],
    nudge: Mapping[str, Any] | None = None,
    *,
    chip: ChipChoice = None,
) -> Any:
    """Return one sample as a ``Circuit`` of PySpice, whose simulator solves it to our voltages.

    ``circuit.simulator().operating_point()`` opens libngspice in this process, in which EBANA's
    own backend ``"ngspice"`` can then no longer run, and the other way round.

    Args:
        simulated: The network with its values.
        inputs: Input layer to voltages of one sample, ``(units,)`` or ``(1, units)``, V.
        nudge: Output to injected currents, same form, A.
        chip: See `write_netlist`.

    Raises:
        ParameterError: The chip is twins, which are two circuits.
        MissingLibraryError: PySpice is not installed.
    """
    from ebana_core.backends.ngspice import pyspice_circuit  # loads ngspice's folder

    samples = checked_input_arrays(simulated.network, inputs, n_samples=1)
    injected = {} if nudge is None else checked_nudge(simulated.network, nudge, 1)
    values = _devices(simulated, chip)
    return pyspice_circuit(simulated.network.compiled, values, samples, injected)


def to_networkx(
    simulated: SimulatedNetwork,
    inputs: Mapping[str, Any] | None = None,
    *,
    chip: ChipChoice = None,
) -> Any:
    """Return the network's circuit with its values as a graph; see `Circuit.to_networkx`.

    Args:
        simulated: The network with its values.
        inputs: Input layer to voltages of one sample, V; None: the voltages of inputs are None.
        chip: See `write_netlist`.

    Raises:
        ParameterError: The chip is twins, which are two circuits.
        MissingLibraryError: networkx is not installed.
    """
    network = simulated.network
    samples = {} if inputs is None else checked_input_arrays(network, inputs, n_samples=1)
    return network.compiled.circuit.to_networkx(_devices(simulated, chip), samples)


def _devices(simulated: SimulatedNetwork, chip: ChipChoice) -> Mapping[str, Array]:
    """Return what the devices have in the circuit that a simulator would be given."""
    if isinstance(chip, Twin):
        raise ParameterError(
            "chip is a Twin, which is two circuits, and one is written.",
            "give chip=twin.free, the circuit that evaluate solves, or chip=twin.clamped, that of "
            "nudged and clamped phases",
        )
    return Hardware(simulated.values, chip, None).readings()
