"""Circuits linearised at operating points, whichever simulator found them."""

from ebana_core.backends.linearized.assembly import branch_slopes, terminal_slopes
from ebana_core.backends.linearized.jacobian import Linearized

__all__ = ["Linearized", "branch_slopes", "terminal_slopes"]
