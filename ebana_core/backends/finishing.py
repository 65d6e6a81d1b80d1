"""Voltages of circuits whose conductances differ by more decades than a matrix of them can hold.

Beside a wire of 1e7 S the sum of the conductances at a node has no digits left for a nanosiemens
that alone holds the wire's voltage, and any voltage balances to within rounding. The currents of
single branches still tell: what a branch takes from one node it gives to the other to the last
digit, so that its rounding cannot move both. Newton's method with such currents ends where they
balance, as long as its Jacobian is right to a digit or so.

Source:
    Higham, Accuracy and Stability of Numerical Algorithms, 2002, chapter 12 (refinement with a
    residual that is better than the factors).
"""

from collections.abc import Callable, Iterator
from functools import partial

import attrs
import numpy as np
from scipy.sparse.linalg import splu

from ebana_core.arrays import Array
from ebana_core.backends.linearized import Linearized
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.circuit.kirchhoff import relative
from ebana_core.circuit.leaving import CurrentChanges, add_injected, sum_leaving
from ebana_core.errors import ConvergenceError

DENSE = 400
"""Unknowns up to which samples are solved together, as dense matrices."""
CHUNK = 1_000_000
"""Entries of such matrices held at once."""
MOST_STEPS = 30
NOTHING = 1e-15
"""Smallest voltage, V, that the length of a step is compared with, where nothing drives a
circuit."""
STILL = 1e-11
"""Length of the last step, relative to the largest voltage."""
RIGHT = 1e-9
"""Length of a step, relative to the largest voltage, that is good enough once steps no longer
shorten: voltages are then right to ten times that."""
FAR = 1e3
"""Length of a first step, relative to the largest voltage, from which nothing is found."""
SHORTER = 0.5
"""Largest length of a step over that of the one before, as long as steps shorten."""


def finished(points: OperatingPoints) -> OperatingPoints:
    """Return a free phase whose branch currents balance.

    Raises:
        ConvergenceError: Steps do not shorten; names the worst node.
    """
    voltages = [
        _refined(part, part.free_voltages, partial(_left, part), ("free", first), least=NOTHING)
        for first, part in _parts(points)
    ]
    return attrs.evolve(points, free_voltages=np.concatenate(voltages))


def finished_change(points: OperatingPoints) -> OperatingPoints:
    """Return a nudged phase whose changes of branch currents balance.

    Raises:
        ConvergenceError: See `finished`.
    """
    changes = []
    for first, part in _parts(points):
        assert part.change is not None
        free, unbalanced = attrs.evolve(part, change=None), partial(_changed, part)
        changes.append(_refined(free, part.change, unbalanced, ("nudged", first), least=0.0))
    return attrs.evolve(points, change=np.concatenate(changes))


def _parts(points: OperatingPoints) -> Iterator[tuple[int, OperatingPoints]]:
    """Yield samples whose Jacobians are held at once, and the number of the first."""
    n_unknowns = len(points.compiled.constraints.unknowns)
    step = max(1, CHUNK // max(1, n_unknowns**2)) if n_unknowns <= DENSE else 1
    for first in range(0, points.n_samples, step):
        yield first, points.subset(np.arange(first, min(first + step, points.n_samples)))


def _left(points: OperatingPoints, voltages: Array) -> Array:
    """Return what voltages of all nodes leave unbalanced, A."""
    return attrs.evolve(points, free_voltages=voltages).balance("magnitudes").residual


def _refined(
    points: OperatingPoints,
    voltages: Array,
    unbalanced: Callable[[Array], Array],
    what: tuple[str, int],
    *,
    least: float,
) -> Array:
    """Return voltages at which nothing is unbalanced.

    Args:
        points: Where the slopes are taken.
        voltages: To begin with, V.
        unbalanced: Returns the residuals of voltages, A.
        what: The phase, and the number of the first sample, for errors.
        least: Voltage beside which steps are long, V.
    """
    linearized = Linearized(points)
    nodes, is_held = linearized.unknown_nodes, linearized.matrix.is_at_bound
    before = np.full(points.n_samples, np.inf)
    for _ in range(MOST_STEPS):
        residual = unbalanced(voltages)[:, nodes]
        if is_held is not None:
            # An ideal diode balances the node that it holds.
            residual = np.where(is_held, 0.0, residual)
        step = linearized.spread(_solved(linearized, residual))
        size = np.maximum(np.abs(voltages).max(axis=1), least)
        lengths = relative(np.abs(step).max(axis=1), size)
        is_done = (lengths <= STILL) | ((lengths <= RIGHT) & (lengths > SHORTER * before))
        # Written so that nan counts as lost.
        lost = np.flatnonzero(~is_done & ~(lengths <= np.minimum(SHORTER * before, FAR)))
        if len(lost):
            raise _not_held(points, step, int(lost[0]), what)
        voltages, before = voltages - step, lengths
        if is_done.all():
            break
    return voltages


def _solved(linearized: Linearized, residual: Array) -> Array:
    """Return the steps that take residuals away, V; infinite ones of a singular Jacobian.

    Shapes ``(n_samples, n_unknowns)``.
    """
    matrix = linearized.matrix
    try:
        if linearized.n_unknowns <= DENSE:
            return np.asarray(np.linalg.solve(matrix.dense(), residual[..., None])[..., 0])
        # The transposed matrix is what is at hand; SuperLU solves with either.
        rows = [splu(matrix.transposed(k)).solve(row, "T") for k, row in enumerate(residual)]
        return np.stack(rows)
    except (np.linalg.LinAlgError, RuntimeError):  # SuperLU's way to say singular
        return np.full(residual.shape, np.inf)


def _not_held(
    points: OperatingPoints, step: Array, sample: int, what: tuple[str, int]
) -> ConvergenceError:
    node, (phase, first) = int(np.abs(step[sample]).argmax()), what
    return ConvergenceError(
        f"float64 does not hold the {phase} phase of sample {first + sample}: node "
        f"{points.circuit.node_names[node]!r} moves by {abs(step[sample, node]):.3g} V without "
        "changing a current beyond rounding.",
        "use conductances that differ by fewer decades, or join the nodes between which the "
        "largest ones stand",
    )


def _changed(points: OperatingPoints, change: Array) -> Array:
    """Return what a change of all nodes leaves unbalanced, A. Shape of `change`."""
    compiled, parameters = points.compiled, points.parameters
    changes = CurrentChanges(points.free_voltages, change, parameters, points.inputs)
    leaving = sum_leaving(compiled, parameters, changes, branch_by_branch=True)
    add_injected(leaving, compiled, points.nudge)
    compiled.constraints.hand_back(leaving, parameters)
    return leaving
