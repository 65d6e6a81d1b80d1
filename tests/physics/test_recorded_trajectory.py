"""Eight training steps against a trajectory recorded with the 2025 EBANA code on ngspice 39."""

import numpy as np
import pytest

from ebana_core import losses, optimizers
from ebana_core.rules import EquilibriumPropagation
from tests.support.networks import REFERENCE, recorded_data, recorded_model

BETA = REFERENCE["training"]["beta"]
N_SAMPLES = REFERENCE["training"]["samples"]


@pytest.mark.parametrize("backend", ["native", pytest.param("ngspice", marks=pytest.mark.ngspice)])
def test_training_follows_the_recorded_trajectory(backend: str) -> None:
    model, data = recorded_model(), recorded_data()
    loss, rule = losses.MSE(output_midpoint=0.6), EquilibriumPropagation(BETA)
    optimizer = optimizers.SGD(model, beta=BETA)
    for step in range(REFERENCE["training"]["epochs"]):
        prediction = model.predict(data, backend)["iris"]
        sums = loss.value(prediction, data.outputs["iris"]).sum(axis=0)
        assert sums == pytest.approx(REFERENCE["loss_sums"][step], rel=1e-7, abs=0)
        gradients = model.gradients(data, loss, rule, backend)
        for name, recorded in REFERENCE["gradient_sums"][step].items():
            found = gradients[f"{name}.conductance"] * 2 * BETA * N_SAMPLES
            scale = np.abs(recorded).max()
            assert np.abs(found - recorded).max() <= 1e-6 * scale
        optimizer.step(gradients)
    for name, final in REFERENCE["final"].items():
        assert model.parameters[f"{name}.conductance"] == pytest.approx(
            np.array(final), rel=1e-6, abs=0
        )
