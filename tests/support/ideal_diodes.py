"""Networks of ideal diodes, which clamp nodes between two voltages."""

from typing import Any

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
)

INITIALIZER = RandomUniform(1e-7, 1e-5)


def clamped_model(
    widths: tuple[int, ...],
    *,
    seed: int,
    diodes: tuple[dict[str, Any], ...] = ({"direction": "up"}, {"direction": "down"}),
    gain: float | None = None,
    behind: bool = False,
) -> Model:
    """Return dense layers with ideal diodes at each hidden one, and perhaps amplifiers.

    `behind` puts the diodes behind the amplifiers.
    """
    source = InputVoltageLayer(units=widths[0], name="x")
    bias = BiasVoltageLayer(units=1, name="b", bias_voltage=0.4)
    layer: Layer = ConcatenateLayer(name="j")([source, bias])

    def clamped(layer: Layer, k: int) -> Layer:
        for place, settings in enumerate(diodes):
            name = f"act{k}_{place}"
            biases = {"up": -0.2, "down": 0.3}
            settings = {"bias_voltage": biases[settings["direction"]], **settings}
            layer = DiodeLayer(name=name, kind="ideal", **settings)(layer)
        return layer

    for k, width in enumerate(widths[1:-1]):
        layer = DenseLayer(units=width, name=f"d{k}", lr=1e-8, initializer=INITIALIZER)(layer)
        layer = layer if behind else clamped(layer, k)
        if gain is not None:
            param = {"gain": gain, "shift": 0.1}
            layer = AmplificationLayer(name=f"amp{k}", param=param)(layer)
        layer = clamped(layer, k) if behind else layer
    layer = DenseLayer(units=widths[-1], name="d_out", lr=1e-8, initializer=INITIALIZER)(layer)
    return Model(inputs=[source, bias], outputs=[CurrentLayer(name="y")(layer)], seed=seed)


CASES = [
    {"widths": (5, 7, 4)},
    {"widths": (5, 7, 6, 4)},
    {"widths": (5, 7, 6, 8, 2)},
    {"widths": (5, 7, 4), "gain": 4.0},
    {"widths": (5, 7, 6, 4), "gain": -3.0},
    {"widths": (5, 7, 4), "gain": -2.0, "behind": True},
    {"widths": (5, 7, 4), "gain": 2.0, "behind": True},
    {"widths": (5, 120, 110, 4)},
]


def samples(model: Model, seed: int, n: int = 6) -> dict[str, np.ndarray]:
    return {"x": np.random.default_rng(seed).uniform(-2, 2, (n, model.network.shapes["x"][0]))}
