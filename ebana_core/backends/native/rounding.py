"""Whether float32 holds a circuit, before it is solved and where it was solved."""

from collections.abc import Sequence

import numpy as np

from ebana_core.arrays import Array, BoolArray, epsilon, exact, host, like, namespace
from ebana_core.backends.native.conditioning import LARGEST, Reach, rounding_reach
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.free_phase import FreePhase
from ebana_core.backends.native.known_bound import KnownBound
from ebana_core.backends.native.linear import LinearPart
from ebana_core.backends.native.node_spans import host_places
from ebana_core.backends.native.partition import Partition

EXAMINED = 4
"""Number of samples examined with the steepest branches between two unknowns, and as many with the
flattest: the former have the least digits, and the latter hold their nodes least."""
AT_KNEE = 8
"""Roundings of the voltages up to which a drop may be on either side of a knee."""


class Rounding:
    """Whether float32 holds a circuit at one set of parameters.

    Args:
        linear: The linear part, NumPy's in float64.
        partition: The numbering of its unknowns.
        devices: The nonlinear branches.
        known: A bound that was found at other parameters, or will be at these.

    Attributes:
        reach: How far rounding moves the voltages of a circuit without current in its devices.
    """

    def __init__(
        self,
        linear: LinearPart,
        partition: Partition,
        devices: tuple[DeviceArray, ...],
        known: KnownBound,
    ) -> None:
        self._linear, self._partition, self._devices = linear, partition, devices
        self._coupled = [k for k, array in enumerate(devices) if array.coupled.shape[0]]
        at_rest = [_at_rest(devices[k]) for k in self._coupled]
        self.reach = self._reach(at_rest, known)
        self._bending = [self._steep_pieces(array) for array in devices]
        if self.reach.is_too_far or any(steep is not None for steep in self._bending):
            # What is decided must not depend on what was solved before.
            self.reach = self._reach(at_rest)
            self._bending = [self._steep_pieces(array) for array in devices]

    @property
    def holds_all(self) -> bool:
        """Whether float32 holds the circuit whatever its devices carry."""
        bends = any(steep is not None for steep in self._bending)
        return not (self.reach.is_too_far or self._coupled or bends)

    def at(self, phase: FreePhase, x: Array) -> Reach:
        """Return how far rounding moves solved voltages.

        Args:
            phase: What was solved.
            x: Its unknowns, V.
        """
        reach = self._at_knees(phase, x)
        # Devices between an unknown and a source only hold its node better.
        if not self._coupled or reach.is_too_far:
            return reach
        found = phase.evaluate(x, np.arange(x.shape[0])).slopes
        slopes = [exact(host(found[k])) for k in self._coupled]
        order = np.argsort(np.max([slope.max(axis=1) for slope in slopes], axis=0))
        chosen = np.unique([*order[:EXAMINED], *order[-EXAMINED:]])
        reaches = [self._reach([slope[sample] for slope in slopes]) for sample in chosen]
        return max(reaches, key=lambda reach: reach.roundings)

    def _reach(self, slopes: Sequence[Array], known: KnownBound | None = None) -> Reach:
        devices = [self._devices[k] for k in self._coupled]
        return rounding_reach(self._linear, self._partition, devices, slopes, known)

    def _steep_pieces(self, array: DeviceArray) -> BoolArray | None:
        """Tell which branches balance anything as soon as they conduct; None: none does.

        The rounding of a voltage times such a slope is more than all currents at the node, which
        would move it far once the branch is closed.
        """
        pieces = array.law.pieces(array.values)
        if pieces is None:
            return None
        own = np.full(array.heads.shape[0], np.inf)
        for terminal in array.terminals:
            at_ends = self._linear.own[host_places(terminal.unknowns)]
            np.minimum.at(own, host_places(terminal.branches), at_ends)
        steepest = np.maximum(*(np.abs(exact(host(slope))) for slope in pieces[1:]))
        is_steep: BoolArray = steepest / own * self.reach.roundings > LARGEST
        return is_steep if is_steep.any() else None

    def _at_knees(self, phase: FreePhase, x: Array) -> Reach:
        """Return no reach where a steep branch stands at its knee to within rounding."""
        xp, worst = namespace(x), self.reach
        for array, drops, sizes, is_steep in zip(
            phase.devices, phase.drops, phase.sizes, self._bending, strict=True
        ):
            pieces = array.law.pieces(array.values)
            if is_steep is None or pieces is None:
                continue
            reach = AT_KNEE * epsilon(x) * (sizes + array.sizes(x))
            is_near = xp.any(abs(drops + array.drops(x) - pieces[0]) <= reach, axis=0)
            branches = np.flatnonzero(np.asarray(host(is_near), dtype=bool) & is_steep)
            if len(branches):
                unknown = self._unknown_of(array, int(branches[0]))
                worst = Reach(np.inf, unknown, float(self._linear.own[unknown]))
        return worst

    def _unknown_of(self, array: DeviceArray, branch: int) -> int:
        terminal = array.terminals[0]
        place = int(np.argmax(host_places(terminal.branches) == branch))
        return int(host_places(terminal.unknowns)[place])


def _at_rest(array: DeviceArray) -> Array:
    """Return the slopes of devices at no drop; none of those that need not conduct, S."""
    shape = array.heads.shape
    if not array.law.always_conducts:
        return np.zeros(shape)
    with np.errstate(all="ignore"):
        drop = like(np.zeros((1, *shape)), next(iter(array.values.values())))
        return np.broadcast_to(exact(host(array.law.slope(drop, array.values))), (1, *shape))[0]
