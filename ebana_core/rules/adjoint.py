"""The exact gradient of the loss, by one transposed solve: the backpropagation baseline."""

from collections.abc import Mapping
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends import OperatingPoints, Simulator
from ebana_core.backends.linearized import Linearized, branch_slopes, terminal_slopes
from ebana_core.circuit.branches import branch_chunks, branch_values
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import (
    Amplifiers,
    Clamps,
    Crossbar,
    ElementArray,
    IntArray,
    Parameter,
    TerminalDevices,
    VoltageSources,
    resolve,
    resolved,
)
from ebana_core.circuit.held import at_bound, delivered
from ebana_core.circuit.leaving import drops, sum_leaving
from ebana_core.errors import UnsupportedError
from ebana_core.local_rules import Trainable
from ebana_core.rules.crossbar_products import drop_products
from ebana_core.rules.lost_digits import is_rounded, lost_in_rounding
from ebana_core.rules.phases import Phases, collect
from ebana_core.rules.rule import LearningRule, RuleResult, Samples


@final
@attrs.frozen
class Adjoint(LearningRule):
    """The exact gradient of the loss, whatever the circuit.

    Linearises the circuit at its free operating point and solves the transposed Jacobian once
    for dL/dp. No hardware measures it; it is what learning rules are compared with. It needs no
    reciprocity, takes no local rules, and holds on any simulator's operating points.

    Where a piecewise-linear device stands at its kink, it is a one-sided derivative.
    """

    @property
    def phase_names(self) -> tuple[str, ...]:
        return ("free",)

    def run(
        self,
        simulator: Simulator,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        samples: Samples,
        trainable: Trainable,
    ) -> RuleResult:
        free = simulator.operating_points(parameters, samples.inputs)
        found = _Sums(free, samples.loss_gradients(free), frozenset(trainable))
        sums = found.result()
        # Drops and multipliers lose digits as the drops and changes of a contrast do.
        if is_rounded(free.free_voltages):
            voltages = free.free_voltages
            moved = found.multipliers.astype(voltages.dtype)
            products = Phases(free=voltages, before=None, after=moved, factor=1.0)
            why = lost_in_rounding(compiled, dict.fromkeys(trainable), products, None, sums)
            finer = simulator.finer(why) if why else None
            if finer is not None:
                return self.run(finer, compiled, parameters, samples, trainable)
        return RuleResult(gradient_sums=sums, phases={"free": free})


