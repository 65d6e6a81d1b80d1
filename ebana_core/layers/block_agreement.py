"""The result of comparing both simulators on a block."""

from typing import final

import attrs

from ebana_core.tables import NotebookText

RIGHT = 1e-8
"""Difference of node voltages up to which simulators agree, V."""
SOLVED = 1e-9
"""Residual of what solves a circuit, whatever its numbers."""


@final
@attrs.frozen(eq=False)
class BlockCheck(NotebookText):
    """A comparison of both simulators on a block; true where they agree.

    Args:
        block: Its name.
        n_samples: How many were compared.
        difference: Largest difference of a node's voltages, V; nan where native refuses.
        node: Where.
        residual: Worst imbalance of native's currents.
        refusal: Why native cannot run it; empty where it can.
        n_several: Samples in which a simulator met an unstable operating point: the block has
            several there, or runs away.
    """

    block: str
    n_samples: int
    difference: float
    node: str
    residual: float
    refusal: str
    n_several: int = 0

    def __bool__(self) -> bool:
        return not self.refusal and self.difference <= RIGHT

    def __str__(self) -> str:
        if self.refusal:
            return f"Block {self.block!r} runs on ngspice only: {self.refusal}."
        verdict = "agree" if self else "DISAGREE"
        text = (
            f"Block {self.block!r}: native and ngspice {verdict} on {self.n_samples} samples, to "
            f"{self.difference:.1e} V at worst ({self.node}); residual {self.residual:.1e}."
        )
        if self.n_several:
            text += (
                f" It has several operating points, or runs away, in {self.n_several} samples: "
                "which one a simulator finds is its own affair, and learning follows that one."
            )
        elif not self and self.residual <= SOLVED:
            text += (
                " Native's answer is a solution: a circuit of several (a latch, a Schmitt trigger) "
                "may settle in another one on each simulator."
            )
        return text
