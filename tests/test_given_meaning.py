"""What is handed in means what it says: accuracy, weights, settings of losses, arrays of layers."""

from pathlib import Path

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core import losses
from ebana_core.arrays import Array
from ebana_core.data import DataSet
from ebana_core.errors import StorageError
from ebana_core.layers import (
    BiasVoltageLayer,
)
from ebana_core.rules import Adjoint, EquilibriumPropagation
from tests.support.mistakes import fit, network


def test_what_a_layer_was_given_may_change_afterwards() -> None:
    volts = np.array([1.0, -1.0])
    bias = BiasVoltageLayer(units=2, name="b", bias_voltage=volts)
    thresholds = np.array([0.3, 0.4])
    param = {"VTH": thresholds}
    diode = DiodeLayer(name="q", direction="down", param=param)
    volts[:] = 7.0
    thresholds[:] = 7.0
    param["RON"] = 7.0
    assert bias.bias_voltage.tolist() == [1.0, -1.0]
    assert diode.param["VTH"].tolist() == [0.3, 0.4]
    assert "RON" not in diode.param


TWO = DataSet(
    {"x": [[1.0, 2.0], [3.0, 4.0], [-1.0, 0.5]]},
    {"y": [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], "z": [[1.0, 0.2], [0.1, 0.0], [0.0, 2.0]]},
)


def test_accuracy_is_the_share_of_samples_that_are_right_everywhere() -> None:
    model = network(outputs=2)
    wished = {name: array.copy() for name, array in model.predict(TWO).items()}
    for name, wrong in (("y", [0]), ("z", [1])):  # each output is wrong for one of three samples
        wished[name][wrong] = 10.0 - wished[name][wrong]
    data = DataSet(TWO.inputs, wished)
    found = model.evaluate(data, losses.MSE(5.0))
    assert found.accuracy == pytest.approx(1 / 3, rel=1e-12, abs=0)
    assert (
        found.per_output["y"][1]
        == found.per_output["z"][1]
        == pytest.approx(2 / 3, rel=1e-12, abs=0)
    )
    silent = model.evaluate(data, {"y": losses.MSE(5.0), "z": losses.MSE(None)})
    assert silent.accuracy == pytest.approx(2 / 3, rel=1e-12, abs=0)
    assert np.isnan(model.evaluate(data, losses.MSE(None)).accuracy)


def test_a_weight_multiplies_loss_and_nudge() -> None:
    model = network(outputs=2)
    plain = {"y": losses.MSE(), "z": losses.MSE()}
    weighted = {**plain, "z": losses.Weighted(losses.MSE(), 0.25)}
    before, after = model.evaluate(TWO, plain), model.evaluate(TWO, weighted)
    assert after.per_output["z"][0] == pytest.approx(
        0.25 * before.per_output["z"][0], rel=1e-12, abs=0
    )
    assert after.loss == pytest.approx(
        before.per_output["y"][0] + after.per_output["z"][0], rel=1e-12, abs=0
    )
    exact, found = (
        model.gradients(TWO, weighted, rule)
        for rule in (Adjoint(), EquilibriumPropagation(1e-9, "centered", "exact"))
    )
    unweighted = model.gradients(TWO, plain, Adjoint())
    for name, gradient in exact.items():
        share = 0.25 if name.startswith("e.") else 1.0
        # MSE is quadratic and the crossbars linear: the centered form has no bias.
        assert gradient == pytest.approx(share * unweighted[name], rel=1e-12, abs=0)
        assert found[name] == pytest.approx(gradient, rel=1e-6, abs=0)


class Scaled(losses.Loss):
    """A loss of a class without attrs, whose setting its repr does not show."""

    def __init__(self, scale: float) -> None:
        object.__setattr__(self, "scale", scale)

    def value(self, prediction: Array, target: Array) -> Array:
        return self.scale * (prediction - target) ** 2  # type: ignore[attr-defined]

    def gradient(self, prediction: Array, target: Array) -> Array:
        return 2 * self.scale * (prediction - target)  # type: ignore[attr-defined]


def test_a_run_does_not_go_on_with_another_setting_of_a_plain_loss(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    fit(run=path, loss_fn=Scaled(1.0), seed=0)
    with pytest.raises(StorageError, match="losses"):
        fit(run=path, loss_fn=Scaled(2.0), seed=0, epochs=2, resume=True)
    assert len(fit(run=path, loss_fn=Scaled(1.0), seed=0, epochs=2, resume=True).losses) == 2
