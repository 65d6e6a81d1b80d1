"""Every point that ngspice finds is right, is finished, or is refused."""

from collections.abc import Callable, Mapping

import numpy as np

from ebana_core.arrays import DOUBLE, Array, BoolArray, IntArray
from ebana_core.backends.native.patience import STEPS, is_over, within
from ebana_core.backends.ngspice.options import TIGHT
from ebana_core.backends.ngspice.own_equations import OwnEquations, moved_to, with_part
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.errors import CircuitError, ConvergenceError, EbanaError

NEAR = 1e-6
"""How far a point that ngspice calls converged may be from the operating point, relative to the
largest voltage or to the currents at each node. Beyond it ngspice stopped too early, or its devices
follow another law than ours."""
ABSOLUTE = 10 * TIGHT["vntol"]
"""Absolute part of the same distance, V: where nothing drives a circuit ngspice stops short of 0
V."""
LOST = 64 * DOUBLE.eps
"""Rounding of ngspice's elimination at a large conductance inside a device, relative to the current
that the largest voltage would drive through it: milliohms beside nanosiemens leave millivolts."""
FOREIGN = 1e-9
"""Largest imbalance of a point where only ngspice knows all laws, so that nobody can polish it."""
NOTHING = 1e-21
"""Imbalance that counts as none, A: a picovolt on a nanosiemens, where nothing drives a circuit."""
MAX_NAMED = 5
"""How many samples an error lists."""

Again = Callable[[IntArray, Array | None], Array]
"""Asks ngspice for some samples once more: from one another, or cold from given voltages of all
nodes. Returns voltages of all nodes, nan where it finds none."""


def judged(
    points: OperatingPoints,
    own: OwnEquations,
    again: Again,
    failures: Mapping[int, EbanaError],
    *,
    inside: Array,
    read: IntArray,
) -> OperatingPoints:
    """Return right operating points.

    Where ngspice is only near, the circuit's own equations are solved to the end. Sometimes it is
    not even near: it found no point, or calls one converged while the voltages inside its devices
    still differ from those of their nodes. Then it is started at the solution of the circuit's
    own equations, where it stays if its devices follow our laws; at last it may step gmin and
    sources.

    Args:
        points: As ngspice found them; nan where it found none.
        own: The circuit's own equations.
        again: Asks ngspice once more.
        failures: Sample to what ngspice said of it.
        inside: Conductances in series inside the devices at each node. Shape ``(n_nodes,)``, S.
        read: Nodes whose voltages ngspice told; the others follow from these.

    Raises:
        ConvergenceError: A sample is left without a point; names it, the worst node and its
            residual.
        CircuitError: Likewise, where ngspice met a singular matrix.
    """
    missed = np.flatnonzero(~own.may_be_right(points))
    if len(missed) and not own.are_complete:
        return _judged_in_part(points, own, missed, failures)
    # The cheapest first: polish what ngspice found; start ngspice at our own solution; at last
    # start it cold.
    ask: tuple[Callable[[OperatingPoints, IntArray], Array], ...] = (
        lambda part, _: part.node_voltages,
        lambda part, samples: again(samples, own.polished(part)[0].node_voltages),
        lambda _, samples: again(samples, None),
    )
    with within(STEPS):
        for attempt in ask:
            if not len(missed) or is_over():
                break
            part = points.subset(missed)
            part = moved_to(part, attempt(part, missed))
            finished, is_right = own.polished(part)
            is_right &= _is_near(part, finished, own, inside, read)
            taken = np.flatnonzero(is_right)
            points = with_part(points, missed[taken], finished.subset(taken))
            missed = missed[~is_right]
    if len(missed):  # those that were right before, to the letter
        missed = missed[~own.are_right(points.subset(missed))]
    if len(missed):
        raise _no_point(points, missed, own, failures)
    return points


def as_found(
    points: OperatingPoints, own: OwnEquations, again: Again, failures: Mapping[int, EbanaError]
) -> OperatingPoints:
    """Return what ngspice itself says, for comparisons; its residual is not looked at.

    Samples far from a solution of our laws are asked for again: either devices have not settled
    yet, or their laws differ, which comparisons are there to show.

    Raises:
        ConvergenceError: ngspice finds nothing at all for a sample.
    """
    far = np.flatnonzero(own.miss(points) > NEAR)
    if own.are_complete and len(far):
        points = with_part(points, far, moved_to(points.subset(far), again(far, None)))
    lost = np.flatnonzero(~np.isfinite(points.node_voltages).all(axis=1))
    if len(lost):
        raise _no_point(points, lost, own, failures)
    return points


def _judged_in_part(
    points: OperatingPoints,
    own: OwnEquations,
    missed: IntArray,
    failures: Mapping[int, EbanaError],
) -> OperatingPoints:
    """Judge what is known: Kirchhoff's laws at the nodes whose currents are."""
    part = points.subset(missed)
    beside = np.full(part.free_voltages.shape, NOTHING)
    bad = missed[~own.balance_within(part, FOREIGN, beside)]
    if len(bad):
        raise _no_point(points, bad, own, failures)
    return points


def _is_near(
    raw: OperatingPoints,
    polished: OperatingPoints,
    own: OwnEquations,
    inside: Array,
    read: IntArray,
) -> BoolArray:
    """Tell which samples polishing moved by no more than ngspice's own arithmetic explains."""
    apart = raw.node_voltages - polished.node_voltages
    moved = np.abs(apart[:, read]).max(axis=1, initial=0.0)
    largest = np.abs(polished.node_voltages).max(axis=1)
    is_near: BoolArray = moved <= NEAR * largest + ABSOLUTE
    far = np.flatnonzero(~is_near)
    if len(far):
        lost = LOST * largest[far, None] * own.at_roots(inside)
        told = polished.node_voltages[far]
        told[:, read] = raw.node_voltages[np.ix_(far, read)]
        is_near[far] = own.balance_within(moved_to(raw.subset(far), told), NEAR, lost)
    return is_near


def _no_point(
    points: OperatingPoints,
    samples: IntArray,
    own: OwnEquations,
    failures: Mapping[int, EbanaError],
) -> EbanaError:
    """Return the error for samples that are left without an operating point."""
    error = next((failures[k] for k in samples.tolist() if k in failures), None)
    worst = own.worst_node(points.subset(samples))
    phase = "free" if points.change is None else "nudged"
    listed = f"{samples[:MAX_NAMED].tolist()}"
    more = f" and {len(samples) - MAX_NAMED} more" if len(samples) > MAX_NAMED else ""
    said = f" ngspice said: {error.problem}" if error is not None else ""
    kind = type(error) if isinstance(error, CircuitError) else ConvergenceError
    return kind(
        f"ngspice found no operating point in the {phase} phase for samples {listed}{more}; "
        f"{worst}.{said}",
        'make the drive smaller or the devices less abrupt, or use backend="native"',
    )
