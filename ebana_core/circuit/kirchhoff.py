"""Kirchhoff's laws on a solved circuit: what leaves each node, who takes up which power.

Everything here is computed from node voltages and device laws alone, whatever simulator
found the voltages, so that the residual judges every backend by the same measure.
"""

from collections.abc import Mapping

import attrs
import numpy as np

from ebana_core.arrays import DOUBLE, Array, exact, precision_of
from ebana_core.circuit.branches import scatter
from ebana_core.circuit.circuit import GROUND, Circuit
from ebana_core.circuit.clamps import clamp_currents, clamp_states, find_bounds
from ebana_core.circuit.constraints import Constraints, gain_of
from ebana_core.circuit.elements import Amplifiers, VoltageSources, resolve
from ebana_core.circuit.node_sums import Detail, NodeSums

ROUNDING = 8
"""Rounding of a current per slope times voltage, in relative roundings of the voltages."""
NOTHING = 1e-27
"""Current that counts as none, A: a femtovolt on a picosiemens, where nothing drives a node."""
COVERED = 1 - DOUBLE.free_tolerance / DOUBLE.imbalance
"""Share of the tolerance of currents that covers what is lost where voltages cancel in devices; the
rest of it is what solvers leave."""


@attrs.frozen(eq=False)
class Balance:
    """Currents of a batch of operating points.

    Args:
        residual: Sum of the currents at the unknown nodes, A. Shape ``(n_samples, n_nodes)``;
            zero by construction at nodes that sources fix.
        magnitude: Sum of the absolute currents, A. Same shape; crossbars only on request.
        floor: What rounding may leave, divided by the relative tolerance, A. Same shape.
        power: Element name to the power it takes up, W. Shape ``(n_samples,)`` each.
        power_magnitude: Sum of absolute powers over all branches, W. Shape ``(n_samples,)``.
        source_currents: Voltage source or amplifier name to the current, A: into the head of a
            source, out of the output node of an amplifier. Shape ``(n_samples, n_elements)``.
    """

    residual: Array
    magnitude: Array
    floor: Array
    power: Mapping[str, Array]
    power_magnitude: Array
    source_currents: Mapping[str, Array]

    def ratios(self) -> Array:
        """Return the residuals relative to the currents at their nodes. Shape of `residual`."""
        left = np.abs(self.residual)
        return relative(np.where(left <= NOTHING, 0.0, left), self.magnitude + self.floor)

    def imbalance(self) -> Array:
        """Return the worst node of each sample, relative to the currents there."""
        return np.asarray(self.ratios().max(axis=1, initial=0.0))

    def power_imbalance(self, voltages: Array) -> Array:
        """Return the sum of all powers relative to their magnitudes, of each sample.

        Args:
            voltages: Of the nodes. Shape ``(n_samples, n_nodes)``, V.
        """
        total = np.abs(np.sum(list(self.power.values()), axis=0))
        rounding = (np.abs(voltages) * self.floor).sum(axis=1)
        return relative(total, self.power_magnitude + rounding)


