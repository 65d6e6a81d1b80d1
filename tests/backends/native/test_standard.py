"""A whole step computed with what the array API standard says alone."""

import warnings

import numpy as np
import pytest

from ebana_core import Model, losses, optimizers
from ebana_core.arrays import Array
from ebana_core.backends import Backend, OperatingPoints
from ebana_core.data import BatchGenerator
from ebana_core.metrics import Metrics
from ebana_core.rules import (
    Adjoint,
    ContrastiveLearning,
    CoupledLearning,
    EquilibriumPropagation,
    LearningRule,
    Measurement,
    ReciprocityWarning,
)
from tests.support.libraries import N_SAMPLES, NETWORKS, NUMPY, Standard, samples

RULE = EquilibriumPropagation(1e-8, variant="centered")
RULES = (
    EquilibriumPropagation(1e-8),
    EquilibriumPropagation(1e-8, variant="negative"),
    EquilibriumPropagation(1e-8, measurement=Measurement(noise=1e-6)),
    CoupledLearning(1e-6),
    ContrastiveLearning(),
    Adjoint(),
)


def step(name: str, backend: Backend) -> tuple[OperatingPoints, dict[str, Array], Model]:
    """Return a nudged phase, the gradients, and the model after one update."""
    model = NETWORKS[name]()
    data = samples(model)
    nudge = {"y": np.full((N_SAMPLES, model.network.shapes["y"][0]), 1e-8)}
    points = model.operating_points(data.inputs, backend, nudge=nudge)
    gradients = model.gradients(data, losses.MSE(None), RULE, backend)
    model.fit(
        BatchGenerator(data, batch_size=N_SAMPLES, shuffle=False),
        losses.MSE(None),
        optimizers.Adam(model),
        epochs=1,
        rule=RULE,
        backend=backend,
        metrics=Metrics(model, verbose=False),
        seed=0,
    )
    return points, dict(gradients), model


@pytest.mark.parametrize("name", ["behavioral", "ideal, amplified", "antiparallel"])
def test_a_free_and_a_nudged_phase_and_an_update_have_numpys_bits(name: str) -> None:
    (ours, gradients, model), (theirs, expected, other) = (
        step(name, backend) for backend in (Standard(), NUMPY)
    )
    # The functions are NumPy's in the end, in the same order: here nothing is rounded apart.
    assert np.array_equal(ours.free_voltages, theirs.free_voltages)
    assert np.array_equal(ours.change, theirs.change)
    for name, gradient in expected.items():
        assert np.array_equal(gradients[name], gradient)
    for name, values in other.parameters.snapshot().items():
        assert np.array_equal(model.parameters[name], values)


@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("name", ["amplified", "ideal"])
def test_every_rule_finds_numpys_gradients(name: str, rule: LearningRule) -> None:
    model = NETWORKS[name]()
    data = samples(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReciprocityWarning)
        found, expected = (
            model.gradients(data, losses.MSE(None), rule, backend)
            for backend in (Standard(), NUMPY)
        )
    for key, gradient in expected.items():
        # Sums over samples are taken in another order.
        assert np.abs(found[key] - gradient).max() <= 1e-12 * np.abs(gradient).max()
