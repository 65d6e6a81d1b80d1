"""Running sums over the devices at each node: currents, their magnitudes, slopes and powers."""

from collections.abc import Mapping
from typing import Literal

import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.circuit.branches import CHUNK, branch_chunks, branch_values, crossbar_sides, scatter
from ebana_core.circuit.elements import (
    Crossbar,
    CurrentSources,
    ElementArray,
    TerminalDevices,
    resolve,
    resolved,
)
from ebana_core.circuit.leaving import drops
from ebana_core.circuit.terminals import terminal_chunks

Detail = Literal["unknowns", "powers", "magnitudes"]
"""How much of a balance is computed."""


class NodeSums:
    """Running sums over the branches of each node, ``(n_samples, n_nodes)`` each.

    `sizes` are the voltages as rounding sees them: an amplifier's output may be a small
    difference of its shift and its amplified input.
    """

    def __init__(self, voltages: Array, sizes: Array, is_fixed: BoolArray, detail: Detail) -> None:
        self.voltages, self.sizes = voltages, sizes
        self.is_fixed, self.detail = is_fixed, detail
        self.leaving = np.zeros_like(voltages)
        self.magnitude = np.zeros_like(voltages)
        self.floor, self.cancelled = np.zeros_like(voltages), np.zeros_like(voltages)
        self.slope = np.zeros_like(voltages)
        self.power: dict[str, Array] = {}
        self.power_magnitude = np.zeros(len(voltages))

    def add_devices(
        self, array: ElementArray, parameters: Mapping[str, Array], inputs: Mapping[str, Array]
    ) -> None:
        if array.is_ohmic and isinstance(array.topology, Crossbar):
            conductance = resolve(array.values["conductance"], parameters, inputs)
            self._add_crossbar(array.name, array.topology, conductance)
            return
        total = np.zeros(len(self.voltages))
        for rows, heads, tails in branch_chunks(array, len(self.voltages)):
            values = branch_values(array, parameters, inputs, rows)
            drop = drops(self.voltages, rows, heads, tails)
            current, slope = array.law.current(drop, values), np.abs(array.law.slope(drop, values))
            # The rounding of a drop is that of both voltages, even where these nearly cancel.
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

    def add_terminals(
        self, devices: TerminalDevices, parameters: Mapping[str, Array], *, is_shunted: bool
    ) -> None:
        total = np.zeros(len(self.voltages))
        flat, law = devices.nodes.ravel(), devices.law
        values = resolved(devices.values, parameters)
        for part in terminal_chunks(devices, len(total)):
            voltages = self.voltages[part][:, devices.nodes]
            state = law.at(voltages, values)
            reach = state.at_terminals(self.sizes[part][:, devices.nodes])
            # Terminals that are currents have rows of another unit: volts, not amperes.
            slope = abs(state.slopes).column_sums(law.n_nodes)
            for target, amount in (
                (self.leaving, state.currents),
                (self.magnitude, state.sizes),
                (self.slope, slope),
                (self.floor, reach),
                (self.cancelled, state.cancelled),
            ):
                scatter(target[part], flat, amount.reshape(len(amount), -1))
            # What flows inside of a device leaves it again: power enters by outer terminals, and
            # leaves by those inside that a shunt loads.
            joined = [*range(law.n_outer), *law.shunted] if is_shunted else slice(law.n_outer)
            power = (voltages[..., joined] * state.currents[..., joined]).reshape(len(voltages), -1)
            total[part] = power.sum(axis=1)
            self.power_magnitude[part] += np.abs(power).sum(axis=1)
        self.power[devices.name] = total

    def _add_crossbar(self, name: str, topology: Crossbar, conductance: Array) -> None:
        """Sum a crossbar of resistors with matrix products."""
        g = np.broadcast_to(conductance, topology.shape)
        power = np.zeros(len(self.voltages))
        for ends, others, own, matrix in crossbar_sides(topology, g):
            # Sources balance the currents at nodes that they fix.
            if self.detail == "unknowns" and self.is_fixed[ends].all():
                continue
            voltages = self.voltages[:, ends]
            leaving = voltages * own - self.voltages[:, others] @ matrix
            if self.detail != "magnitudes":
                scatter(self.leaving, ends, leaving)
            size = self.sizes[:, ends] * own + self.sizes[:, others] @ matrix
            scatter(self.floor, ends, size)
            scatter(self.slope, ends, np.broadcast_to(own, size.shape))
            # Node voltage times what leaves the node, over both sides, is drop times current.
            power += (voltages * leaving).sum(axis=1)
        self.power[name] = power
        self.power_magnitude += np.abs(power)
        if self.detail == "magnitudes":
            self._add_crossbar_branches(topology, g)

    def _add_crossbar_branches(self, topology: Crossbar, conductance: Array) -> None:
        """Sum currents branch by branch: what leaves one end enters the other to the last digit."""
        step = max(1, CHUNK // conductance.size)
        for first in range(0, len(self.voltages), step):
            part = slice(first, first + step)
            row, column = (
                self.voltages[part][:, ends] for ends in (topology.rows, topology.columns)
            )
            current = (row[:, :, None] - column[:, None, :]) * conductance
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
