"""Sparse matrices of one pattern and many entries, factored at pivots that are chosen once."""

from ebana_core.backends.factors.pattern import Pattern
from ebana_core.backends.factors.pivots import Factors, factors_of
from ebana_core.backends.factors.planned import Planned

__all__ = ["Factors", "Pattern", "Planned", "factors_of"]
