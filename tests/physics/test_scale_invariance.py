"""A conservation law: all conductances times one number leave every voltage where it is.

With voltages given and devices whose currents all grow alike, the loss does not change, so that
``sum(g * dL/dg) = 0``. A value in siemens or amperes counts as it is, a resistance with a minus.
"""

from collections.abc import Mapping

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer
from hypothesis import given, settings
from hypothesis import strategies as st

from ebana_core import Model, losses
from ebana_core.arrays import Array
from ebana_core.backends.linearized import Linearized
from ebana_core.data import DataSet
from ebana_core.initializers import LogUniform
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DCCurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
    ResistorNetworkLayer,
)
from ebana_core.rules import (
    Adjoint,
    AsymmetricPropagation,
    ContrastiveLearning,
    CoupledLearning,
    DyadicPropagation,
    EquilibriumPropagation,
    LearningRule,
)

EXACT_RULES = [
    Adjoint(),
    # Strengths at which no ideal diode lets go or takes hold, which would bend the circuit.
    AsymmetricPropagation(1e-16),
    DyadicPropagation(1e-16),
    EquilibriumPropagation(1e-16, "centered", "exact"),
    CoupledLearning(1e-9, "centered", "exact"),
    # One-sided, what is left is of the order of beta times the resistance at the outputs.
    EquilibriumPropagation(1e-21, "positive", "exact"),
    EquilibriumPropagation(1e-21, "negative", "exact"),
]
SEEDS = st.integers(0, 2**31)


def network(seed: int) -> Model:
    """Return a random network of crossbars, ideal diodes at 0 V and amplifiers."""
    rng = np.random.default_rng(seed)
    init = LogUniform(1e-6, 1e-4)
    source = InputVoltageLayer(units=int(rng.integers(1, 4)), name="x")
    bias = BiasVoltageLayer(units=1, name="b", bias_voltage=float(rng.uniform(-1, 1)))
    layer: Layer = ConcatenateLayer(name="rows")([source, bias])
    for k in range(int(rng.integers(0, 3))):
        units = int(rng.integers(2, 7))
        layer = DenseLayer(units=units, name=f"d{k}", initializer=init, trainable=True)(layer)
        way = [str(word) for word in rng.choice(["up", "down"], units)]
        layer = DiodeLayer(name=f"i{k}", kind="ideal", direction=way)(layer)
        gain = float(rng.choice([-1, 1]) * rng.uniform(0.5, 5))
        layer = AmplificationLayer(name=f"a{k}", param={"gain": gain})(layer)
        # Without a bias, nodes behind a layer at 0 V would stand at the kinks of their diodes.
        layer = ConcatenateLayer(name=f"rows{k}")([layer, bias])
    last = DenseLayer(units=4, name="out", initializer=init, trainable=True)(layer)
    return Model([source, bias], [CurrentLayer(name="y")(last)], seed=seed)


def data_of(model: Model, seed: int) -> DataSet:
    rng = np.random.default_rng(seed + 1)
    width, n_out = (model.network.shapes[name][0] for name in ("x", "y"))
    return DataSet({"x": rng.uniform(-1, 1, (3, width))}, {"y": rng.normal(size=(3, n_out))})


SIGNS = {"conductance": 1, "IS": 1, "scale": 1, "bias_current": 1, "RON": -1, "ROFF": -1}
"""By how much a current grows with a value, both in logarithms: once, or once the other way."""


def imbalance(model: Model, gradients: Mapping[str, Array]) -> float:
    """Return the sum of values times gradients, with signs, over that of their sizes."""
    terms = [
        SIGNS[name.split(".")[-1]] * np.ravel(model.parameters[name] * gradient)
        for name, gradient in gradients.items()
    ]
    every = np.concatenate(terms)
    return float(abs(every.sum()) / np.abs(every).sum())


