"""Energy that the devices and the capacitors of a transient take up."""

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends import OperatingPoints
from ebana_core.backends.trajectory import Trajectory
from ebana_core.circuit.compiled import CompiledCircuit


def power_in_time(found: Trajectory, free: OperatingPoints) -> Array:
    """Return what all devices take up at every point of time, W."""
    power = np.empty(found.voltages.shape[:2])
    for place, voltages in enumerate(found.voltages):
        power[place] = attrs.evolve(free, free_voltages=voltages).total_power()
    return power


def switched(
    found: Trajectory, free: OperatingPoints, capacitances: Array, n_phases: int
) -> tuple[Array, Array]:
    """Return what capacitors take at every switch, and how far they move then.

    A charge that comes at once comes at the voltage where its node then stands.

    Returns:
        ``C*v*(v - v_before)`` summed over the capacitors, J, and the largest ``|v - v_before|``,
        V. Shape ``(n_phases, n_samples)`` each.
    """
    n = len(found.times) // n_phases
    shape = found.voltages.shape[1:]
    before = free.compiled.constraints.offsets(free.parameters, free.inputs, shape)
    energy, jumps = np.empty((2, n_phases, shape[0]))
    for phase in range(n_phases):
        after = found.voltages[phase * n]
        moved = (after - before) * (capacitances > 0)
        energy[phase] = (capacitances * after * moved).sum(axis=1)
        jumps[phase] = np.abs(moved).max(axis=1)
        before = found.voltages[(phase + 1) * n - 1]
    return energy, jumps


def uncounted_charge(compiled: CompiledCircuit) -> str:
    """Return which device stores charge that its law does not tell; blocks tell at their ports."""
    for array in compiled.circuit.element_arrays:
        if array.law.stores:
            return f"layer {array.layer!r} holds charge by {array.law.stores}"
    return ""
