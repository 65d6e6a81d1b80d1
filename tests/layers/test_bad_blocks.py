"""Settings and shapes that no block accepts: named before anything is built."""

from collections.abc import Callable
from typing import Any

import networkx
import numpy as np
import pytest

from ebana_core import Model
from ebana_core.errors import CircuitError, EbanaError, ModelError, ParameterError, ShapeError
from ebana_core.initializers import Given
from ebana_core.layers import (
    AmplificationLayer,
    AveragePooling2DLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    Conv2DLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    JoinLayer,
    Layer,
    LocallyConnected2DLayer,
    ReshapeLayer,
    ResistorNetworkLayer,
    StackLayer,
)
from tests.support.layer_blocks import INIT

Made = Callable[[], Layer]


def source(units: int, name: str = "x") -> InputVoltageLayer:
    return InputVoltageLayer(units=units, name=name)


def build(*parents: Layer, layer: Layer) -> Model:
    inputs = []
    for parent in parents:
        while parent.parents:
            parent = parent.parents[0]
        inputs.append(parent)
    behind = DenseLayer(name="last", units=2, initializer=INIT)(layer(parents))
    return Model(inputs=inputs, outputs=[CurrentLayer(name="y")(behind)], seed=0)


def local(**settings: Any) -> Layer:
    return LocallyConnected2DLayer(
        name="local", **{"filters": 1, "kernel": 3, "initializer": INIT, **settings}
    )


def conv(**settings: Any) -> Layer:
    return Conv2DLayer(
        name="conv", **{"filters": 2, "kernel_size": 3, "initializer": INIT, **settings}
    )


def network(**settings: Any) -> Layer:
    given = {"branches": [(0, 1), (1, 2)], "inputs": [0, 2], "outputs": [1], "initializer": INIT}
    return ResistorNetworkLayer(name="net", **{**given, **settings})


def plane(rows: int, columns: int, name: str = "x") -> Layer:
    return ReshapeLayer(name=f"{name}_plane", shape=(rows, columns))(source(rows * columns, name))


@pytest.mark.parametrize(
    ("made", "match"),
    [
        (lambda: build(source(6), layer=ReshapeLayer(name="r", shape=(4, 2))), "6 nodes"),
        (lambda: build(source(6), layer=ReshapeLayer(name="r", shape=(4, -1))), "6 nodes"),
        (lambda: ReshapeLayer(name="r", shape=(-1, -1)), "shape="),
        (lambda: ReshapeLayer(name="r", shape=(2, 0)), "shape="),
        (
            lambda: build(plane(2, 3), plane(2, 4, "z"), layer=StackLayer(name="s")),
            r"'x_plane' \(2, 3\), 'z_plane' \(2, 4\)",
        ),
        (
            lambda: build(plane(2, 3), plane(2, 4, "z"), layer=ConcatenateLayer(name="c", axis=0)),
            "cannot join",
        ),
        (
            lambda: build(source(2), source(3, "z"), layer=ConcatenateLayer(name="c", axis=1)),
            "cannot join",
        ),
        (lambda: ConcatenateLayer(name="c", axis=0.5), "axis=0.5"),
        (lambda: build(plane(2, 5), layer=local()), r"windows of \(3, 3\) on a plane of \(2, 5\)"),
        (lambda: build(source(9), layer=local()), r"\(9,\), which is not a plane"),
        (lambda: local(kernel=0), "kernel="),
        (lambda: local(kernel=(3, 3, 3)), "kernel="),
        (lambda: local(stride=1.5), "stride="),
        (lambda: local(padding="full"), "padding='full'"),
        (lambda: local(filters=0), "filters=0"),
        (lambda: build(plane(2, 5), layer=conv()), r"windows of \(3, 3\) on a plane of \(2, 5\)"),
        (
            lambda: build(plane(2, 5), layer=conv(kernel_size=4, padding="same")),
            r"kernel_size=\(4, 4\) on a plane of \(2, 5\) nodes",
        ),
        (lambda: build(source(9), layer=conv()), r"\(9,\), which is not a plane"),
        (lambda: conv(kernel_size=0), r"kernel_size=\(0, 0\)"),
        (lambda: conv(kernel_size=(3, 3, 3)), "kernel_size="),
        (lambda: conv(strides=0), r"strides=\(0, 0\)"),
        (lambda: conv(strides=-1), r"strides=\(-1, -1\)"),
        (lambda: conv(padding="full"), "padding='full'"),
        (lambda: conv(padding="SAME"), "padding='SAME'"),
        (lambda: conv(filters=0), "filters=0"),
        (
            lambda: build(plane(4, 4), layer=conv(initializer=Given(np.full((3, 3, 2, 2), 1e-6)))),
            r"shape \(3, 3, 2, 2\), the parameter \(3, 3, 1, 2\)",
        ),
        (
            lambda: build(plane(4, 4), layer=conv()).parameters.assign(
                {"conv.conductance": np.full((2, 2, 3, 3, 1, 2), 1e-6)}
            ),
            r"conv\.conductance is given shape \(2, 2, 3, 3, 1, 2\); it has shape \(3, 3, 1, 2\)",
        ),
        (
            lambda: build(source(4), layer=AveragePooling2DLayer(name="p", pool=2)),
            "which is not a plane",
        ),
        (lambda: build(source(3), layer=network()), "names 2 inputs and gets 3 nodes"),
        (lambda: network(branches=[]), "no branches"),
        (lambda: network(branches=[(0, 0)]), r"branch \(0, 0\)"),
        (lambda: network(outputs=[7]), "7 in outputs"),
        (lambda: network(inputs=[0, 0]), "inputs="),
        (
            lambda: build(plane(2, 3), plane(3, 2, "z"), layer=JoinLayer(name="join")),
            "give inputs of one shape",
        ),
    ],
)
def test_shapes_that_do_not_fit_are_named(made: Made, match: str) -> None:
    with pytest.raises(ShapeError, match=match):
        made()


