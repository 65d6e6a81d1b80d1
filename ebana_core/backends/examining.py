"""Examines operating points: which are stable, and the ways out of the others."""

from collections.abc import Callable
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray, IntArray
from ebana_core.backends.determinants import Determinants
from ebana_core.backends.linearized import Linearized
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.backends.several_points import SeveralPointsWarning, Stability
from ebana_core.backends.stability import (
    FAST,
    IMPEDANCE,
    currents_among,
    inertial_among,
    may_have_several,
)
from ebana_core.circuit.circuit import Circuit
from ebana_core.user_warnings import warn

CHUNK = 2_000_000
"""Entries of Jacobians that are held at once."""
SLOW = 1e-15
"""Conductance of capacitances, relative to the largest entry of a Jacobian, below which a growth is
one of rounding."""
BISECTIONS = 40
"""Of that conductance's logarithm."""


@attrs.frozen(eq=False)
class Examined:
    """Points and the ways out of those that are unstable.

    Args:
        is_stable: Shape ``(n_samples,)``.
        samples: The unstable ones. Shape ``(n_unstable,)``.
        ways: How voltages and currents leave these, the largest voltage at a capacitance, or
            current at an inductance times `IMPEDANCE`, +1 V. Shape ``(n_unstable, n_nodes)``.
        rates: Conductance over capacitance at which they do, as a conductance, S.
    """

    is_stable: BoolArray
    samples: IntArray
    ways: Array
    rates: Array


