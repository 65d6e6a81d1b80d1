"""Prints the kernels that numba compiles more than once for circuits of several kinds and sizes."""

import sys

import numpy as np
from ebana_diode_mos import DiodeLayer
from numba.core.dispatcher import Dispatcher

from ebana_core import Model
from ebana_core.backends import NativeBackend
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer, Layer, SpiceBlock
from tests.support.transistors import torus, transistor_model, transistor_text

SLOW = ("newton_steps", "limited_steps")
"""Kernels that Python calls and that take seconds to compile, with all that they call."""
CARD = "R1 a 0 1k\nR2 b 0 2k\n.model dx D (IS=1e-12)"


def junctions(text: str) -> Model:
    """Return a block of junction diodes."""
    x = InputVoltageLayer(units=2, name="x", source_resistance=1e4)
    text = f".subckt s a b\n{text}\n{CARD}\n.ends\n"
    block = SpiceBlock(name="s", subcircuit=text, inputs=("a", "b"))(x)
    return Model([x], [CurrentLayer(name="y", fold=False)(block)], seed=0)


def ramps(*directions: str, kind: str = "behavioral") -> Model:
    """Return a crossbar whose nodes diodes hold, a layer for each direction."""
    x = InputVoltageLayer(units=3, name="x")
    layer: Layer = DenseLayer(units=2, name="d", initializer=RandomUniform(1e-6, 1e-5))(x)
    for direction in directions:
        param = {"VTH": 0.3, "RON": 1e3}
        if kind == "ideal":
            param = {}
        layer = DiodeLayer(name=direction, direction=direction, kind=kind, param=param)(layer)
    return Model([x], [CurrentLayer(name="y", fold=False)(layer)], seed=0)


def grid() -> Model:
    return transistor_model(transistor_text(torus(3), 2, 1), 2, 1)


def main() -> None:
    ideal = ramps("up", kind="ideal")
    one, two = "D1 a b dx", "D1 a b dx\nD2 b 0 dx"
    for model in (ramps("up"), ramps("up", "down"), ideal, junctions(one), junctions(two), grid()):
        for n_samples in (1, 3):
            shapes = model.network.shapes
            inputs = {
                "x": np.linspace(-0.5, 1.0, n_samples * shapes["x"][0]).reshape(n_samples, -1)
            }
            nudge = {"y": np.full((n_samples, *shapes["y"]), 1e-8)}
            model.operating_points(inputs, NativeBackend(compiled=True), nudge=nudge)
    for name, module in sorted(sys.modules.items()):
        for kernel in vars(module).values() if name.startswith("ebana_core") else ():
            if isinstance(kernel, Dispatcher) and kernel.__name__ in SLOW:
                print(kernel.__name__, len(kernel.signatures))


if __name__ == "__main__":
    main()
