"""Blocks whose node voltages follow from a formula."""

import numpy as np
import pytest

from ebana_core import Model
from ebana_core.arrays import Array
from ebana_core.initializers import (
    Given,
    GlorotLogUniform,
    GlorotUniform,
    HeUniform,
    Initializer,
    RandomUniform,
)
from ebana_core.layers import (
    AveragePooling2DLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
    LocallyConnected2DLayer,
    ReshapeLayer,
    ResistorNetworkLayer,
    SimplexVoltageLayer,
)
from tests.support.layer_blocks import BLOCKS, data_for

VOLTS = np.arange(12.0).reshape(1, 12) / 10


def unloaded(layer: Layer, before: Layer | None = None) -> Model:
    """Return a model whose outputs are the layer's nodes, which nothing loads."""
    x = before or InputVoltageLayer(units=12, name="x")
    while x.parents:
        x = x.parents[0]
    return Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(layer)], seed=0)


def planes() -> Layer:
    return ReshapeLayer(name="plane", shape=(3, 4, 1))(InputVoltageLayer(units=12, name="x"))


def test_an_unloaded_pool_is_a_mean() -> None:
    before = planes()
    model = unloaded(AveragePooling2DLayer(name="pool", pool=2, padding="same")(before), before)
    found = model.operating_points({"x": VOLTS}).at("pool").reshape(2, 2)
    plane = VOLTS.reshape(3, 4)
    expected = [[plane[r : r + 2, c : c + 2].mean() for c in (0, 2)] for r in (0, 2)]
    assert found == pytest.approx(np.array(expected), rel=1e-12, abs=0)


def test_a_window_is_a_divider_of_its_cells_and_the_border() -> None:
    before, rng = planes(), np.random.default_rng(0)
    g = rng.uniform(1e-6, 1e-5, (3, 4, 3, 3, 1, 2))
    layer = LocallyConnected2DLayer(
        name="local",
        filters=2,
        kernel=3,
        padding="same",
        border_voltage=0.7,
        initializer=Given(g, 1e-8, 1e-3),
    )(before)
    found = unloaded(layer, before).operating_points({"x": VOLTS}).at("local").reshape(3, 4, 2)
    framed = np.pad(VOLTS.reshape(3, 4), 1, constant_values=0.7)
    for row, column in np.ndindex(3, 4):
        window = framed[row : row + 3, column : column + 3, None, None]
        own = g[row, column]
        expected = (own * window).sum(axis=(0, 1, 2)) / own.sum(axis=(0, 1, 2))
        assert found[row, column] == pytest.approx(expected, rel=1e-12, abs=0)


def test_a_ladder_divides_its_rails_by_its_resistances() -> None:
    x = InputVoltageLayer(units=12, name="x")
    g = np.array([1e-3, 2e-3, 4e-3])
    nodes = DenseLayer(name="d", units=2, initializer=Given(np.full((12, 2), 1e-15), 1e-16, 1))
    ladder = SimplexVoltageLayer(
        name="ladder", vdd=2.0, vss=-1.0, initializer=Given(g, 1e-6, 1e-2)
    )(nodes(x))
    found = unloaded(ladder, x).operating_points({"x": VOLTS}).at("ladder")[0]
    drops = -np.diff([2.0, *found, -1.0])
    # The nodes before it load the ladder with 12e-15 S each.
    assert drops == pytest.approx(3.0 / g / (1 / g).sum(), rel=1e-9, abs=0)


def test_a_bridge_of_resistors_is_wheatstones() -> None:
    x = InputVoltageLayer(units=2, name="x")
    g = np.array([1e-3, 2e-3, 3e-3, 5e-3])
    bridge = ResistorNetworkLayer(
        name="net",
        branches=[("top", "l"), ("l", "bottom"), ("top", "r"), ("r", "bottom")],
        inputs=["top", "bottom"],
        outputs=["l", "r"],
        initializer=Given(g, 1e-6, 1e-2),
    )(x)
    model = Model(inputs=[x], outputs=[CurrentLayer(name="y")(bridge)], seed=0)
    points = model.operating_points({"x": np.array([[1.0, 0.0]])})
    expected = np.array([[g[0] / (g[0] + g[1]), g[2] / (g[2] + g[3])]])
    assert points.at("net") == pytest.approx(expected, rel=1e-12, abs=0)


def test_joined_nodes_stand_at_one_voltage() -> None:
    model = BLOCKS["joined"]()
    points = model.operating_points(data_for(model).inputs)
    assert points.at("left").any()
    for name in ("right", "third"):
        assert np.array_equal(points.at("left"), points.at(name))


def test_arranged_nodes_keep_their_order() -> None:
    model = BLOCKS["arranged"]()
    points = model.operating_points(data_for(model).inputs)
    x, z = points.at("x"), points.at("z")
    assert np.array_equal(points.at("stacked"), np.concatenate([x, z], axis=1))
    assert np.array_equal(points.at("tall"), np.concatenate([x, z], axis=1))


def test_one_conductance_serves_a_whole_pool() -> None:
    model = BLOCKS["pool_valid"]()
    assert model.parameters["pool.conductance"].shape == ()
    assert model.network.shapes["pool"] == (1, 2, 1)


def test_a_ladder_is_drawn_as_a_crossbar_of_one_row() -> None:
    """Eight nodes, nine resistors: up to init_high/sqrt(1 + 9 + 1)."""
    top = 1e-5 / np.sqrt(11)

    def drawn(initializer: Initializer) -> Array:
        x = InputVoltageLayer(units=2, name="x")
        d = DenseLayer(units=8, name="d", initializer=RandomUniform(1e-7, 1e-6))(x)
        ladder = SimplexVoltageLayer(name="ladder", initializer=initializer)(d)
        model = Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(ladder)], seed=3)
        return model.parameters["ladder.conductance"]

    for kind in (GlorotUniform, GlorotLogUniform):
        found = drawn(kind(1e-7, 1e-5))
        assert found.shape == (9,)
        assert found.min() >= 1e-7
        assert found.max() <= top
        # The interval reaches as far as that: nine draws come nearer than a fifth of it.
        assert found.max() >= 0.5 * top
    assert drawn(HeUniform(1e-7, 1e-5)).max() <= 1e-5 / np.sqrt(2)
    own = np.geomspace(1e-7, 1e-5, 9)
    assert (drawn(Given(own)) == own).all()