@final
class Examiner:
    """Examines the points of one circuit.

    Args:
        may_compile: Tells whether compiled code may be used, and can be had.
    """

    def __init__(self, *, may_compile: Callable[[], bool]) -> None:
        self._may_compile = may_compile
        self._determinants = Determinants()

    def examined(self, points: OperatingPoints) -> Examined:
        """Return which points are stable, and the ways out of the others."""
        n_samples, n = points.n_samples, len(points.compiled.constraints.unknowns)
        linearized, unit, mass = _scaled(points)
        suspects = self._suspects(linearized, unit, mass)
        if suspects is None:
            suspects = np.arange(n_samples)
        step = max(1, CHUNK // max(1, n**2))
        parts = [suspects[first : first + step] for first in range(0, len(suspects), step)]
        found = [_examined(points.subset(part), part) for part in parts]
        samples = np.concatenate([np.zeros(0, dtype=np.intp), *(part[0] for part in found)])
        is_stable = np.ones(n_samples, dtype=bool)
        is_stable[samples] = False
        return Examined(
            is_stable,
            samples,
            np.concatenate([np.zeros((0, points.circuit.n_nodes)), *(part[1] for part in found)]),
            np.concatenate([np.zeros(0), *(part[2] for part in found)]),
        )

    def _suspects(self, linearized: Linearized, unit: Array, mass: Array) -> IntArray | None:
        """Return the samples whose signs differ, or are not known; None: all of them."""
        if not self._may_compile():
            return None
        matrix = linearized.matrix
        shared = np.abs(matrix.shared.data).max(initial=0.0)
        size = np.full(len(matrix.own), shared)
        for part in (matrix.own, *(entries for entries, _, _ in matrix.pairs)):
            size = np.maximum(size, np.abs(part).max(axis=1, initial=0.0))
        masses = np.zeros((len(size), len(mass))), FAST * size[:, None] * mass
        signs = self._determinants.signs(linearized, unit, masses)
        return None if signs is None else np.flatnonzero(~(signs[0] * signs[1] >= 0))


def _scaled(points: OperatingPoints) -> tuple[Linearized, Array, Array]:
    """Return Jacobians, the unit of every unknown, and which have capacitances in it."""
    linearized = Linearized(points)
    is_current = currents_among(points.compiled)[linearized.unknown_nodes]
    mass = np.where(is_current, -1.0, 1.0)
    mass[~inertial_among(points.compiled)[linearized.unknown_nodes]] = 0.0
    return linearized, np.where(is_current, 1 / IMPEDANCE, 1.0), mass


def _examined(points: OperatingPoints, numbers: IntArray) -> tuple[IntArray, Array, Array]:
    """Return the unstable ones of some samples, how they leave, and at which rates."""
    linearized, unit, mass = _scaled(points)
    matrices = linearized.matrix.dense()
    size = np.asarray(np.abs(matrices).max(axis=(1, 2), initial=0.0))
    matrices = matrices * unit * unit[:, None]
    differs = _sign(matrices, 0 * size, mass) * _sign(matrices, FAST * size, mass) < 0
    suspects = np.flatnonzero(differs)
    ways, rates, is_real = _ways_out(matrices[suspects], size[suspects], mass)
    return numbers[suspects[is_real]], linearized.spread(ways[is_real] * unit), rates[is_real]


class Teller:
    """Says once that a circuit has several operating points.

    Args:
        examiner: Finds those that are unstable.
    """

    def __init__(self, examiner: Examiner) -> None:
        self.examiner = examiner
        self._told = False

    def tell(self, points: OperatingPoints, found: Examined) -> None:
        """Warn of unstable points, where none was told before.

        Args:
            points: What is returned, with its stability.
            found: The points as they were found first.
        """
        if self._told or not len(found.samples) or points.stability is None:
            return
        self._told = True
        sample, circuit = int(found.samples[0]), points.circuit
        node = int(np.abs(found.ways[0]).argmax())
        if points.stability.has_several.any():
            says = "has several operating points"
            then = f"a stable one was taken in {int(points.stability.has_several.sum())} samples"
        else:
            says = "has several operating points, or runs away"
            then = "the unstable one is returned"
        warn(
            f"The circuit {says} in {len(found.samples)} of {points.n_samples} samples, the first "
            f"of them {sample}: one is unstable at node {circuit.node_names[node]!r} of layer "
            f"{_layer_at(circuit, node)!r}; {then}. `OperatingPoints.stability` tells which.",
            SeveralPointsWarning,
        )


def _layer_at(circuit: Circuit, node: int) -> str:
    """Return the layer that created a node."""
    return next(g.layer for g in circuit.groups if g.first <= node < g.first + g.size)


def noted(points: OperatingPoints, teller: Teller) -> OperatingPoints:
    """Return a free phase with its stability, and tell of unstable points; no other is sought."""
    if not may_have_several(points.compiled, points.compiled.weights(points.parameters)):
        return points
    if points.stability is not None and points.stability.is_stable.all():
        return points
    found = teller.examiner.examined(points)
    none = np.zeros(points.n_samples, dtype=bool)
    result = attrs.evolve(points, stability=Stability(found.is_stable, none))
    teller.tell(result, found)
    return result


def _largest(ways: Array) -> Array:
    """Return the largest entry of each way with its sign; 1 where all are zero. ``(n, 1)``."""
    if not ways.size:
        return np.ones((len(ways), 1))
    largest = np.take_along_axis(ways, np.abs(ways).argmax(axis=1)[:, None], axis=1)
    return np.where(largest == 0, 1.0, largest)


def _with(matrices: Array, conductance: Array, mass: Array) -> Array:
    result = matrices.copy()
    np.einsum("sii->si", result)[...] += conductance[:, None] * mass
    return result


def _sign(matrices: Array, conductance: Array, mass: Array) -> Array:
    """Return the signs of the determinants with capacitances of some conductance."""
    with np.errstate(all="ignore"):
        full = _with(matrices, conductance, mass)
        rows = np.abs(full).max(axis=2, keepdims=True)
        return np.asarray(np.linalg.slogdet(full / np.where(rows > 0, rows, 1.0))[0])


def _ways_out(matrices: Array, size: Array, mass: Array) -> tuple[Array, Array, BoolArray]:
    """Return unknowns that grow, at which rates, S, and whether they truly do.

    Args:
        matrices: With an odd number of growing ways each.
        size: Of their entries.
        mass: 1 at capacitances, -1 at inductances, 0 elsewhere.
    """
    n_samples, n = matrices.shape[:2]
    low, high = np.log(SLOW * size), np.log(FAST * size)
    wanted = _sign(matrices, np.exp(high), mass)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        is_fast = _sign(matrices, np.exp(middle), mass) == wanted
        low, high = np.where(is_fast, low, middle), np.where(is_fast, middle, high)
    rates = np.exp((low + high) / 2)
    x = np.ones((n_samples, n, 1))
    near = _with(matrices, rates * (1 + 1e-9), mass)
    with np.errstate(all="ignore"):
        for _ in range(3):
            x = np.linalg.solve(near, mass[:, None] * x)
            x = x / np.abs(x * mass[:, None]).max(axis=1, keepdims=True)
        x = (x / _largest((x * mass[:, None])[:, :, 0])[:, :, None])[:, :, 0]
        # Rounding flips signs where a matrix is nearly singular: it must be seen to grow.
        left = (matrices @ x[:, :, None])[:, :, 0] + rates[:, None] * mass * x
        is_real = np.abs(left * mass).max(axis=1, initial=0.0) <= 0.1 * rates
    is_real &= (rates > 2 * SLOW * size) & np.isfinite(x).all(axis=1)
    return np.where(np.isfinite(x), x, 0.0), rates, is_real
