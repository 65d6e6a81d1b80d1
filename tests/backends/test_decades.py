"""Conductances of many decades in one circuit: right to 1e-8 of the largest voltage, or refused."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer
from scipy.optimize import brentq

from ebana_core import Model, losses
from ebana_core.arrays import Array
from ebana_core.backends import NativeBackend, NgspiceBackend, OperatingPoints
from ebana_core.circuit.branches import branch_ends, branch_values
from ebana_core.data import DataSet
from ebana_core.errors import ConvergenceError, EbanaError
from ebana_core.initializers import Given
from ebana_core.layers import (
    AmplificationLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
    ResistorNetworkLayer,
)
from ebana_core.rules import ContrastiveLearning, EquilibriumPropagation

BACKENDS = [
    NativeBackend(compiled=False),
    pytest.param(NgspiceBackend(), marks=pytest.mark.ngspice),
]
RIGHT = 1e-8
"""Of the largest voltage: the bound up to which float64 counts as holding a circuit."""


def exact(points: OperatingPoints, injected: int | None = None) -> Array:
    """Return node voltages of one sample of resistors, V, by fractions without rounding.

    Args:
        points: Whose sources hold; or, with `injected`, sources of 0 V.
        injected: Node that 1 A flows into.
    """
    n, is_fixed = points.circuit.n_nodes, points.compiled.constraints.root == 0
    matrix = [[Fraction(0)] * (n + 1) for _ in range(n)]
    for array in points.circuit.element_arrays:
        heads, tails = branch_ends(array.topology)
        values = branch_values(array, points.parameters, points.inputs, slice(None))
        given = np.broadcast_to(values["conductance"], heads.shape)
        for head, tail, conductance in zip(heads, tails, given, strict=True):
            g = Fraction(float(conductance))
            for one, other in ((head, tail), (tail, head)):
                matrix[one][one] += g
                matrix[one][other] -= g
    for node in np.flatnonzero(is_fixed):
        held = 0.0 if injected is not None else float(points.node_voltages[0, node])
        matrix[node] = [Fraction(int(k == node)) for k in range(n)] + [Fraction(held)]
    if injected is not None:
        matrix[injected][n] = Fraction(1)
    return np.array([float(v) for v in _eliminated(matrix)])


def _eliminated(rows: list[list[Fraction]]) -> list[Fraction]:
    n = len(rows)
    for k in range(n):
        pivot = next(i for i in range(k, n) if rows[i][k])
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [value / rows[k][k] for value in rows[k]]
        for i in range(n):
            if i != k and rows[i][k]:
                factor = rows[i][k]
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[k], strict=True)]
    return [row[n] for row in rows]


def graph(seed: int) -> tuple[Model, dict[str, Array]]:
    """Return a graph of strong and weak resistors between two sources of up to 10 kV."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 9))
    pairs = {(k, k + 1) for k in range(n - 1)}
    pairs |= {(a, b) for a, b in rng.integers(n, size=(n, 2)).tolist() if a < b}
    strong, weak = 10 ** rng.uniform(3, 7), 10 ** rng.uniform(-15, -3)
    chosen = np.where(rng.random(len(pairs)) < rng.uniform(0.2, 0.7), strong, weak)
    source = InputVoltageLayer(units=2, name="x")
    layer = ResistorNetworkLayer(
        name="r",
        branches=sorted(pairs),
        inputs=[0, n - 1],
        outputs=[1, 2],
        initializer=Given(chosen * 10 ** rng.uniform(-0.3, 0.3, len(pairs))),
    )(source)
    model = Model([source], [CurrentLayer(name="y", fold=False)(layer)], seed=0)
    return model, {"x": 10 ** rng.uniform(-9, 4) * rng.uniform(-1, 1, (1, 2))}


@pytest.mark.parametrize("backend", BACKENDS)
def test_random_graphs_are_right_or_refused(backend: Any) -> None:
    n_refused = 0
    for seed in range(120):
        model, inputs = graph(seed)
        try:
            points = model.operating_points(inputs, backend)
        except EbanaError:  # ngspice says that its own matrix is singular
            n_refused += 1
            continue
        expected = exact(points)
        size = np.abs(expected).max()
        assert np.abs(points.node_voltages[0] - expected).max() <= RIGHT * size, seed
        assert points.residual <= 1e-12
    assert n_refused <= 12  # of 22 decades in one circuit, not all fit into sixteen digits


