"""Subcircuits of each kind as a layer between two crossbars, and samples for them."""

from collections.abc import Callable
from typing import Any

import numpy as np
from PySpice.Spice.Netlist import SubCircuitFactory
from PySpice.Unit import u_H, u_kΩ, u_pF, u_uA, u_uS, u_V

from ebana_core import Model
from ebana_core.data import DataSet
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
    SpiceBlock,
)
from ebana_core.rules import EquilibriumPropagation

EXACT = EquilibriumPropagation(1e-9, "centered", "exact")


class Clipper(SubCircuitFactory):  # type: ignore[misc]  # PySpice has no types
    """A diode behind a resistor, lifted by a source; a load to the output."""

    NAME = "clipper"
    NODES = ("a", "b")

    def __init__(self) -> None:
        super().__init__()
        self.R(1, "a", "mid", 10 @ u_kΩ)
        self.model("dx", "D", IS=1e-9, N=1.5, RS=10)
        self.D(1, "mid", "lift", model="dx")
        self.V("up", "lift", self.gnd, 0.1 @ u_V)
        self.R(2, "mid", "b", 33 @ u_kΩ)
        self.I("b", "b", self.gnd, 2 @ u_uA)
        self.C(1, "b", self.gnd, 1 @ u_pF)


class Everything(SubCircuitFactory):  # type: ignore[misc]
    """Every element that native knows."""

    NAME = "everything"
    NODES = ("a", "b", "vdd")

    def __init__(self) -> None:
        super().__init__()
        self.R(1, "a", "m", 10 @ u_kΩ)
        self.L(1, "m", "m2", 1e-6 @ u_H)
        self.VCVS("amp", "x", self.gnd, "m2", self.gnd, voltage_gain=3)
        self.V("s", "x", "y", 0 @ u_V)
        self.R(2, "y", "b", 1 @ u_kΩ)
        self.VCCS("g", "b", self.gnd, "m", "y", transconductance=10 @ u_uS)
        self.CCCS("f", "m", self.gnd, "Vs", current_gain=0.1)
        self.CCVS("h", "w", self.gnd, "Vs", transresistance=2 @ u_kΩ)
        self.R(4, "w", "b", 4 @ u_kΩ)
        current = "1e-4*tanh(v(b)*3)+(v(m)>0 ? 1u*v(m)^2 : -2e-6*exp(v(a)))+0.123456789012345*i(Vs)"
        self.BehavioralSource("b", "b", self.gnd, current_expression=current)
        self.BehavioralSource("c", "q", self.gnd, voltage_expression="{max(min(v(b),0.4),-.4)}")
        self.R(5, "q", "b", 2 @ u_kΩ)
        self.model("nm", "NMOS", LEVEL=1, VTO=0.2, KP=1e-4, GAMMA=0.4, LAMBDA=0.02)
        self.model("pm", "PMOS", LEVEL=1, VTO=-0.3, KP=1e-4, LAMBDA=0.02)
        self.MOSFET(1, "d", "m", "b", self.gnd, model="nm", w=2e-6, l=1e-6)
        self.R(6, "vdd", "d", 10 @ u_kΩ)
        self.MOSFET(2, "d", "b", "vdd", "vdd", model="pm", w=2e-6, l=1e-6)


def block(name: str = "act", **settings: Any) -> SpiceBlock:
    given = {"subcircuit": Clipper(), "inputs": "a", "outputs": "b", **settings}
    return SpiceBlock(name=name, **given)


EVERYTHING = {"subcircuit": Everything(), "supplies": {"vdd": 1.5}}


def network(act: Callable[[Layer], Layer], g: tuple[float, float] = (1e-5, 1e-4)) -> Model:
    x = InputVoltageLayer(units=2, name="x")
    init = RandomUniform(*g)
    hidden = DenseLayer(units=4, name="d", initializer=init, lr=1e-9, trainable=True)(x)
    last = DenseLayer(units=2, name="last", initializer=init, lr=1e-9, trainable=True)(act(hidden))
    return Model(inputs=[x], outputs=[CurrentLayer(name="y")(last)], seed=1)


def data(n_samples: int = 5) -> DataSet:
    x = np.random.default_rng(0).uniform(-1, 1, (n_samples, 2))
    return DataSet({"x": x}, {"y": x[:, :1] / 5})
