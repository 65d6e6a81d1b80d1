"""float32 is right, or solved in float64 and said so: circuits of all kinds and conditions."""

import warnings
from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer
from ebana_diode_mos.behavioral import Ramp
from ebana_memristor import Linear, MemristorLayer, Sinh, Wires

from ebana_core import Model, losses
from ebana_core.arrays import Array, IntArray
from ebana_core.backends import NativeBackend, PrecisionWarning
from ebana_core.circuit import CircuitBuilder
from ebana_core.data import DataSet
from ebana_core.errors import UnsupportedError
from ebana_core.initializers import LogUniform, RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
    ShuntLayer,
)
from ebana_core.rules import Adjoint, ContrastiveLearning, CoupledLearning, EquilibriumPropagation

DOUBLE, SINGLE = NativeBackend(compiled=False), NativeBackend(dtype="float32")
VOLTAGES, GRADIENTS = 1e-4, 1e-3
"""What the page on precision promises, relative to the largest."""


def diode(name: str, kind: str, steepest: float) -> dict[str, Any]:
    """Return settings of a diode; `steepest` is the largest conductance beside it, S."""
    return {
        "behavioral": {"param": {"VTH": 0.1, "RON": 1 / steepest, "ROFF": 1e9}},
        "steep": {"kind": "behavioral", "param": {"VTH": 0.1, "RON": 1.0, "ROFF": 1e9}},
        "shockley": {"param": {"IS": 1e-9, "a": 0.03}},
        "ideal": {},
        "real": {},
    }[kind] | {"name": name}


def random_network(seed: int) -> tuple[Model, float]:
    """Return a network of one to three layers of any kind, and its smallest conductance, S."""
    rng = np.random.default_rng(seed)
    low = 10 ** rng.uniform(-8, -4)
    high = low * 10 ** rng.uniform(0.3, 3)
    initializer = LogUniform(low, high)
    resistance = float(10 ** rng.uniform(-1, 5)) if rng.random() < 0.4 else 0.0
    source = InputVoltageLayer(units=4, name="x", source_resistance=resistance)
    bias = BiasVoltageLayer(units=1, name="b", bias_voltage=0.4)
    layer: Layer = ConcatenateLayer(name="j")([source, bias])
    for k in range(int(rng.integers(1, 4))):
        layer = _cells(rng, f"d{k}", initializer, (low, high))(layer)
        layer = _devices(rng, k, high, layer)
        if rng.random() < 0.4:
            gain = float(rng.choice([-1, 1]) * 10 ** rng.uniform(-0.5, 2))
            param = {"gain": gain, "shift": float(rng.uniform(-0.1, 0.1))}
            layer = AmplificationLayer(name=f"a{k}", param=param)(layer)
    last = DenseLayer(units=2, name="out", initializer=initializer)(layer)
    return Model([source, bias], [CurrentLayer(name="y")(last)], seed=seed), low


def _cells(
    rng: np.random.Generator, name: str, initializer: LogUniform, window: tuple[float, float]
) -> Layer:
    units, kind = int(rng.integers(2, 9)), rng.choice(["dense", "plain", "wired", "sinh"])
    if kind == "dense":
        return DenseLayer(units=units, name=name, initializer=initializer)
    wires = Wires(*(float(10 ** rng.uniform(-2.9, 3)) for _ in range(2)))
    return MemristorLayer(
        units=units,
        name=name,
        cell=Sinh(window=window) if kind == "sinh" else Linear(window=window),
        wires=None if kind == "plain" else wires,
        initializer=initializer,
    )


def _devices(rng: np.random.Generator, k: int, high: float, layer: Layer) -> Layer:
    kind = rng.choice(["none", "antiparallel", "behavioral", "steep", "shockley", "ideal", "real"])
    if kind == "none":
        return layer
    if kind == "antiparallel":
        return DiodeLayer(name=f"p{k}", kind=kind, param={"IS": 1e-7, "a": 0.05})(layer)
    for direction, bias in (("down", 0.2), ("up", -0.2)):
        settings = {"kind": kind, **diode(f"{direction}{k}", kind, high)}
        layer = DiodeLayer(direction=direction, bias_voltage=bias, **settings)(layer)
    return layer


def data_of(seed: int) -> DataSet:
    rng = np.random.default_rng(seed)
    return DataSet({"x": rng.uniform(-1, 1, (6, 4))}, {"y": rng.uniform(-0.3, 0.3, (6, 1))})


