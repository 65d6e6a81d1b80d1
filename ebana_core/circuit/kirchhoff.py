"""Kirchhoff's laws on a solved circuit: what leaves each node, who takes up which power.

Everything here is computed from node voltages and device laws alone, whatever simulator
found the voltages, so that the residual judges every backend by the same measure.
"""

from collections.abc import Mapping
from typing import Literal

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray, exact, precision_of
from ebana_core.circuit.branches import CHUNK, branch_chunks, branch_values, scatter
from ebana_core.circuit.circuit import GROUND, Circuit
from ebana_core.circuit.clamps import clamp_currents, clamp_states, find_bounds
from ebana_core.circuit.constraints import Constraints, gain_of
from ebana_core.circuit.elements import (
    Amplifiers,
    Crossbar,
    CurrentSources,
    ElementArray,
    Ports,
    VoltageSources,
    resolve,
)
from ebana_core.laws import Ohm

ROUNDING = 8
"""Rounding floor per unit of slope times voltage, in relative roundings of the voltages."""
NOTHING = 1e-27
"""Current that is none, A: a femtovolt on a picosiemens, where nothing drives a node."""

Detail = Literal["unknowns", "powers", "magnitudes"]
"""How much of a balance is computed."""


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


def relative(amount: Array, scale: Array) -> Array:
    """Return ``amount / scale``; nothing is nothing, whatever it is relative to."""
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
    own = constraints.scales(parameters, circuit.n_nodes) * np.where(
        constraints.root == GROUND, 0.0, voltages[:, constraints.root]
    )
    offsets = constraints.offsets(parameters, inputs, voltages.shape)
    is_fixed = constraints.root == GROUND
    sums = _Sums(voltages, np.abs(own) + np.abs(offsets), is_fixed, detail)
    for array in circuit.element_arrays:
        sums.add_devices(array, parameters, inputs)
    for ports in circuit.ports:
        sums.add_ports(ports, parameters)
    for output in circuit.outputs:
        sums.add_output(output, nudge.get(output.name))
    sums.floor *= ROUNDING * precision.eps / precision.imbalance
    beyond: Array | float = 0.0
    if circuit.clamps:
        beyond = _clamp(circuit, constraints, parameters, offsets, sums, precision.at_bound)
    # A tied node that misses its constraint would drive a false current through its branches.
    residual = (voltages - own - offsets) * sums.slope
    residual[:, GROUND] = 0.0
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


