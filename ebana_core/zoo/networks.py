"""Networks of several papers: crossbars with ideal or with antiparallel diodes between them."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

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
from ebana_core.model import Model
from ebana_core.schedules import LearningRate
from ebana_core.zoo.drawing import RectifiedUniform, SparseUniform
from ebana_core.zoo.parts import device

UNIT = 1e-6
"""Siemens per unit of conductance of circuits that are published without units."""
SMALLEST = 1e-9
"""Smallest conductance of `deep_resistive`, in that unit."""


def rectified(n_in: int) -> RectifiedUniform:
    """Return how a crossbar of `deep_resistive` with `n_in` rows begins."""
    return RectifiedUniform(UNIT / float(np.sqrt(n_in)), SMALLEST * UNIT)


def sparse(n_in: int, share: float) -> SparseUniform:
    """Return how it begins where a share of its devices conducts, in the mean as much in all."""
    return SparseUniform(UNIT / float(np.sqrt(n_in)) / (2 * share), share, SMALLEST * UNIT)


def deep_resistive(
    *hidden: int, rate: LearningRate, seed: int, share: float | None = None
) -> Model:
    """Return 1568 inputs, hidden layers of ideal diodes, 10 linear outputs.

    Args:
        hidden: Nodes of each hidden layer; the first half stays at or above 0 V, the second at or
            below.
        rate: Learning rate of the crossbars.
        seed: Of the model.
        share: Of the devices behind hidden nodes that conduct at the start; None: one half, as
            published. Those behind the inputs begin as published.

    Source:
        B. Scellier 2024, arXiv:2402.11674, and its program energy-based-learning.
    """
    layer: Layer = InputVoltageLayer(units=1568, name="x")
    inputs, n_in = [layer], 1568
    for k, units in enumerate((*hidden, 10), start=1):
        inputs.append(BiasVoltageLayer(units=2, name=f"b{k}", bias_voltage=[1.0, -1.0]))
        layer = DenseLayer(
            units=units,
            name=f"d{k}" if k <= len(hidden) else "d_out",
            lr=rate,
            initializer=rectified(n_in) if share is None or k == 1 else sparse(n_in, share),
            max_relative_step=None,
        )(ConcatenateLayer(name=f"j{k}")([layer, inputs[-1]]))
        if k <= len(hidden):
            directions = ["up"] * (units // 2) + ["down"] * (units - units // 2)
            layer = device("diode")(name=f"act{k}", kind="ideal", direction=directions)(layer)
        n_in = units
    return Model(inputs=inputs, outputs=[CurrentLayer(name="y", fold=False)(layer)], seed=seed)


def antiparallel(
    widths: Sequence[int], *, v_off: float, rate: LearningRate = 0.0, seed: int = 0
) -> Model:
    """Return crossbars with an antiparallel pair and an amplifier of 4 at every hidden node.

    Args:
        widths: Inputs, hidden nodes, and outputs before they are folded.
        v_off: Drop at which a diode carries 1 uA, V.
        rate: Learning rate of the crossbars.
        seed: Of the model.

    Source:
        Kendall et al. 2020, arXiv:2006.01981; Osana and Querlioz 2026.
    """
    pair = {"kind": "antiparallel", "param": {"IS": 1e-6, "a": 0.05, "V_off": v_off}}
    return amplified(widths, diodes=[pair], rate=rate, seed=seed)


def amplified(
    widths: Sequence[int],
    *,
    diodes: Sequence[Mapping[str, Any]],
    rate: LearningRate = 0.0,
    seed: int = 0,
) -> Model:
    """Return crossbars with diodes and an amplifier of 4 at every hidden node.

    Args:
        widths: Inputs, hidden nodes, and outputs before they are folded.
        diodes: Settings of the diodes that every hidden node has.
        rate: Learning rate of the crossbars.
        seed: Of the model.
    """
    layer: Layer = InputVoltageLayer(units=widths[0], name="x")
    inputs = [layer]
    for k, (n_in, units) in enumerate(pairwise(widths), start=1):
        inputs.append(BiasVoltageLayer(units=2, name=f"b{k}", bias_voltage=[1.0, -1.0]))
        layer = ConcatenateLayer(name=f"j{k}")([layer, inputs[-1]])
        drawn = RandomUniform(1e-8, 1e-6 / float(np.sqrt(n_in)) + 2e-8, 1e-9, 1e-4)
        layer = DenseLayer(units=units, name=f"d{k}", lr=rate, initializer=drawn)(layer)
        if k < len(widths) - 1:
            for number, settings in enumerate(diodes):
                name = f"act{k}" if len(diodes) == 1 else f"act{k}_{number + 1}"
                layer = device("diode")(name=name, **settings)(layer)
            layer = AmplificationLayer(name=f"amp{k}", param={"gain": 4.0})(layer)
    return Model(inputs=inputs, outputs=[CurrentLayer(name="y")(layer)], seed=seed)
