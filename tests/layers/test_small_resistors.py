"""Resistors of less than an ohm in blocks: right where the block floats, and trained."""

from typing import Any

import numpy as np
import pytest

from ebana_core import Model
from ebana_core.backends import NativeBackend, NgspiceBackend
from ebana_core.data import DataSet
from ebana_core.layers import CurrentLayer, InputVoltageLayer, SpiceBlock
from ebana_core.losses import MSE
from ebana_core.rules import Adjoint, EquilibriumPropagation

COIL = """.subckt coil 1 2
rp 1 2 2k
l1 1 m 0.68u
r1 m n 2m
r2 n 2 3m
.ends
"""
DIVIDER = """.subckt divider a b
r1 a m 0.5
r2 m 0 0.3
r3 m b 2k
.ends
"""
BACKENDS = pytest.mark.parametrize(
    "backend",
    [NativeBackend(), pytest.param(NgspiceBackend(), marks=pytest.mark.ngspice)],
    ids=["native", "ngspice"],
)


def between(text: str, ports: tuple[str, str], resistance: float, **settings: Any) -> Model:
    x = InputVoltageLayer(units=2, name="x", source_resistance=resistance)
    block = SpiceBlock(name="block", subcircuit=text, inputs=ports, **settings)(x)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(block)], seed=0)


@BACKENDS
def test_milliohms_that_float_behind_megohms_lie_between_their_sources(backend: Any) -> None:
    driven = np.random.default_rng(0).uniform(-5, 5, (41, 2))
    points = between(COIL, ("1", "2"), 1e6).operating_points({"x": driven}, backend)
    # What one source delivers the other takes up: their drops add up to nothing, to rounding
    # of some volts. By conductances of the milliohms they were 2e-7 V.
    assert np.abs((driven - points.at("block")).sum(axis=1)).max() <= 1e-13


@BACKENDS
def test_resistors_below_an_ohm_have_their_gradient(backend: Any) -> None:
    model = between(DIVIDER, ("a", "b"), 10.0, trainable=("r1", "r2", "r3"))
    x, y = np.array([[1.0, 0.4], [-0.3, 2.0]]), np.array([[0.1, 0.3], [0.2, 0.1]])
    data = DataSet({"x": x}, {"y": y})
    centered = EquilibriumPropagation(1e-4, "centered", "exact")
    found = model.gradients(data, MSE(), centered, backend)
    exact = model.gradients(data, MSE(), Adjoint())
    for name in ("block.r1", "block.r2", "block.r3"):
        # In a linear circuit a centered nudge leaves rounding alone, here of 1e-4 A in volts.
        assert found[name] == pytest.approx(exact[name], rel=1e-6, abs=0)
        assert exact[name] != 0
