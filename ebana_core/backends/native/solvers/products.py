"""What the two sides of a circuit of layers drive into each other."""

import attrs

from ebana_core.arrays import Array, anywhere, namespace
from ebana_core.backends.native.linear import LinearPart


@attrs.frozen(eq=False)
class Products:
    """Currents into either side by matrix products of all samples.

    With the stage weights w, ``w_first * across`` is the transpose of ``w_rest * back``, so that
    each matrix serves the product for which it lies in memory as processors read it.

    Args:
        across: As in `LinearPart`, S.
        back: The same.
        beside: What the rest drives into itself, but for every node's own share, S; None: nothing.
        weights: Of the first side and of the rest; None: they are all the same.
    """

    across: Array
    back: Array
    beside: Array | None
    weights: tuple[Array, Array] | None

    def into_first(self, rest: Array) -> Array:
        """Return the currents into the first side, A."""
        if self.weights is None:
            return -_product(rest, self.back)
        first, second = self.weights
        return _product(rest * -second, self.back) / first

    def into_rest(self, first: Array, rest: Array) -> Array:
        """Return the currents into the rest, A."""
        if self.weights is None:
            current = -_product(first, self.across)
        else:
            one, other = self.weights
            current = _product(first * -one, self.across) / other
        return current if self.beside is None else current - _product(rest, self.beside)

    def single(self) -> "Products":
        """Return them in float32, where a product takes half the time."""
        beside = None if self.beside is None else _single(self.beside)
        return Products(_single(self.across), _single(self.back), beside, self.weights)

    def sizes(self) -> "Products":
        """Return what drives the sums of absolute currents instead."""
        parts = [part for part in (self.across, self.back, self.beside) if part is not None]
        if self.weights is None and not any(anywhere(part > 0) for part in parts):
            return self
        beside = None if self.beside is None else -abs(self.beside)
        weights = self.weights and (abs(self.weights[0]), abs(self.weights[1]))
        return Products(-abs(self.across), -abs(self.back), beside, weights)


def products_of(linear: LinearPart, weights: Array) -> Products:
    """Return the products of a linear part, at its stage weights."""
    xp, n_first, beside = namespace(weights), linear.diagonal.shape[0], None
    if linear.couples_inside:
        own = xp.linalg.diagonal(linear.inner)
        beside = (linear.inner - own * xp.eye(len(own), dtype=own.dtype, device=own.device)).T
    differ = anywhere(weights != weights[0])
    pair = (weights[:n_first], weights[n_first:]) if differ else None
    return Products(linear.across, linear.back, beside, pair)


def _single(array: Array) -> Array:
    xp = namespace(array)
    result: Array = xp.astype(array, xp.float32)
    return result


def _product(voltages: Array, matrix: Array) -> Array:
    """Return a product in the precision of the voltages, computed in that of the matrix."""
    if voltages.dtype == matrix.dtype:
        return voltages @ matrix
    result: Array = namespace(voltages).astype(_single(voltages) @ matrix, voltages.dtype)
    return result
