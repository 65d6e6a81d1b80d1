"""Single samples of transistor networks beside the methods that solve batches."""

from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import TransistorNetworkLayer

from ebana_core import Model
from ebana_core.arrays import fixed
from ebana_core.backends import NativeBackend
from ebana_core.backends.native.simulator import NativeSimulator
from ebana_core.backends.native.singles.samples import SingleSamples
from ebana_core.backends.native.singles.simulator import SinglesSimulator
from ebana_core.backends.native.singles.wiring import Wiring
from ebana_core.initializers import RandomUniform
from ebana_core.layers import InputVoltageLayer, ResistorNetworkLayer, SenseLayer
from tests.support.transistors import torus

CARD = {"type": "nmos", "vto": 0.7, "gamma": 0.6, "phi": 0.8, "kp": 6e-5, "lambda": 0.1}
SIZES = {"w": 1e-4, "l": 5e-6, "rsh": 60.0, "nrd": 0.4, "nrs": 1.0}
INPUTS, OUTPUTS = [0, 1, 2], [7, 8, 9]


def network(seed: int, **settings: object) -> Model:
    """Return transistors, and a few resistors, along a random graph of ten nodes."""
    rng = np.random.default_rng(seed)
    branches = [(int(a), int(b)) for a, b in rng.integers(0, 10, (40, 2)) if a != b]
    branches += [(0, 7), (1, 8), (9, 2), (3, 0), (4, 1), (5, 2), (6, 0)]
    x = InputVoltageLayer(units=3, name="x")
    transistors = TransistorNetworkLayer(
        name="net",
        branches=branches,
        inputs=INPUTS,
        outputs=OUTPUTS,
        initializer=rng.uniform(0.5, 4.0, len(branches)),
        lr=0.1,
        **{"model": CARD, "param": SIZES} | settings,
    )(x)
    resistors = ResistorNetworkLayer(
        name="rs",
        branches=[(0, 3), (1, 3), (2, 4)],
        inputs=[0, 1, 2],
        outputs=[0, 1, 2],
        initializer=RandomUniform(1e-5, 1e-4),
    )(transistors)
    out = SenseLayer(name="out", fold=False, sense_resistance=1e9, clamp_resistance=50.0)
    return Model([x], [out(resistors)], seed=seed, gmin=1e-8, shunt=1e-9)