class _Sums:
    """The multipliers of one batch, and the gradients that follow from them."""

    def __init__(
        self, points: OperatingPoints, gradients: Mapping[str, Array], wanted: frozenset[str]
    ) -> None:
        self.points, self.wanted = points, wanted
        self.parameters, self.voltages = points.parameters, points.node_voltages
        self.linearized = Linearized(points)
        self.multipliers = self.linearized.multipliers(gradients)
        self.by_nodes = self.linearized.by_nodes(gradients)
        self.sums: dict[str, Array] = {}

    def result(self) -> dict[str, Array]:
        for element in self.points.circuit.elements:
            if isinstance(element, ElementArray):
                self._add_devices(element)
            elif isinstance(element, TerminalDevices):
                self._add_terminals(element)
        # Values of sources, amplifiers and bounds need a sum over all devices: only if wanted.
        if self.wanted - set(self.sums):
            self._add_constraints()
        unknown = sorted(self.wanted - set(self.sums))
        if unknown:
            raise UnsupportedError(
                f"Adjoint has no formula for the parameters {unknown}.", "freeze their layers"
            )
        return self.sums

    def _is_wanted(self, value: object) -> bool:
        return isinstance(value, Parameter) and value.name in self.wanted

    def _collect(self, value: object, gradient: Array) -> None:
        assert isinstance(value, Parameter)
        collect(self.sums, value, gradient, self.parameters[value.name].shape)

    def _add_devices(self, array: ElementArray) -> None:
        """Add ``-dcurrent/dvalue * (lam[head] - lam[tail])``."""
        topology = array.topology
        for name, value in array.values.items():
            if not self._is_wanted(value):
                continue
            if array.is_ohmic and isinstance(topology, Crossbar):
                rows, columns = topology.row_selector, topology.column_selector
                # Rows that sources fix have no multipliers, which saves half of the products.
                moves = self.points.compiled.constraints.root[topology.rows].any()
                found = drop_products(
                    self.voltages[:, rows],
                    -self.multipliers[:, rows] if moves else None,
                    self.voltages[:, columns],
                    -self.multipliers[:, columns],
                )
                self._collect(value, found)
                continue
            total = np.zeros(int(np.prod(topology.shape)))
            for part, heads, tails in branch_chunks(array, self.points.n_samples):
                values = branch_values(array, self.parameters, self.points.inputs, part)
                drop, moved = (
                    amounts[part][:, heads] - amounts[part][:, tails]
                    for amounts in (self.voltages, self.multipliers)
                )
                total -= (array.law.sensitivity(name, drop, values) * moved).sum(axis=0)
            self._collect(value, total.reshape(topology.shape))

    def _add_terminals(self, devices: TerminalDevices) -> None:
        """Add ``-dcurrent/dvalue * lam`` over the terminals."""
        values = resolved(devices.values, self.parameters)
        for name, value in devices.values.items():
            if self._is_wanted(value):
                by_value = devices.law.sensitivity(name, self.voltages[:, devices.nodes], values)
                found = -(by_value * self.multipliers[:, devices.nodes]).sum(axis=(0, 2))
                self._collect(value, found)

    def _add_constraints(self) -> None:
        """Add the gradients of values that move nodes held by sources, amplifiers and bounds.

        `pull` is the derivative of the loss by a shift of a node and of all that follows it.
        """
        points, compiled = self.points, self.points.compiled
        products = _Products(points, self.multipliers)
        pull = self.by_nodes - sum_leaving(compiled, self.parameters, products)
        holding = at_bound(compiled, self.parameters, self.voltages)
        amplifiers = points.circuit.amplifiers
        flowing: Mapping[str, Array] = {}
        if any(self._is_wanted(element.gain) for element in amplifiers):
            flowing = points.balance("powers").source_currents
        for element, own in delivered(compiled, self.parameters, pull, holding).items():
            if isinstance(element, VoltageSources):
                self._collect_elements(element.voltage, own, element.heads)
            elif isinstance(element, Clamps):
                self._collect_elements(element.bound, own, element.nodes)
            elif isinstance(element, Amplifiers):
                self._add_amplifiers(element, own, flowing)

    def _add_amplifiers(
        self, element: Amplifiers, pull: Array, flowing: Mapping[str, Array]
    ) -> None:
        """Add ``(1 - A)*pull`` for shifts, ``(x - s)*pull + lam_in*I/A**2`` for gains."""
        shape = element.inputs.shape
        gain, shift = (
            np.broadcast_to(resolve(value, self.parameters, {}), shape)
            for value in (element.gain, element.shift)
        )
        self._collect_elements(element.shift, (1 - gain) * pull, element.inputs)
        if self._is_wanted(element.gain):
            # The input draws I/gain, whose derivative by the gain is -I/gain**2.
            drawn = self.multipliers[:, element.inputs] * flowing[element.name] / gain**2
            forward = (self.voltages[:, element.inputs] - shift) * pull
            self._collect_elements(element.gain, forward + drawn, element.inputs)

    def _collect_elements(self, value: object, gradients: Array, nodes: IntArray) -> None:
        if self._is_wanted(value):
            self._collect(value, gradients.sum(axis=0).reshape(nodes.shape))


@attrs.frozen(eq=False)
class _Products:
    """Slopes times multipliers: the currents of devices if the multipliers were voltages.

    Args:
        points: Where the slopes are taken.
        multipliers: One per node. Shape ``(n_samples, n_nodes)``.
    """

    points: OperatingPoints
    multipliers: Array

    @property
    def at_nodes(self) -> Array:
        return self.multipliers

    def of_branches(
        self, array: ElementArray, samples: slice, heads: IntArray, tails: IntArray
    ) -> Array:
        moved = drops(self.multipliers, samples, heads, tails)
        return branch_slopes(self.points, array)[samples] * moved

    def of_terminals(self, devices: TerminalDevices) -> Array:
        slopes = terminal_slopes(self.points, devices)
        return slopes.transposed_times(self.multipliers[:, devices.nodes])
