"""Sums over a batch of what each device measured locally in two phases.

For a value theta with ``q = integral of dcurrent/dtheta from 0 to the drop`` the contrast is
``q(second phase) - q(first phase)``, computed from the change between the phases so that no
digits are lost when the nudge is small.
"""

from collections.abc import Mapping, Set

import attrs
import numpy as np

from ebana_core.arrays import Array, column_products, columns, exact, host, namespace
from ebana_core.circuit.branches import branch_chunks, branch_values
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import (
    Amplifiers,
    Clamps,
    Crossbar,
    ElementArray,
    Parameter,
    Selector,
    VoltageSources,
    resolve,
    resolved,
)
from ebana_core.circuit.held import at_bound, delivered
from ebana_core.circuit.leaving import CurrentChanges, Currents, add_injected, sum_leaving
from ebana_core.circuit.stages import StageWeights
from ebana_core.errors import ParameterError, UnsupportedError
from ebana_core.local_rules import GradFunc, LocalRule, Trainable, ep_sq, local_contrast
from ebana_core.rules.measurement import Measurement


@attrs.frozen(eq=False, kw_only=True)
class Phases:
    """Node voltages of the two phases that a contrast compares.

    Args:
        free: Free phase. Shape ``(n_samples, n_nodes)``, V.
        before: First phase minus the free one. Same shape; None where they are the same.
        after: Second phase minus the free one. Same shape.
        factor: Multiplies every contrast.
        injected: Nudges of the first and of the second phase; output name to A.
    """

    free: Array
    before: Array | None
    after: Array
    factor: float
    injected: tuple[Mapping[str, Array], Mapping[str, Array]] = ({}, {})

    @property
    def solved(self) -> tuple[Array, ...]:
        """The arrays of voltages, each as its simulator holds it."""
        return tuple(a for a in (self.free, self.before, self.after) if a is not None)

    def of(self, samples: slice, nodes: Selector) -> tuple[Array, Array]:
        """Return the first phase of some nodes, and second minus first, V."""
        free, after = (columns(a[samples, :], nodes) for a in (self.free, self.after))
        if self.before is None:
            return free, after
        before = columns(self.before[samples, :], nodes)
        return free + before, after - before


def contrast_sums(
    compiled: CompiledCircuit,
    parameters: Mapping[str, Array],
    trainable: Trainable,
    phases: Phases,
    weights: StageWeights | None,
    measurement: Measurement | None = None,
) -> dict[str, Array]:
    """Return the contrasts of the trainable values, summed over samples.

    Args:
        compiled: The circuit.
        parameters: Parameter name to array.
        trainable: Parameter name to what stands for the contrast; None: the law's own.
        phases: What was measured.
        weights: Stage weights; None leaves them out.
        measurement: What is seen of the drops; None: all of them.

    Returns:
        Parameter name to array of the parameter's shape, W per unit of the parameter.

    Raises:
        ParameterError: A local rule or a measurement for a value that has no drops.
        ShapeError: A local rule returned another shape.
        DataError: It returned what is not finite.
    """
    sums: dict[str, Array] = {}
    wanted = set(trainable)
    for array in compiled.circuit.element_arrays:
        for value_name, value in array.values.items():
            if isinstance(value, Parameter) and value.name in wanted:
                reader = _Reader(array, value_name, value, trainable[value.name], measurement)
                contrast = reader.contrast(parameters, phases, compiled)
                if weights is not None:
                    contrast = contrast * weights.of_branches(
                        array.topology, compiled.stages.of_node
                    )
                collect(sums, value, contrast, parameters[value.name].shape)
    others = wanted - set(sums)
    if others and measurement is None and not any(trainable[name] for name in others):
        _add_ports(sums, compiled, parameters, others, phases, weights)
        others = wanted - set(sums)
    for name in sorted(others):
        if measurement is not None or trainable[name] is not None:
            raise ParameterError(
                f"{name!r} is not a value of branches, so no drops are measured for it.",
                "leave out its grad_func and the rule's measurement, or freeze its layer",
            )
    if others:
        sums |= held_contrasts(compiled, parameters, others, phases, weights)
    return sums


def held_contrasts(
    compiled: CompiledCircuit,
    parameters: Mapping[str, Array],
    wanted: Set[str],
    phases: Phases,
    weights: StageWeights | None,
) -> dict[str, Array]:
    """Return the contrasts of sources, amplifiers and ideal diodes, summed over samples.

    A source's is the current that it delivers, that of a bound likewise; with x the input
    voltage of an amplifier and I the current that leaves its output, a shift's is ``(1 - A)*I``,
    and a gain's ``(x - s)*change(I) - I*change(x)`` with x and I of the first phase.

    Raises:
        UnsupportedError: A value of another kind of element.
    """
    seen, apart = (host(part) for part in phases.of(slice(None), slice(None)))
    first, moved = exact(seen), exact(apart)
    leaving = sum_leaving(compiled, parameters, Currents(first, parameters, {}), weights=weights)
    changes = CurrentChanges(first, moved, parameters, {})
    leaving_more = sum_leaving(compiled, parameters, changes, weights=weights)
    injected_first, injected_second = phases.injected
    add_injected(leaving, compiled, injected_first, weights=weights)
    add_injected(leaving_more, compiled, injected_first, weights=weights, sign=-1.0)
    add_injected(leaving_more, compiled, injected_second, weights=weights)
    holding = at_bound(compiled, parameters, seen)
    for clamps, holds in at_bound(compiled, parameters, seen + apart).items():
        holding[clamps] |= holds
    before, change = (
        delivered(compiled, parameters, amounts, holding, is_weighted=weights is not None)
        for amounts in (leaving, leaving_more)
    )
    sums: dict[str, Array] = {}

    def add(value: object, contrast: Array) -> None:
        if isinstance(value, Parameter) and value.name in wanted:
            total = phases.factor * contrast.sum(axis=0)
            collect(sums, value, total, parameters[value.name].shape)

    for element, current in change.items():
        if isinstance(element, VoltageSources):
            add(element.voltage, current)
        elif isinstance(element, Clamps):
            add(element.bound, current)
        elif isinstance(element, Amplifiers):
            gain, shift = (resolve(v, parameters, {}) for v in (element.gain, element.shift))
            x, dx = first[:, element.inputs], moved[:, element.inputs]
            add(element.shift, (1 - gain) * current)
            add(element.gain, (x - shift) * current - before[element] * dx)
    if wanted - set(sums):
        raise UnsupportedError(
            f"No contrast is known for {sorted(wanted - set(sums))}.", "freeze their layers"
        )
    return sums


