"""Single samples of transistor networks whose outputs are unlike each other."""

import numpy as np
import pytest
from ebana_diode_mos import TransistorNetworkLayer

from ebana_core import Model
from ebana_core.backends import NativeBackend
from ebana_core.backends.native.singles.simulator import SinglesSimulator
from ebana_core.initializers import Given
from ebana_core.layers import (
    BiasVoltageLayer,
    ConcatenateLayer,
    InputVoltageLayer,
    ResistorNetworkLayer,
    SenseLayer,
)

N = 12
INPUTS = {"x": np.array([[0.1]])}
RING = [(k, (k + step) % N) for step in (1, 3) for k in range(N)]


def ring(outputs: dict[str, list[int]]) -> Model:
    """Return a ring of transistors, of which sources hold the nodes 0 and 1.

    Args:
        outputs: Name to the nodes that it reads.
    """
    x = InputVoltageLayer(units=1, name="x")
    bias = BiasVoltageLayer(units=1, name="bias", bias_voltage=0.4)
    net = TransistorNetworkLayer(
        name="net",
        branches=RING,
        inputs=[0, 1],
        outputs=list(range(N)),
        initializer=np.random.default_rng(0).uniform(1.5, 4.0, len(RING)),
        lr=0.1,
    )(ConcatenateLayer(name="held")([x, bias]))
    read = [
        ResistorNetworkLayer(
            name=f"{name}_ring",
            branches=RING,
            inputs=list(range(N)),
            outputs=nodes,
            initializer=Given(1e-9),
        )(net)
        for name, nodes in outputs.items()
    ]
    senses = [
        SenseLayer(name=name, fold=False, clamp_resistance=50.0)(own)
        for name, own in zip(outputs, read, strict=True)
    ]
    return Model([x, bias], senses, seed=0, gmin=1e-8, shunt=1e-9)


@pytest.mark.parametrize("nodes", [[0], [0, 7]], ids=str)
def test_a_node_that_a_source_holds_can_be_read(nodes: list[int]) -> None:
    model = ring({"y": nodes})
    parameters, simulator = model.parameters.snapshot(), model.simulator("native")
    assert isinstance(simulator, SinglesSimulator)
    other = model.simulator(NativeBackend(method="terminal_sparse"))
    found, expected = (s.operating_points(parameters, INPUTS) for s in (simulator, other))
    # Both end where rounding is left.
    assert found.node_voltages == pytest.approx(expected.node_voltages, rel=0.0, abs=1e-12)
    assert found.predictions()["y"][0, 0] == INPUTS["x"][0, 0]


def test_clamps_belong_to_the_outputs_that_are_named() -> None:
    """In whichever order they are named, and where two outputs read one node."""
    model = ring({"b": [5, 8], "a": [5]})
    parameters = model.parameters.snapshot()
    goals = {"a__sense": np.array([[0.3]]), "b__sense": np.array([[0.2, np.nan]])}
    found = []
    for backend in ("native", NativeBackend(method="terminal_sparse")):
        simulator = model.simulator(backend)
        assert simulator.through is not None
        free = simulator.operating_points(parameters, INPUTS)
        found.append(simulator.through.points(free, goals, parameters))
    single, expected = found
    assert single.node_voltages == pytest.approx(expected.node_voltages, rel=0.0, abs=1e-11)
    for name in ("a__clamp", "b__clamp"):
        # Currents through 50 ohm, of voltages that agree to 1e-11.
        assert single.nudge[name] == pytest.approx(expected.nudge[name], rel=0.0, abs=1e-12)
    assert single.nudge["a__clamp"][0, 0] > 1e-4


def test_what_is_put_into_parameters_is_seen_by_the_next_clamped_phase() -> None:
    """Into the very mapping that the free phase was solved at."""
    model, found = ring({"y": [5, 8]}), []
    for backend in ("native", NativeBackend(method="terminal_sparse")):
        simulator, parameters = model.simulator(backend), dict(model.parameters.snapshot())
        assert simulator.through is not None
        free = simulator.operating_points(parameters, INPUTS)
        gates = parameters["net.gate"] + 0.5
        gates.flags.writeable = False
        parameters["net.gate"] = gates
        goals = {"y__sense": np.array([[0.3, np.nan]])}
        found.append(simulator.through.points(free, goals, parameters).node_voltages)
    assert found[0] == pytest.approx(found[1], rel=0.0, abs=1e-11)


def test_sources_of_another_chip_stand_where_they_do_there() -> None:
    model, found = ring({"y": [5, 8]}), []
    parameters = model.parameters.snapshot()
    twin = {**parameters, "bias.bias_voltage": parameters["bias.bias_voltage"] + 0.1}
    goals = {"y__sense": np.array([[0.3, np.nan]])}
    for backend in ("native", NativeBackend(method="terminal_sparse")):
        simulator = model.simulator(backend)
        assert simulator.through is not None
        free = simulator.operating_points(parameters, INPUTS)
        found.append(simulator.through.points(free, goals, twin))
    single, expected = found
    assert single.node_voltages == pytest.approx(expected.node_voltages, rel=0.0, abs=1e-11)
    assert single.residual <= 1e-12
