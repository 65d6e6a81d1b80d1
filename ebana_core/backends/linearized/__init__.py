"""Circuits linearised at operating points, whichever simulator found them."""

from ebana_core.backends.linearized.jacobian import Linearized

__all__ = ["Linearized"]
