"""Patches of a resistor network, joined at the nodes that they share, which are eliminated.

A network between some nodes is known by what each pair of them conducts. Eliminating nodes s
leaves of the others, r,

    M = diag(sum of G_s over all nodes) - G_ss,   W = M⁻¹ G_sr,   G_rr += G_rs W

and the voltages of s are W times those of r. Nothing is ever subtracted but in M, whose diagonal
is summed anew: what a nanosiemens holds beside a wire of a kilosiemens is not lost.

Source:
    Grassmann, Taksar and Heyman 1985, Oper. Res. 33, 1107 (elimination without subtraction).
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import attrs
import numpy as np
from scipy.linalg import cholesky, solve_triangular

from ebana_core.arrays import Array, IntArray

Side = Literal["left", "right", "top", "bottom"]
OPPOSITE: Mapping[Side, Side] = {"right": "left", "bottom": "top"}
SMALL = 16
"""Shared nodes below which LAPACK is called for all patches in one call."""


@attrs.frozen(eq=False)
class Patches:
    """Equal patches, each a network between its ports.

    Args:
        between: What ports conduct to each other, 0 on the diagonal. Shape ``(n_patches, n_ports,
            n_ports)``, S.
        sides: Places among the ports of those on each side, from left to right or downwards.
    """

    between: Array
    sides: Mapping[Side, IntArray]

    @property
    def n_ports(self) -> int:
        """Ports of each patch."""
        return int(self.between.shape[1])

    def conducts(self, ones: IntArray, others: IntArray) -> Array:
        """Return what some ports conduct to others. Shape ``(n_patches, n_ones, n_others)``, S."""
        return self.between[:, ones[:, None], others]


@attrs.frozen(eq=False)
class Part:
    """One of the patches that were joined.

    Args:
        n_ports: How many it has.
        kept: Places of those that are ports of the joined patch.
        shared: Places of those that were eliminated, in one order for all parts.
    """

    n_ports: int
    kept: IntArray
    shared: IntArray


@attrs.frozen(eq=False)
class Join:
    """How patches were joined.

    Args:
        weights: Voltages of eliminated nodes by those of the ports. Shape ``(n_patches,
            n_eliminated, n_ports)``.
        parts: What was joined.
    """

    weights: Array
    parts: tuple[Part, ...]

    def split(self, voltages: Array) -> list[Array]:
        """Return the voltages of the parts' ports; 0 of those that were left out, V.

        Args:
            voltages: Of the ports. Shape ``(n_patches, n_ports, n_samples)``, V.
        """
        inner = self.weights @ voltages
        result, first = [], 0
        for part in self.parts:
            own = np.zeros((len(voltages), part.n_ports, voltages.shape[2]))
            own[:, part.kept] = voltages[:, first : first + len(part.kept)]
            own[:, part.shared] = inner
            first += len(part.kept)
            result.append(own)
        return result


def joined(first: Patches, second: Patches, side: Side) -> tuple[Patches, Join]:
    """Join patches with those to the right of them, or below.

    Args:
        first: Patches.
        second: As many others.
        side: Where the others are, of the first.
    """
    pairs = (first, first.sides[side]), (second, second.sides[OPPOSITE[side]])
    return _eliminated([(patches, shared, _others(patches, shared)) for patches, shared in pairs])


def opened(patches: Patches, floating: IntArray, absent: IntArray) -> tuple[Patches, Join]:
    """Eliminate ports that lead nowhere.

    Args:
        patches: The patches.
        floating: Places of ports to which nothing will be joined.
        absent: Those of nodes that there are not, which conduct to none of the others.
    """
    kept = _others(patches, np.concatenate([floating, absent]))
    return _eliminated([(patches, floating, kept)])


def _others(patches: Patches, places: IntArray) -> IntArray:
    is_other = np.ones(patches.n_ports, dtype=bool)
    is_other[places] = False
    return np.flatnonzero(is_other)


def _eliminated(
    members: Sequence[tuple[Patches, IntArray, IntArray]],
) -> tuple[Patches, Join]:
    """Return patches without the nodes that they share; members are patches, shared and kept."""
    n = len(members[0][0].between)
    near = np.concatenate([p.conducts(shared, kept) for p, shared, kept in members], axis=2)
    among = np.sum([p.conducts(shared, shared) for p, shared, _ in members], axis=0)
    n_ports = near.shape[2]
    between, first = np.zeros((n, n_ports, n_ports)), 0
    sides: dict[Side, list[IntArray]] = {"left": [], "right": [], "top": [], "bottom": []}
    for patches, _, kept in members:
        own = slice(first, first + len(kept))
        between[:, own, own] = patches.conducts(kept, kept)
        place = np.full(patches.n_ports, -1)
        place[kept] = np.arange(own.start, own.stop)
        for side, places in patches.sides.items():
            sides[side].append(place[places][place[places] >= 0])
        first = own.stop
    weights = _add_through(between, near, among)
    np.einsum("kii->ki", between)[...] = 0.0
    parts = tuple(Part(p.n_ports, kept, shared) for p, shared, kept in members)
    placed = {side: np.concatenate(places) for side, places in sides.items()}
    return Patches(between, placed), Join(weights, parts)


def _add_through(between: Array, near: Array, among: Array) -> Array:
    """Add to `between` what flows through eliminated nodes, and return their weights."""
    n_shared, weights = near.shape[1], np.empty(near.shape)
    matrix = -among
    np.einsum("kii->ki", matrix)[...] = near.sum(axis=2) + among.sum(axis=2)
    if n_shared == 1:
        weights[...] = near / matrix
        between += near.transpose(0, 2, 1) * weights
    elif len(near) > 1 or n_shared < SMALL:
        weights[...] = np.linalg.solve(matrix, near)
        between += near.transpose(0, 2, 1) @ weights
    else:
        # Half of the arithmetic: the product of a matrix with its own transpose is symmetric.
        lower = cholesky(matrix[0], lower=True, check_finite=False)
        half = solve_triangular(lower, near[0], lower=True, check_finite=False)
        between[0] += half.T @ half
        weights[0] = solve_triangular(lower, half, lower=True, trans=1, check_finite=False)
    return weights
