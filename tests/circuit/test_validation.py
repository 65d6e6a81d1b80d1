"""Circuits without a unique operating point are refused before any simulator sees them."""

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core import Model
from ebana_core.errors import CircuitError
from ebana_core.layers import AmplificationLayer, CurrentLayer, InputVoltageLayer
from tests.support.drafts import Draft
from tests.support.networks import layered_model


def test_a_node_without_a_path_is_named() -> None:
    draft = Draft(3)
    draft.source(1, 0)
    draft.resistor(2, 3)
    with pytest.raises(CircuitError, match=r"n\[1\]', 'n\[2\]'.* layer 'n'"):
        draft.compiled()


def test_an_amplifier_input_gives_no_path() -> None:
    draft = Draft(2)
    draft.amplifier(1, 2)
    draft.resistor(2, 0)
    with pytest.raises(CircuitError, match=r"n\[0\]"):
        draft.compiled()


def test_a_floating_source_gives_a_path() -> None:
    draft = Draft(2)
    draft.resistor(1, 0)
    draft.source(2, 1)
    assert draft.compiled().constraints.unknowns.tolist() == [2]


@pytest.mark.parametrize(
    "edges", [[(1, 0), (1, 0)], [(1, 0), (2, 1), (2, 0)], [(1, 2), (2, 3), (3, 1)]]
)
def test_a_loop_of_sources_is_refused(edges: list[tuple[int, int]]) -> None:
    draft = Draft(3)
    for node in (1, 2, 3):
        draft.resistor(node, 0)
    for head, tail in edges:
        draft.source(head, tail)
    with pytest.raises(CircuitError, match="loop of ideal sources between nodes"):
        draft.compiled()


def test_amplifier_outputs_count_in_loops() -> None:
    draft = Draft(3)
    for node in (1, 2, 3):
        draft.resistor(node, 0)
    draft.amplifier(1, 3)
    draft.amplifier(2, 3)
    with pytest.raises(CircuitError, match="loop"):
        draft.compiled()


def test_a_ring_of_amplifiers_is_refused() -> None:
    draft = Draft(2)
    draft.resistor(1, 0)
    draft.amplifier(1, 2)
    draft.amplifier(2, 1)
    with pytest.raises(CircuitError, match="loop"):
        draft.compiled()


def test_a_diode_at_the_output_of_an_amplifier_moves_it_not() -> None:
    source = InputVoltageLayer(units=1, name="x")
    amplified = AmplificationLayer(name="amp", param={"gain": 2.0})(source)
    diode = DiodeLayer(name="act", direction="down")(amplified)
    model = Model(inputs=[source], outputs=[CurrentLayer(name="y", fold=False)(diode)], seed=0)
    points = model.operating_points({"x": np.array([[0.1]])})
    assert points.at("amp") == pytest.approx(0.2, rel=1e-12, abs=0)


def test_stage_weights_multiply_from_output_to_input() -> None:
    model = layered_model((2, 3, 3, 2), (4.0, -3.0), seed=0)
    compiled = model.network.compiled
    weights = compiled.weights(model.parameters.snapshot())
    for layer, weight in (
        ("d0", 144.0),
        ("amp0", 9.0),
        ("d1", 9.0),
        ("amp1", 1.0),
        ("d_out", 1),
    ):
        found = weights.of_node[compiled.circuit.nodes_of(layer)]
        assert found == pytest.approx(weight, rel=1e-12, abs=0)
    assert weights.conflict is None


def test_nodes_carry_the_name_of_the_layer_that_creates_them() -> None:
    circuit = layered_model((2, 3, 2), (4.0,), seed=0).network.compiled.circuit
    assert circuit.node_names[circuit.nodes_of("d0")[2]] == "d0[2]"
    assert circuit.netlist_names[circuit.nodes_of("d0")[2]] == "d0__2"
    assert circuit.nodes_of("down0").tolist() == circuit.nodes_of("d0").tolist()
