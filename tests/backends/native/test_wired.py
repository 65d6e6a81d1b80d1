"""Wired crossbars between their ports: what other methods and ngspice find, and reciprocity."""

from typing import Any

import numpy as np
import pytest
from ebana_memristor import Linear, MemristorLayer, Wires

from ebana_core import Model, losses, memory
from ebana_core.backends import NativeBackend
from ebana_core.backends.native.wired.dissection import Dissection
from ebana_core.backends.native.wired.judging import check_inner
from ebana_core.backends.native.wired.lattice import find_lattices
from ebana_core.backends.native.wired_simulator import WiredSimulator
from ebana_core.data import DataSet
from ebana_core.errors import ConvergenceError, NotEnoughMemoryError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, InputVoltageLayer
from ebana_core.rules import CoupledLearning, EquilibriumPropagation
from tests.support.falling import Falling
from tests.support.graphs import IDEAL, RAMP, SHOCKLEY
from tests.support.wired import WINDOW, driven, nudge, wired_layers

RIGHT = 1e-12
"""Imbalance up to which a point is right in float64."""
EVERY_NODE = NativeBackend(method="transfer")
"""Solves for all nodes, by sparse factors."""

CASES: list[dict[str, Any]] = [
    {"widths": (12, 12), "last": None},
    {"widths": (13, 9)},
    {"widths": (3, 40), "wires": Wires(0.5, 20.0)},
    {"widths": (40, 3), "wires": Wires(20.0, 0.5), "last": None},
    {"widths": (17, 20, 9), "diode": RAMP},
    {"widths": (9, 16, 11, 8), "diode": SHOCKLEY, "last": None},
    {"widths": (11, 13, 8), "diode": IDEAL},
    {"widths": (8, 9, 10), "wires": Wires(1e-3, 1e-3)},
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_node_stands_where_sparse_factors_put_it(case: dict[str, Any]) -> None:
    model = wired_layers(**case)
    assert NativeBackend().explain(model).method == "wired"
    found = model.operating_points(driven(model), nudge=nudge(model))
    expected = model.operating_points(driven(model), EVERY_NODE, nudge=nudge(model))
    free = model.operating_points(driven(model))
    assert free.residual <= RIGHT
    # What rounding leaves of 1 V in a sum of conductances: of wires of a milliohm, more.
    lost = 1e-9 if case.get("wires") == Wires(1e-3, 1e-3) else 1e-12
    assert found.free_voltages == pytest.approx(expected.free_voltages, rel=0, abs=lost)
    size = np.abs(expected.change).max()
    assert found.change == pytest.approx(expected.change, rel=0, abs=1e3 * lost * size)


@pytest.mark.ngspice
@pytest.mark.parametrize("case", [CASES[0], CASES[4], CASES[5]], ids=str)
def test_ngspice_agrees(case: dict[str, Any]) -> None:
    model = wired_layers(**case)
    ours, reference = (model.operating_points(driven(model, 3), b) for b in ("native", "ngspice"))
    size = np.abs(reference.node_voltages).max()
    assert ours.node_voltages == pytest.approx(reference.node_voltages, rel=0, abs=1e-8 * size)


@pytest.mark.parametrize("shape", [(1, 1), (5, 7), (16, 16), (37, 50)])
@pytest.mark.parametrize("wire", [1e-3, 2.0, 1e4])
def test_rows_drive_columns_as_columns_drive_rows(shape: tuple[int, int], wire: float) -> None:
    rng = np.random.default_rng(0)
    cells = 10 ** rng.uniform(-9, -3, shape)
    along, down = (np.full(shape, 1 / wire) for _ in "ab")
    n_rows, n_columns = shape
    there = Dissection(cells, along, down, begins_inside=True).between[:n_rows, n_rows:]
    # Seen from the other side, columns are rows: last ones first, as these are driven first.
    turned = (part[::-1, ::-1].T for part in (cells, down, along))
    back = Dissection(*turned, begins_inside=True).between[:n_columns, n_columns:]
    # Every conductance to its own last digits, however small it is beside the wires.
    assert there == pytest.approx(back[::-1, ::-1].T, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("off", "side", "near"),
    [
        (1e-9, 0, r"row node \[7, [345]\]"),
        (np.nan, 0, r"row node \[7, [345]\]"),
        (1e-9, 1, r"column node \[[678], 4\]"),
    ],
)
def test_voltages_inside_that_do_not_balance_are_refused(off: float, side: int, near: str) -> None:
    model = wired_layers((12, 10))
    (lattice,) = find_lattices(model.network.compiled)
    values = lattice.values(model.parameters.snapshot())
    ports = np.random.default_rng(0).uniform(-1, 1, (3, 22))
    inner = Dissection(*values, begins_inside=False).inner(ports)
    check_inner(lattice, values, ports, inner)
    inner = inner.copy()
    inner[1, side, 7, 4] += off
    with pytest.raises(ConvergenceError, match=f"layer 'm0' could not be .* {near}"):
        check_inner(lattice, values, ports, inner)


def test_a_crossbar_is_judged_before_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    model, inner = wired_layers((12, 10)), Dissection.inner
    monkeypatch.setattr(Dissection, "inner", lambda own, ports: inner(own, ports) + 1e-9)
    with pytest.raises(ConvergenceError, match="wires of layer 'm0' could not be eliminated"):
        model.predict(DataSet(driven(model)))


def test_columns_that_nothing_leaves_carry_the_mean_of_their_rows() -> None:
    # With wires that hardly count a column without a load stands at the mean of its rows' voltages,
    # weighted by the cells.
    model = wired_layers((20, 16), wires=Wires(1e-3, 1e-3), last=None)
    inputs = driven(model)
    cells = model.parameters["m0.conductance"]
    mean = inputs["x"] @ cells / cells.sum(axis=0)
    # Wires of 1e-3 ohm beside 20 cells of at most 1e-4 S each.
    assert model.predict(DataSet(inputs))["y"] == pytest.approx(mean, abs=1e-3 * 20 * 20 * 1e-4)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_predictions_are_those_of_the_points(case: dict[str, Any]) -> None:
    model = wired_layers(**case)
    inputs = driven(model)
    points = model.operating_points(inputs)
    # Sums over sources are rounded like any product of a matrix.
    expected = pytest.approx(points.predictions()["y"], rel=0, abs=1e-14)
    assert model.predict(DataSet(inputs))["y"] == expected


def test_predictions_follow_the_parameters() -> None:
    model, other = (wired_layers((12, 10), seed=seed) for seed in (0, 1))
    data = DataSet(driven(model))
    before = model.predict(data)["y"]
    for name in model.parameters:
        model.parameters[name] = other.parameters[name]
    assert np.array_equal(model.predict(data)["y"], other.predict(data)["y"])
    assert np.abs(model.predict(data)["y"] - before).max() > 1e-3


@pytest.mark.parametrize(
    "rule",
    [EquilibriumPropagation(1e-7, variant="centered"), CoupledLearning(1e-3, variant="centered")],
)
@pytest.mark.parametrize("case", [CASES[1], CASES[4], CASES[5]], ids=str)
def test_gradients_are_those_of_the_method_that_solves_for_every_node(
    rule: EquilibriumPropagation | CoupledLearning, case: dict[str, Any]
) -> None:
    model = wired_layers(**case)
    targets = np.random.default_rng(2).normal(size=(5, *model.network.shapes["y"]))
    data = DataSet(driven(model), {"y": targets})
    found = model.gradients(data, losses.MSE(), rule)
    expected = model.gradients(data, losses.MSE(), rule, EVERY_NODE)
    for name, gradient in expected.items():
        size = np.abs(gradient).max()
        # Digits that changes keep of gradients, through three layers.
        assert found[name] == pytest.approx(gradient, rel=0, abs=1e-7 * size)


def test_a_batch_of_predictions_needs_no_room_for_the_nodes_inside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = wired_layers((40, 40))
    inputs = driven(model, 256)
    simulator, values = model.simulator(), model.parameters.snapshot()
    inside = 256 * 2 * 40**2 * 8  # bytes of the voltages there
    room = simulator.memory(values, 256) - inside // 2
    monkeypatch.setattr(memory, "UNCHECKED", 0)
    monkeypatch.setattr(memory, "available_memory", lambda: room)
    model.predict(DataSet(inputs))
    with pytest.raises(NotEnoughMemoryError, match="samples"):
        model.operating_points(inputs)


def test_circuits_that_may_have_several_points_are_solved_and_estimated_with_all_nodes() -> None:
    source = InputVoltageLayer(units=12, name="x")
    cell, drawn = Linear(window=WINDOW), RandomUniform(*WINDOW)
    crossbar = MemristorLayer(name="m", units=10, cell=cell, wires=Wires(2, 2), initializer=drawn)
    nodes = Falling(name="falling")(crossbar(source))
    model = Model([source], [CurrentLayer(name="y", fold=False)(nodes)], seed=0)
    values, simulator = model.parameters.snapshot(), model.simulator()
    whole = NativeBackend().compile_whole(model.network.compiled)
    assert isinstance(simulator, WiredSimulator)
    assert simulator.explain(values).method == whole.explain(values).method != "wired"
    for n_samples in (1, 1000):
        expected = whole.memory(values, n_samples)
        assert simulator.memory(values, n_samples) == expected
        assert simulator.prediction_memory(values, n_samples) == expected
