"""Circuits of resistors alone: one factorisation for all samples."""

from typing import final

import numpy as np
from scipy.linalg.lapack import dgetrf, dgetrs

from ebana_core.arrays import Array
from ebana_core.backends.native.assembly import Jacobian
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.linear import LinearPart
from ebana_core.backends.native.solvers.layer_elimination import LayerElimination


@final
class Linear(LayerElimination):
    """Factors the Schur complement once, as a dense matrix.

    Args:
        linear: The linear part.
        devices: There are none.
    """

    def __init__(self, linear: LinearPart, devices: tuple[DeviceArray, ...]) -> None:
        super().__init__(linear, devices)
        if self.n_rest:
            across = linear.across / linear.diagonal[:, None]
            self._factors, self._pivots, self._singular = dgetrf(
                linear.inner - linear.back @ across
            )

    def _rest(self, inverse: Array, jacobian: Jacobian, right: Array) -> Array:
        if self._singular:
            raise np.linalg.LinAlgError("Singular matrix")
        found, _ = dgetrs(self._factors, self._pivots, right.T)
        return np.ascontiguousarray(found.T)
