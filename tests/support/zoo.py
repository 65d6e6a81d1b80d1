"""Networks of all kinds of elements, for what a run must say of each of them."""

from collections.abc import Callable

import numpy as np
from ebana_diode_mos import DiodeLayer
from ebana_memristor import Linear, MemristorLayer, PulseNoise, Pulses, ReadNoise, SoftBounds, Wires

from ebana_core import Model
from ebana_core.data import DataSet
from ebana_core.initializers import LogUniform, RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
    SpiceBlock,
)

INIT = RandomUniform(1e-6, 1e-5, 1e-7, 1e-4)
KNEE = """
.model dk D(IS=1e-9 N=1.5)
.subckt knee a
R1 a m 20k
D1 m e dk
V1 e 0 0.1
.ends
"""
N_SAMPLES = 11


def zoo_data() -> DataSet:
    volts = np.random.default_rng(0).uniform(-1, 1, (N_SAMPLES, 3))
    return DataSet({"x": volts}, {"y": 0.3 * volts[:, :2]})


def _built(between: Callable[[Layer], Layer]) -> Model:
    """Return two stages with what is between them, and a bias that learns."""
    x = InputVoltageLayer(units=3, name="x")
    b = BiasVoltageLayer(units=1, name="b", bias_voltage=0.3, trainable=True, lr=1e-3)
    joined = ConcatenateLayer(name="j")([x, b])
    d2 = DenseLayer(units=4, name="d2", lr=1e-6, initializer=INIT)(between(joined))
    return Model(inputs=[x, b], outputs=[CurrentLayer(name="y")(d2)], seed=0)


def _dense(layer: Layer) -> Layer:
    return DenseLayer(units=4, name="d1", lr=1e-6, initializer=INIT)(layer)


def linear() -> Model:
    return _built(_dense)


def amplified() -> Model:
    """Diodes with bias sources, and amplifiers whose gain learns."""
    ramp = {"VTH": 0.1, "RON": 1e3, "ROFF": 1e9}
    diode = DiodeLayer(name="q", direction="down", kind="behavioral", param=ramp)
    gain = {"gain": 4.0, "shift": 0.0}
    amplifier = AmplificationLayer(name="g", param=gain, trainable=True, lr=1e-2)
    return _built(lambda layer: amplifier(diode(_dense(layer))))


def block() -> Model:
    """A subcircuit with inner nodes."""
    knee = SpiceBlock(name="q", subcircuit=KNEE, inputs="a")
    return _built(lambda layer: knee(_dense(layer)))


def noisy_memristors() -> Model:
    """Wires with inner nodes, cells that read and program with noise."""
    cells = MemristorLayer(
        name="d1",
        units=4,
        lr=1e-6,
        cell=Linear(window=(1e-7, 1e-5)),
        pulses=Pulses(response=SoftBounds(n_states=200)),
        wires=Wires(),
        initializer=LogUniform(1e-7, 1e-5),
        effects=(ReadNoise(0.02), PulseNoise(0.3)),
    )
    return _built(cells)


ZOO = (linear, amplified, block, noisy_memristors)