def _add_ports(
    sums: dict[str, Array],
    compiled: CompiledCircuit,
    parameters: Mapping[str, Array],
    wanted: Set[str],
    phases: Phases,
    weights: StageWeights | None,
) -> None:
    """Add the contrasts of devices of several terminals."""
    for ports in compiled.circuit.ports:
        for name, value in ports.values.items():
            if not (isinstance(value, Parameter) and value.name in wanted):
                continue
            values = resolved(ports.values, parameters)
            first, moved = (exact(host(p)) for p in phases.of(slice(None), slice(None)))
            found = ports.law.contrast(name, first[:, ports.nodes], moved[:, ports.nodes], values)
            if weights is not None:
                found = found * weights.of_node[ports.nodes[:, -1]]
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
        self, parameters: Mapping[str, Array], phases: Phases, compiled: CompiledCircuit
    ) -> Array:
        """Return the contrast of each branch, summed over samples. Shape of the topology."""
        array, topology = self.array, self.array.topology
        share = self._share
        if share is not None and array.law.is_ohmic and isinstance(topology, Crossbar):
            moves = compiled.constraints.root[topology.rows].any()
            return crossbar_contrast(topology, phases, rows_move=bool(moves), share=share)
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
        """Share of the change in ``change*(drop + share*change)``; None for other contrasts."""
        if self.measurement is not None:
            return None
        if self.local is None:
            return ep_sq.bilinear
        return self.local.bilinear if isinstance(self.local, LocalRule) else None

    def _shape(self, parameter: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of one sample's drops: the parameter's where each has one branch."""
        shape = self.array.topology.shape
        is_own = not isinstance(self.value.index, np.ndarray) and np.prod(parameter) == np.prod(
            shape
        )
        return parameter if is_own else shape


def crossbar_contrast(
    topology: Crossbar, phases: Phases, *, rows_move: bool, share: float
) -> Array:
    """Return ``change*(drop + share*change)`` summed over samples, ``(n_in, n_out)``, V².

    Args:
        topology: The crossbar.
        phases: What was measured.
        rows_move: Some row is not fixed by a source.
        share: One half for the difference of squares over two.
    """
    everything = slice(None)
    first_out, moved_out = phases.of(everything, topology.column_selector)
    mean_out, moved_out = first_out + share * moved_out, phases.factor * moved_out
    if not rows_move:
        fixed = columns(phases.free, topology.row_selector)
        return host(drop_products(fixed, None, mean_out, moved_out))
    first_in, moved_in = phases.of(everything, topology.row_selector)
    mean_in, moved_in = first_in + share * moved_in, phases.factor * moved_in
    return host(drop_products(mean_in, moved_in, mean_out, moved_out))


def drop_products(
    mean_in: Array, moved_in: Array | None, mean_out: Array, moved_out: Array
) -> Array:
    """Return ``(moved_in - moved_out)*(mean_in - mean_out)`` summed over samples.

    Two matrix products and two vectors instead of an array of all drops.

    Args:
        mean_in: At the rows. Shape ``(n_samples, n_in)``.
        moved_in: At the rows. Same shape; None: zero.
        mean_out: At the columns. Shape ``(n_samples, n_out)``.
        moved_out: At the columns. Same shape.

    Returns:
        Shape ``(n_in, n_out)``.
    """
    result = bordered(mean_in, -moved_out, column_products(moved_out, mean_out))
    if moved_in is not None:
        result -= moved_in.T @ mean_out
        result += column_products(moved_in, mean_in)[:, None]
    return result


def bordered(left: Array, right: Array, row: Array) -> Array:
    """Return ``left.T @ right + row`` in one product: large results are written once."""
    xp = namespace(left)
    ones = xp.ones((1, left.shape[1]), dtype=left.dtype, device=left.device)
    return xp.concat([left, ones]).T @ xp.concat([right, row[None, :]])


def collect(
    sums: dict[str, Array], value: Parameter, contrast: Array, shape: tuple[int, ...]
) -> None:
    """Add what branches gave to the parameter that they share."""
    if value.index is None and contrast.shape == shape and value.name not in sums:
        sums[value.name] = contrast
        return
    target = sums.setdefault(value.name, np.zeros(shape))
    if isinstance(value.index, slice):
        target.reshape(-1)[value.index] += contrast
    elif value.index is not None:
        np.add.at(target.reshape(-1), value.index, contrast)
    elif target.shape == contrast.shape:
        target += contrast
    else:
        target += contrast.sum()
