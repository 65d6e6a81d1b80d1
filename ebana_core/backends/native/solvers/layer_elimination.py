"""Layers whose nodes couple to nothing in their own layer are eliminated; the rest is left.

With 1 for the former, whose block of the Jacobian is a diagonal D, and 2 for the rest, the rest
solves the Schur complement ``J_22 - J_21 D⁻¹ J_12``.
"""

from abc import abstractmethod

from ebana_core.arrays import Array, anywhere, namespace
from ebana_core.backends.native.assembly import Jacobian, assembled, known_steps
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.equations import Evaluation
from ebana_core.backends.native.linear import LinearPart
from ebana_core.backends.native.step_solver import StepSolver


class LayerElimination(StepSolver):
    """Eliminates such layers, and leaves the rest to a class of its own.

    Args:
        linear: The linear part.
        devices: The nonlinear branches.
    """

    def __init__(self, linear: LinearPart, devices: tuple[DeviceArray, ...]) -> None:
        self.linear, self.devices = linear, devices
        self.n_first, self.n_rest = linear.across.shape

    def solve(self, at: Evaluation, residual: Array) -> Array:
        n_first, xp, linear = self.n_first, namespace(residual), self.linear
        jacobian = assembled(self.devices, at)
        diagonal = linear.diagonal + jacobian.own[:, :n_first]
        if at.is_bound is not None:
            # At a bound the residual is `own` times the way to it: divided by it, that way.
            diagonal = xp.where(at.is_bound[:, :n_first], linear.own[:n_first], diagonal)
        inverse = 1 / diagonal
        scaled = residual[:, :n_first] * inverse
        if not self.n_rest:
            return -scaled
        if at.is_bound is not None:
            # What stands at a bound does not follow the rest.
            inverse = xp.where(at.is_bound[:, :n_first], 0.0, inverse)
        right = scaled @ linear.back.T - residual[:, n_first:]
        rest = jacobian.rest(n_first)
        if rest.held is not None and anywhere(rest.held):
            known = known_steps(residual[:, n_first:], linear.own[n_first:])
            right = xp.where(rest.held, known, right)
        else:
            rest = Jacobian(rest.own, rest.entries, None)
        second = self._rest(inverse, rest, right)
        step = xp.empty_like(residual)
        step[:, n_first:] = second
        step[:, :n_first] = -scaled - inverse * (second @ linear.across.T)
        return step

    @abstractmethod
    def _rest(self, inverse: Array, jacobian: Jacobian, right: Array) -> Array:
        """Solve the Schur complement. Shape of `right`, V.

        Args:
            inverse: Of the diagonal block; 0 at a bound. Shape ``(n_samples, n_first)``, ohms.
            jacobian: What the samples add to the rest.
            right: Right-hand sides, A; steps, V, of unknowns at a bound.
        """
