"""The adjoint at operating points: gradients of any function of the predictions.

With the multipliers ``lam`` of the function (`Linearized.multipliers`), the derivative by a value
of a branch is ``-dcurrent/dvalue * (lam[head] - lam[tail])``. Values of sources, amplifiers and
bounds move nodes themselves: their derivative is the pull at these nodes.
"""

from collections.abc import Collection, Mapping
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.backends import OperatingPoints
from ebana_core.backends.linearized import Linearized, branch_slopes, terminal_slopes
from ebana_core.circuit.branches import branch_chunks, branch_values
from ebana_core.circuit.elements import (
    Amplifiers,
    Clamps,
    Crossbar,
    ElementArray,
    Input,
    Parameter,
    Selector,
    TerminalDevices,
    Value,
    VoltageSources,
    resolve,
    resolved,
)
from ebana_core.circuit.held import at_bound, delivered
from ebana_core.circuit.leaving import drops, sum_leaving
from ebana_core.circuit.tiles import Tiles
from ebana_core.errors import UnsupportedError
from ebana_core.rules.crossbar_products import drop_products
from ebana_core.rules.phases import collect
from ebana_core.rules.tile_products import in_order, tile_products


@final
class AdjointSums:
    """The multipliers of one batch, and the gradients that follow from them.

    Args:
        points: Where the circuit is linearised, free or nudged; a nudge counts as constant.
        gradients: Output name to the derivative of a function g of the predictions,
            ``(n_samples, n_predictions)``.
        wanted: Names of parameters.
        inputs: Names of inputs.
        multipliers: See the attribute; None: they are solved for.

    Attributes:
        multipliers: One per node. Shape ``(n_samples, n_nodes)``, unit of g over A.
    """

    def __init__(
        self,
        points: OperatingPoints,
        gradients: Mapping[str, Array],
        wanted: Collection[str],
        inputs: Collection[str] = (),
        multipliers: Array | None = None,
    ) -> None:
        self._points, self._wanted = points, frozenset(wanted)
        self._parameters, self._voltages = points.parameters, points.node_voltages
        linearized = Linearized(points)
        solved = linearized.multipliers(gradients) if multipliers is None else multipliers
        self.multipliers = solved
        self._by_nodes = linearized.by_nodes(gradients)
        self._sums: dict[str, Array] = {}
        self._by_input = {name: np.zeros(points.inputs[name].shape) for name in inputs}

    def result(self) -> dict[str, Array]:
        """Return parameter name to gradient, summed over samples.

        Raises:
            UnsupportedError: A parameter of which no formula is known; names it.
        """
        self._add_all()
        unknown = sorted(self._wanted - set(self._sums))
        if unknown:
            raise UnsupportedError(
                f"Adjoint has no formula for the parameters {unknown}.", "freeze their layers"
            )
        return self._sums

    def of_inputs(self) -> dict[str, Array]:
        """Return input name to gradient of every sample; after `result`.

        Shape ``(n_samples, n_elements)``, unit of g over V.
        """
        return self._by_input

    def _add_all(self) -> None:
        for element in self._points.circuit.elements:
            if isinstance(element, ElementArray):
                self._add_devices(element)
            elif isinstance(element, TerminalDevices):
                self._add_terminals(element)
        # Values of sources, amplifiers and bounds need a sum over all devices: only if wanted.
        if self._by_input or self._wanted - set(self._sums):
            self._add_constraints()

    def _is_wanted(self, value: Value) -> bool:
        if isinstance(value, Input):
            return value.name in self._by_input
        return isinstance(value, Parameter) and value.name in self._wanted

    def _collect(self, value: Value, gradient: Array) -> None:
        assert isinstance(value, Parameter)
        collect(self._sums, value, gradient, self._parameters[value.name].shape)

    def _add_devices(self, array: ElementArray) -> None:
        """Add ``-dcurrent/dvalue * (lam[head] - lam[tail])``."""
        topology = array.topology
        for name, value in array.values.items():
            if not self._is_wanted(value):
                continue
            if array.is_ohmic and isinstance(topology, Crossbar) and isinstance(value, Parameter):
                self._add_crossbar(topology, value)
                continue
            if array.is_ohmic and isinstance(topology, Tiles) and isinstance(value, Parameter):
                self._add_tiles(topology, value)
                continue
            total = np.zeros(int(np.prod(topology.shape)))
            for part, heads, tails in branch_chunks(array, self._points.n_samples):
                values = branch_values(array, self._parameters, self._points.inputs, part)
                drop, moved = (
                    amounts[part][:, heads] - amounts[part][:, tails]
                    for amounts in (self._voltages, self.multipliers)
                )
                found = -array.law.sensitivity(name, drop, values) * moved
                if isinstance(value, Input):
                    self._by_input[value.name][part] += found
                else:
                    total += found.sum(axis=0)
            if isinstance(value, Parameter):
                self._collect(value, total.reshape(topology.shape))

    def _add_crossbar(self, topology: Crossbar, value: Parameter) -> None:
        rows, columns = topology.row_selector, topology.column_selector
        # Rows that sources fix have no multipliers, which saves half of the products.
        moves = self._points.compiled.constraints.root[topology.rows].any()
        found = drop_products(
            self._voltages[:, rows],
            -self.multipliers[:, rows] if moves else None,
            self._voltages[:, columns],
            -self.multipliers[:, columns],
        )
        self._collect(value, found)

    def _add_tiles(self, topology: Tiles, value: Parameter) -> None:
        def fixed(samples: slice, nodes: Selector) -> Array:
            return in_order(self._voltages[samples], nodes)

        def ends(samples: slice, nodes: Selector) -> tuple[Array, Array]:
            return fixed(samples, nodes), -in_order(self.multipliers[samples], nodes)

        moves = self._points.compiled.constraints.root[topology.rows].any()
        are_shared, n_samples = topology.are_shared(value), self._points.n_samples
        found = tile_products(topology, ends, None if moves else fixed, n_samples, are_shared)
        own = Parameter(value.name, slice(found.size)) if are_shared else value
        self._collect(own, found)

    def _add_terminals(self, devices: TerminalDevices) -> None:
        """Add ``-dcurrent/dvalue * lam`` over the terminals."""
        values = resolved(devices.values, self._parameters)
        for name, value in devices.values.items():
            if self._is_wanted(value):
                by_value = devices.law.sensitivity(name, self._voltages[:, devices.nodes], values)
                found = -(by_value * self.multipliers[:, devices.nodes]).sum(axis=(0, 2))
                self._collect(value, found)

    def _add_constraints(self) -> None:
        """Add the gradients of values that move nodes held by sources, amplifiers and bounds.

        `pull` is the derivative of the function by a shift of a node and of all that follows it.
        """
        points, compiled = self._points, self._points.compiled
        products = _Products(points, self.multipliers)
        pull = self._by_nodes - sum_leaving(compiled, self._parameters, products)
        holding = at_bound(compiled, self._parameters, self._voltages)
        amplifiers = points.circuit.amplifiers
        flowing: Mapping[str, Array] = {}
        if any(self._is_wanted(element.gain) for element in amplifiers):
            flowing = points.balance("powers").source_currents
        for element, own in delivered(compiled, self._parameters, pull, holding).items():
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
            np.broadcast_to(resolve(value, self._parameters, {}), shape)
            for value in (element.gain, element.shift)
        )
        self._collect_elements(element.shift, (1 - gain) * pull, element.inputs)
        if self._is_wanted(element.gain):
            # The input draws I/gain, whose derivative by the gain is -I/gain**2.
            drawn = self.multipliers[:, element.inputs] * flowing[element.name] / gain**2
            forward = (self._voltages[:, element.inputs] - shift) * pull
            self._collect_elements(element.gain, forward + drawn, element.inputs)

    def _collect_elements(self, value: Value, gradients: Array, nodes: IntArray) -> None:
        if not self._is_wanted(value):
            return
        if isinstance(value, Input):
            self._by_input[value.name] += gradients
        else:
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
