"""Published networks of trained transistors stand at the voltages that ngspice recorded of them."""

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import TransistorCrossbarLayer, TransistorNetworkLayer

from ebana_core import Model
from ebana_core.arrays import Array
from ebana_core.initializers import Given
from ebana_core.layers import (
    ConcatenateLayer,
    CurrentLayer,
    InputVoltageLayer,
    Layer,
    ResistorNetworkLayer,
)
from ebana_core.rules.edges import edges_of
from tests.support.recorded import card, points_of

NAMES = (
    "a1_regression_4x4",
    "a3_xor_4x4",
    "b1_digits_64x20_dense",
    "b3_digits_64x10_floating",
    "d_ionosphere_125",
)
FEW = 2
"""Records that ngspice solves: each asks it for the netlist anew, whose clamps differ."""


def network(data: Mapping[str, Any], *, as_crossbar: bool = False) -> Model:
    """Return a network with a resistor from every output to a source of its own."""
    fixed = [int(node) for node in data["records"][0]["fixed_V"]]
    settings: dict[str, Any] = {
        "name": "net",
        "body": data["body"],
        "param": card(data["device"]),
        "initializer": 1.0,
        "lower": 0.4,
        "upper": 8.0,
    }
    x = InputVoltageLayer(units=len(fixed), name="x")
    layer: Layer
    if as_crossbar:
        layer = TransistorCrossbarLayer(units=len(data["outputs"]), **settings)(x)
    else:
        layer = TransistorNetworkLayer(
            branches=data["edges_drain_source"], inputs=fixed, outputs=data["outputs"], **settings
        )(x)
    n = len(data["outputs"])
    sources = InputVoltageLayer(units=n, name="sources")
    joined = ConcatenateLayer(name="joined")([layer, sources])
    ends = [(("out", k), ("source", k)) for k in range(n)]
    clamps = ResistorNetworkLayer(
        name="clamps",
        branches=ends,
        inputs=[*(one for one, _ in ends), *(other for _, other in ends)],
        outputs=[one for one, _ in ends],
        initializer=Given(1e-9),
    )(joined)
    out = CurrentLayer(name="out", fold=False)(clamps)
    return Model([x, sources], [out], seed=0, gmin=data["gmin_S"], shunt=data["gshunt_S"])


def voltages(model: Model, data: Mapping[str, Any], record: Any, phase: str, backend: str) -> Array:
    """Return the voltages of all nodes in the order of the recording, V."""
    gate = model.parameters["net.gate"]
    model.parameters["net.gate"] = np.broadcast_to(
        np.reshape(record["gates_V"], gate.shape)
        if np.ndim(record["gates_V"])
        else record["gates_V"],
        gate.shape,
    )
    own, opened = record[phase], data["free_resistance_ohm"]
    closed = np.array(own.get("closed", [False] * len(data["outputs"])))
    model.parameters["clamps.conductance"] = 1 / np.where(
        closed, data["clamp_resistance_ohm"], opened
    )
    inputs = {"x": [list(record["fixed_V"].values())], "sources": [own["sources_V"]]}
    points = model.operating_points(inputs, backend=backend)
    net = model.layers["net"]
    names = net.own_nodes if isinstance(net, TransistorNetworkLayer) else data["outputs"]
    known = dict(zip(points.node_names, points.voltages[0], strict=True))
    found = {node: known[f"net[{k}]"] for k, node in enumerate(names)}
    found |= {int(node): value for node, value in record["fixed_V"].items()}
    return np.array([found[node] for node in data["nodes"]])


def phases(record: Mapping[str, Any]) -> list[str]:
    return [name for name in ("free", "clamped") if name in record]


@pytest.mark.parametrize("name", NAMES)
def test_native_finds_the_recorded_voltages(name: str) -> None:
    data = points_of(name)
    model = network(data)
    assert any("clamped" in record for record in data["records"])
    for record in data["records"]:
        for phase in phases(record):
            found = voltages(model, data, record, phase, "native")
            # An independent solver repeats the recordings to 7e-14 V.
            np.testing.assert_allclose(found, record[phase]["voltages_V"], rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_ngspice_finds_the_recorded_voltages(name: str) -> None:
    data = points_of(name)
    model = network(data)
    for record in data["records"][:FEW]:
        for phase in phases(record):
            found = voltages(model, data, record, phase, "ngspice")
            # Polished by the same equations as native; ngspice itself is a few 1e-12 V away.
            np.testing.assert_allclose(found, record[phase]["voltages_V"], rtol=0, atol=1e-10)


def test_a_crossbar_is_a_network_from_every_input_to_every_output() -> None:
    data = points_of("b1_digits_64x20_dense")
    crossbar, graph = network(data, as_crossbar=True), network(data)
    for record in data["records"]:
        for phase in phases(record):
            found = voltages(crossbar, data, record, phase, "native")
            expected = voltages(graph, data, record, phase, "native")
            assert np.array_equal(found, expected)
            np.testing.assert_allclose(found, record[phase]["voltages_V"], rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["a1_regression_4x4", "a3_xor_4x4"])
def test_the_local_rule_makes_the_recorded_updates(name: str) -> None:
    data = points_of(name)
    model = network(data)
    (edges,) = edges_of(model.network.compiled, {"net.gate": None})
    rate = {"a1_regression_4x4": 0.4, "a3_xor_4x4": 0.3}[name]
    assert edges.sign == 1
    for record, after in itertools.pairwise(data["records"]):
        free, clamped = (voltages(model, data, record, p, "native") for p in ("free", "clamped"))
        place = {node: k for k, node in enumerate(data["nodes"])}
        ends = np.array([[place[d], place[s]] for d, s in data["edges_drain_source"]])
        before, moved = (v[ends[:, 0]] - v[ends[:, 1]] for v in (free, clamped))
        gates = np.array(record["gates_V"]) - edges.sign * rate * (moved**2 - before**2)
        np.testing.assert_allclose(np.clip(gates, 0.4, 8.0), after["gates_V"], rtol=0, atol=1e-12)
