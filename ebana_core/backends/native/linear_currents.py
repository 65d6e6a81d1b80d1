"""The linear part of a circuit as the equations need it, dense or sparse."""

from typing import Protocol

from ebana_core.arrays import Array, Precision


class LinearCurrents(Protocol):
    """The linear currents that leave the unknowns, every row divided by its node's scale."""

    @property
    def precision(self) -> Precision:
        """Precision of its arrays."""
        ...

    @property
    def scale(self) -> Array:
        """d(node voltage)/d(root voltage). Shape ``(n_nodes,)``."""
        ...

    @property
    def own(self) -> Array:
        """Conductance of every unknown to all others. Shape ``(n_unknowns,)``, S."""
        ...

    def apply(self, voltages: Array) -> Array:
        """Return the currents of the unknown voltages alone. Shape of `voltages`, A."""
        ...

    def rounding(self, voltages: Array) -> Array:
        """Return the sum of absolute terms of `apply`, which its rounding is relative to."""
        ...

    def driven_currents(self, offsets: Array) -> Array:
        """Return the currents at zero unknown voltages. Shape ``(n_samples, n_unknowns)``, A."""
        ...
