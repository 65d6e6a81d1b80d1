"""One small network around every block of the core."""

from collections.abc import Callable, Mapping

import numpy as np
from ebana_diode_mos import DiodeLayer

from ebana_core import Model
from ebana_core.data import DataSet
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    AveragePooling2DLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    Conv2DLayer,
    CurrentLayer,
    DCCurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    JoinLayer,
    Layer,
    LocallyConnected2DLayer,
    ReshapeLayer,
    ResistorNetworkLayer,
    SimplexVoltageLayer,
    StackLayer,
)

INIT = RandomUniform(1e-6, 1e-5, 1e-8, 1e-3)
PAIR = {"kind": "antiparallel", "param": {"IS": 1e-7, "a": 0.1}}
EDGES = [("in", "a"), ("a", "b"), ("b", "low"), ("b", "out"), ("out", "low"), ("a", "out")]


def dense(name: str, units: int, *, before: Layer | list[Layer]) -> Layer:
    return DenseLayer(units=units, name=name, initializer=INIT, lr=1e-12)(before)


def soft(name: str, before: Layer, **settings: object) -> Layer:
    return DiodeLayer(name=name, **PAIR, **settings)(before)  # type: ignore[arg-type]  # settings


def ends(x: list[Layer], last: Layer) -> Model:
    return Model(inputs=x, outputs=[CurrentLayer(name="y")(last)], seed=4)


def plane(x: Layer, channels: int = 1) -> Layer:
    return ReshapeLayer(name="plane", shape=(-1, 4, channels))(x)


def local(padding: str) -> Model:
    x = InputVoltageLayer(units=24, name="x")
    windows = LocallyConnected2DLayer(
        name="local",
        filters=2,
        kernel=(2, 3),
        stride=(1, 2),
        padding=padding,
        border_voltage=0.3,
        initializer=INIT,
        lr=1e-12,
    )(plane(x, 2))
    return ends([x], dense("d", 2, before=soft("pair", windows)))


def convolved(padding: str) -> Model:
    """Two convolutions: one that sources drive, and one between nodes that are solved for."""
    x = InputVoltageLayer(units=24, name="x")
    first = Conv2DLayer(
        name="conv",
        filters=2,
        kernel_size=(2, 3),
        strides=(1, 2) if padding == "same" else 1,
        padding=padding,
        initializer=INIT,
        lr=1e-12,
    )(plane(x, 2))
    second = Conv2DLayer(
        name="conv2", filters=2, kernel_size=(2, 1), padding=padding, initializer=INIT, lr=1e-12
    )(soft("pair", first))
    return ends([x], dense("d", 2, before=soft("pair2", second)))


def pooled(padding: str) -> Model:
    x = InputVoltageLayer(units=12, name="x")
    pool = AveragePooling2DLayer(
        name="pool", pool=2, padding=padding, conductance=1e-5, trainable=True, lr=1e-12
    )(plane(x))
    return ends([x], dense("d", 2, before=soft("pair", pool)))


def arranged() -> Model:
    x, z = (InputVoltageLayer(units=6, name=name) for name in ("x", "z"))
    first, second = (
        ReshapeLayer(name=f"{source.name}_plane", shape=(2, 3))(source) for source in (x, z)
    )
    stacked = StackLayer(name="stacked", axis=0)([first, second])
    tall = ConcatenateLayer(name="tall", axis=0)([first, second])
    flat = [ReshapeLayer(name=f"flat{k}", shape=-1)(p) for k, p in enumerate((stacked, tall))]
    d = dense("d", 4, before=ConcatenateLayer(name="both")(flat))
    return ends([x, z], dense("d_out", 2, before=soft("pair", d)))


def joined() -> Model:
    x = InputVoltageLayer(units=3, name="x")
    hidden = [dense(name, 4, before=x) for name in ("left", "right", "third")]
    return ends([x], dense("d", 2, before=soft("pair", JoinLayer(name="join")(hidden))))


