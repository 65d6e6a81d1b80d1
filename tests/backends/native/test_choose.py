"""Every solver of the table can be asked for by name, and finds what the others find."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ebana_memristor import Sinh

from ebana_core import Model
from ebana_core.backends import NativeBackend
from ebana_core.backends.native.choose import METHODS
from ebana_core.backends.native.solvers.compiled import MOST_PRODUCTS, CompiledSteps
from ebana_core.backends.native.solvers.layered import Layered
from ebana_core.errors import ParameterError, UnsupportedError
from ebana_core.initializers import Given, RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    SpiceBlock,
)
from tests.support.around import in_circuit
from tests.support.graphs import RAMP, graph_model, grid, random_graph
from tests.support.libraries import NETWORKS
from tests.support.networks import layered_model, soft_model
from tests.support.wired import WINDOW, wired_layers

ROOT = Path(__file__).parents[3]


def resistor(*, is_block: bool) -> Model:
    """Return a resistor of 1 kilohm between two crossbars, of two terminals or as a block."""
    source = InputVoltageLayer(units=1, name="x")
    before = DenseLayer(units=1, name="d", initializer=Given(1e-4))(source)
    text = ".subckt r in out\nR1 in out 1k\n.ends\n"
    layer = SpiceBlock(name="r", subcircuit=text, inputs="in", outputs="out")
    between = layer if is_block else DenseLayer(units=1, name="r", initializer=Given(1e-3))
    last = DenseLayer(units=1, name="last", initializer=Given(1e-5))(between(before))
    return Model([source], [CurrentLayer(name="y", fold=False)(last)], seed=0)


def limited() -> Model:
    """Return amplifiers that saturate: devices of several terminals."""
    source = InputVoltageLayer(units=3, name="x")
    hidden = DenseLayer(units=4, name="d", initializer=Given(1e-5))(source)
    param = {"gain": 3.0}
    amplified = AmplificationLayer(name="a", param=param, saturation=(-1.0, 1.0))(hidden)
    last = DenseLayer(units=2, name="last", initializer=Given(1e-5))(amplified)
    return Model([source], [CurrentLayer(name="y", fold=False)(last)], seed=0)


def transistors() -> Model:
    """Return a block of transistors with driven gates, its bulks and one gate at ground."""
    ends = [("a", "u", 2.0), ("u", "v", 1.5), ("v", "b", 3.0), ("b", "u", 0.4), ("w", "v", 2.5)]
    lines = [
        f"M{k} {drain} g{k} {source} 0 nm W=20u L=2u\nV{k} g{k} 0 {gate}"
        for k, (drain, source, gate) in enumerate([*ends, ("y", "w", 2.2)])
    ]
    model = ".model nm NMOS (LEVEL=1 VTO=0.7 KP=40u GAMMA=0.8 PHI=0.8 LAMBDA=0.1 RSH=50)"
    leak = "RW w 0 1MEG"
    text = "\n".join([".subckt net a b y", *lines, leak, model, ".ends"])
    source = InputVoltageLayer(units=4, name="x")
    block = SpiceBlock(name="net", subcircuit=text, inputs=("a", "b"), outputs="y")(source)
    last = DenseLayer(units=2, name="last", initializer=Given(1e-5))(block)
    return Model([source], [CurrentLayer(name="y", fold=False)(last)], seed=0)


def resistors() -> Model:
    """Return two crossbars and nothing else."""
    source = InputVoltageLayer(units=6, name="x")
    hidden = DenseLayer(units=30, name="d", initializer=RandomUniform(1e-5, 1e-4))(source)
    last = DenseLayer(units=4, name="last", initializer=RandomUniform(1e-5, 1e-4))(hidden)
    return Model([source], [CurrentLayer(name="y", fold=False)(last)], seed=0)


CIRCUITS: dict[str, Callable[[], Model]] = {
    "terminal_sparse": transistors,
    "wired": lambda: wired_layers((9, 12, 7), diode=RAMP),
    "linear": resistors,
    "chained": lambda: wired_layers((9, 12, 7), cell=Sinh(window=WINDOW)),
    "transfer": lambda: graph_model(grid(12), n_diodes=20, diode=RAMP),
    "sparse": lambda: graph_model(grid(12), n_diodes=144, diode=RAMP),
    "sparse_iterative": lambda: graph_model(random_graph(60, 150, 0), n_diodes=60, diode=RAMP),
    "compiled": lambda: layered_model((4, 9, 7, 4), (2.0, 3.0), seed=0),
    "layered": lambda: soft_model((6, 30, 25, 4), (2.0, 1.5), seed=0),
    "dense_schur": lambda: soft_model((6, 30, 25, 4), (2.0, 1.5), seed=0),
}
"""By the method that each is asked to be solved by."""

REFERENCE = {"dense_schur": "sparse", "terminal_sparse": "multi_terminal"}
"""The method that finds the same; `dense_schur` where none stands here."""


def shunted(model: Model) -> Model:
    with tempfile.TemporaryDirectory() as folder:
        return in_circuit(model, Path(folder), gmin=1e-15, shunt=1e-9)


def solved(model: Model, method: str | None) -> dict[str, np.ndarray]:
    shapes = model.network.shapes
    x = np.random.default_rng(1).uniform(-1, 1, (5, *shapes["x"]))
    nudge = {"y": np.full((5, *shapes["y"]), 1e-8)}
    points = model.operating_points({"x": x}, NativeBackend(method=method), nudge=nudge)
    assert points.change is not None
    return {"free": points.free_voltages, "change": points.change}


@pytest.mark.parametrize("method", [name for name in METHODS if name != "multi_terminal"])
def test_every_method_finds_what_another_one_finds(method: str) -> None:
    model = CIRCUITS[method]()
    found = solved(model, method)
    expected = solved(model, REFERENCE.get(method, "dense_schur"))
    # What rounding leaves of voltages up to 1 V, and of changes 1e-4 as large.
    assert found["free"] == pytest.approx(expected["free"], rel=1e-11, abs=1e-12)
    assert found["change"] == pytest.approx(expected["change"], rel=1e-8, abs=1e-15)
    assert NativeBackend(method=method).explain(model).method == method


@pytest.mark.parametrize(
    "method", [name for name in METHODS if name not in ("multi_terminal", "wired")]
)
def test_every_method_has_the_conductances_around(method: str, tmp_path: Path) -> None:
    plain = CIRCUITS[method]()
    model = in_circuit(plain, tmp_path, gmin=1e-6, shunt=1e-6)
    found = solved(model, method)
    expected = solved(model, REFERENCE.get(method, "dense_schur"))
    # As above.
    assert found["free"] == pytest.approx(expected["free"], rel=1e-11, abs=1e-12)
    assert found["change"] == pytest.approx(expected["change"], rel=1e-8, abs=1e-15)
    assert np.abs(found["free"] - solved(plain, method)["free"]).max() >= 1e-4


def test_devices_of_several_terminals_are_solved_as_the_same_of_two() -> None:
    found = solved(resistor(is_block=True), "multi_terminal")
    expected = solved(resistor(is_block=False), "dense_schur")
    for phase in ("free", "change"):
        visible = found[phase][:, : expected[phase].shape[1]]
        # Rounding of 1 V, on node numbers that both circuits share: x and d.
        assert visible[:, :3] == pytest.approx(expected[phase][:, :3], rel=1e-11, abs=1e-13)


@pytest.mark.parametrize(
    ("method", "model", "reason"),
    [
        ("wired", CIRCUITS["sparse"], "no crossbar with wires along rows and columns"),
        ("wired", lambda: shunted(CIRCUITS["wired"]()), "a shunt leads to ground from every node"),
        ("linear", CIRCUITS["layered"], "it has devices"),
        ("chained", CIRCUITS["sparse"], "its resistors are no chains of two kinds"),
        ("multi_terminal", CIRCUITS["layered"], "no device has several terminals"),
        ("dense_schur", lambda: limited(), "have more than two terminals"),
        ("sparse", lambda: limited(), "have more than two terminals"),
        ("transfer", CIRCUITS["sparse"], "a device touches every unknown node"),
        ("compiled", CIRCUITS["layered"], "devices of layer 'pair0' are not two straight lines"),
        ("layered", NETWORKS["coupled"], "a nonlinear branch joins two unknown nodes"),
        ("layered", NETWORKS["not reciprocal"], "without an energy"),
        ("sparse_iterative", NETWORKS["not reciprocal"], "without an energy"),
    ],
)
def test_a_method_that_does_not_apply_is_refused_with_the_reason(
    method: str, model: Callable[[], Model], reason: str
) -> None:
    with pytest.raises(UnsupportedError, match=f"{method!r} cannot solve this circuit: .*{reason}"):
        solved(model(), method)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"method": "lu"}, "dense_schur.*layered.*multi_terminal"),
        ({"method": 3}, "method=3"),
        ({"method": "sparse", "compiled": True}, "leave out `compiled`"),
        ({"method": "compiled", "device": "cpu"}, "use another method"),
    ],
)
def test_settings_that_name_no_method_or_contradict_each_other(
    settings: dict[str, Any], named: str
) -> None:
    with pytest.raises(ParameterError, match=named):
        NativeBackend(**settings)


def test_float32_has_no_sparse_matrices() -> None:
    model = CIRCUITS["sparse"]()
    with pytest.raises(UnsupportedError, match="in float64"):
        model.simulator(NativeBackend(dtype="float32", method="sparse"))


def test_an_explanation_prints_the_method_the_reason_and_the_others() -> None:
    text = str(NativeBackend(compiled=False).explain(CIRCUITS["sparse"]()))
    assert text.startswith("native solves this circuit by 'sparse': the Jacobian of every sample")
    assert "Why: dense matrices would hold" in text
    assert "'dense_schur'" in text
    assert "Not 'multi_terminal': no device has several terminals." in text


def test_an_explanation_knows_the_present_gains() -> None:
    model = graph_model(random_graph(600, 3000, 0), n_diodes=600, gain=2.0, skip=True)
    found = NativeBackend().explain(model)
    assert found.method == "sparse"
    assert "rule out 'sparse_iterative'" in found.reason


def test_large_batches_leave_compiled_code() -> None:
    model = CIRCUITS["compiled"]()
    assert NativeBackend(compiled=True).explain(model).rest == "dense_schur"


@pytest.mark.parametrize(
    ("backend", "n_samples", "expected"),
    [
        (NativeBackend(compiled=True), 1, CompiledSteps),
        (NativeBackend(compiled=True), 10**9, CompiledSteps),
        (NativeBackend(method="compiled"), 10**9, CompiledSteps),
        (NativeBackend(method="layered"), 1, Layered),
        (NativeBackend(method="dense_schur"), 1, type(None)),
    ],
)
def test_a_phase_is_solved_whole_where_that_is_the_method(
    backend: NativeBackend, n_samples: int, expected: type
) -> None:
    model = layered_model((4, 9, 7, 4), (2.0, 3.0), seed=0)
    reduced = backend.compile_whole(model.network.compiled).reduced_at(model.parameters.snapshot())
    phase = reduced.free_phase(np.zeros((1, model.network.compiled.circuit.n_nodes)))
    assert type(reduced.phase_solver(phase, n_samples)) is expected


def test_large_batches_of_circuits_with_many_products_are_solved_by_matrix_products() -> None:
    model, backend = layered_model((4, 60, 50, 4), (2.0, 3.0), seed=0), NativeBackend(compiled=True)
    reduced = backend.compile_whole(model.network.compiled).reduced_at(model.parameters.snapshot())
    assert reduced.plan.choice.circuit.products > MOST_PRODUCTS
    phase = reduced.free_phase(np.zeros((1, model.network.compiled.circuit.n_nodes)))
    found = [reduced.phase_solver(phase, n_samples) for n_samples in (1, 10**9)]
    assert [type(solver) for solver in found] == [CompiledSteps, type(None)]


def test_the_page_on_physics_shows_the_table() -> None:
    rows = [f"| `{row.name}` | {row.how} |" for row in METHODS.values()]
    assert "\n".join(rows) in (ROOT / "docs" / "physics.md").read_text()


def test_a_method_is_in_the_repr_only_where_one_was_asked_for() -> None:
    assert "method" not in repr(NativeBackend())
    assert repr(NativeBackend(method="sparse")).endswith("dtype='float64', method='sparse')")
    assert eval(repr(NativeBackend(method="sparse"))) == NativeBackend(method="sparse")
