"""The circuits that the benchmarks solve and train, after published ones."""

import numpy as np
from ebana_diode_mos import DiodeLayer

from ebana_core import Model
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
    LocallyConnected2DLayer,
    ReshapeLayer,
)
from ebana_core.schedules import StepDecay
from ebana_core.zoo.networks import UNIT, antiparallel, deep_resistive


def ideal_mnist(
    *hidden: int,
    rate: float = 0.006,
    decay: float = 0.99,
    steps_per_epoch: int = 15000,
    seed: int = 0,
) -> Model:
    """Return 1568 inputs, hidden layers of ideal diodes, 10 linear outputs.

    Inputs are images times a gain of 100 (100 hidden nodes), 480 (1024) or 4000 (1024 and 1024).

    Args:
        hidden: Nodes of each hidden layer; the first half stays at or above 0 V, the second at or
            below.
        rate: Learning rate in the published units, 0.006 for batches of 4.
        decay: Of the rate, per epoch.
        steps_per_epoch: Steps after which it decays.
        seed: Of the model.
    """
    lr = StepDecay(rate * UNIT**2, decay, steps_per_epoch)
    return deep_resistive(*hidden, rate=lr, seed=seed)


RAMP = {"VTH": 0.15, "RON": 1.0, "ROFF": 1e20}


def behavioral(n_in: int, n_hidden: int, n_out: int) -> Model:
    """Return inputs, a crossbar with two behavioural diodes and an amplifier, a crossbar.

    Source:
        Watfa, Garcia-Ortiz and Sassatelli, SOCC 2022, doi:10.1109/SOCC56010.2022.9908086.
    """
    conductances = RandomUniform(1e-7, 1e-5)
    source = InputVoltageLayer(units=n_in, name="x")
    hidden: Layer = DenseLayer(units=n_hidden, name="d1", lr=1e-7, initializer=conductances)(source)
    for name, direction in (("act1_1", "down"), ("act1_2", "up")):
        hidden = DiodeLayer(name=name, direction=direction, param=RAMP)(hidden)
    amplified = AmplificationLayer(name="amp1", param={"gain": 4.0})(hidden)
    output = DenseLayer(units=n_out, name="d_out", lr=1e-7, initializer=conductances)(amplified)
    return Model(inputs=[source], outputs=[CurrentLayer(name="y")(output)], seed=0)


def behavioral_mnist(
    *, rate: float, decay: float = 1.0, steps_per_epoch: int = 15000, seed: int = 0
) -> Model:
    """Return 1568 inputs, two behavioural diodes and an amplifier of 4 per node, 10 folded outputs.

    Inputs are images times a gain of 20. Diodes conduct beyond 0.5 V, so that outputs reach the
    1 V of a one-hot target.
    """
    lr = StepDecay(rate, decay, steps_per_epoch)
    ramp = {**RAMP, "VTH": 0.5}

    def crossbar(units: int, name: str, n_in: int) -> DenseLayer:
        conductances = RandomUniform(1e-8, 1e-5 / np.sqrt(n_in) + 2e-8, 1e-9, 1e-3)
        return DenseLayer(
            units=units, name=name, lr=lr, initializer=conductances, max_relative_step=None
        )

    x = InputVoltageLayer(units=1568, name="x")
    biases = [
        BiasVoltageLayer(units=2, name=name, bias_voltage=[1.0, -1.0]) for name in ("b1", "b2")
    ]
    layer: Layer = crossbar(100, "d1", 1568)(ConcatenateLayer(name="j1")([x, biases[0]]))
    for name, direction in (("act1_1", "down"), ("act1_2", "up")):
        layer = DiodeLayer(name=name, direction=direction, param=ramp)(layer)
    layer = AmplificationLayer(name="amp1", param={"gain": 4.0})(layer)
    layer = crossbar(20, "d_out", 100)(ConcatenateLayer(name="j2")([layer, biases[1]]))
    return Model(inputs=[x, *biases], outputs=[CurrentLayer(name="y")(layer)], seed=seed)


def local_mnist(
    *, rate: float, decay: float = 1.0, steps_per_epoch: int = 15000, seed: int = 0
) -> Model:
    """Return windows of 6 x 6 pixels and their negatives, 6 filters each, and 10 folded outputs.

    Inputs are images times a gain of 20. Two behavioural diodes at every hidden node conduct
    beyond 0.5 V; amplifiers of 4.
    """
    ramp = {**RAMP, "VTH": 0.5}
    x = InputVoltageLayer(units=1568, name="x")
    bias = BiasVoltageLayer(units=2, name="b2", bias_voltage=[1.0, -1.0])
    layer: Layer = ReshapeLayer(name="plane", shape=(28, 28, 2))(x)
    layer = LocallyConnected2DLayer(
        name="local",
        filters=6,
        kernel=6,
        stride=2,
        lr=StepDecay(rate, decay, steps_per_epoch),
        initializer=RandomUniform(1e-8, 1e-5 / np.sqrt(72), 1e-9, 1e-3),
        max_relative_step=None,
    )(layer)
    for name, direction in (("act1_1", "down"), ("act1_2", "up")):
        layer = DiodeLayer(name=name, direction=direction, param=ramp)(layer)
    layer = AmplificationLayer(name="amp1", param={"gain": 4.0})(layer)
    flat = ReshapeLayer(name="flat", shape=-1)(layer)
    output = DenseLayer(
        units=20,
        name="d_out",
        lr=StepDecay(rate, decay, steps_per_epoch),
        initializer=RandomUniform(1e-8, 1e-6, 1e-9, 1e-3),
        max_relative_step=None,
    )(ConcatenateLayer(name="j2")([flat, bias]))
    return Model(inputs=[x, bias], outputs=[CurrentLayer(name="y")(output)], seed=seed)


def mos(n_in: int, n_hidden: int, n_out: int) -> Model:
    """Return inputs, a crossbar with an n and a p channel MOS diode, an amplifier, a crossbar."""
    conductances = RandomUniform(1e-7, 1e-5)
    source = InputVoltageLayer(units=n_in, name="x")
    hidden: Layer = DenseLayer(units=n_hidden, name="d1", lr=1e-7, initializer=conductances)(source)
    for name, direction, channel, threshold in (
        ("act1_1", "down", "n", 0.3),
        ("act1_2", "up", "p", -0.3),
    ):
        hidden = DiodeLayer(
            name=name, direction=direction, kind="mos", param={"channel": channel, "VTO": threshold}
        )(hidden)
    amplified = AmplificationLayer(name="amp1", param={"gain": 4.0})(hidden)
    output = DenseLayer(units=n_out, name="d_out", lr=1e-7, initializer=conductances)(amplified)
    return Model(inputs=[source], outputs=[CurrentLayer(name="y")(output)], seed=0)


def shockley_mnist(
    *, rate: float, decay: float = 1.0, steps_per_epoch: int = 15000, seed: int = 0
) -> Model:
    """Return 1568 inputs, antiparallel diodes, amplifiers of 4, 10 folded outputs.

    Inputs are images times a gain of 50.

    Source:
        Osana and Querlioz 2026.
    """
    lr = StepDecay(rate, decay, steps_per_epoch)
    return antiparallel((1568, 100, 20), v_off=1.0, rate=lr, seed=seed)
