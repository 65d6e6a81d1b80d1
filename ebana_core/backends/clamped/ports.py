"""How the outputs of a circuit follow its unknown nodes."""

from collections.abc import Mapping

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray, IntArray
from ebana_core.circuit.circuit import GROUND
from ebana_core.circuit.compiled import CompiledCircuit

SAME_GAIN = 1e-12
"""Relative difference of the gains in front of the two nodes of a folded output, up to which they
count as equal. A source fixes the difference of two nodes, and no other combination of them."""


@attrs.frozen(eq=False)
class OutputPorts:
    """How the outputs follow unknown nodes.

    Args:
        heads: Node that the first node of each prediction follows; ground where it is fixed.
        tails: Likewise of the second node.
        gain: d(prediction)/d(voltage of a source there); 0 where nothing moves it.
        share: Current into the output that does what one ampere of the source does.
        is_unequal: No source fixes the prediction: two nodes, and unequal gains.
    """

    heads: IntArray
    tails: IntArray
    gain: Array
    share: Array
    is_unequal: BoolArray


def output_ports(compiled: CompiledCircuit, parameters: Mapping[str, Array]) -> OutputPorts:
    """Return how the predictions follow unknowns at present gains.

    With p = a*x - b*y, a current i into the output is i/a at x and -i/b at y.
    """
    root, scales = compiled.constraints.root, compiled.scales(parameters)
    outputs = compiled.circuit.outputs
    ends = [np.concatenate([getattr(o, side) for o in outputs]) for side in ("heads", "tails")]
    heads, tails = (root[nodes] for nodes in ends)
    a, b = (np.where(root[nodes] == GROUND, 0.0, scales[nodes]) for nodes in ends)
    is_pair = (heads != GROUND) & (tails != GROUND) & (heads != tails)
    gain = np.where(is_pair, a, a - b)
    is_same = (heads == tails) & (gain != 0)
    share = np.where(is_same, -a * b / np.where(is_same, a - b, 1.0), gain)
    is_unequal = is_pair & ~np.isclose(a, b, rtol=SAME_GAIN, atol=0)
    return OutputPorts(heads, tails, gain, share, is_unequal)
