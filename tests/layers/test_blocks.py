"""Every block in a network: right, learned exactly, the same in ngspice, stored and restored."""

from pathlib import Path

import numpy as np
import pytest

from ebana_core import Model, losses, optimizers
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.metrics import Metrics
from ebana_core.rules import Adjoint, EquilibriumPropagation
from tests.support.layer_blocks import BLOCKS, data_for

EXACT = EquilibriumPropagation(1e-10, "centered", "exact")
EACH = pytest.mark.parametrize("block", list(BLOCKS))


@EACH
def test_kirchhoffs_laws_hold(block: str) -> None:
    model = BLOCKS[block]()
    points = model.operating_points(data_for(model, 20).inputs)
    assert points.residual <= 1e-12
    assert points.power_balance <= 1e-12


@EACH
@pytest.mark.ngspice
def test_ngspice_agrees(block: str) -> None:
    model = BLOCKS[block]()
    inputs, nudge = data_for(model, 3).inputs, {"y": np.full((3, 1), 1e-7)}
    native, reference = (model.operating_points(inputs, b) for b in ("native", "ngspice"))
    assert np.abs(native.voltages - reference.voltages).max() <= 1e-8
    native, reference = (model.operating_points(inputs, b, nudge) for b in ("native", "ngspice"))
    assert np.abs(native.voltages - reference.voltages).max() <= 1e-8


def finite_differences(model: Model, data: DataSet, loss: losses.Loss, name: str) -> np.ndarray:
    """Return central differences of fourth order; no law here has a kink."""
    values = np.array(model.parameters[name])
    result = np.zeros_like(values)
    for place in np.ndindex(values.shape):
        step = 1e-3 * (abs(values[place]) or np.abs(values).max())
        for multiple, factor in ((-2, 1), (-1, -8), (1, 8), (2, -1)):
            moved = values.copy()
            moved[place] += multiple * step
            model.restore({name: moved})
            result[place] += factor * model.evaluate(data, loss, power=False).loss / (12 * step)
    model.restore({name: values})
    return result


@EACH
def test_both_gradients_equal_finite_differences(block: str) -> None:
    model, loss = BLOCKS[block](), losses.MSE()
    data = data_for(model)
    adjoint, measured = (model.gradients(data, loss, rule) for rule in (Adjoint(), EXACT))
    assert set(adjoint) == set(model.trainable_parameters())
    for name, gradient in adjoint.items():
        expected = finite_differences(model, data, loss, name)
        scale = np.abs(expected).max()
        assert scale > 0, name
        assert np.abs(gradient - expected).max() <= 1e-6 * scale, name
        assert np.abs(measured[name] - gradient).max() <= 1e-6 * scale, name


@EACH
def test_it_learns_and_comes_back_from_its_run_file(block: str, tmp_path: Path) -> None:
    model, loss = BLOCKS[block](), losses.MSE()
    data = data_for(model, 8)
    before = {name: values.copy() for name, values in model.parameters.items()}
    start = model.evaluate(data, loss).loss
    model.fit(
        BatchGenerator(data, batch_size=4),
        loss,
        optimizers.SGD(model),
        epochs=3,
        rule=EXACT,
        metrics=Metrics(model, verbose=False),
        run=tmp_path / "run.h5",
    )
    assert model.evaluate(data, loss).loss < start
    moved = {n for n, values in model.parameters.items() if not np.array_equal(values, before[n])}
    assert moved == set(model.trainable_parameters())
    again = Model.load(tmp_path / "run.h5")
    for name, values in model.parameters.items():
        assert np.array_equal(values, again.parameters[name]), name
    assert again.evaluate(data, loss).loss == model.evaluate(data, loss).loss
    assert list(map(repr, again.layers.values())) == list(map(repr, model.layers.values()))