@pytest.mark.parametrize("rule", EXACT_RULES, ids=repr)
@settings(max_examples=12, deadline=None)
@given(seed=SEEDS)
def test_conductances_and_ideal_diodes_conserve_under_every_exact_rule(
    rule: LearningRule, seed: int
) -> None:
    model = network(seed)
    data = data_of(model, seed)
    found = model.gradients(data, losses.MSE(), rule)
    # What the residual of a solved point allows; up to 1e-15 was seen.
    assert imbalance(model, found) <= 1e-12


@settings(max_examples=12, deadline=None)
@given(seed=SEEDS)
def test_any_function_of_the_predictions_conserves(seed: int) -> None:
    model = network(seed)
    data = data_of(model, seed)
    points = model.operating_points(data.inputs)
    assert data.outputs is not None
    found, _ = model.vjp(points, dict(data.outputs))
    own = {name: found[name] for name in found if name.endswith("conductance")}
    assert imbalance(model, own) <= 1e-12


def bent_network() -> Model:
    """Return a network of devices of all kinds whose currents grow with one of their values."""
    init = LogUniform(1e-6, 1e-5)
    source = InputVoltageLayer(units=3, name="x")
    layer: Layer = DenseLayer(units=5, name="d", initializer=init, trainable=True)(source)
    ramp = {"VTH": 0.1, "RON": [1e4, 2e4, 3e4, 4e4, 5e4], "ROFF": 1e7}
    for name, kind, values, trained in (
        ("ramp", "behavioral", ramp, ("RON", "ROFF")),
        ("soft", "shockley", {"IS": 1e-8, "a": 0.1}, ("IS",)),
    ):
        layer = DiodeLayer(name=name, kind=kind, direction="down", param=values, trainable=trained)(
            layer
        )
    layer = DiodeLayer(
        name="curve",
        kind="table",
        direction="up",
        voltages=[-0.3, 0.0, 0.1, 0.4],
        currents=[-1e-7, 0.0, 1e-7, 3e-6],
        trainable="scale",
    )(layer)
    layer = DCCurrentLayer(name="drawn", bias_current=2e-7, trainable=True)(layer)
    layer = ResistorNetworkLayer(
        name="mesh",
        branches=[(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 0), (2, 5)],
        inputs=[0, 1, 2, 3, 4],
        outputs=[5, 6],
        initializer=init,
        trainable=True,
    )(layer)
    return Model([source], [CurrentLayer(name="y", fold=False)(layer)], seed=2)


@pytest.mark.parametrize(
    "rule",
    [
        Adjoint(),
        AsymmetricPropagation(1e-14),
        DyadicPropagation(1e-14),
        EquilibriumPropagation(1e-14, "centered", "exact"),
    ],
    ids=repr,
)
def test_bent_devices_conserve_with_the_values_that_scale_their_currents(
    rule: LearningRule,
) -> None:
    model = bent_network()
    data = data_of(model, 0)
    found = model.gradients(data, losses.MSE(), rule)
    assert set(SIGNS) == {name.split(".")[-1] for name in found}
    assert imbalance(model, found) <= 1e-12
    # Left out, every one of these values breaks the law: they are no conductances at a bound.
    for name in found:
        rest = {other: found[other] for other in found if other != name}
        assert imbalance(model, rest) > 1e-9, name


@pytest.mark.parametrize("eta", [0.3, 1.0])
def test_clamping_conserves_but_for_the_energy_of_the_clamps(eta: float) -> None:
    """The energy of the clamps grows with all conductances: Euler's theorem gives the sum."""
    model = network(11)
    data = data_of(model, 11)
    rule = ContrastiveLearning("exact") if eta == 1 else CoupledLearning(eta, gradient="exact")
    found = model.gradients(data, losses.MSE(), rule)
    total = sum(float((model.parameters[name] * found[name]).sum()) for name in found)
    points = model.operating_points(data.inputs)
    assert data.outputs is not None
    distance = data.outputs["y"] - points.predictions()["y"]
    conductances = np.linalg.inv(Linearized(points).port_resistances())
    energy = np.einsum("sk,skl,sl->", distance, conductances, distance) / 2 / len(distance)
    # Of coupled learning the eta-th part of that energy; port resistances are inverted here.
    assert total == pytest.approx(eta * energy, rel=1e-9, abs=0)
