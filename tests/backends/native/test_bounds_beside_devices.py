"""Ideal diodes at nodes whose devices conduct far better than its resistors do."""

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer, TransistorCrossbarLayer, TransistorNetworkLayer

from ebana_core import Model
from ebana_core.backends import NativeBackend
from ebana_core.backends.native.simulator import NativeSimulator
from ebana_core.layers import (
    AmplificationLayer,
    ConcatenateLayer,
    InputVoltageLayer,
    Layer,
    SenseLayer,
)
from ebana_core.zoo.transistors import transistors

RIGHT = 1e-12
"""Imbalance of a right operating point."""
NUMPY = NativeBackend(compiled=False)
OWN = {**transistors(), "lower": -9.0, "lr": 1.0}


def closed(*inputs: InputVoltageLayer, last: Layer, shunt: float = 1e-9) -> Model:
    return Model([*inputs], [SenseLayer(name="y", fold=False)(last)], gmin=1e-12, shunt=shunt)


def behind_amplifiers(gain: float) -> Model:
    """Bounds at the inputs of amplifiers, whose outputs transistors load."""
    x = InputVoltageLayer(units=1, name="x")
    net = {**OWN, "name": "net", "initializer": 2.0}
    ends = {"branches": [(0, 1), (1, 2)], "inputs": [0], "outputs": [1, 2]}
    held = DiodeLayer(name="d", kind="ideal", direction="up", bias_voltage=0.1)(
        TransistorNetworkLayer(**{**net, **ends})(x)
    )
    amplified = AmplificationLayer(name="a", param={"gain": gain, "shift": -1.0})(held)
    last = {**OWN, "name": "last", "initializer": 0.76}
    return closed(x, last=TransistorCrossbarLayer(units=2, **last)(amplified), shunt=1e-12)


def beside_junctions() -> Model:
    """Bounds at nodes with junctions, which overflow some volts above these."""
    x = InputVoltageLayer(units=2, name="x")
    net = {**OWN, "name": "net", "initializer": 2.0, "body": "source", "body_resistance": 1e4}
    nodes = TransistorCrossbarLayer(units=2, **net)(x)
    held = DiodeLayer(name="d", kind="ideal", direction="up", bias_voltage=0.1)(nodes)
    pairs = DiodeLayer(name="s", kind="shockley", direction="down", bias_voltage=-0.2)(held)
    return closed(x, last=pairs)


@pytest.mark.parametrize("gain", [1e-3, -1e-3, 1e-4])
def test_what_devices_lose_hides_no_way_to_a_bound(gain: float) -> None:
    x = {"x": [[0.0], [-0.5], [0.3]]}
    points = behind_amplifiers(gain).operating_points(x)
    searched = behind_amplifiers(gain).operating_points(x, backend=NUMPY)
    assert max(points.residual, searched.residual) <= RIGHT
    assert points.node_voltages == pytest.approx(searched.node_voltages, rel=1e-9, abs=1e-9)


def test_what_junctions_lose_hides_no_way_to_a_bound() -> None:
    model = beside_junctions()
    simulator, inputs = model.simulator(NUMPY), {"x": np.array([[-1.56, 2.26]])}
    assert isinstance(simulator, NativeSimulator)
    reduced = simulator.reduced_at(model.parameters.snapshot())
    constraints, shape = simulator.compiled.constraints, (1, simulator.compiled.circuit.n_nodes)
    phase = reduced.free_phase(constraints.offsets(reduced.parameters, inputs, shape))
    x, sample = np.array([[8.0, 0.2]]), np.array([0])  # the bounds are at 0.1 V
    at = phase.evaluate(x, sample)
    assert at.is_bound is not None
    assert at.is_bound.all()
    assert (np.abs(at.residual) > phase.acceptable(x, sample, at)).all()


@pytest.mark.parametrize("inputs_first", [True, False])
def test_diodes_of_which_some_are_at_sources(inputs_first: bool) -> None:
    def model(*, at_sources: bool) -> Model:
        x = InputVoltageLayer(units=3, name="x")
        net = {**OWN, "name": "net", "initializer": 2.0}
        nodes = TransistorCrossbarLayer(units=2, **net)(x)
        both = [x, nodes] if inputs_first else [nodes, x]
        kind = {"kind": "antiparallel", "param": {"IS": 1e-6, "a": 0.1}}
        if at_sources:
            all_nodes = ConcatenateLayer(name="both")(both)
            return closed(x, last=DiodeLayer(name="d", **kind)(all_nodes))
        return closed(x, last=DiodeLayer(name="d", **kind)(nodes))

    x = {"x": np.linspace(-0.4, 0.9, 12).reshape(4, 3)}
    for settings in ({}, {"backend": NUMPY}):
        points = model(at_sources=True).operating_points(x, **settings)
        alone = model(at_sources=False).operating_points(x, **settings)
        assert points.residual <= RIGHT
        assert points.at("net") == pytest.approx(alone.at("net"), rel=1e-9, abs=1e-12)
