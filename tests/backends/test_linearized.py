"""The transposed Jacobian: every way of solving it, port resistances, what it refuses."""

import numpy as np
import pytest

from ebana_core.arrays import Array
from ebana_core.backends import OperatingPoints
from ebana_core.backends.linearized import Linearized, blocks, jacobian
from ebana_core.circuit import (
    GROUND,
    Branches,
    CircuitBuilder,
    CurrentSources,
    ElementArray,
    Input,
    Parameter,
    VoltageSources,
)
from ebana_core.circuit.compiled import compile_circuit
from ebana_core.errors import UnsupportedError
from ebana_core.laws import Ohm
from tests.support.circuits import Drawn, everything
from tests.support.networks import layered_model, samples


def bench_points() -> OperatingPoints:
    bench = everything()
    return bench.simulator.operating_points(bench.parameters, bench.samples.inputs)


def multipliers(points: OperatingPoints) -> Array:
    gradients = {"y": np.array([[1.0, -0.3]] * 5), "z": np.array([[0.2, 0.7]] * 5)}
    return Linearized(points).multipliers(gradients)


def test_every_way_of_solving_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    points = bench_points()
    assert Linearized(points).matrix.is_at_bound is not None
    expected = multipliers(points)
    scale = np.abs(expected).max()
    for module, name in ((jacobian, "CHUNK"), (blocks, "PRECOMPUTED"), (jacobian, "DENSE")):
        monkeypatch.setattr(module, name, 0)
        assert multipliers(points) == pytest.approx(expected, abs=1e-12 * scale), name


def test_multipliers_vanish_at_fixed_nodes_and_follow_amplifiers() -> None:
    points = bench_points()
    found = multipliers(points)
    circuit = points.circuit
    assert (found[:, circuit.nodes_of("x")] == 0).all()
    inputs, outputs = circuit.amplifiers[0].inputs, circuit.amplifiers[0].outputs
    gain = points.parameters["amp.gain"]
    assert found[:, outputs] * gain == pytest.approx(found[:, inputs], rel=1e-12, abs=0)


def test_port_resistances_are_changes_of_predictions_per_current() -> None:
    bench = everything()
    free = bench.simulator.operating_points(bench.parameters, bench.samples.inputs)
    found = Linearized(free).port_resistances()
    assert found.shape == (5, 4, 4)
    current = 1e-15  # A; what devices are straight over
    for port in range(4):
        nudge = {"y": np.zeros((5, 2)), "z": np.zeros((5, 2))}
        nudge["yz"[port // 2]][:, port % 2] = current
        points = bench.simulator.operating_points(
            bench.parameters, bench.samples.inputs, nudge, free
        )
        assert points.change is not None
        moved = np.concatenate(
            [points.change[:, o.heads] - points.change[:, o.tails] for o in points.circuit.outputs],
            axis=1,
        )
        expected = moved / current
        assert np.abs(found[:, :, port] - expected).max() <= 1e-6 * np.abs(expected).max()


def test_reciprocal_circuits_have_symmetric_ports() -> None:
    model = layered_model((3, 4, 6), (4.0,), seed=1)
    points = model.operating_points(samples(model, 1).inputs)
    found = Linearized(points).port_resistances()
    assert found == pytest.approx(found.transpose(0, 2, 1), rel=1e-12, abs=0)


def two_resistors(law: Ohm | Drawn) -> tuple[OperatingPoints, Array]:
    """Return 1 V, a device whose value differs between samples, a node, 1 uS to ground."""
    builder = CircuitBuilder()
    source, node = builder.nodes("x", (1,)), builder.nodes("n", (1,))
    builder.add(
        VoltageSources(name="x", layer="x", heads=source, tails=[GROUND], voltage=Input("x"))
    )
    value = law.values[0].name
    for name, heads, tails, kind, given in (
        ("varies", source, node, law, {value: Input("g")}),
        ("rest", node, [GROUND], Ohm(), {"conductance": Parameter("rest.conductance")}),
    ):
        topology = Branches(heads, tails)
        builder.add(ElementArray(name=name, layer=name, topology=topology, law=kind, values=given))
    builder.add(CurrentSources(name="y", layer="y", heads=node, tails=[GROUND]))
    g = np.array([[1e-6], [3e-6]])
    share = g / (g + 1e-6)
    points = OperatingPoints(
        compiled=compile_circuit(builder.circuit()),
        parameters={"rest.conductance": np.array([1e-6])},
        inputs={"x": np.ones((2, 1)), "g": g},
        nudge={},
        free_voltages=np.concatenate([np.zeros((2, 1)), np.ones((2, 1)), share], axis=1),
    )
    return points, g


def test_conductances_that_differ_between_samples_count_per_sample() -> None:
    points, g = two_resistors(Ohm())
    found = Linearized(points).port_resistances()
    assert found[:, 0] == pytest.approx(1 / (g + 1e-6), rel=1e-12, abs=0)


def test_a_law_that_only_ngspice_knows_is_refused() -> None:
    class Foreign(Drawn):
        native_refusal = "its reverse region is a secret"

    points, _ = two_resistors(Foreign())
    with pytest.raises(UnsupportedError, match="'varies' cannot be linearised: its reverse"):
        Linearized(points)
