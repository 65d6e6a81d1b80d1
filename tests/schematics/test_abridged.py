"""Networks too large to draw in full: what is left out, and what the boxes say."""

from collections.abc import Callable

import pytest

from ebana_core import Model
from ebana_core.layers import (
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
    ResistorNetworkLayer,
    SpiceBlock,
)
from ebana_core.schematics.parts import Text
from tests.support.drawn_networks import DRAWN

ADDER = """.subckt adder a b out
R1 a out 1k
R2 b out 1k
.ends
"""


def chain(*outputs: int) -> Callable[[Layer], Layer]:
    """Sixty resistors in line, of which some nodes are outputs."""
    branches = [(k, k + 1) for k in range(60)]
    return ResistorNetworkLayer(
        name="w", branches=branches, inputs=[0, 60], outputs=outputs, **DRAWN
    )


def adders(x: Layer) -> Layer:
    return SpiceBlock(name="s", subcircuit=ADDER, inputs=["a", "b"], outputs=["out"])(x)


def twice(x: Layer) -> Layer:
    return DenseLayer(units=2, name="d", **DRAWN)(ConcatenateLayer(name="c")([x, x]))


@pytest.mark.parametrize(
    ("n_inputs", "behind", "said", "left_out"),
    [
        # Only where a graph meets the rest are its nodes drawn.
        (2, chain(30, 32), {"w[29]", "w[31]", "60 resistors", "at 61 nodes", "y[0]"}, {"w[0]"}),
        # None of the outputs lies between two nodes that are drawn.
        (2, chain(*(n for k in range(1, 21) for n in (k, k + 30))),
         {"w[0]", "w[5]", "w[49]", "20 current sources", "at 40 nodes", "⋮"}, {"w[6]", "y[0]"}),
        # Every output is drawn, but not every input.
        (16, adders, {"x[5]", "x[14]", "8 adder blocks", "at 24 nodes", "s[3]", "y[3]"}, {"x[6]"}),
        (20, adders, {"10 adder blocks", "at 30 nodes", "s[5]", "s[8]"}, {"s[6]"}),
        (2, twice, {"4 × 2", "8 resistors"}, {"2 × 2"}),
    ],
)  # fmt: skip
def test_what_is_too_large_is_a_box_between_nodes_that_others_touch(
    n_inputs: int, behind: Callable[[Layer], Layer], said: set[str], left_out: set[str]
) -> None:
    x = InputVoltageLayer(units=n_inputs, name="x")
    model = Model([x], [CurrentLayer(name="y")(behind(x))], seed=0)
    texts = [part.what for part in model.schematic().parts if isinstance(part, Text)]
    assert said <= set(texts)
    assert not left_out & set(texts)
    assert texts.count("r1 1 kΩ, r2 1 kΩ") == int(behind is adders)
