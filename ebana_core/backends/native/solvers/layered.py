"""The rest of a circuit of several layers, by conjugate gradients on all samples together."""

from typing import final

from ebana_core.arrays import Array, namespace
from ebana_core.backends.native.assembly import Jacobian
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.linear import LinearPart
from ebana_core.backends.native.solvers.conjugate_gradients import conjugate_gradients
from ebana_core.backends.native.solvers.layer_elimination import LayerElimination


@final
class Layered(LayerElimination):
    """Solves the Schur complement by conjugate gradients with a diagonal preconditioner.

    Args:
        linear: The linear part.
        devices: The nonlinear branches, none of which joins two unknowns.
        weights: Stage weight of each unknown: times these the complement is symmetric and
            positive definite.
    """

    def __init__(
        self, linear: LinearPart, devices: tuple[DeviceArray, ...], weights: Array
    ) -> None:
        super().__init__(linear, devices)
        self._weights = weights[self.n_first :]

    def _rest(self, inverse: Array, jacobian: Jacobian, right: Array) -> Array:
        linear, own, weights = self.linear, jacobian.own, self._weights

        def product(vector: Array) -> Array:
            eliminated = (vector @ linear.across.T) * inverse
            result = vector @ linear.inner.T + own * vector - eliminated @ linear.back.T
            return result * weights

        # Of the eliminated part too, whose matrix is never made.
        diagonal = (
            namespace(right).linalg.diagonal(linear.inner)
            + own
            - inverse @ (linear.back.T * linear.across)
        )
        return conjugate_gradients(
            product, diagonal * weights, right * weights, jacobian.held, known=right
        )
