"""Losses whose nudge a user's function shapes."""

import numpy as np
import pytest

from ebana_core import Run
from ebana_core.data import BatchGenerator
from ebana_core.errors import ParameterError, ShapeError
from ebana_core.losses import MSE, Updated
from ebana_core.metrics import Metrics
from ebana_core.optimizers import SGD
from tests.support.zoo import linear, zoo_data


def test_the_nudge_of_an_updated_loss_is_what_the_users_function_makes_of_it():
    prediction, target = np.array([[0.3, -2.0]]), np.array([[1.0, -2.5]])
    updated, plain = Updated(MSE(0.5), np.sign), MSE(0.5)
    assert (updated.value(prediction, target) == plain.value(prediction, target)).all()
    assert (updated.correct(prediction, target) == plain.correct(prediction, target)).all()
    assert updated.nudge(prediction, target).tolist() == [[-1.0, 1.0]]
    assert updated.displacement(prediction, target, 0.1).tolist() == [[0.1, -0.1]]
    with pytest.raises(ShapeError, match="gradient of Updated"):
        Updated(MSE(), lambda gradient: gradient[:, :1]).nudge(prediction, target)
    with pytest.raises(ParameterError, match="cannot be called"):
        Updated(MSE(), 3.0)


def test_outputs_are_nudged_by_currents_of_one_size(tmp_path):
    model = linear()
    metrics = Metrics(model, verbose=False, save_injected_currents="last")
    model.fit(
        BatchGenerator(zoo_data()), Updated(MSE(), np.sign), SGD(model), epochs=1, beta=1e-6,
        metrics=metrics, run=tmp_path / "run.h5",
    )  # fmt: skip
    with Run.open(tmp_path / "run.h5") as run:
        assert (np.abs(run.injected("y")[-1]) == 1e-6).all()


def test_a_run_of_an_updated_loss_goes_on_with_the_same_function_made_anew(tmp_path):
    """What a run knows of a function is its name, without an address in memory."""
    for epochs, resume in ((1, False), (2, True)):
        model = linear()
        fit = model.fit(
            BatchGenerator(zoo_data()), Updated(MSE(), eval("lambda g: g.round(2)")), SGD(model),
            epochs=epochs, beta=1e-6, run=tmp_path / "run.h5", resume=resume,
        )  # fmt: skip
    assert len(fit) == 2
