"""A circuit as a graph of networkx."""

import sys

import networkx
import numpy as np
import pytest

from ebana_core import Model
from ebana_core.errors import MissingLibraryError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import Conv2DLayer, CurrentLayer, InputVoltageLayer, ReshapeLayer
from tests.support.ideal_diodes import clamped_model
from tests.support.zoo import amplified, block


def branch(graph: networkx.MultiDiGraph, head: str, tail: str, kind: str) -> dict[str, object]:
    (found,) = [own for own in graph[head][tail].values() if own["kind"] == kind]
    return found


def test_every_node_and_every_branch_is_there_by_name_kind_value_and_unit() -> None:
    model = amplified()
    graph = model.to_networkx({"x": [0.5, -0.3, 0.8]})
    circuit = model.network.compiled.circuit
    assert [graph.nodes[name]["number"] for name in circuit.node_names] == [*range(circuit.n_nodes)]
    conductance = model.parameters["d1.conductance"]
    for row, node in enumerate(["x[0]", "x[1]", "x[2]", "b[0]"]):
        for column in range(4):
            found = branch(graph, node, f"d1[{column}]", "resistor")
            assert (found["value"], found["unit"]) == (conductance[row, column], "S")
            assert (found["element"], found["layer"]) == ("d1", "d1")
    assert branch(graph, "x[1]", "0", "voltage_source")["value"] == -0.3
    assert branch(graph, "d1[2]", "g[2]", "amplifier") | {"layer": ""} == {
        "kind": "amplifier", "value": 4.0, "unit": "1", "shift": 0.0, "element": "g", "layer": "",
    }  # fmt: skip
    diode = branch(graph, "d1[0]", "q.rail[0]", "Ramp")
    assert diode["value"] == {"VTH": 0.1, "RON": 1e3, "ROFF": 1e9}
    assert diode["unit"] == {"VTH": "V", "RON": "ohm", "ROFF": "ohm"}
    assert branch(graph, "d2[0]", "d2[1]", "output")["unit"] == "A"


def test_a_circuit_alone_knows_no_value_of_parameters_and_inputs() -> None:
    graph = amplified().network.compiled.circuit.to_networkx()
    assert branch(graph, "x[0]", "d1[0]", "resistor")["value"] is None
    assert branch(graph, "x[0]", "0", "voltage_source")["value"] is None


def test_the_laplacian_of_a_graph_is_that_of_its_resistors() -> None:
    """Kirchhoff's law on the graph alone: what enters the free nodes of a linear network is 0."""
    model = clamped_model((3, 4), seed=1, diodes=())
    sample = np.array([[0.2, 0.1, -0.4]])
    graph = model.to_networkx({"x": sample})
    volts = dict(
        zip(
            model.network.compiled.circuit.node_names,
            model.operating_points({"x": sample}).node_voltages[0],
            strict=True,
        )
    )
    for k in range(4):
        own = [
            data["value"] * (volts[head] - volts[tail])
            for head, tail, data in graph.in_edges(f"d_out[{k}]", data=True)
            if data["kind"] == "resistor"
        ]
        assert len(own) == 4
        assert abs(sum(own)) <= 1e-12 * sum(map(abs, own))  # the residual of an operating point


def test_devices_that_share_a_value_each_have_it() -> None:
    x = InputVoltageLayer(units=3, name="x")
    plane = ReshapeLayer(name="plane", shape=(3, 1, 1))(x)
    conv = Conv2DLayer(
        name="conv", filters=1, kernel_size=(2, 1), initializer=RandomUniform(1e-6, 1e-5)
    )
    model = Model([x], [CurrentLayer(name="y")(conv(plane))])
    graph = model.to_networkx()
    first, second = model.parameters["conv.conductance"].ravel()
    for window in (0, 1):
        for cell, siemens in enumerate((first, second)):
            found = branch(graph, f"x[{window + cell}]", f"conv[{window},0,0]", "resistor")
            assert found["value"] == siemens


def test_ideal_diodes_and_devices_of_several_terminals_are_named() -> None:
    clamped = clamped_model((3, 4, 4), seed=1).to_networkx()
    kinds = [own for own in clamped["d0[0]"]["0"].values() if own["kind"] == "ideal_diode"]
    assert sorted((own["bound"], own["value"]) for own in kinds) == [
        ("lower", -0.2),
        ("upper", 0.3),
    ]
    blocks = block().to_networkx()
    assert blocks.nodes["q#0"]["kind"] == "device"
    assert branch(blocks, "q#0", "d1[0]", "BlockLaw")["terminal"] == 0


def test_without_networkx_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "networkx", None)
    with pytest.raises(MissingLibraryError, match=r"ebana-core\[graph\]"):
        amplified().to_networkx()
