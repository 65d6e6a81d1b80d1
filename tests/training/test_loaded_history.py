"""The history of a fit, read back from its file."""

from pathlib import Path

import numpy as np
import pytest

from ebana_core import Model
from ebana_core.data import BatchGenerator
from ebana_core.errors import EbanaError
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.losses import MSE
from ebana_core.optimizers import SGD
from tests.support.zoo import INIT, linear, zoo_data


def test_a_loaded_history_is_that_of_the_fit(tmp_path: Path) -> None:
    model, data = linear(), zoo_data()
    fit = model.fit(
        BatchGenerator(data, 4), MSE(0.0), SGD(model), epochs=3, beta=1e-6, test_dataloader=data
    )
    model.save_history(tmp_path / "history.h5")
    found = Model.load_history(tmp_path / "history.h5")
    assert found.losses == fit.losses
    assert found.accuracies == fit.accuracies
    assert [own.validation.loss for own in found] == [own.validation.loss for own in fit]
    assert found[-1].train.per_output == fit[-1].train.per_output
    assert [own.epoch for own in found] == [1, 2, 3]


def test_every_output_of_several_has_its_own_scores(tmp_path: Path) -> None:
    x = InputVoltageLayer(units=3, name="x")
    d = DenseLayer(units=4, name="d", lr=1e-6, initializer=INIT)(x)
    e = DenseLayer(units=4, name="e", lr=1e-6, initializer=INIT)(x)
    outputs = [CurrentLayer(name="y")(d), CurrentLayer(name="z")(e)]
    model = Model(inputs=[x], outputs=outputs, seed=0)
    volts = np.random.default_rng(0).uniform(-1, 1, (5, 3))
    data = type(zoo_data())({"x": volts}, {"y": volts[:, :2], "z": volts[:, 1:]})
    fit = model.fit(
        BatchGenerator(data, 4), MSE(), SGD(model), epochs=2, beta=1e-6, run=tmp_path / "run.h5"
    )
    found = Model.load_history(tmp_path / "run.h5")
    assert {name: loss for name, (loss, _) in found[1].train.per_output.items()} == {
        name: loss for name, (loss, _) in fit[1].train.per_output.items()
    }


def test_what_is_no_history_is_refused(tmp_path: Path) -> None:
    linear().save(tmp_path / "model.h5")
    for name in ("model.h5", "missing.h5"):
        with pytest.raises(EbanaError):
            Model.load_history(tmp_path / name)
