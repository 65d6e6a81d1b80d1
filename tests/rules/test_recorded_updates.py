"""Trainings of transistor networks that were recorded with ngspice, repeated update by update."""

import numpy as np
import pytest

from ebana_core import optimizers
from ebana_core.backends import OperatingPoints, Simulator
from tests.support.recorded_updates import Recorded, recorded, volts

FEW = 6
"""Updates that are repeated with ngspice, which takes a hundred times as long."""
TOLERANCE = {"native": 1e-9, "ngspice": 1e-8}
"""V. ngspice's own tolerance is wider than that of the recordings, where currents are tiny."""


@pytest.mark.parametrize("backend", ["native", "ngspice"])
@pytest.mark.parametrize(
    "name",
    [
        "a1_regression_4x4",
        "a2_regression_4x4_random",
        "a3_xor_4x4",
        "b1_digits_64x20_dense",
        "b3_digits_64x10_floating",
        "d_ionosphere_125",
    ],
)
def test_every_recorded_update_is_repeated(name: str, backend: str) -> None:
    own = recorded(name)
    model, tolerance = own.model, TOLERANCE[backend]
    optimizer, simulator = optimizers.SGD(model), model.simulator(backend)
    open_ends = recorded(name, is_open=True).model.simulator("native")
    circuit = model.network.compiled.circuit
    sensed = circuit.senses[0].topology.heads
    n_records = len(own.records) if backend == "native" else FEW
    for record in own.records[:n_records]:
        samples = own.samples(record)
        parameters = model.parameters.snapshot()
        result = own.rule.run(
            simulator, model.network.compiled, parameters, samples, {"net.gate": None}
        )
        assert result.n_points == (1 if record.get("skipped") else 2)
        plain = result.phases["free"]
        free = _held(own, open_ends, plain, record, "clamp_source_during_free_V")
        network = _created(own, free)
        assert network == pytest.approx(volts(record, "free_V", own.places), abs=tolerance)
        optimizer.step(result.gradient_sums)
        if record.get("skipped"):
            continue
        goal = own.rule.clamps(circuit, samples, free.node_voltages)
        closed = ~np.isnan(goal["out__sense"][0])
        assert simulator.through is not None
        clamped = simulator.through.points(result.phases["free"], goal, parameters)
        found = _created(own, clamped)
        others = _held(own, open_ends, plain, record, "unclamped_sources_during_clamp_V")
        before = _created(own, others)
        is_still = np.isin(_nodes(own), sensed[~closed])
        expected = volts(record, "clamped_V", own.places)
        moves = ~is_still
        assert found[moves] == pytest.approx(expected[moves], abs=tolerance)
        assert before[is_still] == pytest.approx(expected[is_still], abs=tolerance)
        if "clamped_outputs" in record:
            outputs = own.content["circuit"]["nodes"]
            decided = {outputs[place] for place in own.rails[closed]}
            assert decided == set(record["clamped_outputs"])
        if "gates_after_V" in record:
            after = model.parameters["net.gate"]
            assert after == pytest.approx(record["gates_after_V"], abs=tolerance)
    if "gates_final_V" in own.content and n_records >= len(own.records):
        assert model.parameters["net.gate"] == pytest.approx(
            own.content["gates_final_V"], abs=tolerance
        )


def _held(
    own: Recorded, open_ends: Simulator, free: OperatingPoints, record: dict, key: str
) -> OperatingPoints:
    """Return the free phase with sources that are not at 0 V: recorded ones keep what they were at.

    Through 1e12 ohm that is too little to matter.
    """
    circuit = own.content["circuit"]
    if circuit["free_resistance_ohm"] > 1e10:
        return free
    held = dict(zip(circuit["outputs"], record[key], strict=True))
    goal = np.array([[held[circuit["nodes"][place]] for place in own.rails]])
    start = open_ends.operating_points(free.parameters, free.inputs)
    assert open_ends.through is not None
    return open_ends.through.points(start, {"out__sense": goal}, free.parameters)


def _nodes(own: Recorded) -> np.ndarray:
    names = list(own.model.network.compiled.circuit.node_names)
    return np.array([names.index(f"net[{number}]") for number in range(len(own.places))])


def _created(own: Recorded, points: OperatingPoints) -> np.ndarray:
    return points.node_voltages[0, _nodes(own)]