def apart(found: dict[str, Array], expected: dict[str, Array]) -> float:
    """Return the largest difference relative to the largest entry, over all arrays."""
    return max(
        float(np.abs(found[name] - gradient).max() / np.abs(gradient).max())
        for name, gradient in expected.items()
        if gradient.any()
    )


@pytest.mark.filterwarnings("ignore::ebana_core.backends.PrecisionWarning")
def test_random_networks_are_right_whatever_float32_holds_of_them() -> None:
    n_promoted = 0
    for seed in range(40):
        model, low = random_network(seed)
        data, rule = data_of(seed), EquilibriumPropagation(0.01 * low, "centered")
        expected = model.operating_points(data.inputs, DOUBLE)
        found = model.operating_points(data.inputs, SINGLE)
        size = np.abs(expected.node_voltages).max()
        assert np.abs(found.node_voltages - expected.node_voltages).max() <= VOLTAGES * size, seed
        n_promoted += found.voltages.dtype == np.float64
        gradients = [model.gradients(data, losses.MSE(None), rule, b) for b in (SINGLE, DOUBLE)]
        assert apart(*gradients) <= GRADIENTS, seed
    assert 15 < n_promoted < 35  # neither all nor none


def wired(units: int = 4) -> Model:
    source = InputVoltageLayer(units=units, name="x")
    cells = MemristorLayer(
        name="m",
        units=units,
        cell=Linear(window=(1e-7, 1e-5)),
        wires=Wires(),
        initializer=LogUniform(1e-7, 1e-5),
    )(source)
    return Model([source], [CurrentLayer(name="y")(cells)], seed=0)


def test_wires_beside_cells_of_megohms_are_solved_in_float64_and_named_once() -> None:
    model = wired()
    data = DataSet(data_of(0).inputs, {"y": np.zeros((6, 2))})
    expected = model.operating_points(data.inputs, DOUBLE)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = model.operating_points(data.inputs, SINGLE)
        model.gradients(data, losses.MSE(), EquilibriumPropagation(1e-9), SINGLE)
        model.gradients(data, losses.MSE(), ContrastiveLearning(), SINGLE)
    assert len(told) == 1
    assert "'m_column_wire' of layer 'm' (1 S) at node 'm[" in str(told[0].message)
    # Compiled code sums in another order, of which 3e6 roundings are left.
    assert found.node_voltages == pytest.approx(expected.node_voltages, abs=1e-9)


def test_circuits_of_few_branches_per_node_are_solved_without_dense_matrices_in_float64() -> None:
    model = wired(16)
    inputs = {"x": np.random.default_rng(0).uniform(-1, 1, (3, 16))}
    with pytest.warns(PrecisionWarning, match="528 nodes with few branches each"):
        found = model.operating_points(inputs, SINGLE)
    assert np.array_equal(found.voltages, model.operating_points(inputs, NativeBackend()).voltages)
    with pytest.warns(PrecisionWarning):
        simulator = SINGLE.compile(model.network.compiled)
    method = simulator.explain(model.parameters.snapshot()).method
    assert method == "wired"  # no dense matrix of all nodes is made


class Bridges(ShuntLayer):
    """A ramp from each node to the next."""

    device = "bridges"
    law = Ramp()

    def ends(self, builder: CircuitBuilder, nodes: IntArray) -> tuple[IntArray, IntArray]:
        return nodes[:-1], nodes[1:]


@pytest.mark.parametrize(("resistance", "is_held"), [(1e5, True), (1.0, False)])
def test_devices_between_nodes_count_as_steep_as_they_are(resistance: float, is_held: bool) -> None:
    source = InputVoltageLayer(units=4, name="x")
    dense = DenseLayer(units=4, name="d", initializer=RandomUniform(1e-6, 1e-5))(source)
    param = {"VTH": 0.0, "RON": resistance, "ROFF": 1e9}
    model = Model([source], [CurrentLayer(name="y")(Bridges(name="n", param=param)(dense))], seed=0)
    inputs = {"x": np.array([[1.0, -1.0, 0.5, -0.5], [1.0, 1.0, -1.0, 0.5]])}
    expected = model.operating_points(inputs, DOUBLE).node_voltages
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = model.operating_points(inputs, SINGLE)
    assert bool(told) != is_held
    assert found.voltages.dtype == ("float32" if is_held else "float64")
    assert found.node_voltages == pytest.approx(expected, abs=VOLTAGES)


