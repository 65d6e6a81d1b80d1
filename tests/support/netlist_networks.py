"""Networks of every kind of element that a netlist can hold, between two dense layers."""

from collections.abc import Callable, Mapping

import numpy as np
from ebana_diode_mos import DiodeLayer, TransistorNetworkLayer

from ebana_core import Model
from ebana_core.arrays import Array
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    CurrentLayer,
    DCCurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
    SpiceBlock,
)
from tests.support.ideal_diodes import clamped_model
from tests.support.zoo import amplified, block

INIT = RandomUniform(1e-6, 1e-4)


def between(layer: Layer, units: int = 2, **around: float) -> Model:
    x = InputVoltageLayer(units=2, name="x")
    d1 = DenseLayer(units=units, name="d1", initializer=INIT)(x)
    d2 = DenseLayer(units=2, name="d2", initializer=INIT)(layer(d1))
    return Model(inputs=[x], outputs=[CurrentLayer(name="y")(d2)], seed=0, **around)


def body(*lines: str) -> SpiceBlock:
    text = "\n".join([".subckt s a b", *lines, ".ends"])
    return SpiceBlock(name="q", subcircuit=text, inputs=("a", "b"))


def rails() -> Model:
    amplifier = AmplificationLayer(
        name="g", param={"gain": 3.0}, saturation=(-0.2, 0.3), output_resistance=10.0
    )
    return between(amplifier)


def converted() -> Model:
    x = InputVoltageLayer(units=2, name="x", dac_bits=4, source_resistance=50.0)
    d1 = DenseLayer(units=2, name="d1", initializer=INIT)(x)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(d1)], seed=0)


def real_diode() -> Model:
    return between(
        DiodeLayer(name="q", kind="real", direction="down", param={"IS": 1e-9, "RS": 5.0})
    )


def warm_diode() -> Model:
    param = {"IS": 1e-9, "temperature": 350.0}
    return between(DiodeLayer(name="q", kind="real", direction="down", param=param))


def mos_diode() -> Model:
    return between(DiodeLayer(name="q", kind="mos", direction="down", param={"VTO": 0.1}))


def shockley() -> Model:
    return between(
        DiodeLayer(name="q", kind="shockley", direction="up", param={"IS": 1e-8, "a": 0.05})
    )


def shunted() -> Model:
    return between(body("d1 a b dk", ".model dk d(is=1e-12 rs=10)"), gmin=1e-11, shunt=1e-7)


def biased() -> Model:
    return between(DCCurrentLayer(name="q", bias_current=1e-6))


def transistors() -> Model:
    return between(
        body(
            ".model n1 npn(is=1e-15 bf=80 vaf=50 rb=100 rc=10)",
            ".model p1 pnp(is=1e-15 bf=40)",
            ".model m1 nmos(level=1 vto=0.2 kp=1e-4 gamma=0.3 phi=0.6 lambda=0.02 rd=20)",
            ".model j1 njf(vto=-1 beta=1e-4 lambda=0.01)",
            "vcc c 0 1",
            "q1 c a e n1 2",
            "q2 0 b e p1",
            "re e 0 10k",
            "m1 c a b 0 m1 w=10u l=2u",
            "j1 c b e j1",
        )
    )


def steered() -> Model:
    """Every controlled source, and currents of resistors, inductors and amplifiers as controls."""
    return between(
        body(
            "r1 a m 1k",
            "r2 m 0 0.01",
            "l1 b n 1u",
            "r3 n 0 2k",
            "f1 a 0 r2 0.1",
            "h1 p 0 l1 100",
            "r4 p a 10k",
            "e1 s 0 a b 0.5",
            "r5 s b 10k",
            "f2 b 0 e1 0.2",
            "g1 a 0 b 0 1u",
            "b1 a 0 i=1m*i(l1)*i(l1)/1m+i(e1)*0.1",
            "c1 a b 1n",
        )
    )


def long_sum() -> Model:
    """A source of forty terms, more than brackets may stand within each other."""
    terms = "+".join(f"{k + 1}e-3*tanh(v(a)*{k + 1})-v(b)*{k + 1}m" for k in range(20))
    return between(body("r1 a b 1k", "r2 b 0 2k", f"b1 a 0 i=1m*({terms})"))


def gates() -> Model:
    layer = TransistorNetworkLayer(
        name="q",
        branches=[("a", "b"), ("b", "c"), ("a", "c")],
        inputs=["a", "b"],
        outputs=["a", "b"],
        model={"type": "nmos", "vto": 0.2, "kp": 1e-4, "gamma": 0.2, "phi": 0.6},
        body="floating",
        gate_reference="source",
        initializer=0.8,
    )
    return between(layer, shunt=1e-7)


SOLVED: Mapping[str, Callable[[], Model]] = {
    "amplified": amplified,
    "block": block,
    "clamped": lambda: clamped_model((3, 4, 4), seed=1, gain=3.0),
    "rails": rails,
    "steered": steered,
    "transistors": transistors,
}
"""Networks that another program's own simulator solves, too."""
VOLTS, NUDGE = np.array([0.5, -0.3, 0.8]), np.array([1e-9, -2e-9])


def driven(model: Model) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return a sample, V, and a nudge, A, of a model."""
    width = len(model.network.compiled.circuit.outputs[0].heads)
    return {"x": VOLTS[: model.layers["x"].units]}, {"y": NUDGE[:width]}  # type: ignore[attr-defined]  # an input