CASES = [
    {"body": body, "gate_reference": reference}
    for body in ("ground", "source", "drain", "floating")
    for reference in ("ground", "drain", "source")
]
CASES += [
    {"body": "source", "body_resistance": 10.0},
    {"model": CARD | {"type": "pmos", "vto": -0.7}, "initializer": -2.5},
    {"param": {"w": 1e-4, "l": 5e-6}},
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_single_samples_are_those_of_a_method_for_batches(case: dict) -> None:
    own = dict(case)
    start = own.pop("initializer", None)
    model = network(1, **own)
    if start is not None:
        gates = model.parameters["net.gate"]
        model.parameters["net.gate"] = np.full(gates.shape, start)
    parameters = model.parameters.snapshot()
    rng = np.random.default_rng(2)
    single = model.simulator("native")
    other = model.simulator(NativeBackend(method="terminal_sparse"))
    assert isinstance(single, SinglesSimulator)
    assert type(other) is NativeSimulator
    for sample in range(3):
        inputs = {"x": rng.uniform(0, 0.5, (1, 3))}
        free, expected = (s.operating_points(parameters, inputs) for s in (single, other))
        # Both end where rounding is left; nodes behind transistors that are off hang on 1e-9 S.
        assert free.node_voltages == pytest.approx(expected.node_voltages, abs=1e-11)
        assert free.residual <= 1e-12
        for points in (free, expected):
            assert points.stability is not None
            assert points.stability.is_stable.all()
            assert not points.stability.has_several.any()
        goal = free.predictions()["out"] + rng.uniform(-0.1, 0.1, (1, 3))
        goal[:, sample] = np.nan
        assert single.through is not None
        assert other.through is not None
        clamped = single.through.points(free, {"out__sense": goal}, parameters)
        beside = other.through.points(expected, {"out__sense": goal}, parameters)
        assert clamped.node_voltages == pytest.approx(beside.node_voltages, abs=1e-11)
        assert clamped.residual <= 1e-12
        # Currents through 50 ohm, of voltages that agree to 1e-11.
        assert clamped.nudge["out__clamp"] == pytest.approx(beside.nudge["out__clamp"], abs=1e-12)
        assert np.abs(clamped.nudge["out__clamp"]).max() > 1e-5


def test_clamped_phases_of_batches_are_those_of_their_samples(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = network(4)
    parameters, rng = model.parameters.snapshot(), np.random.default_rng(5)
    simulator = model.simulator("native")
    free = simulator.operating_points(parameters, {"x": rng.uniform(0, 0.5, (6, 3))})
    goals = {"out__sense": free.predictions()["out"] + rng.uniform(-0.1, 0.1, (6, 3))}
    goals["out__sense"][rng.random((6, 3)) < 0.4] = np.nan
    goals["out__sense"][2] = np.nan  # this one stays free
    other = model.simulator(NativeBackend(method="terminal_sparse")).through
    assert simulator.through is not None
    assert other is not None
    expected = other.points(free, goals, parameters)
    clamped = SingleSamples.clamped

    def of_few(left: int, self: SingleSamples, own: Any, goal: Any, values: Any) -> Any:
        """Leave none, every other, or all samples to others."""
        number = int(np.flatnonzero((free.free_voltages == own.free_voltages).all(axis=1))[0])
        return None if number % 2 < left else clamped(self, own, goal, values)

    for left in range(3):
        monkeypatch.setattr(
            SingleSamples, "clamped", lambda *given, left=left: of_few(left, *given)
        )
        found = simulator.through.points(free, goals, parameters)
        assert found.change == pytest.approx(expected.change, rel=0.0, abs=1e-11)
        assert not found.change[2].any()
        currents = found.nudge["out__clamp"]
        assert currents == pytest.approx(expected.nudge["out__clamp"], rel=0.0, abs=1e-12)
        assert found.residual <= 1e-12


def test_other_chips_are_clamped_from_the_free_phase_of_one() -> None:
    model = network(3)
    parameters = model.parameters.snapshot()
    offsets = np.random.default_rng(0).normal(0, 0.01, parameters["net.vto_offset"].shape)
    offsets.flags.writeable = False
    twin = {**parameters, "net.vto_offset": offsets}
    inputs = {"x": np.array([[0.1, 0.4, 0.2]])}
    found = []
    for backend in ("native", NativeBackend(method="terminal_sparse")):
        simulator = model.simulator(backend)
        free = simulator.operating_points(parameters, inputs)
        goal = free.predictions()["out"] + 0.05
        assert simulator.through is not None
        found.append(simulator.through.points(free, {"out__sense": goal}, twin))
    assert found[0].node_voltages == pytest.approx(found[1].node_voltages, abs=1e-11)
    assert found[0].residual <= 1e-12


def test_a_free_phase_is_clamped_after_another_one_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = network(3)
    parameters = fixed(model.parameters.snapshot())
    others = fixed({**parameters, "net.gate": 0.8 * parameters["net.gate"]})
    singles = SingleSamples(model.simulator("native").compiled)
    inputs = {"x": np.array([[0.1, 0.4, 0.2]])}
    free = singles.free(parameters, inputs)
    assert free is not None
    goal = free.predictions()["out"] + 0.05
    expected = singles.clamped(free, goal, parameters)
    free = singles.free(parameters, inputs)
    with monkeypatch.context() as patch:
        patch.setattr("ebana_core.backends.native.singles.solving.MOST_STEPS", 2)
        assert singles.free(others, inputs) is None
    assert free is not None
    assert expected is not None
    found = singles.clamped(free, goal, parameters)
    assert found is not None
    assert found.node_voltages == pytest.approx(expected.node_voltages, rel=0.0, abs=1e-11)


def test_what_is_written_into_parameters_is_seen_by_the_next_clamped_phase() -> None:
    model = network(3)
    simulator, parameters = model.simulator("native"), model.parameters.snapshot()
    free = simulator.operating_points(parameters, {"x": np.array([[0.1, 0.4, 0.2]])})
    goals = {"out__sense": free.predictions()["out"] + 0.05}
    mine = {name: np.array(array) for name, array in parameters.items()}
    through = simulator.through
    assert through is not None
    through.points(free, goals, mine)
    mine["net.vto_offset"] += 0.1
    found = through.points(free, goals, mine)
    expected = through.points(free, goals, fixed(mine))
    assert np.array_equal(found.node_voltages, expected.node_voltages)


def test_the_explanation_says_what_leads_networks_of_transistors() -> None:
    model = network(1)
    found = NativeBackend().explain(model)
    assert found.ahead == {"singles": None, "branches": None}
    said = " ".join(str(found).split())
    assert "Single samples, and clamped phases: compiled code of their own" in said
    assert "Batches: Newton's method in compiled code, sample after sample" in said
    # Who asks for a method by name gets it for single samples too.
    named = NativeBackend(method="multi_terminal").explain(model)
    assert named.ahead["singles"] == "a method was asked for by name"
    assert "Batches: by the method alone: it leads by sparse" in " ".join(str(named).split())
    plain = NativeBackend(compiled=False).explain(model)
    assert plain.ahead["branches"] == "compiled code is not wanted, or not installed"


def grid(side: int, gates: np.ndarray) -> Model:
    """Return a closed square grid of transistors, two held nodes, two outputs."""
    x = InputVoltageLayer(units=2, name="x")
    net = TransistorNetworkLayer(
        name="net",
        branches=torus(side),
        inputs=[0, side**2 // 3],
        outputs=[side**2 // 2, side + 1],
        initializer=gates,
        lr=0.1,
        model=CARD,
        param=SIZES,
    )(x)
    out = SenseLayer(name="out", fold=False, sense_resistance=1e9, clamp_resistance=1.0)
    return Model([x], [out(net)], seed=0, gmin=1e-8, shunt=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_nodes_that_settle_by_themselves_end_where_those_of_batches_do(seed: int) -> None:
    rng = np.random.default_rng(seed)
    model = grid(16, rng.uniform(0.5, 3.0, 512))
    singles, parameters = (
        SingleSamples(model.simulator("native").compiled),
        model.parameters.snapshot(),
    )
    assert singles.settles
    inputs = {"x": rng.uniform(0, 0.45, (1, 2))}
    free = singles.free(fixed(parameters), inputs)
    assert free is not None
    other = model.simulator(NativeBackend(method="terminal_sparse"))
    expected = other.operating_points(parameters, inputs)
    # Rounding of a current next to a threshold, over 1e-9 S.
    assert free.node_voltages == pytest.approx(expected.node_voltages, abs=1e-10)
    goal = free.predictions()["out"] + [[0.02, np.nan]]
    clamped = singles.clamped(free, goal, free.parameters)
    assert clamped is not None
    assert other.through is not None
    beside = other.through.points(expected, {"out__sense": goal}, parameters)
    assert clamped.node_voltages == pytest.approx(beside.node_voltages, abs=1e-10)


def test_a_clamped_phase_does_not_depend_on_samples_before() -> None:
    model = grid(16, np.full(512, 2.0))
    parameters, compiled = fixed(model.parameters.snapshot()), model.simulator("native").compiled
    found = []
    for before in ([], [0.1, 0.4]):
        singles = SingleSamples(compiled)
        assert singles.settles  # factors are worth keeping
        for volts in before:
            assert singles.free(parameters, {"x": np.array([[volts, 0.2]])}) is not None
        # Here all nodes begin where they end, and no factors are made.
        free = singles.free(parameters, {"x": np.zeros((1, 2))})
        assert free is not None
        clamped = singles.clamped(free, np.array([[0.05, np.nan]]), parameters)
        assert clamped is not None
        found.append(clamped.node_voltages)
    assert np.array_equal(*found)


def test_rows_of_the_factors_that_clamps_change_come_last() -> None:
    wiring = Wiring(grid(16, np.full(512, 2.0)).simulator("native").compiled)
    order: Any = wiring.matrix
    for nodes in order[1:]:  # of rows and of columns
        assert np.flatnonzero(np.isin(nodes, wiring.sensed)).min() == wiring.first_clamped > 0


def test_what_is_left_next_to_a_threshold_is_known_for_rounding() -> None:
    model, rng = grid(6, np.full(72, 1.0)), np.random.default_rng(0)
    singles = SingleSamples(model.simulator("native").compiled)
    parameters = dict(model.parameters.snapshot())
    for _ in range(100):
        # Such gates cancel against thresholds a thousand times what is left of them.
        gates = rng.uniform(0.7, 0.75, 72)
        inputs = {"x": rng.uniform(0, 0.02, (1, 2))}
        assert singles.free(fixed(parameters | {"net.gate": gates}), inputs) is not None


def test_twins_that_take_turns_are_laid_out_once() -> None:
    model = network(3)
    parameters = fixed(model.parameters.snapshot())
    twin = fixed({**parameters, "net.vto_offset": parameters["net.vto_offset"] + 0.01})
    wiring = Wiring(model.simulator("native").compiled)
    found = [
        (wiring.transistors(parameters)[-1], wiring.transistors(twin, is_other=True)[-1])
        for _ in range(2)
    ]
    assert found[0][0] is found[1][0]
    assert found[0][1] is found[1][1]
