"""Netlists of a network as it stands, one sample each."""

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
) -> None:
    """Write one sample as a netlist that stands alone under ``ngspice -b``.

    Args:
        simulated: The network with its values.
        path: File to write.
        inputs: Input layer to voltages of one sample, ``(units,)`` or ``(1, units)``, V.
        nudge: Output to injected currents, same form, A.
    """
    from ebana_core.backends.ngspice import standalone_netlist  # loads PySpice's folder

    samples = checked_input_arrays(simulated.network, inputs, n_samples=1)
    injected = {} if nudge is None else checked_nudge(simulated.network, nudge, 1)
    values = simulated.values.parameters.snapshot()
    text = standalone_netlist(simulated.network.compiled, values, samples, injected)
    with replacing(path) as partial:
        partial.write_text(text, encoding="ascii")
