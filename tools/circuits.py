"""Draws the circuits of the page on schematics: `python -m tools.circuits` writes them."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from ebana_diode_mos import DiodeLayer, TransistorNetworkLayer

from ebana_core import Model, crossbar_network
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
)

FOLDER = Path(__file__).parent.parent / "docs" / "images" / "schematics"


def xor() -> Model:
    """The network of the first page with three hidden nodes."""
    conductances = RandomUniform(1e-7, 1e-5)
    xp, xn = InputVoltageLayer(units=2, name="xp"), InputVoltageLayer(units=2, name="xn")
    bias = BiasVoltageLayer(units=1, name="bias", bias_voltage=1.0)
    rows = ConcatenateLayer(name="rows")([xp, xn, bias])
    hidden = DenseLayer(units=3, name="d1", lr=4e-7, initializer=conductances)(rows)
    down = DiodeLayer(name="down", direction="down", param={"VTH": 0.3})(hidden)
    up = DiodeLayer(name="up", direction="up", param={"VTH": 0.3})(down)
    amplified = AmplificationLayer(name="amp", param={"gain": 4.0})(up)
    output = DenseLayer(units=2, name="d_out", lr=4e-7, initializer=conductances)(amplified)
    return Model([xp, xn, bias], [CurrentLayer(name="xor")(output)], seed=0)


def transistors() -> Model:
    """A square grid of sixteen nodes."""
    down = [((i, j), (i + 1, j)) for i in range(3) for j in range(4)]
    across = [((i, j), (i, j + 1)) for i in range(4) for j in range(3)]
    x = InputVoltageLayer(units=2, name="x")
    grid = TransistorNetworkLayer(
        name="t",
        branches=down + across,
        inputs=[(0, 0), (3, 0)],
        outputs=[(0, 3), (3, 3)],
        initializer=np.linspace(1.0, 3.0, len(down + across)),
        lr=1e-3,
    )(x)
    return Model([x], [CurrentLayer(name="y")(grid)], seed=0)


def digits() -> Model:
    """A network of the size of MNIST."""
    return crossbar_network(784, 100, 10, lr=4e-7, seed=0)


PICTURES: Mapping[str, tuple[Callable[[], Model], int]] = {
    "digits": (digits, 4),
    "transistors": (transistors, 8),
    "xor": (xor, 8),
}
"""Name of a picture to its network, and to how many nodes of a layer it shows."""


def main() -> None:
    """Write every picture."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, (build, max_units) in PICTURES.items():
        build().schematic(max_units=max_units).save(FOLDER / f"{name}.svg")


if __name__ == "__main__":
    main()
