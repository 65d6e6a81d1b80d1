"""Weights of stages: two routes between stages agree to nine digits, or there is no energy."""

import pytest

from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.stages import WEIGHT_TOLERANCE
from ebana_core.errors import ReciprocityError
from tests.support.drafts import Draft


def two_routes(gain: float, other: float, second: int = 3) -> CompiledCircuit:
    """Amplifiers from node 2 to node 4 and from another one to node 5, the output.

    Resistors join nodes 1, 2 and 3, and nodes 4 and 5: a stage before the amplifiers, and one
    behind. A source fixes node 1.
    """
    draft = Draft(5)
    draft.source(1, 0)
    for head, tail in ((1, 2), (2, 3), (3, 0), (4, 5)):
        draft.resistor(head, tail)
    draft.amplifier(2, 4, gain)
    draft.amplifier(second, 5, other)
    draft.output(5)
    return draft.compiled()


@pytest.mark.parametrize("other", [3.0, -3.0, 3.0 * (1 + WEIGHT_TOLERANCE / 8)])
def test_routes_of_equal_gains_weigh_a_stage_by_their_square(other: float) -> None:
    weights = two_routes(3.0, other).weights({})
    weights.require_reciprocal()
    assert weights.of_node[1:] == pytest.approx([1, 9, 9, 1, 1], rel=2 * WEIGHT_TOLERANCE, abs=0)


@pytest.mark.parametrize("other", [2.0, 3 * (1 + WEIGHT_TOLERANCE), 3 * (1 - WEIGHT_TOLERANCE)])
def test_routes_of_other_gains_are_named_with_both_weights(other: float) -> None:
    told = r"stage of \['.*'\] would weigh .* through amplifier a(24|35)\[0\] \(gain"
    with pytest.raises(ReciprocityError, match=told):
        two_routes(3.0, other).weights({}).require_reciprocal()


def test_an_amplifier_of_a_source_ties_no_stages() -> None:
    """It fixes the output; nodes 2 and 3 weigh nine times as much as node 4, whatever its gain."""
    weights = two_routes(3.0, 7.0, second=1).weights({})
    assert weights.conflict is None
    assert weights.of_node[1:] == pytest.approx([1, 1, 1, 1 / 9, 1], rel=1e-12, abs=0)