def test_one_steep_sample_among_many_counts() -> None:
    source = InputVoltageLayer(units=4, name="x")
    dense = DenseLayer(units=4, name="d", initializer=RandomUniform(1e-6, 1e-5))(source)
    steep = Bridges(name="n", param={"VTH": 0.05, "RON": 1.0, "ROFF": 1e9})(dense)
    last = DenseLayer(units=4, name="e", initializer=RandomUniform(1e-6, 1e-5))(steep)
    model = Model([source], [CurrentLayer(name="y")(last)], seed=0)
    inputs = {"x": np.zeros((100, 4))}
    inputs["x"][3] = 3.0, -3.0, 3.0, -3.0
    with pytest.warns(PrecisionWarning, match="conduct 1 S"):
        model.operating_points(inputs, SINGLE)


def test_values_that_float32_refuses_are_refused_each_time() -> None:
    source = InputVoltageLayer(units=1, name="x")
    dense = DenseLayer(units=2, name="d", initializer=RandomUniform(1e-6, 1e-5))(source)
    param = {"IS": 1e-44, "a": 0.05}
    weak = DiodeLayer(name="q", kind="shockley", direction="down", param=param)(dense)
    model = Model([source], [CurrentLayer(name="y", fold=False)(weak)], seed=0)
    for _ in range(2):
        with pytest.raises(UnsupportedError, match=r"'q' has devices whose slope is 2e-43 S"):
            model.operating_points({"x": [[5.0]]}, SINGLE)


def flat_outputs() -> Model:
    """Return a network whose second layer has no drops to speak of."""
    source = InputVoltageLayer(units=3, name="x")
    dense = DenseLayer(units=8, name="d", initializer=RandomUniform(1e-6, 1.0001e-6))(source)
    last = DenseLayer(units=2, name="out", initializer=RandomUniform(1e-6, 2e-6))(dense)
    return Model([source], [CurrentLayer(name="y", fold=False)(last)], seed=0)


@pytest.mark.parametrize("rule", [EquilibriumPropagation(1e-8), CoupledLearning(1e-3), Adjoint()])
def test_a_gradient_of_tiny_drops_is_computed_in_float64(rule: Any) -> None:
    model = flat_outputs()
    inputs = {"x": np.random.default_rng(0).uniform(0.5, 1, (4, 3))}
    data = DataSet(inputs, {"y": np.full((4, 2), 0.5)})
    expected = model.gradients(data, losses.MSE(), rule, DOUBLE)
    with pytest.warns(PrecisionWarning, match="drops of 'out' are so much smaller"):
        found = model.gradients(data, losses.MSE(), rule, SINGLE)
    assert apart(found, expected) <= GRADIENTS


def test_what_overflows_in_float32_is_solved_in_float64() -> None:
    source = InputVoltageLayer(units=1, name="x")
    dense = DenseLayer(units=2, name="d", initializer=RandomUniform(1e-6, 1e-5))(source)
    steep = DiodeLayer(name="q", kind="shockley", direction="down", param={"IS": 1e-30, "a": 0.01})(
        dense
    )
    model = Model([source], [CurrentLayer(name="y", fold=False)(steep)], seed=0)
    expected = model.operating_points({"x": [[5.0]]}, DOUBLE).node_voltages
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PrecisionWarning)
        found = model.operating_points({"x": [[5.0]]}, SINGLE).node_voltages
    assert found == pytest.approx(expected, rel=VOLTAGES, abs=0)


def test_bounds_of_ideal_diodes_learn_alike() -> None:
    source = InputVoltageLayer(units=3, name="x")
    dense = DenseLayer(units=3, name="d", initializer=RandomUniform(1e-6, 1e-5))(source)
    held = DiodeLayer(
        name="q", kind="ideal", direction="down", bias_voltage=[0.1, 0.2, 0.3], trainable=True, lr=1
    )(dense)
    last = DenseLayer(units=1, name="out", initializer=RandomUniform(1e-6, 1e-5))(held)
    model = Model([source], [CurrentLayer(name="y", fold=False)(last)], seed=0)
    data = DataSet({"x": [[2.0, 1.0, 1.5], [3.0, 1.0, -1.0]]}, {"y": [[0.0], [0.1]]})
    rule = EquilibriumPropagation(1e-8)
    found, expected = (model.gradients(data, losses.MSE(), rule, b) for b in (SINGLE, DOUBLE))
    assert expected["q.bias_voltage"].all()  # every diode holds its node
    assert found["q.bias_voltage"] == pytest.approx(expected["q.bias_voltage"], rel=1e-4, abs=0)
