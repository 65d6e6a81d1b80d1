"""A network of two crossbars with real sources and amplifiers, and slopes of its loss."""

from typing import Any

import numpy as np

from ebana_core import Model, losses
from ebana_core.data import DataSet
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
)
from ebana_core.rules import EquilibriumPropagation

SOURCE: dict[str, Any] = {"source_resistance": 1e4, "dac_bits": 4, "dac_range": (-0.8, 0.8)}
AMPLIFIER: dict[str, Any] = {"offset": [0.01, -0.02, 0.03], "input_resistance": 1e6}
EXACT = EquilibriumPropagation(1e-9, "centered", "exact")
INIT = RandomUniform(1e-6, 1e-5)


def network(
    source: dict[str, Any] = SOURCE,
    amplifier: dict[str, Any] = AMPLIFIER,
    bias: dict[str, Any] | None = None,
    cls: Any = DenseLayer,
    init: RandomUniform = INIT,
) -> Model:
    x = InputVoltageLayer(units=2, name="x", **source)
    sources = [x] if bias is None else [x, BiasVoltageLayer(name="b", **bias)]
    joined = x if bias is None else ConcatenateLayer(name="j")(sources)
    hidden = cls(units=3, name="d", lr=0.0, initializer=init, trainable=True)(joined)
    given = {"param": {"gain": 3.0, "shift": 0.1}, **amplifier}
    amp = AmplificationLayer(name="amp", **given)(hidden)
    last = cls(units=2, name="last", lr=0.0, initializer=init, trainable=True)(amp)
    return Model(inputs=sources, outputs=[CurrentLayer(name="y")(last)], seed=0)


def data(n_samples: int = 5) -> DataSet:
    x = np.random.default_rng(0).uniform(-1, 1, (n_samples, 2))
    return DataSet({"x": x}, {"y": x[:, :1] / 5})


def slope_of_loss(model: Model, name: str, place: tuple[int, ...], step: float) -> float:
    """Return a central difference of fourth order of the loss by one value."""
    values, found = np.array(model.parameters[name]), []
    for multiple in (-2, -1, 1, 2):
        moved = values.copy()
        moved[place] += multiple * step
        model.restore({name: moved})
        found.append(model.evaluate(data(), losses.MSE(), power=False).loss)
    model.restore({name: values})
    a, b, c, d = found
    return (a - 8 * b + 8 * c - d) / (12 * step)


BIAS = {"units": 2, "bias_voltage": [0.31, -0.52], "source_resistance": 2e4}
CONVERTED = {"units": 2, "bias_voltage": [0.31, -0.52], "dac_bits": 3, "dac_range": (-0.7, 0.7)}