def currents() -> Model:
    x = InputVoltageLayer(units=3, name="x")
    d = DCCurrentLayer(name="bias", bias_current=[1e-6, -5e-7, 0, 2e-6], trainable=True, lr=1e-14)(
        dense("d1", 4, before=x)
    )
    amplified = AmplificationLayer(name="amp", param={"gain": 2.0})(soft("pair", d))
    one = DCCurrentLayer(name="one", bias_current=1e-7, trainable=True, lr=1e-14)(
        dense("d2", 2, before=amplified)
    )
    return ends([x], one)


def ladder() -> Model:
    x = InputVoltageLayer(units=3, name="x")
    d = SimplexVoltageLayer(name="ladder", vdd=1.5, vss=-0.5, initializer=INIT, lr=1e-12)(
        dense("d1", 4, before=x)
    )
    return ends([x], dense("d2", 2, before=soft("pair", d)))


def graph() -> Model:
    x = InputVoltageLayer(units=2, name="x")
    network = ResistorNetworkLayer(
        name="net",
        branches=EDGES,
        inputs=["in", "low"],
        outputs=["out", "b"],
        initializer=INIT,
        lr=1e-12,
    )(x)
    return ends([x], soft("pair", network))


def periphery() -> Model:
    """Amplifiers, biases and diodes whose own values are trained."""
    x = InputVoltageLayer(units=3, name="x")
    b1 = BiasVoltageLayer(units=2, name="b1", bias_voltage=[0.8, -0.6], trainable=True, lr=0.01)
    b2 = BiasVoltageLayer(units=2, name="b2", bias_voltage=0.5, trainable=True, lr=0.01)
    d1 = dense("d1", 4, before=ConcatenateLayer(name="j1")([x, b1]))
    diodes = soft(
        "pair",
        d1,
        bias_voltage=[0.1, -0.1, 0, 0.2],
        trainable=("bias_voltage", "IS"),
        lr={"bias_voltage": 0.01, "IS": 1e-16},
    )
    amplified = AmplificationLayer(
        name="amp", param={"gain": [2.0, -2.0, 2.0, 2.0], "shift": 0.1}, trainable=True, lr=0.01
    )(diodes)
    d2 = dense("d2", 4, before=ConcatenateLayer(name="j2")([amplified, b2]))
    again = AmplificationLayer(name="amp2", param={"gain": 1.5}, trainable="gain", lr=0.01)(
        soft("pair2", d2, bias_voltage=0.05, trainable=True, lr=0.01)
    )
    return ends([x, b1, b2], dense("d3", 2, before=again))


def driven() -> Model:
    """A trained source that feeds a crossbar and, through an amplifier, a later one."""
    x = InputVoltageLayer(units=2, name="x")
    b = BiasVoltageLayer(units=1, name="b", bias_voltage=0.4, trainable=True, lr=0.01)
    buffered = AmplificationLayer(
        name="buffer", param={"gain": -3.0, "shift": 0.2}, trainable=True, lr=0.01
    )(b)
    d1 = soft("pair", dense("d1", 3, before=ConcatenateLayer(name="j1")([x, b])))
    amplified = AmplificationLayer(name="amp", param={"gain": 2.0})(d1)
    d2 = dense("d2", 2, before=ConcatenateLayer(name="j2")([amplified, buffered]))
    return ends([x, b], d2)


BLOCKS: Mapping[str, Callable[[], Model]] = {
    "local_valid": lambda: local("valid"),
    "local_same": lambda: local("same"),
    "conv_valid": lambda: convolved("valid"),
    "conv_same": lambda: convolved("same"),
    "pool_valid": lambda: pooled("valid"),
    "pool_same": lambda: pooled("same"),
    "arranged": arranged,
    "joined": joined,
    "currents": currents,
    "ladder": ladder,
    "graph": graph,
    "periphery": periphery,
    "driven": driven,
}


def data_for(model: Model, n_samples: int = 3, seed: int = 0) -> DataSet:
    """Return random samples and targets."""
    rng = np.random.default_rng(seed)
    shapes = model.network.shapes
    inputs = {
        name: rng.uniform(-1, 1, (n_samples, shapes[name][0]))
        for name, layer in model.layers.items()
        if layer.device == "input"
    }
    return DataSet(inputs, {"y": rng.uniform(-0.3, 0.3, (n_samples, 1))})
