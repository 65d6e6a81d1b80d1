"""A circuit as a function of arrays, and its derivatives: what PyTorch and JAX share."""

from ebana_core.differentiable.bounds import Bounds, unit_of
from ebana_core.differentiable.function import CircuitFunction

__all__ = ["Bounds", "CircuitFunction", "unit_of"]
