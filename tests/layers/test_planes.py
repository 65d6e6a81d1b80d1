"""Every device over nodes in several dimensions does what it does over the same nodes in a row."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer, TransistorCrossbarLayer, TransistorNetworkLayer
from ebana_memristor import Linear, MemristorLayer, Wires

from ebana_core import Model, losses
from ebana_core.arrays import Array
from ebana_core.circuit import Clamps, Constant
from ebana_core.data import DataSet
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    AveragePooling2DLayer,
    CurrentLayer,
    DCCurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    JoinLayer,
    Layer,
    LocallyConnected2DLayer,
    PotentiometerNetworkLayer,
    ReshapeLayer,
    ResistorNetworkLayer,
    SenseLayer,
    SimplexVoltageLayer,
    SpiceBlock,
    StackLayer,
)
from ebana_core.registry import load_registry
from ebana_core.rules import EquilibriumPropagation

INITIALIZER = RandomUniform(1e-6, 1e-5)
PLANES = [(2, 2), (2, 2, 1), (1, 4, 1), (2, 1, 2)]
BLOCK = ".subckt pad a\nR1 a 0 200k\nD1 a 0 steep\n.model steep D(IS=1e-9 N=2)\n.ends"
Make = Callable[[str], Layer]


def diode(kind: str, **settings: Any) -> Make:
    return lambda name: DiodeLayer(name=name, kind=kind, **settings)


UP_AND_DOWN = ["down", "up", "down", "up"]
EACH = [0.1, 0.2, 0.3, 0.4]

LAYERS: Mapping[str, Mapping[str, Make]] = {
    "amplification": {
        "plain": lambda n: AmplificationLayer(name=n, param={"gain": EACH, "shift": EACH}),
        "real": lambda n: AmplificationLayer(
            name=n,
            param={"gain": 1.5},
            offset=EACH,
            input_resistance=1e6,
            saturation=(-1.0, 1.0),
            output_resistance=1e3,
        ),
    },
    "current": {
        "folded": lambda n: CurrentLayer(name=n),
        "plain": lambda n: CurrentLayer(name=n, fold=False),
    },
    "dc_current": {
        "plain": lambda n: DCCurrentLayer(name=n, bias_current=[1e-7, 0.0, 2e-7, -1e-7])
    },
    "dense": {"plain": lambda n: DenseLayer(units=2, name=n, initializer=INITIALIZER)},
    "diode": {
        **{
            kind: diode(kind, direction=UP_AND_DOWN, bias_voltage=EACH)
            for kind in ("behavioral", "real", "mos", "shockley", "ideal")
        },
        "antiparallel": diode("antiparallel", param={"IS": 1e-7, "a": EACH}),
        "ideal, one bound": diode("ideal", direction="down", bias_voltage=0.1),
        "ideal, one direction": diode("ideal", direction="down", bias_voltage=EACH),
    },
    "join": {"plain": lambda n: JoinLayer(name=n)},
    "memristor": {
        "plain": lambda n: MemristorLayer(units=2, name=n, initializer=INITIALIZER),
        "wired": lambda n: MemristorLayer(
            units=2, name=n, initializer=INITIALIZER, cell=Linear(), wires=Wires(10.0, 20.0)
        ),
    },
    "potentiometer_network": {
        "plain": lambda n: PotentiometerNetworkLayer(
            name=n,
            branches=[(0, 4), (1, 4), (2, 5), (3, 5), (4, 5)],
            inputs=[0, 1, 2, 3],
            outputs=[4, 5],
            initializer=RandomUniform(1e-5, 1e-3),
        )
    },
    "reshape": {"plain": lambda n: ReshapeLayer(name=n, shape=(4,))},
    "resistor_network": {
        "plain": lambda n: ResistorNetworkLayer(
            name=n,
            branches=[(0, 4), (1, 4), (2, 5), (3, 5), (4, 5)],
            inputs=[0, 1, 2, 3],
            outputs=[4, 5],
            initializer=INITIALIZER,
        )
    },
    "sense": {
        "folded": lambda n: SenseLayer(name=n, sense_resistance=1e5),
        "plain": lambda n: SenseLayer(name=n, fold=False, sense_resistance=1e5),
    },
    "simplex_voltage": {
        "plain": lambda n: SimplexVoltageLayer(name=n, initializer=INITIALIZER),
    },
    "spice_block": {"shunt": lambda n: SpiceBlock(name=n, subcircuit=BLOCK, inputs=["a"])},
    # The gate of a transistor has no contrast between phases.
    "transistor_crossbar": {
        "plain": lambda n: TransistorCrossbarLayer(
            name=n, units=2, param={"kp": 1e-4}, initializer=3.0, trainable=False
        )
    },
    "transistor_network": {
        "plain": lambda n: TransistorNetworkLayer(
            name=n,
            branches=[(0, 4), (1, 4), (2, 5), (3, 5), (4, 5)],
            inputs=[0, 1, 2, 3],
            outputs=[4, 5],
            param={"kp": 1e-4},
            initializer=3.0,
            trainable=False,
        )
    },
}
"""Device to settings to what makes its layer."""
ELSEWHERE = {
    "average_pooling_2d",
    "bias",
    "concatenate",
    "conv_2d",
    "input",
    "input_current",
    "locally_connected_2d",
    "stack",
}
"""Devices without an input or with several, and those that a shape means something to, whose own
tests say what."""
CASES = [(device, which) for device, makes in LAYERS.items() for which in makes]
DATA = DataSet({"x": np.random.default_rng(0).uniform(-2, 2, (5, 3))})


def network(make: Make, shape: tuple[int, ...], n_inputs: int = 1) -> Model:
    """Return four hidden nodes in a shape, once or twice, the layer, and an output."""
    source = InputVoltageLayer(units=3, name="x")
    shaped = []
    for k in range(n_inputs):
        hidden = DenseLayer(units=4, name=f"d{k}", initializer=INITIALIZER)(source)
        shaped.append(ReshapeLayer(name=f"r{k}", shape=shape)(hidden))
    layer = make("tried")(shaped)
    if not isinstance(layer, CurrentLayer):
        last = DenseLayer(units=2, name="last", initializer=INITIALIZER)(layer)
        layer = CurrentLayer(name="y")(last)
    return Model(inputs=[source], outputs=[layer], seed=2)


def test_every_device_is_tried() -> None:
    assert set(load_registry().devices) == {*LAYERS, *ELSEWHERE}


@pytest.mark.filterwarnings("ignore::ebana_core.rules.ReciprocityWarning")
@pytest.mark.parametrize(("device", "which"), CASES)
def test_a_plane_is_its_nodes_in_a_row(device: str, which: str) -> None:
    make, n_inputs = LAYERS[device][which], 2 if device == "join" else 1
    row = network(make, (4,), n_inputs)
    # Numbers are the same whatever the shape, so bits are: nothing is computed otherwise.
    expected, gradients = found(row)
    for shape in PLANES:
        ours, theirs = found(network(make, shape, n_inputs))
        assert np.array_equal(ours, expected)
        for name, gradient in gradients.items():
            assert np.array_equal(theirs[name], gradient), name


def found(model: Model) -> tuple[Array, dict[str, Array]]:
    """Return all voltages and the gradients of a loss."""
    points = model.operating_points(DATA.inputs)
    data = DataSet(DATA.inputs, {"y" if "y" in model.layers else "tried": points_of(model)})
    rule = EquilibriumPropagation(1e-8)
    return points.node_voltages, model.gradients(data, losses.MSE(), rule)


def points_of(model: Model) -> Array:
    """Return targets beside the predictions."""
    (predictions,) = model.predict(DATA).values()
    return predictions + 0.01


@pytest.mark.ngspice
@pytest.mark.parametrize(("device", "which"), CASES)
def test_ngspice_takes_planes(device: str, which: str) -> None:
    model = network(LAYERS[device][which], (2, 2, 1), 2 if device == "join" else 1)
    native, reference = (model.operating_points(DATA.inputs, b) for b in ("native", "ngspice"))
    # Ideal diodes are steep ramps there.
    assert reference.voltages == pytest.approx(native.voltages, abs=1e-8)


@pytest.mark.parametrize(
    "arrange",
    [
        lambda x: StackLayer(name="s")([dense("a", 4, x), dense("b", 4, x)]),
        lambda x: AveragePooling2DLayer(name="p", pool=2)(plane(dense("a", 16, x))),
        lambda x: LocallyConnected2DLayer(name="l", kernel=2, filters=3, initializer=INITIALIZER)(
            plane(dense("a", 16, x))
        ),
    ],
)
@pytest.mark.parametrize("direction", ["down", "up"])
def test_ideal_diodes_follow_whatever_arranges_nodes(
    arrange: Callable[[Layer], Layer], direction: str
) -> None:
    source = InputVoltageLayer(units=3, name="x")
    held = DiodeLayer(name="held", kind="ideal", direction=direction, bias_voltage=0.05)(
        arrange(source)
    )
    model = Model([source], [CurrentLayer(name="y", fold=False)(held)], seed=0)
    points = model.operating_points(DATA.inputs)
    beyond = points.at("held") - 0.05
    assert points.residual <= 1e-12
    # A bound is met to the last bit.
    assert (beyond if direction == "down" else -beyond).max() == 0.0


def test_clamps_take_nodes_of_any_shape() -> None:
    nodes, is_upper = np.arange(1, 5).reshape(2, 2), np.array([[True, False], [False, True]])
    clamps = Clamps(
        name="c", layer="c", nodes=nodes, is_upper=is_upper, bound=Constant(np.zeros(()))
    )
    assert clamps.nodes.tolist() == [1, 2, 3, 4]
    assert clamps.is_upper.tolist() == [True, False, False, True]


def dense(name: str, units: int, before: Layer) -> Layer:
    return DenseLayer(units=units, name=name, initializer=INITIALIZER)(before)


def plane(before: Layer) -> Layer:
    return ReshapeLayer(name="plane", shape=(4, 4, 1))(before)
