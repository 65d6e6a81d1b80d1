"""Sums of a few products of a column and a row: a large gradient of few samples is one.

Whoever updates a crossbar can sum each number where it is needed, and the whole is never written to
memory and read back.
"""

import math
from collections.abc import Iterator, Mapping
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, namespace

MOST_TERMS = 4
"""Products up to which numbers are summed one by one; a matrix product does more of them sooner."""
FEWEST = 4_096
"""Fewest numbers that are worth compiling for, which takes seconds."""


@final
@attrs.frozen(eq=False)
class Outer:
    """The matrix ``left.T @ right + row``, not multiplied out yet.

    Args:
        left: Shape ``(n_terms, n_in)``, float64 in C order, as all of these are.
        right: Shape ``(n_terms, n_out)``.
        row: Shape ``(n_out,)``.
    """

    left: Array
    right: Array
    row: Array

    @staticmethod
    def is_worth(shape: tuple[int, ...], n_terms: int) -> bool:
        """Tell whether a matrix is better left undone."""
        return n_terms <= MOST_TERMS and math.prod(shape) >= FEWEST

    @property
    def shape(self) -> tuple[int, int]:
        """Of the matrix."""
        return self.left.shape[1], self.right.shape[1]

    @property
    def factors(self) -> tuple[Array, Array, Array]:
        """All three arrays, with as many terms as there can be: zeros where there are fewer."""
        missing = MOST_TERMS - len(self.left)
        if not missing:
            return self.left, self.right, self.row
        widths = (0, missing), (0, 0)
        return np.pad(self.left, widths), np.pad(self.right, widths), self.row

    def dense(self) -> Array:
        """Return the matrix."""
        return bordered(self.left, self.right, self.row)


def bordered(left: Array, right: Array, row: Array) -> Array:
    """Return ``left.T @ right + row`` in one product: large results are written once."""
    xp = namespace(left)
    ones = xp.ones((1, left.shape[1]), dtype=left.dtype, device=left.device)
    return xp.concat([left, ones]).T @ xp.concat([right, row[None, :]])


@final
class GradientSums(Mapping[str, Array]):
    """Parameter name to the sum of its gradient over samples, multiplied out when it is asked for.

    Args:
        found: Parameter name to array, or to one that is not multiplied out.
    """

    def __init__(self, found: Mapping[str, Array | Outer]) -> None:
        self._found = dict(found)

    def __getitem__(self, name: str) -> Array:
        found = self._found[name] = multiplied_out(self._found[name])
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __contains__(self, name: object) -> bool:
        return name in self._found  # that of the base class would multiply out

    def as_found(self, name: str) -> Array | Outer:
        """Return a gradient as it was measured."""
        return self._found[name]


def multiplied_out(matrix: Array | Outer) -> Array:
    """Return a matrix as an array."""
    return matrix.dense() if isinstance(matrix, Outer) else matrix


def gradient_sums(found: Mapping[str, Array]) -> GradientSums:
    """Return what a rule found, which nobody multiplies out before it is needed."""
    return found if isinstance(found, GradientSums) else GradientSums(found)


def as_found(gradients: Mapping[str, Array], name: str) -> Array | Outer:
    """Return a gradient as it was measured where its owner knows, else the array."""
    return gradients.as_found(name) if isinstance(gradients, GradientSums) else gradients[name]
