"""Networks that the benchmarks time."""

from ebana_diode_mos import DiodeLayer

from ebana_core import Model
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
)

CONDUCTANCES = RandomUniform(1e-7, 1e-5)
"""S."""

RAMP = {"VTH": 0.15, "RON": 1.0, "ROFF": 1e20}


def two_crossbars(n_in: int, n_hidden: int, n_out: int) -> Model:
    """Return inputs, a crossbar with two behavioural diodes and an amplifier, a crossbar."""
    source = InputVoltageLayer(units=n_in, name="x")
    hidden: Layer = DenseLayer(units=n_hidden, name="d1", lr=1e-12, initializer=CONDUCTANCES)(
        source
    )
    for name, direction in (("act1_1", "down"), ("act1_2", "up")):
        hidden = DiodeLayer(name=name, direction=direction, param=RAMP)(hidden)
    amplified = AmplificationLayer(name="amp1", param={"gain": 4.0})(hidden)
    output = DenseLayer(units=n_out, name="d_out", lr=1e-12, initializer=CONDUCTANCES)(amplified)
    return Model(inputs=[source], outputs=[CurrentLayer(name="y")(output)], seed=0)
