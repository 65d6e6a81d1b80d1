"""Sums over a batch of what each device measured locally in two phases.

For a value theta with ``q = integral of dcurrent/dtheta from 0 to the drop`` the contrast is
``q(second phase) - q(first phase)``, computed from the change between the phases so that no
digits are lost when the nudge is small.
"""

from collections.abc import Mapping, Set

import attrs
import numpy as np

from ebana_core.arrays import Array, exact, host
from ebana_core.circuit.branches import branch_chunks, branch_values
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import Crossbar, ElementArray, Parameter, resolved
from ebana_core.circuit.stages import StageWeights
from ebana_core.circuit.tiles import Tiles
from ebana_core.errors import ParameterError
from ebana_core.local_rules import GradFunc, LocalRule, Trainable, ep_sq, local_contrast
from ebana_core.outer import GradientSums, Outer
from ebana_core.rules.crossbar_products import crossbar_contrast
from ebana_core.rules.held_contrasts import held_contrasts
from ebana_core.rules.measurement import Measurement
from ebana_core.rules.phases import Phases, behind_sources, collect
from ebana_core.rules.tile_products import tile_contrast


def contrast_sums(
    compiled: CompiledCircuit,
    parameters: Mapping[str, Array],
    trainable: Trainable,
    phases: Phases,
    weights: StageWeights | None,
    measurement: Measurement | None = None,
) -> GradientSums:
    """Return the contrasts of the trainable values, summed over samples.

    Args:
        compiled: The circuit.
        parameters: Parameter name to array.
        trainable: Parameter name to what stands for the contrast; None: the law's own.
        phases: What was measured.
        weights: Stage weights; None leaves them out.
        measurement: The converter that reads the drops; None: they are known exactly.

    Returns:
        Parameter name to array of the parameter's shape, W per unit of the parameter.

    Raises:
        ParameterError: A local rule or a measurement for a value that has no drops.
        ShapeError: A local rule returned another shape.
        DataError: It returned a value that is not finite.
    """
    sums: dict[str, Array] = {}
    undone: dict[str, Outer] = {}
    wanted = set(trainable)
    for array in compiled.circuit.element_arrays:
        for value_name, value in array.values.items():
            if not (isinstance(value, Parameter) and value.name in wanted):
                continue
            reader = _Reader(array, value_name, value, trainable[value.name], measurement)
            place, contrast = reader.contrast(parameters, phases, compiled, weights)
            shape = parameters[value.name].shape
            if isinstance(contrast, Outer):
                is_whole = value.index is None and contrast.shape == shape
                if is_whole and value.name not in {*sums, *undone}:
                    undone[value.name] = contrast
                    continue
                contrast = contrast.dense()
            if value.name in undone:  # what is added to is multiplied out
                sums[value.name] = undone.pop(value.name).dense()
            collect(sums, place, contrast, shape)
    others = wanted - set(sums) - set(undone)
    if others and measurement is None and not any(trainable[name] for name in others):
        _add_terminals(sums, compiled, parameters, others, phases, weights)
        others -= set(sums)
    for name in sorted(others):
        if measurement is not None or trainable[name] is not None:
            raise ParameterError(
                f"{name!r} is not a value of branches, so no drops are measured for it.",
                "leave out its grad_func and the rule's measurement, or freeze its layer",
            )
    if others:
        sums |= held_contrasts(compiled, parameters, others, phases, weights)
    return GradientSums({**sums, **undone})


def _add_terminals(
    sums: dict[str, Array],
    compiled: CompiledCircuit,
    parameters: Mapping[str, Array],
    wanted: Set[str],
    phases: Phases,
    weights: StageWeights | None,
) -> None:
    """Add the contrasts of devices of several terminals."""
    for devices in compiled.circuit.terminal_devices:
        for name, value in devices.values.items():
            if not (isinstance(value, Parameter) and value.name in wanted):
                continue
            values = resolved(devices.values, parameters)
            first, moved = (exact(host(p)) for p in phases.of(slice(None), slice(None)))
            found = devices.law.contrast(
                name, first[:, devices.nodes], moved[:, devices.nodes], values
            )
            if weights is not None:
                found = found * weights.of_node[devices.nodes[:, -1]]
            total = phases.factor * found.sum(axis=0)
            collect(sums, value, total, parameters[value.name].shape)


