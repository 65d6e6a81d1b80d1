"""Networks that several tests build."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from ebana_diode_mos import DiodeLayer

from ebana_core import Model, schedules
from ebana_core.data import DataSet
from ebana_core.initializers import Given, RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
)
from tests.support.project import ROOT

REFERENCE = json.loads((ROOT / "tests" / "data" / "iris_mse.json").read_text())
INITIALIZER = RandomUniform(1e-6, 1e-5, 1e-8, 1e-3)
RECORDED = {"VTH": 0.15, "RON": 1.0, "ROFF": 1e20}
RAMP = {"VTH": 0.15, "RON": 1e3, "ROFF": 1e20}


def recorded_model() -> Model:
    """Return the network of the recorded trajectory at its initial values.

    The record has no factor 1/2 in its gradients, hence the doubled rates, and writes the bias
    of upward diodes with the opposite sign.
    """
    inputs = [InputVoltageLayer(units=4, name=name) for name in ("xp", "xn")]
    biases = [
        BiasVoltageLayer(units=1, name=name, bias_voltage=voltage)
        for name, voltage in (("b1_p", 0.9), ("b1_n", 0.3), ("b2_p", 0.9), ("b2_n", 0.3))
    ]
    joined = ConcatenateLayer(name="j1")([*inputs, *biases[:2]])
    hidden = recorded_dense("d1", 10, 4.8e-8)(joined)
    for name, direction in (("act1_1", "down"), ("act1_2", "up")):
        hidden = DiodeLayer(name=name, direction=direction, bias_voltage=0.6, param=RECORDED)(
            hidden
        )
    amplified = AmplificationLayer(name="amp1", param={"gain": 4, "shift": 0.6})(hidden)
    second = ConcatenateLayer(name="j2")([amplified, *biases[2:]])
    output = CurrentLayer(name="iris")(recorded_dense("d_out", 6, 2.95e-9)(second))
    return Model(inputs=[*inputs, *biases], outputs=[output], seed=0)


def recorded_dense(name: str, units: int, lr: float) -> DenseLayer:
    """Return a dense layer with recorded conductances."""
    return DenseLayer(
        units=units,
        name=name,
        lr=schedules.CosineDecay(2 * lr, 60, 0.1),
        initializer=Given(np.array(REFERENCE["initial"][name]), 1e-7, 1e-5),
    )


def recorded_data() -> DataSet:
    """Return the samples of the recorded trajectory."""
    return DataSet(
        {name: np.array(REFERENCE[name]) for name in ("xp", "xn")},
        {"iris": np.array(REFERENCE["target"])},
    )


def layered_model(
    widths: Sequence[int], gains: Sequence[float], *, seed: int, skip: bool = False
) -> Model:
    """Return a network of dense layers, each hidden one followed by two diodes and a gain.

    Args:
        widths: Input, hidden and output nodes.
        gains: One per hidden layer; 1.0 leaves the amplifier out.
        seed: Of the conductances.
        skip: Also connect the first hidden layer past its amplifier.
    """
    source = InputVoltageLayer(units=widths[0], name="x")
    bias = BiasVoltageLayer(units=1, name="b", bias_voltage=1.0)
    layer: Layer = ConcatenateLayer(name="j")([source, bias])
    skipped: Layer | None = None
    for k, (width, gain) in enumerate(zip(widths[1:-1], gains, strict=True)):
        layer = DenseLayer(units=width, name=f"d{k}", lr=0.0, initializer=INITIALIZER)(layer)
        for direction in ("down", "up"):
            layer = DiodeLayer(
                name=f"{direction}{k}", direction=direction, bias_voltage=0.0, param=RAMP
            )(layer)
        skipped = skipped or layer
        if gain != 1.0:
            layer = AmplificationLayer(name=f"amp{k}", param={"gain": gain, "shift": 0.05})(layer)
    if skip:
        assert skipped is not None
        layer = ConcatenateLayer(name="js")([layer, skipped])
    layer = DenseLayer(units=widths[-1], name="d_out", lr=0.0, initializer=INITIALIZER)(layer)
    output = CurrentLayer(name="y", fold=widths[-1] % 2 == 0)(layer)
    return Model(inputs=[source, bias], outputs=[output], seed=seed)


def soft_model(
    widths: Sequence[int],
    gains: Sequence[float],
    *,
    seed: int,
    fold: bool = True,
    trainable: Mapping[str, Any] | None = None,
) -> Model:
    """Return the same with antiparallel diodes, so that the loss has all its derivatives.

    Args:
        widths: Input, hidden and output nodes.
        gains: One per hidden layer.
        seed: Of the conductances.
        fold: Of the output.
        trainable: Layer to settings of its learning.
    """
    source = InputVoltageLayer(units=widths[0], name="x")
    bias = BiasVoltageLayer(units=1, name="b", bias_voltage=1.0)
    layer: Layer = ConcatenateLayer(name="j")([source, bias])
    settings = trainable or {}
    for k, (width, gain) in enumerate(zip(widths[1:-1], gains, strict=True)):
        name = f"d{k}"
        layer = DenseLayer(
            units=width, name=name, initializer=INITIALIZER, **{"lr": 0.0, **settings.get(name, {})}
        )(layer)
        layer = DiodeLayer(name=f"pair{k}", kind="antiparallel", param={"IS": 1e-7, "a": 0.1})(
            layer
        )
        layer = AmplificationLayer(name=f"amp{k}", param={"gain": gain})(layer)
    layer = DenseLayer(
        units=widths[-1],
        name="d_out",
        initializer=INITIALIZER,
        **{"lr": 0.0, **settings.get("d_out", {})},
    )(layer)
    return Model(
        inputs=[source, bias], outputs=[CurrentLayer(name="y", fold=fold)(layer)], seed=seed
    )


def samples(model: Model, seed: int, n_samples: int = 3) -> DataSet:
    """Return random inputs within a volt, and random targets, of a model with x and y."""
    rng = np.random.default_rng(seed)
    width = model.network.shapes["x"][0]
    n_out = model.network.shapes["y"][0]
    return DataSet(
        {"x": rng.uniform(-1, 1, (n_samples, width))},
        {"y": rng.normal(size=(n_samples, n_out))},
    )


CLIPPED = (1e-7, 1e-4)
"""Bounds of the conductances of `differential_model`, S."""


def differential_model(n_in: int, n_out: int, **of_dense: Any) -> Model:
    """Return a crossbar whose inputs and biases come in pairs.

    Args:
        n_in: Pairs of inputs.
        n_out: Predictions.
        of_dense: Settings of the crossbar.
    """
    xp, xn = (InputVoltageLayer(units=n_in, name=name) for name in ("xp", "xn"))
    bias = BiasVoltageLayer(units=2, name="bias", bias_voltage=[1.0, -1.0])
    rows = ConcatenateLayer(name="rows")([xp, xn, bias])
    settings = {"initializer": RandomUniform(1e-6, 1e-5, *CLIPPED), **of_dense}
    dense = DenseLayer(units=2 * n_out, name="d", **settings)(rows)
    return Model([xp, xn, bias], [CurrentLayer(name="y")(dense)], seed=3)
