"""How many digits of a gradient float32 leaves: drops are differences of rounded voltages.

A contrast is a product of a drop and its change. Where the drops of an array are much smaller than
the voltages at their ends, or the changes likewise, the rounding of these is all that is left.
"""

from collections.abc import Mapping
from typing import Any

from ebana_core.arrays import DOUBLE, Array, columns, epsilon, namespace
from ebana_core.circuit.branches import branch_ends
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import Crossbar, ElementArray, Parameter
from ebana_core.circuit.stages import StageWeights
from ebana_core.local_rules import Trainable
from ebana_core.rules.phases import Phases, behind_sources

MOST_LOST = 1.5e-4
"""Largest estimated share of the rounding of voltages in the largest gradient; errors up to six
times this estimate were seen."""


def is_rounded(voltages: Array) -> bool:
    """Tell whether voltages, in an array of any library, have fewer digits than float64."""
    return epsilon(voltages) > DOUBLE.eps


def lost_in_rounding(
    compiled: CompiledCircuit,
    trainable: Trainable,
    phases: Phases,
    weights: StageWeights | None,
    sums: Mapping[str, Array],
) -> str:
    """Return where the rounding of voltages spoils a gradient, in words; empty: nowhere.

    Args:
        compiled: The circuit.
        trainable: Parameter name to its local rule; arrays with a rule of the user's are left out.
        phases: What was measured.
        weights: Stage weights in the gradient; None: none.
        sums: Parameter name to the gradient, summed over samples.
    """
    for array in compiled.circuit.element_arrays:
        for value in array.values.values():
            if not isinstance(value, Parameter) or trainable.get(value.name, len) is not None:
                continue
            share = _share(array, phases, compiled, weights, sums[value.name])
            # Written so that nan is told, too.
            if not share <= MOST_LOST:
                return (
                    f"the drops of {array.name!r} are so much smaller than the voltages at their "
                    f"ends that rounding is about {share:.1g} of its gradient"
                )
    return ""


def _share(
    array: ElementArray,
    phases: Phases,
    compiled: CompiledCircuit,
    weights: StageWeights | None,
    gradient: Array,
) -> float:
    """Return the error of one array's gradient by rounding, relative to its largest entry."""
    topology = array.topology
    if isinstance(topology, Crossbar):
        first, second = topology.row_selector, topology.column_selector
    else:
        first, second = branch_ends(topology)
    tails_seen, tails_moved = phases.of(slice(None), second)
    stands_still = not phases.is_read and array in compiled.once(behind_sources)
    if stands_still:
        seen, moved = (columns(phases.free, first), tails_seen), (0 * tails_moved, tails_moved)
    else:
        heads_seen, heads_moved = phases.of(slice(None), first)
        seen, moved = (heads_seen, tails_seen), (heads_moved, tails_moved)
    (size, most), (reach, farthest) = (largest_voltages(*ends) for ends in (seen, moved))
    xp, eps = namespace(size), epsilon(size)
    scale = eps * abs(phases.factor)
    # Stage weights multiply the contrasts and their rounding: the largest is on the safe side.
    if weights is not None:
        scale *= float(weights.of_branches(topology, compiled.stages.of_node).max())

    def lost(drop: Any, change: Any) -> float:
        return scale * float(xp.sum(size * change + reach * drop))

    # Of a shared value, the rounding of all of its devices stands in one entry of the gradient.
    scale *= max(1.0, topology.size / gradient.size)
    largest = float(max(gradient.max(), -gradient.min()))
    # No drop is more than the voltages at its ends: if that is little, the drops need no sums.
    if array.is_ohmic and (at_most := lost(most, farthest)) <= MOST_LOST * largest:
        return at_most / largest if largest else 0.0
    is_dense = isinstance(topology, Crossbar)
    if stands_still:  # as many ends as there are
        moved = xp.zeros_like(seen[0]), tails_moved
    drop, change = (root_mean_square_drops(*ends, is_dense=is_dense) for ends in (seen, moved))
    if not array.is_ohmic:  # the same in relative terms
        kept = scale / eps * float(xp.sum(drop * change))
        return lost(drop, change) / kept if kept else 0.0
    if (found := lost(drop, change)) == 0:
        return 0.0
    return found / largest if largest else float("inf")


def largest_voltages(heads: Array, tails: Array) -> tuple[Any, Any]:
    """Return the largest voltage of every sample, and what no drop is beyond, V."""
    xp = namespace(heads)
    first, second = (xp.max(abs(ends), axis=1) for ends in (heads, tails))
    return xp.maximum(first, second), first + second


def root_mean_square_drops(heads: Array, tails: Array, *, is_dense: bool) -> Any:
    """Return the root mean square of the drops of every sample, V.

    Of a crossbar without an array of all drops: with voltages counted from their mean, which
    loses no digits, ``sum (a - b)² = n_b*sum a² + n_a*sum b² - 2*sum a*sum b``.
    """
    xp = namespace(heads)
    if not is_dense:
        return xp.sqrt(xp.mean((heads - tails) ** 2, axis=1))
    n_heads, n_tails = heads.shape[1], tails.shape[1]
    center = (xp.sum(heads, axis=1) + xp.sum(tails, axis=1)) / (n_heads + n_tails)
    a, b = heads - center[:, None], tails - center[:, None]
    square = n_tails * xp.sum(a**2, axis=1) + n_heads * xp.sum(b**2, axis=1)
    square = square - 2 * xp.sum(a, axis=1) * xp.sum(b, axis=1)
    zero = xp.zeros_like(square)
    return xp.sqrt(xp.maximum(square, zero) / (n_heads * n_tails))
