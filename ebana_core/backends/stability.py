"""Whether operating points are stable, by the sign of their Jacobian's determinant.

With equal capacitances at some nodes, voltages leave a point as ``exp(-lambda*t/C)``, where
``det(J - lambda*M) = 0`` and M is 1 at these nodes and 0 elsewhere. The sign of ``det J`` against
that of ``det(J + g*M)`` at a large g tells whether an odd number of the lambdas is negative: then
the point is unstable whatever the capacitances are. As these signs sum to one over all operating
points, there are two more at least. Circuits of passive devices have one, and pay nothing.

Capacitances are where devices are touched (a device that bends: diodes, transistors, capacitors)
and where a voltage steers a source or an amplifier. What only resistors and the ends of sources
touch has none, as a resistance below zero would run away there in the stablest circuit. A
current that steers a source has an inductance instead, with an M of -1.

Source:
    Green and Willson, How to identify unstable dc operating points, IEEE Trans. Circuits and
    Systems I 39 (1992) 820.
"""

import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.circuit.branches import branch_ends
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.stages import StageWeights

LARGEST = 400
"""Unknowns up to which circuits are examined: the Jacobians of suspects are dense."""
FAST = 1e6
"""Conductance of the capacitances, relative to the largest entry of a Jacobian, at which nothing
but them counts."""
IMPEDANCE = 1e3
"""Impedance that makes an inductance comparable with a capacitance, ohm: root of their quotient."""


def may_have_several(compiled: CompiledCircuit, weights: StageWeights) -> bool:
    """Tell whether a circuit may have several operating points, and is small enough to examine."""
    circuit = compiled.circuit
    may_fall = any(array.law.may_fall for array in circuit.element_arrays)
    may_fall |= any(devices.law.may_fall for devices in circuit.terminal_devices)
    is_concerned = bool(weights.conflict) or may_fall
    if not is_concerned or len(compiled.constraints.unknowns) > LARGEST:
        return False
    is_known = not any(array.law.native_refusal for array in circuit.element_arrays)
    return is_known and not any(devices.law.refusal for devices in circuit.terminal_devices)


def currents_among(compiled: CompiledCircuit) -> BoolArray:
    """Tell which nodes of a circuit stand for unknown currents. Shape ``(n_nodes,)``."""
    result = np.zeros(compiled.circuit.n_nodes, dtype=bool)
    for devices in compiled.circuit.terminal_devices:
        result[devices.nodes[:, devices.law.n_nodes :]] = True
    return result


def inertial_among(compiled: CompiledCircuit) -> BoolArray:
    """Tell which nodes have a capacitance, and which currents an inductance, as judged here.

    Where several nodes follow one, that one counts for them. Shape ``(n_nodes,)``.
    """
    circuit = compiled.circuit
    touched = [np.zeros(0, dtype=np.intp)]
    for array in circuit.element_arrays:
        if not array.is_ohmic:
            touched += branch_ends(array.topology)
    for devices in circuit.terminal_devices:
        touched.append(devices.nodes[:, list(devices.law.inertial)].ravel())
    touched += [amplifiers.inputs for amplifiers in circuit.amplifiers]
    touched += [clamps.nodes for clamps in circuit.clamps]
    result = np.zeros(circuit.n_nodes, dtype=bool)
    result[compiled.constraints.root[np.concatenate(touched)]] = True
    return result


def masses_of(compiled: CompiledCircuit) -> Array:
    """Return the capacitance or inductance of every node, relative to a Jacobian's largest entry.

    With them the sign of a determinant tells what is stable; 0 where there is neither. Shape
    ``(n_nodes,)``.
    """
    mass = np.where(currents_among(compiled), -(IMPEDANCE**2), 1.0)
    return np.where(inertial_among(compiled), FAST * mass, 0.0)