@attrs.frozen(eq=False)
class _Reader:
    """One trainable value of an element array, and how its branches are measured."""

    array: ElementArray
    value_name: str
    value: Parameter
    local: GradFunc | None
    measurement: Measurement | None

    def contrast(
        self,
        parameters: Mapping[str, Array],
        phases: Phases,
        compiled: CompiledCircuit,
        weights: StageWeights | None,
    ) -> tuple[Parameter, Array | Outer]:
        """Return contrasts, summed over samples, and which values of the parameter they are of.

        They are those of each branch, in the shape of the topology, or where branches share
        values, already of these.
        """
        topology = self.array.topology
        factor: Array | float = 1.0
        if weights is not None:
            factor = weights.of_branches(topology, compiled.stages.of_node)
        # Such a contrast is a product of differences of node voltages: matrix products sum it
        # without an array of all drops.
        share = self._share if self.array.is_ohmic else None
        # Rows that sources hold are read twice, too, where readings have noise.
        moves = phases.is_read or self.array not in compiled.once(behind_sources)
        if share is not None and isinstance(topology, Crossbar):
            product = crossbar_contrast(topology, phases, rows_move=moves, share=share)
            if weights is None:
                return self.value, product
            found = product.dense() if isinstance(product, Outer) else product
        elif share is not None and isinstance(topology, Tiles):
            are_shared = topology.are_shared(self.value) and np.ptp(factor) == 0
            found = tile_contrast(
                topology, phases, rows_move=moves, share=share, are_shared=are_shared
            )
            if are_shared:
                return Parameter(self.value.name, slice(found.size)), found * np.max(factor)
        else:
            found = self._branch_by_branch(parameters, phases)
        return self.value, found if weights is None else found * factor

    def _branch_by_branch(self, parameters: Mapping[str, Array], phases: Phases) -> Array:
        """Return the contrast of each branch. Shape of the topology."""
        array, topology = self.array, self.array.topology
        # The noise follows from the points, so that every worker draws the same.
        rng = self.measurement and self.measurement.generator(
            self.value.name, host(phases.free), host(phases.after)
        )
        total = np.zeros(int(np.prod(topology.shape)))
        for rows, heads, tails in branch_chunks(array, phases.free.shape[0]):
            head_voltage, head_change = phases.of(rows, heads)
            tail_voltage, tail_change = phases.of(rows, tails)
            drop, moved = exact(head_voltage - tail_voltage), exact(head_change - tail_change)
            if self.measurement is not None and rng is not None:
                drop, moved = self.measurement.seen(drop, moved, rng)
            if self.local is None:
                values = branch_values(array, parameters, {}, rows)
                found = array.law.contrast(self.value_name, drop, moved, values)
            else:
                shape = self._shape(parameters[self.value.name].shape)
                found = local_contrast(self.local, drop, moved, shape, self.value.name)
            total += found.sum(axis=0)
        return phases.factor * total.reshape(topology.shape)

    @property
    def _share(self) -> float | None:
        """`share` of a contrast ``change*(drop + share*change)``; None for others."""
        if self.measurement is not None:
            return None
        rule = ep_sq if self.local is None else self.local
        return rule.bilinear if isinstance(rule, LocalRule) else None

    def _shape(self, parameter: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of one sample's drops: the parameter's where each has one branch."""
        shape = self.array.topology.shape
        is_own = not isinstance(self.value.index, np.ndarray) and np.prod(parameter) == np.prod(
            shape
        )
        return parameter if is_own else shape
