"""The interface of device laws: a current that depends on the device's drop and its values."""

import keyword
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from ebana_core.arrays import Array, Values, namespace
from ebana_core.errors import NameClashError, ParameterError
from ebana_core.laws.limiting import kept_promise
from ebana_core.laws.numerical import (
    GAUSS_PLACES,
    GAUSS_SHARES,
    change_by_slope,
    change_of_current,
    polynomial,
)
from ebana_core.laws.spice import Element
from ebana_core.laws.symbols import check_symbol
from ebana_core.quantities import Quantity

PARTS = 16
"""Number of parts in which the default co-content is integrated."""

PART_POINTS = tuple(
    (numbers + offset) / 2
    for numbers, offset in zip(np.polynomial.legendre.leggauss(8), (1.0, 0.0), strict=True)
)
"""Places and weights of Gauss points in a part, both from 0 to 1."""

TINY = 1e-9
"""A change of drop, V, so small that every device is a straight line over it."""


def check_values(law: str, values: Any) -> None:
    """Refuse anything but a tuple of quantities with different names; a property may stand for it.

    Raises:
        ParameterError: No tuple of quantities.
        NameClashError: A name is used twice, or cannot stand in an expression.
    """
    if isinstance(values, property):
        return
    if not (isinstance(values, tuple) and all(isinstance(item, Quantity) for item in values)):
        raise ParameterError(
            f"Law {law} has values = {values!r}.",
            'write a tuple of quantities: values = (quantity("G", "S"),)',
        )
    names = [item.name for item in values]
    for name in names:
        if names.count(name) > 1:
            raise NameClashError(f"Law {law} has two values {name!r}.", "rename one of them")
        if not name.isidentifier() or keyword.iskeyword(name) or name == "drop":
            raise NameClashError(
                f"Law {law} has a value named {name!r}.",
                "use letters, digits and underscores, a letter first, and neither 'drop' nor a "
                "keyword of Python",
            )