def relative(amount: Array, scale: Array) -> Array:
    """Return ``amount / scale``; zero amounts give zero, also where the scale is zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(amount == 0, 0.0, amount / scale)


def balance(
    circuit: Circuit,
    constraints: Constraints,
    voltages: Array,
    parameters: Mapping[str, Array],
    inputs: Mapping[str, Array],
    nudge: Mapping[str, Array],
    *,
    detail: Detail,
) -> Balance:
    """Return the currents and powers of solved node voltages.

    Args:
        circuit: The circuit.
        constraints: Its ideal constraints.
        voltages: All nodes, ground included, V. Shape ``(n_samples, n_nodes)``. Their floating
            type says what rounding may leave; all sums are in float64.
        parameters: Parameter name to array.
        inputs: Input name to ``(n_samples, n_elements)``.
        nudge: Output name to the current injected into its heads, A.
        detail: ``"unknowns"`` leaves out fixed nodes, their sources, and powers of sources;
            ``"powers"`` gives all but the magnitudes of crossbars, which look at every branch
            where all else takes matrix products; ``"magnitudes"`` gives these too.
    """
    precision = precision_of(voltages)
    voltages = exact(voltages)
    # What each node gets from its root. With the offsets it should be its whole voltage.
    own = constraints.scales(parameters, circuit.n_nodes) * np.where(
        constraints.root == GROUND, 0.0, voltages[:, constraints.root]
    )
    offsets = constraints.offsets(parameters, inputs, voltages.shape)
    is_fixed = constraints.root == GROUND
    sums = NodeSums(voltages, np.abs(own) + np.abs(offsets), is_fixed, detail)
    for array in circuit.element_arrays:
        sums.add_devices(array, parameters, inputs)
    for devices in circuit.terminal_devices:
        sums.add_terminals(devices, parameters, is_shunted=bool(circuit.shunt))
    for output in circuit.injections:
        sums.add_output(output, nudge.get(output.name))
    # Divided by the tolerance here, since `ratios` adds the floor to the magnitudes, which the
    # tolerance multiplies.
    sums.floor *= ROUNDING * precision.eps / precision.imbalance
    beyond: Array | float = 0.0
    if circuit.clamps:
        beyond = _clamp(circuit, constraints, parameters, offsets, sums, precision.at_bound)
    # Laws compute in float64 whatever the voltages are. What they lose where voltages cancel is
    # seen beside the tolerance of the currents only where next to nothing flows, as at the
    # threshold of a transistor.
    lost = sums.cancelled * (ROUNDING * DOUBLE.eps / precision.imbalance)
    sums.floor += np.maximum(lost - COVERED * sums.magnitude, 0.0)
    # A tied node that misses its constraint would drive a false current through its branches.
    residual = (voltages - own - offsets) * sums.slope
    residual[:, GROUND] = 0.0
    # From here on the currents at a root include those of all nodes that follow it.
    currents = _climb(constraints, parameters, sums)
    if detail != "unknowns":
        for element, current in currents.items():
            sums.add_power(element.name, _source_power(element, current, voltages, parameters))
    residual[:, constraints.unknowns] = (sums.leaving + beyond)[:, constraints.unknowns]
    return Balance(
        residual,
        sums.magnitude,
        sums.floor,
        sums.power,
        sums.power_magnitude,
        {element.name: current for element, current in currents.items()},
    )


def _climb(
    constraints: Constraints, parameters: Mapping[str, Array], sums: NodeSums
) -> dict[VoltageSources | Amplifiers, Array]:
    """Hand the currents of tied nodes to their parents; return each source's own current."""
    currents: dict[VoltageSources | Amplifiers, Array] = {}
    for tie in reversed(constraints.ties):
        # A source at fixed nodes says nothing of the unknowns.
        if sums.detail == "unknowns" and sums.is_fixed[tie.children].all():
            continue
        element, gain = tie.element, gain_of(tie, parameters)
        drawn = sums.leaving[:, tie.children]
        if isinstance(element, VoltageSources):
            count, own = len(element.heads), -tie.sign * drawn  # enters at the head
            magnitude = sums.magnitude[:, tie.children]
        else:
            count, own = len(element.outputs), drawn  # leaves the output
            # An amplifier's input carries one current, I/gain, whatever I is made of; a source
            # hands on the branches themselves.
            magnitude = np.abs(drawn / gain)
        current = currents.setdefault(element, np.zeros((len(drawn), count)))
        current[:, tie.positions] = own
        scatter(sums.leaving, tie.parents, drawn / gain)
        scatter(sums.magnitude, tie.parents, magnitude)
        scatter(sums.floor, tie.parents, sums.floor[:, tie.children] / np.abs(gain))
    return currents


def _clamp(
    circuit: Circuit,
    constraints: Constraints,
    parameters: Mapping[str, Array],
    offsets: Array,
    sums: NodeSums,
    at_bound: float,
) -> Array:
    """Let ideal diodes carry what arrives at nodes that stand at their bounds.

    Returns:
        Currents that nodes beyond their bounds would drive, A. Shape ``(n_samples, n_nodes)``.
    """
    bounds = find_bounds(circuit, constraints, parameters, offsets)
    arriving = -sums.leaving
    constraints.hand_back(arriving, parameters)
    surplus = arriving[:, bounds.nodes]
    carries, distance = clamp_states(bounds, sums.voltages[:, bounds.nodes], surplus, at_bound)
    carried = np.where(carries, surplus, 0.0)
    scale = constraints.scales(parameters, circuit.n_nodes)
    for clamps in circuit.clamps:
        current = clamp_currents(clamps, bounds, offsets, scale, constraints, carried, parameters)
        scatter(sums.leaving, clamps.nodes, current)
        scatter(sums.magnitude, clamps.nodes, np.abs(current))
        sums.add_power(clamps.name, current * sums.voltages[:, clamps.nodes])
    beyond = np.zeros_like(sums.leaving)
    beyond[:, bounds.nodes] = sums.slope[:, bounds.nodes] * distance
    return beyond


def _source_power(
    element: VoltageSources | Amplifiers,
    current: Array,
    voltages: Array,
    parameters: Mapping[str, Array],
) -> Array:
    """Return the power each source's branches take up, W; both branches of an amplifier."""
    if isinstance(element, VoltageSources):
        return current * (voltages[:, element.heads] - voltages[:, element.tails])
    gain = np.broadcast_to(resolve(element.gain, parameters, {}), element.inputs.shape)
    return np.concatenate(
        [
            -voltages[:, element.outputs] * current,
            voltages[:, element.inputs] * current / gain,
        ],
        axis=1,
    )
