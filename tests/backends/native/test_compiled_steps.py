"""Compiled steps find what NumPy's find, at bounds and across knees, and carry the same on."""

from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core import Model
from ebana_core.backends import NativeBackend, OperatingPoints
from ebana_core.backends.native.solvers.compiled import MOST_PRODUCTS
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer

N_SAMPLES = 6
FEW, MANY = (40, 5), (60, 50)
"""Eliminated and remaining nodes, of which the products fit into a cache, or do not."""
KNEES: dict[str, dict[str, Any]] = {
    "ideal": {},
    "behavioral": {"param": {"VTH": 0.05, "RON": 1e3, "ROFF": 1e12}},
}


def model(kind: str, shape: tuple[int, int]) -> Model:
    n_hidden, n_out = shape
    drawn = RandomUniform(1e-7, 1e-5)
    x = InputVoltageLayer(units=20, name="x")
    hidden = DenseLayer(units=n_hidden, name="d1", initializer=drawn)(x)
    directions = ["up"] * (n_hidden // 2) + ["down"] * (n_hidden - n_hidden // 2)
    hidden = DiodeLayer(name="act", kind=kind, direction=directions, **KNEES[kind])(hidden)
    out = DenseLayer(units=n_out, name="d2", initializer=drawn)(hidden)
    return Model([x], [CurrentLayer(name="y", fold=False)(out)], seed=2)


def solved(
    own: Model, method: str, nudge: float, dtype: str = "float64"
) -> tuple[OperatingPoints, OperatingPoints]:
    """Return the free phase, and the one that a nudge, A, leads to."""
    rng = np.random.default_rng(4)
    x = {"x": rng.uniform(-1, 1, (N_SAMPLES, 20))}
    currents = {"y": nudge * rng.standard_normal((N_SAMPLES, *own.network.shapes["y"]))}
    simulator = own.simulator(NativeBackend(method=method, dtype=dtype))
    values = own.parameters.snapshot()
    free = simulator.operating_points(values, x)
    return free, simulator.operating_points(values, x, currents, free)


def test_one_circuit_has_more_products_than_the_other() -> None:
    (few, of_few), (many, of_many) = FEW, MANY
    assert few * of_few**2 <= MOST_PRODUCTS < many * of_many**2


@pytest.mark.parametrize("shape", [FEW, MANY], ids=["products", "no products"])
@pytest.mark.parametrize("kind", KNEES)
@pytest.mark.parametrize("nudge", [1e-9, 1e-4], ids=["near", "devices change"])
def test_compiled_steps_find_what_numpy_finds(
    kind: str, shape: tuple[int, int], nudge: float
) -> None:
    own = model(kind, shape)
    free, moved = solved(own, "compiled", nudge)
    expected, apart = solved(own, "dense_schur", nudge)
    # What rounding leaves of voltages up to 1 V, and of the largest change.
    assert free.free_voltages == pytest.approx(expected.free_voltages, rel=1e-11, abs=1e-12)
    assert moved.change is not None
    assert apart.change is not None
    largest = np.abs(apart.change).max()
    assert moved.change == pytest.approx(apart.change, rel=1e-8, abs=1e-10 * largest)
    assert max(free.residual, moved.residual) <= 1e-12


def test_held_nodes_stand_exactly_at_their_bounds_and_leave_them_where_a_nudge_is_large() -> None:
    own = model("ideal", FEW)
    free, moved = solved(own, "compiled", 1e-4)
    at_bound, beyond = free.at("d1") == 0.0, moved.at("d1") == 0.0
    assert at_bound.any()
    assert not at_bound.all()
    assert (at_bound != beyond).any()


@pytest.mark.parametrize("shape", [FEW, MANY], ids=["products", "no products"])
@pytest.mark.parametrize("kind", KNEES)
@pytest.mark.parametrize("nudge", [1e-9, 1e-4], ids=["near", "devices change"])
def test_a_circuit_in_float32_is_solved_to_its_rounding(
    kind: str, shape: tuple[int, int], nudge: float
) -> None:
    own = model(kind, shape)
    found, expected = solved(own, "compiled", nudge, "float32"), solved(own, "compiled", nudge)
    free, apart = (np.asarray(points.solved_free) for points in (found[0], expected[0]))
    change, exactly = found[1].solved_change, expected[1].solved_change
    assert change is not None
    assert exactly is not None
    assert free.dtype == change.dtype == np.float32
    # What the page on accelerators promises of voltages, relative to the largest.
    assert np.abs(free - apart).max() <= 1e-4 * np.abs(apart).max()
    assert np.abs(change - exactly).max() <= 1e-4 * np.abs(exactly).max()
    assert max(points.residual for points in found) <= 1e-5
