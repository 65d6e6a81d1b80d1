"""A convolution is a locally connected layer whose windows share their values."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core import Model, Run, losses, optimizers
from ebana_core.arrays import Array
from ebana_core.chips import Chip, Twin
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import ShapeError
from ebana_core.initializers import GlorotUniform, RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    Conv2DLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
    LocallyConnected2DLayer,
    ReshapeLayer,
)
from ebana_core.metrics import Metrics
from ebana_core.rules import (
    Adjoint,
    CoupledLearning,
    EquilibriumPropagation,
    LearningRule,
)

INIT = RandomUniform(1e-6, 1e-5, 1e-8, 1e-3)
G = "conv.conductance"
GEOMETRIES: list[dict[str, Any]] = [
    {"kernel": 2},
    {"kernel": (3, 2), "stride": (1, 2)},
    {"kernel": (1, 3), "stride": 2},
    {"kernel": (3, 4)},
    {"kernel": 1, "stride": 3},
]


def network(layer: Layer, channels: int = 2) -> Model:
    """Return windows over a plane, an amplifier behind them, and two outputs."""
    x = InputVoltageLayer(units=12 * channels, name="x")
    windows = layer(ReshapeLayer(name="plane", shape=(3, 4, channels))(x))
    bent = DiodeLayer(name="pair", kind="antiparallel", param={"IS": 1e-7, "a": 0.1})(windows)
    gained = AmplificationLayer(name="amp", param={"gain": 2.0})(bent)
    last = DenseLayer(name="last", units=4, initializer=INIT, lr=1e-10)(gained)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y")(last)], seed=3)


def conv(*, kernel: Any = 2, stride: Any = 1, **settings: Any) -> Conv2DLayer:
    own = {"filters": 3, "kernel_size": kernel, "strides": stride, "initializer": INIT}
    return Conv2DLayer(name="conv", **{**own, "lr": 1e-10, **settings})


def untied(model: Model, *, kernel: Any, stride: Any = 1) -> Model:
    """Return the same network with a value per resistor, all as those of `model`."""
    found = network(
        LocallyConnected2DLayer(
            name="conv", filters=3, kernel=kernel, stride=stride, initializer=INIT
        )
    )
    for name, values in model.parameters.items():
        found.parameters[name] = np.broadcast_to(values, found.parameters[name].shape)
    return found


def data(n: int = 5, channels: int = 2) -> DataSet:
    rng = np.random.default_rng(1)
    x = rng.uniform(-1, 1, (n, 12 * channels))
    return DataSet({"x": x}, {"y": rng.uniform(-0.2, 0.2, (n, 2))})


def apart(found: Array, expected: Array) -> float:
    return float(np.abs(found - expected).max() / np.abs(expected).max())


RULES: list[LearningRule] = [
    EquilibriumPropagation(1e-9, "centered", "exact"),
    EquilibriumPropagation(1e-9, "positive", "local"),
    CoupledLearning(0.1, "centered"),
    Adjoint(),
]


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_it_is_a_locally_connected_layer_with_tied_values(geometry: dict[str, Any]) -> None:
    tied = network(conv(**geometry))
    free = untied(tied, **geometry)
    ours, theirs = (m.operating_points(data().inputs) for m in (tied, free))
    # The same sums in another order: a few roundings of volts.
    assert np.abs(ours.node_voltages - theirs.node_voltages).max() <= 1e-14
    assert apart(ours.power("conv"), theirs.power("conv")) <= 1e-12
    assert apart(ours.currents("conv")["conv"], theirs.currents("conv")["conv"]) <= 1e-12


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_every_gradient_is_the_sum_over_the_devices(
    geometry: dict[str, Any], rule: LearningRule
) -> None:
    tied = network(conv(**geometry))
    free = untied(tied, **geometry)
    ours, theirs = (m.gradients(data(), losses.MSE(), rule) for m in (tied, free))
    # Rounding of sums of up to 200 terms.
    assert apart(ours[G], theirs[G].sum(axis=(0, 1))) <= 1e-12
    assert apart(ours["last.conductance"], theirs["last.conductance"]) <= 1e-12


def test_beyond_the_border_there_is_no_resistor() -> None:
    model = network(conv(kernel=3, padding="same"))
    # 3x4 windows of 3x3 cells: rows reach 2, 3 and 2 of the plane, columns 2, 3, 3 and 2.
    n_devices = 7 * 10 * 2 * 3
    (array,) = [a for a in model.network.compiled.circuit.element_arrays if a.layer == "conv"]
    assert array.topology.size == n_devices
    points = model.operating_points(data().inputs)
    assert points.currents("conv")["conv"].shape == (5, n_devices)
    assert points.residual <= 1e-12


def test_a_filter_without_load_is_a_divider_of_its_cells() -> None:
    g = np.random.default_rng(2).uniform(1e-6, 1e-5, (3, 3, 2, 3))
    x = InputVoltageLayer(units=24, name="x")
    layer = conv(kernel=3, padding="same", strides=(2, 1))
    windows = layer(ReshapeLayer(name="plane", shape=(3, 4, 2))(x))
    model = Model([x], [CurrentLayer(name="y", fold=False)(windows)], seed=0)
    model.parameters[G] = g
    volts = data(1).inputs["x"]
    found = model.operating_points({"x": volts}).at("conv").reshape(2, 4, 3)
    # As Keras pads: of three rows in steps of two, one beyond the border on each side.
    framed = np.pad(volts.reshape(3, 4, 2), ((1, 1), (1, 1), (0, 0)))
    inside = np.pad(np.ones((3, 4, 2)), ((1, 1), (1, 1), (0, 0)))
    for row, column in np.ndindex(2, 4):
        place = slice(2 * row, 2 * row + 3), slice(column, column + 3)
        own = g * inside[place][..., None]
        expected = (own * framed[place][..., None]).sum(axis=(0, 1, 2)) / own.sum(axis=(0, 1, 2))
        assert found[row, column] == pytest.approx(expected, rel=1e-12, abs=0)


def test_each_device_of_a_chip_deviates_by_itself() -> None:
    geometry: dict[str, Any] = {"kernel": 2}
    tied = network(conv(**geometry))
    free = untied(tied, **geometry)
    chip = Chip.drawn(tied, {G: 0.2}, seed=1)
    factors = chip.factors[G]
    assert factors.shape == free.parameters[G].shape == (2, 3, 2, 2, 2, 3)
    assert len(np.unique(factors)) == factors.size
    rule = EquilibriumPropagation(1e-9, "centered", "exact")
    for own in (chip, Twin(free=chip, clamped=Chip.drawn(tied, {G: 0.2}, seed=2))):
        ours, theirs = (m.predict(data(), chip=own)["y"] for m in (tied, free))
        assert apart(ours, theirs) <= 1e-12
        first, second = (m.gradients(data(), losses.MSE(), rule, chip=own) for m in (tied, free))
        # A twin's gradient is a difference of two circuits over a small beta: digits go with it.
        assert apart(first[G], second[G].sum(axis=(0, 1))) <= 1e-9


def test_a_chip_of_the_kernels_shape_is_refused() -> None:
    model = network(conv(kernel=2))
    with pytest.raises(ShapeError, match=r"has 144 devices, shape \(2, 3, 2, 2, 2, 3\)"):
        model.predict(data(), chip=Chip(factors={G: np.ones((2, 2, 2, 3))}))


def test_monte_carlo_varies_devices_and_not_values() -> None:
    seen: list[tuple[int, ...]] = []

    def doubled(values: Array, rng: np.random.Generator) -> Array:
        seen.append(values.shape)
        return 2 * values

    tied = network(conv(kernel=2))
    found = tied.monte_carlo(data(), losses.MSE(), n=2, variations={G: doubled}, seed=1)
    assert seen == [(2, 3, 2, 2, 2, 3)] * 2
    tied.parameters[G] = 2 * tied.parameters[G]
    # Multiplication by two loses no bits.
    assert found.losses.tolist() == [tied.evaluate(data(), losses.MSE()).loss] * 2


@pytest.mark.parametrize(
    ("padding", "own"), [("valid", "none"), ("same", "chip"), ("valid", "twins")]
)
def test_currents_and_powers_follow_from_the_run_file(
    padding: str, own: str, tmp_path: Path
) -> None:
    model = network(conv(kernel=2, padding=padding))
    chip = Chip.drawn(model, {G: 0.2}, seed=1)
    hardware = {"none": None, "chip": chip, "twins": Twin(clamped=chip)}[own]
    metrics = Metrics(model, verbose=False, save_power_params="every", save_branch_currents="every")
    path = tmp_path / "run.h5"
    model.fit(
        BatchGenerator(data(), batch_size=3),
        losses.MSE(),
        optimizers.SGD(model),
        epochs=2,
        rule=EquilibriumPropagation(1e-9, "positive"),
        metrics=metrics,
        run=path,
        chip=hardware,
    )
    run = Run.open(path)
    for phase in ("free", "nudged"):
        recorded = run.phase(phase)
        currents = run.currents("conv", phase)[-1]
        assert apart(recorded.currents("conv"), currents) <= 1e-12
        replayed = Model.load(path).recorded_points(run, phase)
        again = np.concatenate([points.currents("conv")["conv"] for points in replayed])
        order = np.concatenate([np.flatnonzero(recorded.rows == r) for r in range(2)])
        assert apart(again, currents[order]) <= 1e-12


def test_initializers_count_the_devices_of_a_window() -> None:
    init = GlorotUniform(1e-9, 1e-5)
    tied = network(conv(kernel=3, initializer=init))
    # 3*3*2 before each node, 3*3*3 behind: no draw is above the end of that interval.
    high = 1e-5 / np.sqrt(18 + 27 + 1)
    drawn = tied.parameters[G]
    assert 0.9 * high < drawn.max() <= high
    layer = LocallyConnected2DLayer(name="conv", filters=3, kernel=3, initializer=init)
    assert 0.9 * high < network(layer).parameters[G].max() <= high


def test_training_keeps_one_value_per_place_within_its_bounds() -> None:
    model = network(conv(kernel=2, initializer=RandomUniform(1e-6, 1e-5, 1e-6, 1e-5), lr=1e-6))
    model.fit(
        BatchGenerator(data(), batch_size=5),
        losses.MSE(),
        optimizers.Adam(model),
        epochs=2,
        rule=EquilibriumPropagation(1e-9),
        metrics=Metrics(model, verbose=False),
    )
    values = model.parameters[G]
    assert values.shape == (2, 2, 2, 3)
    assert values.min() >= 1e-6
    assert values.max() <= 1e-5
