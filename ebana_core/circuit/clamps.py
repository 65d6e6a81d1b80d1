"""Bounds that ideal diodes put on the unknowns of a circuit, and the currents that keep them."""

from collections.abc import Iterator, Mapping

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray, IntArray
from ebana_core.circuit.circuit import GROUND, Circuit
from ebana_core.circuit.constraints import Constraints
from ebana_core.circuit.elements import Clamps, resolve
from ebana_core.errors import CircuitError


@attrs.frozen(eq=False)
class Bounds:
    """Bounds that the clamps of a circuit put on its root nodes.

    Args:
        nodes: Root nodes that carry clamps, ascending. Shape ``(n,)``.
        lower: V; -inf where nothing bounds. Shape ``(n_samples, n)`` or ``(1, n)``.
        upper: V; inf where nothing bounds. Same shape.
    """

    nodes: IntArray
    lower: Array
    upper: Array


def check_clamps(circuit: Circuit, constraints: Constraints) -> None:
    """Refuse ideal diodes at nodes whose voltage a source fixes.

    Raises:
        CircuitError: Names layer and node.
    """
    for clamps in circuit.clamps:
        fixed = clamps.nodes[constraints.root[clamps.nodes] == GROUND]
        if len(fixed):
            raise CircuitError(
                f"Layer {clamps.layer!r} clamps node {circuit.node_names[fixed[0]]!r}, which a "
                "source fixes.",
                "put ideal diodes behind a dense layer",
            )


def find_bounds(
    circuit: Circuit,
    constraints: Constraints,
    parameters: Mapping[str, Array],
    offsets: Array,
) -> Bounds:
    """Return the bounds on the roots, in volts of the roots.

    Args:
        circuit: The circuit.
        constraints: Its ideal constraints.
        parameters: Parameter name to array.
        offsets: Node voltages at which every unknown is 0 V. Shape ``(n_samples, n_nodes)``.

    Raises:
        CircuitError: Two clamps contradict each other; names layers, node and bounds.
    """
    scale = constraints.scales(parameters, circuit.n_nodes)
    roots = [constraints.root[clamps.nodes] for clamps in circuit.clamps]
    nodes = np.unique(np.concatenate(roots))
    # Where nothing shifts a clamped node, one row of bounds holds for all samples.
    shifted = any(offsets[:, clamps.nodes].any() for clamps in circuit.clamps)
    offsets = offsets if shifted else offsets[:1]
    lower = np.full((len(offsets), len(nodes)), -np.inf)
    upper = np.full_like(lower, np.inf)
    for clamps, root in zip(circuit.clamps, roots, strict=True):
        places = np.searchsorted(nodes, root)
        bound, is_upper = _of_roots(clamps, parameters, offsets, scale)
        # Several diodes may bound one root, and only the tightest of them counts.
        np.minimum.at(upper.T, places[is_upper], bound.T[is_upper])
        np.maximum.at(lower.T, places[~is_upper], bound.T[~is_upper])
    if (lower > upper).any():
        _raise_contradiction(circuit, constraints, nodes, lower, upper)
    return Bounds(nodes, lower, upper)


def _raise_contradiction(
    circuit: Circuit,
    constraints: Constraints,
    nodes: IntArray,
    lower: Array,
    upper: Array,
) -> None:
    place = int(np.argmax((lower > upper).any(axis=0)))
    node = nodes[place]
    sample = int(np.argmax(lower[:, place] > upper[:, place]))
    layers = sorted(c.layer for c in circuit.clamps if (constraints.root[c.nodes] == node).any())
    raise CircuitError(
        f"The ideal diodes of {' and '.join(map(repr, layers))} contradict each other at node "
        f"{circuit.node_names[node]!r}: at least {lower[sample, place]:g} V and at most "
        f"{upper[sample, place]:g} V.",
        "give the upward diode a lower bias_voltage than the downward one",
    )


def clamp_states(
    bounds: Bounds, voltages: Array, surplus: Array, at_bound: float
) -> tuple[BoolArray, Array]:
    """Tell where clamps carry the surplus of their roots, and how far others are out of bounds.

    Args:
        bounds: On the roots.
        voltages: Of the roots. Shape ``(n_samples, n)``, V.
        surplus: Current that flows into each root and finds no way out, A. Same shape.
        at_bound: Distance from its bound at which a node counts as clamped, relative to its
            voltages.

    Returns:
        Whether the clamps carry the surplus, and the distance beyond the bounds, V.
    """
    # Not below that of 1 V: a node near 0 V is rounded like the voltages around it.
    reach = at_bound * np.maximum(np.abs(voltages), 1.0)
    # An upper diode can only take current from its node, a lower one only deliver some.
    at_upper = (np.abs(voltages - bounds.upper) <= reach) & (surplus >= 0)
    at_lower = (np.abs(voltages - bounds.lower) <= reach) & (surplus <= 0)
    beyond = np.maximum(voltages - bounds.upper, 0) + np.maximum(bounds.lower - voltages, 0)
    return at_upper | at_lower, np.where(beyond > reach, beyond, 0.0)


def clamp_currents(
    clamps: Clamps,
    bounds: Bounds,
    offsets: Array,
    scale: Array,
    constraints: Constraints,
    remaining: Array,
    parameters: Mapping[str, Array],
) -> Array:
    """Return what each clamp of one layer draws from its node, and take it off the roots.

    Where several bound one root alike, the first carries all: which of equal ideal diodes
    conducts is not defined.

    Args:
        clamps: One layer's.
        bounds: On the roots.
        offsets: As in `find_bounds`, of all samples.
        scale: d(node voltage)/d(root voltage). Shape ``(n_nodes,)``.
        constraints: Of the circuit.
        remaining: Current that the clamps of each root still have to carry, A. Shape
            ``(n_samples, n)``; changed in place.
        parameters: Parameter name to array.

    Returns:
        Shape ``(n_samples, n_clamps)``, A, at the clamped nodes.
    """
    bound, is_upper = _of_roots(clamps, parameters, offsets, scale)
    result = np.zeros((len(remaining), len(clamps.nodes)))
    places = np.searchsorted(bounds.nodes, constraints.root[clamps.nodes])
    for k in _without_repeats(places):
        place = places[k]
        limit = np.where(is_upper[k], bounds.upper[:, place], bounds.lower[:, place])
        own = remaining[:, place]
        # The bound of the root is the very number of one of its diodes: no tolerance.
        carries = (bound[:, k] == limit) & np.where(is_upper[k], own > 0, own < 0)
        result[:, k] = np.where(carries, own, 0.0) * scale[clamps.nodes[k]]
        remaining[:, place] = np.where(carries, 0.0, own)
    return result


def _without_repeats(places: IntArray) -> Iterator[IntArray]:
    """Yield which of the places to take together: every place once, in their order."""
    left = np.arange(len(places))
    while len(left):
        _, first = np.unique(places[left], return_index=True)
        yield left[first]
        left = np.delete(left, first)


def _of_roots(
    clamps: Clamps, parameters: Mapping[str, Array], offsets: Array, scale: Array
) -> tuple[Array, BoolArray]:
    """Return the bounds of clamps in volts of their roots, and whether they are upper ones."""
    own = scale[clamps.nodes]
    bound = (resolve(clamps.bound, parameters, {}) - offsets[:, clamps.nodes]) / own
    # Behind an amplifier of negative gain an upper bound becomes a lower one.
    return bound, clamps.is_upper == (own > 0)
