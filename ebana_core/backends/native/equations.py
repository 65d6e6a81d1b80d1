"""The equations of a phase: currents at the unknowns, and what rounding may leave of them."""

from typing import Protocol

import attrs

from ebana_core.arrays import Array, BoolArray, IntArray, namespace, rows
from ebana_core.laws.terminal_state import TerminalState


@attrs.frozen(eq=False)
class Evaluation:
    """The equations at one point.

    Args:
        residual: What must vanish; at an unknown that stands at its bound, the distance from it
            times the conductance of the unknown. Shape ``(n_samples, n_unknowns)``, A.
        slopes: Slope of the branches of every device array, S.
        terminals: Currents and slopes of every array of devices of several terminals.
        is_bound: Unknowns that ideal diodes hold at a bound; None where there are no diodes.
    """

    residual: Array
    slopes: tuple[Array, ...]
    is_bound: BoolArray | None
    terminals: tuple[TerminalState, ...] = ()

    def finite(self) -> BoolArray:
        """Tell in which samples no current and no slope overflows. Shape ``(n_samples,)``."""
        xp = namespace(self.residual)
        parts = [self.residual, *self.slopes, *(state.slopes.amounts for state in self.terminals)]
        # One number tells of all in a row, which may overflow without one of them: that is as bad.
        sums = [xp.sum(part, axis=tuple(range(1, part.ndim))) for part in parts]
        result: BoolArray = xp.isfinite(sum(abs(total) for total in sums))
        return result

    def part(self, samples: BoolArray) -> "Evaluation":
        """Return the equations of some samples."""
        return Evaluation(
            self.residual[samples],
            tuple(slope[samples] for slope in self.slopes),
            None if self.is_bound is None else self.is_bound[samples],
            tuple(state.part(samples) for state in self.terminals),
        )


class Equations(Protocol):
    """The equations of a phase."""

    @property
    def is_piecewise_linear(self) -> bool:
        """Whether the currents of all devices are made of straight lines."""
        ...

    @property
    def has_bent_terminals(self) -> bool:
        """Whether there are devices of several terminals that are not linear."""
        ...

    def evaluate(self, x: Array, samples: IntArray) -> Evaluation:
        """Return the equations of `samples` at the unknown voltages `x`."""
        ...

    def tolerance(self, x: Array, samples: IntArray, at: Evaluation) -> Array:
        """Return the residual that rounding may leave, A. Shape of `x`."""
        ...

    def acceptable(self, x: Array, samples: IntArray, at: Evaluation) -> Array:
        """Return the residual up to which a solution is right, A. Shape of `x`.

        Devices whose currents are rounded more coarsely than their law says may leave more than
        the tolerance; where no step lowers that any more, this decides.
        """
        ...

    def stepped(self, share: float, gmin: float) -> "Equations":
        """Return them with a share of what drives them, and conductances across all devices.

        Args:
            share: From 0, where nothing moves, to 1.
            gmin: Of the conductances, S.
        """
        ...


@attrs.frozen(eq=False)
class Limits:
    """Bounds of all unknowns, V. Shape ``(n_samples, n_unknowns)`` or ``(1, n_unknowns)``."""

    lower: Array
    upper: Array

    def part(self, samples: IntArray) -> "Limits":
        """Return those of some samples."""
        return Limits(rows_of(self.lower, samples), rows_of(self.upper, samples))

    def snapped(self, x: Array, is_bound: BoolArray) -> Array:
        """Return the unknowns with those at a bound exactly there, V."""
        xp = namespace(x)
        # Exactly there, where Kirchhoff's laws look for a diode that conducts.
        nearer = xp.where(abs(x - self.lower) < abs(x - self.upper), self.lower, self.upper)
        return xp.where(is_bound, nearer, x)

    def natural(
        self, x: Array, residual: Array, own: Array, samples: IntArray, slope: Array | float = 0.0
    ) -> Evaluation:
        """Return the residual that vanishes where currents balance or a bound holds.

        Args:
            x: Unknowns, V.
            residual: What leaves them, A.
            own: Conductances of resistors at each, S.
            samples: Which.
            slope: What devices add to these, S: where they are most of it, resistors alone would
                take a node for one beyond its bound that a small step balances.
        """
        lower, upper = rows_of(self.lower, samples), rows_of(self.upper, samples)
        xp = namespace(x)
        own = xp.where(own > 0, own, 1.0)
        # A node that its currents push beyond a bound stands at the bound instead.
        wished = x - residual / (own + slope)
        bounded = xp.minimum(xp.maximum(wished, lower), upper)
        is_bound = wished != bounded
        return Evaluation(xp.where(is_bound, own * (x - bounded), residual), (), is_bound)


def rows_of(array: Array, samples: IntArray) -> Array:
    """Return the rows of some samples; one row, or as many as there are samples, as they are."""
    n_rows = array.shape[0]
    return array if n_rows in (1, samples.shape[0]) else rows(array, samples)
