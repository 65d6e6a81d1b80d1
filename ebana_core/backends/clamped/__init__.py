"""Outputs that are held at voltages.

A source across an output fixes its drop; behind amplifiers it stands at the nodes that the output
follows, where it fixes the same. So what a device draws at an output, however much that is, moves
nobody else, and is computed once the rest is solved.
"""

from ebana_core.backends.clamped.holding import Holding, hold_outputs
from ebana_core.backends.clamped.outputs import HELD, HeldOutputs, missed
from ebana_core.backends.clamped.through import Through, check_clampable

__all__ = [
    "HELD",
    "HeldOutputs",
    "Holding",
    "Through",
    "check_clampable",
    "hold_outputs",
    "missed",
]
