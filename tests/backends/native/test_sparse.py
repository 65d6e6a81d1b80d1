"""Irregular circuits by sparse matrices: the same solutions, small memory, exact gradients."""

import tracemalloc

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer
from scipy.sparse import csr_array

from ebana_core import Model, losses
from ebana_core.backends import NativeBackend, OperatingPoints
from ebana_core.backends.native.elimination import eliminated, fills_up
from ebana_core.data import DataSet
from ebana_core.errors import ConvergenceError, UnsupportedError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    Conv2DLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
    ReshapeLayer,
)
from ebana_core.rules import EquilibriumPropagation
from tests.support.graphs import (
    IDEAL,
    RAMP,
    SHOCKLEY,
    Edges,
    graph_model,
    grid,
    random_graph,
    wired_crossbar,
)

RIGHT = 1e-12
CURRENT = 1e-8
"""What the nudge injects, A."""


SPARSE = ("transfer", "sparse", "sparse_iterative")


def method(model: Model) -> str:
    return NativeBackend().explain(model).method


def samples(model: Model, n_samples: int = 5) -> dict[str, np.ndarray]:
    width = model.network.shapes["x"][0]
    return {"x": np.random.default_rng(1).uniform(-1, 1, (n_samples, width))}


def solve(
    model: Model, n_samples: int = 5, backend: str | NativeBackend = "native"
) -> OperatingPoints:
    inputs, width = samples(model, n_samples), model.network.shapes["y"][0]
    nudge = {"y": np.full((n_samples, width), CURRENT)}
    return model.operating_points(inputs, backend, nudge=nudge)