class Law(ABC):
    """The current-voltage law of a two-terminal device.

    A law is frozen and holds no arrays: the values of every device arrive as arguments, so
    that one law serves a whole element array, trained values, and Monte Carlo copies.

    `drop` is the voltage of the head minus that of the tail, V; a current enters at the head,
    A. Arrays of values broadcast against `drop`, whose last axes run over the branches.

    A law says at least its current and how SPICE writes it; the rest has numerical defaults,
    which formulas replace where speed or the last digits count.

    An operating point is unique where every law is continuous and nondecreasing in `drop`; a law
    whose current falls somewhere says `may_fall`.

    Examples:
        >>> import numpy
        >>> from ebana_core.quantities import Quantity
        >>> class Cube(Law):
        ...     values = (Quantity("k", "A/V³", default=1e-6),)
        ...     def current(self, drop, values):
        ...         return values["k"] * drop**3
        ...     def spice(self, branch, head, tail, values):
        ...         raise NotImplementedError  # see the tutorial on plugins
        >>> Cube().slope(numpy.array([1.0]), {"k": numpy.array(1e-6)}).round(12)  # found by itself
        array([3.e-06])
    """

    values: ClassVar[tuple[Quantity, ...]] = ()
    is_piecewise_linear: ClassVar[bool] = False
    """Full Newton steps end in finitely many iterations."""

    follows_array_api: ClassVar[bool] = False
    """Current, slope, their change and contrasts are computed with ``namespace(drop)`` and
    operators alone, whatever library and precision `drop` and the values have. Other laws are
    computed by NumPy in float64, which brings every drop back from an accelerator."""

    is_ohmic: ClassVar[bool] = False
    """The current is the value named ``conductance`` times the drop, at every drop. Such branches
    join the linear part of a circuit, and crossbars of them are summed by matrix products."""

    always_conducts: ClassVar[bool] = False
    """The slope stays above zero at every drop, so that a branch is a path to a fixed node."""

    may_fall: ClassVar[bool] = False
    """The current may fall while the drop rises, as in a tunnel diode: a circuit with it may have
    several operating points, of which each that is found is then examined for stability."""

    native_refusal: str | None = None
    """Why the native backend cannot represent this law exactly; None where it can."""

    symbol: str = "box"
    """How circuit diagrams draw it, a word of `ebana_core.laws.symbols.SYMBOLS`."""

    stores: str = ""
    """Names and numbers of what stores charge in it, for transients; empty: it stores none."""

    def __init_subclass__(cls, **settings: Any) -> None:
        super().__init_subclass__(**settings)
        if "values" in vars(cls):
            check_values(cls.__qualname__, vars(cls)["values"])
        check_symbol(f"Law {cls.__qualname__}", vars(cls).get("symbol", "box"))

    def with_gmin(self, gmin: float) -> "Law":
        """Return the law with another conductance across each of its junctions, S.

        A circuit asks for it; laws without junctions are what they are.
        """
        del gmin
        return self

    @abstractmethod
    def current(self, drop: Array, values: Values) -> Array:
        """Return the current into the head, A. Shape of `drop`."""

    def slope(self, drop: Array, values: Values) -> Array:
        """Return the derivative of the current by the drop, S. Shape of `drop`.

        The default is that of a polynomial through seven points, as near to each other as the
        law bends: right to nine digits or more, and seven times as slow as a formula.
        """
        return polynomial(lambda v: self.current(v, values), drop).slope

    def current_and_slope(self, drop: Array, values: Values) -> tuple[Array, Array]:
        """Return the current, A, and the slope, S; a law may share work between the two."""
        return self.current(drop, values), self.slope(drop, values)

    def pieces(self, values: Values) -> tuple[Array, Array, Array] | None:
        """Return the two straight lines of a law that consists of just them; None for other laws.

        Knee, V, where the current is zero, and the slopes below and above it, S, the latter the
        larger. Shapes as the values'. Compiled code solves circuits of such laws.
        """
        return None

    def co_content(self, drop: Array, values: Values) -> Array:
        """Return the integral of the current from 0 to `drop`, W. Shape of `drop`.

        The default sums eight Gauss points in each of sixteen parts of the way.
        """
        total: Any = 0.0
        for part in range(PARTS):
            for point, weight in zip(*PART_POINTS, strict=True):
                total = total + weight * self.current((part + point) / PARTS * drop, values)
        return total * drop / PARTS

    def near(self, drop: Array, before: Array | None, values: Values) -> tuple[Array, Array]:
        """Return the drop at which a search along tangents takes the next tangent.

        The default does not go beyond the drop whose current the last tangent promised.

        Args:
            drop: That of the nodes, V. NumPy's.
            before: What this returned first where the law was touched last; None: this is the
                first time.
            values: Its values.

        Returns:
            What is handed in as `before` next time, and the drop where to touch it, V.
        """
        if before is None:
            return 0 * drop, 0 * drop
        slope = self.slope(before, values)
        found = kept_promise(lambda v: self.current(v, values), slope, before, drop)
        return found, found

    @abstractmethod
    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        """Return the SPICE elements of one branch, named with the suffix `branch`."""

    def current_change(self, drop: Array, change: Array, values: Values) -> Array:
        """Return ``current(drop + change) - current(drop)`` without cancellation, A.

        The default integrates the slope with three Gauss points. Without a formula for the slope
        it is that of the polynomial of the default slope, so that the change has as many digits.
        Over long ways and across kinks both are the plain difference: see `change_rounding`.
        """
        return self._change(drop, change, values)[0]

    def change_rounding(self, drop: Array, change: Array, values: Values) -> Array:
        """Return the size of the terms that `current_change` rounds, beside the change itself, A.

        Zero where the change has all its digits, as a formula's has. The default knows where it
        is a plain difference of two rounded currents: no solver can ask for more than that, and
        gradients are no better than this rounding is to the change.
        """
        if type(self).current_change is not Law.current_change:
            return namespace(drop).zeros_like(drop)
        return self._change(drop, change, values)[1]

    def _change(self, drop: Array, change: Array, values: Values) -> tuple[Array, Array]:
        """Return the default change, and the size of the terms that it rounds, A."""

        def current(v: Array) -> Array:
            return self.current(v, values)

        if type(self).slope is Law.slope:
            return change_of_current(current, drop, change)
        return change_by_slope(current, lambda v: self.slope(v, values), drop, change)

    def contrast(self, name: str, drop: Array, change: Array, values: Values) -> Array:
        """Return ``q(drop + change) - q(drop)`` for the value `name`, without cancellation.

        q is the integral of ``dcurrent/dvalue`` from 0 to the drop, W per unit of the value:
        the quantity whose difference between phases Equilibrium Propagation divides by beta.
        The default integrates a central difference with three Gauss points.
        """
        value = values[name]
        xp = namespace(drop)
        # The cube root of the rounding, where a central difference is most exact.
        step = 6e-6 * xp.where(value == 0, xp.ones_like(value), xp.abs(value))
        above = {**values, name: value + step}
        below = {**values, name: value - step}
        total: Any = 0.0
        for point, weight in zip(GAUSS_PLACES, GAUSS_SHARES, strict=True):
            middle = drop + point * change
            total = total + weight * (self.current(middle, above) - self.current(middle, below))
        return total * change / (2 * step)

    def sensitivity(self, name: str, drop: Array, values: Values) -> Array:
        """Return the derivative of the current by the value `name`. Shape of `drop`.

        The default takes the contrast over a tiny change of the drop, whose integral it is.
        """
        change = 0 * drop + TINY
        return self.contrast(name, drop - TINY / 2, change, values) / TINY
