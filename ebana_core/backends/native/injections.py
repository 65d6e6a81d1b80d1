"""Where the currents of a nudge enter the unknowns of a circuit."""

from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray, add_at
from ebana_core.backends.native.partition import Partition
from ebana_core.circuit.circuit import Circuit
from ebana_core.circuit.elements import Selector, selector


@final
@attrs.frozen(eq=False)
class Injection:
    """The nodes of an output on one side, heads or tails, that follow unknowns.

    Args:
        output: Name of the output.
        chosen: Which of its predictions have such a node.
        nodes: These nodes.
        unknowns: What they follow.
        sign: +1 at heads, into which the current flows; -1 at tails, which it leaves.
        may_repeat: Two nodes follow one unknown.
    """

    output: str
    chosen: Selector
    nodes: IntArray
    unknowns: Selector
    sign: float
    may_repeat: bool

    def add_to(self, target: Array, currents: Array, scale: Array) -> None:
        """Add what a nudge injects, divided by the scale of the nodes, A.

        Args:
            target: NumPy's. Shape ``(n_samples, n_unknowns)``, A.
            currents: Into the heads. Shape ``(n_samples, n_predictions)``, A.
            scale: d(node voltage)/d(unknown). Shape ``(n_nodes,)``.
        """
        # Behind a gain A, a current I is I/A at the root.
        amounts = self.sign * currents[:, self.chosen] / scale[self.nodes]
        if self.may_repeat:
            add_at(target, self.unknowns, amounts)
        else:
            target[:, self.unknowns] += amounts


def find_injections(circuit: Circuit, partition: Partition) -> list[Injection]:
    """Return where the currents of all outputs enter."""
    found = []
    for output in circuit.injections:
        for ends, sign in ((output.heads, 1.0), (output.tails, -1.0)):
            unknowns = partition.of_node[ends]
            chosen = np.flatnonzero(unknowns < partition.n_unknowns)
            if not len(chosen):
                continue
            unknowns = unknowns[chosen]
            may_repeat = len(np.unique(unknowns)) < len(unknowns)
            found.append(
                Injection(
                    output.name,
                    selector(chosen),
                    ends[chosen],
                    unknowns if may_repeat else selector(unknowns),
                    sign,
                    may_repeat,
                )
            )
    return found