CASES = [
    {"n_diodes": 10, "diode": None},
    {"n_diodes": 10, "diode": RAMP},
    {"n_diodes": 10, "diode": SHOCKLEY},
    {"n_diodes": 10, "diode": IDEAL},
    {"n_diodes": 144, "diode": RAMP},
    {"n_diodes": 144, "diode": SHOCKLEY},
    {"n_diodes": 144, "diode": IDEAL},
    {"n_diodes": 12, "diode": RAMP, "gain": -3.0},
    {"n_diodes": 144, "diode": RAMP, "gain": 2.5},
    {"n_diodes": 12, "diode": RAMP, "gain": 2.5, "skip": True},
    {"n_diodes": 144, "diode": SHOCKLEY, "gain": 2.5, "skip": True},
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_sparse_and_dense_matrices_agree(case: dict[str, object]) -> None:
    model = graph_model(grid(12), **case)  # type: ignore[arg-type] # a dictionary of settings
    expected = solve(model, backend=NativeBackend(method="dense_schur"))
    is_few = case["diode"] is None or case["n_diodes"] != 144
    assert method(model) == ("transfer" if is_few else "sparse")
    refused = {"transfer"} if case["diode"] and case["n_diodes"] == 144 else set()
    if case.get("gain") is not None:  # the second graph has nodes without diodes
        refused = set()
    if "skip" in case:
        refused |= {"sparse_iterative"}
    for name in set(SPARSE) - refused:
        backend = NativeBackend(method=name)
        found = solve(model, backend=backend)
        assert model.operating_points(samples(model), backend).residual <= RIGHT
        assert found.voltages == pytest.approx(expected.voltages, rel=1e-11, abs=1e-12), name
        assert found.change == pytest.approx(expected.change, rel=1e-8, abs=1e-15), name
    for name in refused:
        with pytest.raises(UnsupportedError, match=f"method '{name}' cannot solve"):
            solve(model, backend=NativeBackend(method=name))


@pytest.mark.ngspice
@pytest.mark.parametrize(
    ("edges", "n_diodes", "diode"),
    [
        (grid(20), 400, RAMP),
        (grid(20), 30, SHOCKLEY),
        (random_graph(250, 700, 0), 250, RAMP),
        (random_graph(250, 700, 1), 20, SHOCKLEY),
    ],
    ids=str,
)
def test_ngspice_agrees(edges: Edges, n_diodes: int, diode: dict[str, object]) -> None:
    model = graph_model(edges, n_diodes=n_diodes, diode=diode)
    assert method(model) in SPARSE
    ours, reference = solve(model, 3), solve(model, 3, "ngspice")
    assert ours.voltages == pytest.approx(reference.voltages, abs=1e-8)


@pytest.mark.ngspice
def test_ngspice_agrees_on_a_crossbar_with_wire_resistance() -> None:
    model = wired_crossbar(12)
    assert method(model) == "transfer"
    assert solve(model, 3).voltages == pytest.approx(solve(model, 3, "ngspice").voltages, abs=1e-8)


@pytest.mark.parametrize(("n_diodes", "gain"), [(8, None), (121, None), (11, -2.0)])
def test_gradients_equal_finite_differences(n_diodes: int, gain: float | None) -> None:
    model = graph_model(grid(11), n_diodes=n_diodes, diode=SHOCKLEY, gain=gain)
    assert method(model) in SPARSE
    data = DataSet(samples(model, 3), {"y": np.random.default_rng(2).normal(size=(3, 4))})
    rule = EquilibriumPropagation(1e-9, variant="centered", gradient="exact")
    name = "graph.conductance"
    found = model.gradients(data, losses.MSE(), rule)[name]
    values = np.array(model.parameters[name])
    assert found.shape == values.shape
    for place in np.argsort(np.abs(found))[[-1, -5, -50, len(values) // 2]]:
        step, total = 1e-3 * values[place], 0.0
        for multiple, factor in ((-2, 1), (-1, -8), (1, 8), (2, -1)):
            moved = values.copy()
            moved[place] += multiple * step
            model.parameters[name] = moved
            total += factor * model.evaluate(data, losses.MSE(), power=False).loss / (12 * step)
        # Rounding of the loss over a relative step of 1e-3.
        assert total == pytest.approx(found[place], rel=1e-5, abs=1e-6 * np.abs(found).max())


@pytest.mark.parametrize("n_diodes", [100, 10_000])
def test_ten_thousand_nodes_take_little_memory(n_diodes: int) -> None:
    n_samples = 2
    model = graph_model(grid(100), n_diodes=n_diodes, diode=RAMP)
    tracemalloc.start()
    try:
        points = model.operating_points(samples(model, n_samples))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert points.residual <= RIGHT
    # A dense matrix of the nodes would hold 800 MB; the structure takes most of this.
    assert peak <= 60e6


def test_random_graphs_take_conjugate_gradients() -> None:
    model = graph_model(random_graph(3000, 9000, 0), n_diodes=3000, diode=RAMP)
    assert method(model) == "sparse_iterative"
    points = model.operating_points(samples(model))
    assert points.residual <= RIGHT


def windows(side: int) -> Model:
    """Return two layers of windows with diodes and no amplifier, and a dense layer."""
    layer: Layer = InputVoltageLayer(units=side**2, name="x")
    source, init = layer, RandomUniform(1e-7, 1e-5)
    layer = ReshapeLayer(shape=(side, side, 1), name="plane")(layer)
    for name in ("one", "two"):
        layer = Conv2DLayer(filters=6, kernel_size=3, name=name, lr=0.0, initializer=init)(layer)
        layer = DiodeLayer(name=f"{name}_down", direction="down", bias_voltage=0.1, **RAMP)(layer)
        layer = DiodeLayer(name=f"{name}_up", direction="up", bias_voltage=-0.1, **RAMP)(layer)
    layer = ReshapeLayer(shape=-1, name="flat")(layer)
    layer = DenseLayer(units=4, name="last", lr=0.0, initializer=init)(layer)
    return Model([source], [CurrentLayer(name="y", fold=False)(layer)], seed=0)


def test_layers_of_windows_take_conjugate_gradients() -> None:
    """Ways through them are short, and factors of each sample take several times as long."""
    model = windows(10)
    assert method(model) == "sparse_iterative"
    found, expected = solve(model, 2), solve(model, 2, NativeBackend(method="sparse"))
    assert max(found.residual, expected.residual) <= RIGHT
    assert found.voltages == pytest.approx(expected.voltages, rel=1e-11, abs=1e-12)
    assert found.change == pytest.approx(expected.change, rel=1e-8, abs=1e-15)


def test_too_few_iterations_are_told() -> None:
    model = graph_model(grid(11), n_diodes=121, diode=SHOCKLEY)
    with pytest.raises(ConvergenceError, match=r"worst node 'graph\["):
        model.operating_points(samples(model), NativeBackend(max_iterations=1))


@pytest.mark.parametrize("name", [*SPARSE, "dense_schur"])
def test_drops_whose_currents_overflow_are_no_obstacle(name: str) -> None:
    # 5 kV across a diode of 50 mV is exp(100,000), where the first Newton step leads to.
    model = graph_model(grid(12), n_diodes=20, diode=SHOCKLEY)
    backend = NativeBackend(method=name)
    assert model.operating_points({"x": np.full((1, 7), 5e3)}, backend).residual <= RIGHT


@pytest.mark.parametrize("edges", [grid(15), random_graph(200, 500, 3)], ids=["grid", "random"])
def test_fill_is_what_factors_in_that_order_hold(edges: Edges) -> None:
    n, heads, tails = edges
    pattern = csr_array((np.ones(len(heads)), (heads, tails)), shape=(n, n))
    pattern = csr_array(pattern + pattern.T)
    found = eliminated(pattern)
    assert sorted(found.order) == list(range(n))
    laplacian = -pattern[found.order][:, found.order].toarray()
    np.fill_diagonal(laplacian, pattern.sum(axis=0)[found.order] + 1.0)
    lower = np.linalg.cholesky(laplacian)
    # Entries that elimination makes are far above rounding: conductances are 1 S.
    counts = (np.abs(lower) > 1e-12).sum(axis=0).astype(float)
    assert found.entries == 2 * counts.sum() - n
    assert found.operations == (counts**2).sum()


@pytest.mark.parametrize(
    ("edges", "expected"), [(grid(150), False), (random_graph(22_000, 60_000, 0), True)]
)
def test_structures_without_separators_are_seen(edges: Edges, expected: bool) -> None:
    n, heads, tails = edges
    pattern = csr_array((np.ones(len(heads)), (heads, tails)), shape=(n, n))
    assert fills_up(csr_array(pattern + pattern.T)) is expected