@pytest.mark.parametrize(
    ("made", "match"),
    [
        (
            lambda: BiasVoltageLayer(units=1, name="b", bias_voltage=1.0, trainable="voltage"),
            r"trainable of 'voltage'; its values are \['bias_voltage'\]",
        ),
        (
            lambda: BiasVoltageLayer(units=1, name="b", bias_voltage=1.0, max_step=0.0),
            "max_step=0.0",
        ),
        (
            lambda: BiasVoltageLayer(
                units=1, name="b", bias_voltage=1.0, limits={"bias_voltage": (1.0, -1.0)}
            ),
            "limits",
        ),
        (
            lambda: AmplificationLayer(name="a", param={"gain": 2.0}, lr={"gian": 1.0}),
            "lr of 'gian'",
        ),
        (
            lambda: AmplificationLayer(name="a", param={"gain": 2.0}, max_relative_step=1.0),
            "max_relative_step=1.0",
        ),
        (
            lambda: AmplificationLayer(name="a", param={"gain": 2.0}, grad_func=len),
            "nothing to train",
        ),
        (
            lambda: build(
                plane(2, 2),
                layer=AveragePooling2DLayer(name="p", pool=1, conductance=-1.0),
            ),
            "p.conductance is -1.0 S",
        ),
    ],
)
def test_settings_of_values_are_named(made: Made, match: str) -> None:
    with pytest.raises(EbanaError, match=match):
        made()


def test_joining_one_layer_or_two_sources_is_refused() -> None:
    with pytest.raises(ModelError, match="at least two"):
        JoinLayer(name="join")([source(2)])
    with pytest.raises(CircuitError, match="'join' closes a loop of ideal sources"):
        build(source(2), source(2, "z"), layer=JoinLayer(name="join"))


def test_a_bias_outside_its_limits_is_refused() -> None:
    bias = BiasVoltageLayer(
        units=1,
        name="b",
        bias_voltage=2.0,
        trainable=True,
        limits={"bias_voltage": (-1.0, 1.0)},
    )
    both = ConcatenateLayer(name="j")([source(1), bias])
    d = DenseLayer(name="d", units=2, initializer=INIT)(both)
    x = both.parents[0]
    with pytest.raises(ParameterError, match=r"b\.bias_voltage.*outside the bounds"):
        Model(inputs=[x, bias], outputs=[CurrentLayer(name="y")(d)], seed=0)


def test_a_network_that_hangs_in_the_air_is_refused() -> None:
    with pytest.raises(CircuitError, match="'net'"):
        build(source(2), layer=network(branches=[(0, 1), (1, 2), (3, 4)]))


def test_networkx_graphs_are_edge_lists() -> None:
    grid = networkx.grid_2d_graph(3, 3)
    layer = ResistorNetworkLayer(
        name="net", branches=grid, inputs=[(0, 0), (2, 2)], outputs=[(0, 2)], initializer=INIT
    )
    model = build(source(2), layer=layer)
    assert len(layer.branches) == 12
    assert layer.own_nodes[0] == (1, 0)
    assert model.parameters["net.conductance"].shape == (12,)
    points = model.operating_points({"x": np.array([[1.0, -1.0]])})
    assert points.residual <= 1e-12