class _Sums:
    """Running sums over the branches of each node, ``(n_samples, n_nodes)`` each.

    `sizes` are the voltages as rounding sees them: an amplifier's output may be a small
    difference of its shift and its amplified input.
    """

    def __init__(self, voltages: Array, sizes: Array, is_fixed: BoolArray, detail: Detail) -> None:
        self.voltages, self.sizes = voltages, sizes
        self.is_fixed, self.detail = is_fixed, detail
        self.leaving = np.zeros_like(voltages)
        self.magnitude = np.zeros_like(voltages)
        self.floor = np.zeros_like(voltages)
        self.slope = np.zeros_like(voltages)
        self.power: dict[str, Array] = {}
        self.power_magnitude = np.zeros(len(voltages))

    def add_devices(
        self, array: ElementArray, parameters: Mapping[str, Array], inputs: Mapping[str, Array]
    ) -> None:
        if isinstance(array.law, Ohm) and isinstance(array.topology, Crossbar):
            conductance = resolve(array.values["conductance"], parameters, inputs)
            self._add_crossbar(array.name, array.topology, conductance)
            return
        total = np.zeros(len(self.voltages))
        for rows, heads, tails in branch_chunks(array, len(self.voltages)):
            values = branch_values(array, parameters, inputs, rows)
            drop = self.voltages[rows][:, heads] - self.voltages[rows][:, tails]
            current, slope = array.law.current(drop, values), np.abs(array.law.slope(drop, values))
            size = self.sizes[rows][:, heads] + self.sizes[rows][:, tails]
            power = current * drop
            total[rows] = power.sum(axis=1)
            self.power_magnitude[rows] += np.abs(power).sum(axis=1)
            scatter(self.leaving[rows], heads, current)
            scatter(self.leaving[rows], tails, -current)
            for ends in (heads, tails):
                scatter(self.magnitude[rows], ends, np.abs(current))
                scatter(self.slope[rows], ends, slope)
                scatter(self.floor[rows], ends, slope * size)
        self.power[array.name] = total

    def add_ports(self, ports: Ports, parameters: Mapping[str, Array]) -> None:
        total = np.zeros(len(self.voltages))
        flat, law = ports.nodes.ravel(), ports.law
        values = {name: resolve(value, parameters, {}) for name, value in ports.values.items()}
        step = max(1, CHUNK // (flat.size * law.n_terminals))
        for first in range(0, len(total), step):
            part = slice(first, first + step)
            voltages = self.voltages[part][:, ports.nodes]
            state = law.at(voltages, values)
            reach = law.rounding(state, self.sizes[part][:, ports.nodes])
            # What is no node has rows of another unit: volts where a current's source is.
            n_nodes = law.n_outer + len(law.inner_nodes)
            slope = np.abs(state.slopes[..., :n_nodes, :]).sum(axis=-2)
            for target, amount in (
                (self.leaving, state.currents),
                (self.magnitude, state.sizes),
                (self.slope, slope),
                (self.floor, reach),
            ):
                scatter(target[part], flat, amount.reshape(len(amount), -1))
            outer = slice(law.n_outer)
            power = (voltages[..., outer] * state.currents[..., outer]).reshape(len(voltages), -1)
            total[part] = power.sum(axis=1)
            self.power_magnitude[part] += np.abs(power).sum(axis=1)
        self.power[ports.name] = total

    def _add_crossbar(self, name: str, topology: Crossbar, conductance: Array) -> None:
        """Sum a crossbar of resistors with matrix products."""
        g = np.broadcast_to(conductance, topology.shape)
        power = np.zeros(len(self.voltages))
        for ends, others, own, matrix in (
            (topology.rows, topology.columns, g.sum(axis=1), g.T),
            (topology.columns, topology.rows, g.sum(axis=0), g),
        ):
            if self.detail == "unknowns" and self.is_fixed[ends].all():
                continue
            voltages = self.voltages[:, ends]
            leaving = voltages * own - self.voltages[:, others] @ matrix
            if self.detail != "magnitudes":
                scatter(self.leaving, ends, leaving)
            size = self.sizes[:, ends] * own + self.sizes[:, others] @ matrix
            scatter(self.floor, ends, size)
            scatter(self.slope, ends, np.broadcast_to(own, size.shape))
            power += (voltages * leaving).sum(axis=1)
        self.power[name] = power
        self.power_magnitude += np.abs(power)
        if self.detail == "magnitudes":
            step = max(1, CHUNK // g.size)
            for first in range(0, len(power), step):
                part = slice(first, first + step)
                row, column = (
                    self.voltages[part][:, ends] for ends in (topology.rows, topology.columns)
                )
                # Branch by branch: what leaves one end enters the other, to the last digit.
                current = (row[:, :, None] - column[:, None, :]) * g
                for ends, axis, sign in ((topology.rows, 2, 1), (topology.columns, 1, -1)):
                    scatter(self.leaving[part], ends, sign * current.sum(axis=axis))
                    scatter(self.magnitude[part], ends, np.abs(current).sum(axis=axis))

    def add_output(self, output: CurrentSources, injected: Array | None) -> None:
        drawn = np.zeros((len(self.voltages), len(output.heads)))
        if injected is not None:
            drawn -= injected
        scatter(self.leaving, output.heads, drawn)
        scatter(self.leaving, output.tails, -drawn)
        for ends in (output.heads, output.tails):
            scatter(self.magnitude, ends, np.abs(drawn))
        drop = self.voltages[:, output.heads] - self.voltages[:, output.tails]
        self.add_power(output.name, drawn * drop)

    def add_power(self, name: str, power: Array) -> None:
        self.power[name] = power.sum(axis=1)
        self.power_magnitude += np.abs(power).sum(axis=1)


def _climb(
    constraints: Constraints, parameters: Mapping[str, Array], sums: _Sums
) -> dict[VoltageSources | Amplifiers, Array]:
    """Hand the currents of tied nodes to their parents; return each source's own current."""
    currents: dict[VoltageSources | Amplifiers, Array] = {}
    for tie in reversed(constraints.ties):
        if sums.detail == "unknowns" and sums.is_fixed[tie.children].all():
            continue
        element, gain = tie.element, gain_of(tie, parameters)
        drawn = sums.leaving[:, tie.children]
        if isinstance(element, VoltageSources):
            count, own = len(element.heads), -tie.sign * drawn  # enters at the head
            magnitude = sums.magnitude[:, tie.children]
        else:
            count, own = len(element.outputs), drawn  # leaves the output
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
    sums: _Sums,
    at_bound: float,
) -> Array:
    """Let ideal diodes carry what arrives at nodes that stand at their bounds.

    Returns:
        Currents that nodes beyond their bounds would drive, A. Shape ``(n_samples, n_nodes)``.
    """
    bounds = find_bounds(circuit, constraints, parameters, offsets)
    arriving = -sums.leaving
    for tie in reversed(constraints.ties):
        scatter(arriving, tie.parents, arriving[:, tie.children] / gain_of(tie, parameters))
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