def test_a_circuit_that_had_all_its_digits_is_looked_at_again_when_its_values_change() -> None:
    for seed in range(40):
        model, inputs = graph(seed)
        decades = np.array(model.parameters["r.conductance"])
        model.parameters["r.conductance"] = np.full_like(decades, 1e-3)
        assert model.operating_points(inputs).residual <= 1e-12
        model.parameters["r.conductance"] = decades
        try:
            points = model.operating_points(inputs)
        except EbanaError:
            continue
        expected = exact(points)
        assert np.abs(points.node_voltages[0] - expected).max() <= RIGHT * np.abs(expected).max()


def floating(strong: float, weak: float, put: Any = None) -> Model:
    """Return two nodes that a strong cell joins, and weak ones hold; or what is put there."""
    source = InputVoltageLayer(units=1, name="x")
    first = DenseLayer(units=1, name="d", initializer=Given(weak))(source)
    if put is not None:
        first = put(first)
    second = DenseLayer(units=1, name="s", initializer=Given(strong))(first)
    last: Layer = DenseLayer(units=1, name="e", initializer=Given(weak))(second)
    return Model([source], [CurrentLayer(name="y", fold=False)(last)], seed=0)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("strong", [1e1, 1e3, 1e5])
def test_a_strong_cell_between_weak_ones_beside_a_diode(strong: float, backend: Any) -> None:
    pair = DiodeLayer(name="p", kind="antiparallel", param={"IS": 1e-12, "a": 0.05})
    model = floating(strong, 1e-9, pair)
    points = model.operating_points({"x": [[2.0], [-0.3]]}, backend)
    for x, v in zip((2.0, -0.3), points.at("s")[:, 0], strict=True):

        def unbalanced(v: float, x: float = x) -> float:
            return float(1e-9 * (v - x) + 2e-12 * np.sinh(v / 0.05))

        # Nothing leaves the last cells: what stands at the diode stands everywhere.
        assert v == pytest.approx(brentq(unbalanced, -3, 3, xtol=1e-15), rel=RIGHT, abs=0)


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_amplifier_behind_a_strong_cell(backend: Any) -> None:
    model = floating(1e7, 1e-6, AmplificationLayer(name="a", param={"gain": -3.0}))
    # Nothing leaves the amplifier, so that its input stands at the source.
    assert model.operating_points({"x": [[0.7]]}, backend).at("e")[0, 0] == pytest.approx(
        -2.1, rel=1e-12, abs=0
    )


@pytest.mark.parametrize("backend", BACKENDS)
def test_nudges_move_nodes_as_far_as_they_should(backend: Any) -> None:
    n_seen = 0
    for seed in range(30):
        model, inputs = graph(seed)
        try:
            free = model.operating_points(inputs, backend)
            expected = exact(free, int(free.circuit.outputs[0].heads[0]))
            # Of a size that shows in the differences of ngspice's voltages.
            current = np.abs(inputs["x"]).max() / expected.max()
            points = model.operating_points(inputs, backend, nudge={"y": [[current, 0.0]]})
        except EbanaError:
            continue
        assert points.change is not None
        expected *= current
        size = np.abs(expected).max()
        assert np.abs(points.change[0] - expected).max() <= RIGHT * size, seed
        n_seen += 1
    assert n_seen >= 25


@pytest.mark.parametrize("backend", BACKENDS)
def test_gradients_and_clamps_of_a_strong_cell(backend: Any) -> None:
    strong, near = (
        floating(
            conductance,
            1e-6,
            DiodeLayer(name="p", kind="antiparallel", param={"IS": 1e-8, "a": 0.05}),
        )
        for conductance in (1e7, 1e-1)
    )
    data = DataSet({"x": [[0.5], [-0.2]]}, {"y": [[0.1], [0.05]]})
    for rule in (EquilibriumPropagation(1e-9, "centered"), ContrastiveLearning()):
        found, expected = (
            model.gradients(data, losses.MSE(), rule, backend)["d.conductance"]
            for model in (strong, near)
        )
        # The cell of 0.1 S lets all but 1e-5 of the voltages through.
        assert found == pytest.approx(expected, rel=1e-4, abs=0)


def test_what_no_double_holds_is_refused() -> None:
    model = floating(1e12, 1e-14)
    with pytest.raises(ConvergenceError, match=r"float64 does not hold the free phase of sample 0"):
        model.operating_points({"x": [[1.0]]})
