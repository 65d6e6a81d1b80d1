"""What the rule of squared drops refuses: settings, targets, outputs, losses and values."""

import attrs
import numpy as np
import pytest

from ebana_core import Model, losses
from ebana_core.arrays import Array
from ebana_core.data import DataSet
from ebana_core.errors import CircuitError, DataError, EbanaError, ParameterError, PhaseError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    SenseLayer,
)
from ebana_core.local_rules import ep_sq
from ebana_core.rules import DropSquared
from tests.support.sensed_grids import classes, grid


@pytest.mark.parametrize(
    ("settings", "error", "match"),
    [
        ({"nudge": 0.0}, PhaseError, "nudge=0.0"),
        ({"nudge": -0.1}, PhaseError, "nudge=-0.1"),
        ({"nudge": float("nan")}, PhaseError, "nudge=nan"),
        ({"nudge": "0.1"}, PhaseError, "nudge='0.1'"),
        ({"nudge": 0.1, "only_clamped": "yes"}, ParameterError, "only_clamped='yes'"),
    ],
)
def test_settings_that_mean_nothing_are_refused(
    settings: dict, error: type[EbanaError], match: str
) -> None:
    with pytest.raises(error, match=match):
        DropSquared(**settings)


@pytest.mark.parametrize(
    ("loss", "targets", "error", "match"),
    [
        (losses.Hinge(0.1), [[0.2, 0.8, 0, 0]], DataError, "target 0 of 'out' at sample 0 is 0.2"),
        (losses.Hinge(0.1), [[1, 1, 1, 1]], DataError, "Hinge takes 0 and 1"),
        (losses.Hinge(0.1), [[0, 0, 0, 0]], DataError, "Hinge takes 0 and 1"),
        (losses.Hinge(0.1), [[0, 0, 0, np.nan]], DataError, "nan"),
        (losses.CrossEntropyLoss(temperature=0.01), [[1, 0, 0, 1]], DataError, "sum to 2.0"),
    ],
)
def test_targets_that_are_no_classes_are_refused(
    loss: losses.Loss, targets: list, error: type[EbanaError], match: str
) -> None:
    model = grid(fold=False)

    def learn() -> None:
        data = DataSet({"x": [[0.1, 0.2, 0.3]]}, {"out": targets})
        model.gradients(data, loss, DropSquared(0.1))

    with pytest.raises(error, match=match):
        learn()


def test_outputs_that_cannot_be_clamped_are_named() -> None:
    x = InputVoltageLayer(units=2, name="x")
    dense = DenseLayer(units=2, name="d", initializer=RandomUniform(1e-3, 1e-2), lr=1e-3)(x)
    plain = Model([x], [CurrentLayer(name="y", fold=False)(dense)], seed=0)
    data = DataSet({"x": [[0.1, 0.2]]}, {"y": [[0.1, 0.2]]})
    with pytest.raises(CircuitError, match="'y' has no sense resistance"):
        plain.gradients(data, losses.MSE(), DropSquared(0.1))
    x = InputVoltageLayer(units=2, name="x")
    dense = DenseLayer(units=1, name="d", initializer=RandomUniform(1e-3, 1e-2), lr=1e-3)(x)
    both = ConcatenateLayer(name="both")([dense, x])
    held = Model([x], [SenseLayer(name="y", fold=False)(both)], seed=0)
    data = DataSet({"x": [[0.1, 0.2]]}, {"y": [[0.1, 0.2, 0.3]]})
    with pytest.raises(CircuitError, match=r"'y' reads node 'x\[0\]', which a source holds"):
        held.gradients(data, losses.MSE(), DropSquared(0.1))


def test_a_hinge_on_one_output_is_refused() -> None:
    x = InputVoltageLayer(units=2, name="x")
    dense = DenseLayer(units=1, name="d", initializer=RandomUniform(1e-3, 1e-2), lr=1e-3)(x)
    model = Model([x], [SenseLayer(name="y", fold=False)(dense)], seed=0)
    data = DataSet({"x": [[0.1, 0.2]]}, {"y": [[1.0]]})
    with pytest.raises(EbanaError, match="Hinge compares two scores or more"):
        model.gradients(data, losses.Hinge(0.1), DropSquared(0.1))


def test_a_loss_that_moves_outputs_nowhere_is_refused() -> None:
    @attrs.frozen
    class Broken(losses.Loss):
        def value(self, prediction: Array, target: Array) -> Array:
            return 0 * prediction

        def gradient(self, prediction: Array, target: Array) -> Array:
            return 0 * prediction

        def clamp(self, prediction: Array, target: Array, nudge: float) -> Array:
            return np.full_like(prediction, np.inf)

    with pytest.raises(DataError, match="clamp of Broken returned a value that is not finite"):
        grid(fold=False).gradients(classes(4), Broken(), DropSquared(0.1))


def test_a_grad_func_and_values_without_drops_are_refused() -> None:
    model = grid(fold=False, grad_func=ep_sq)
    with pytest.raises(ParameterError, match=r"'net\.conductance' has a grad_func"):
        model.gradients(classes(4), losses.MSE(), DropSquared(0.1))


@pytest.mark.parametrize(
    ("sense", "clamp", "match"),
    [
        (0.0, 1.0, "sense_resistance=0.0"),
        (1e9, 0.0, "clamp_resistance=0.0"),
        (1e9, float("nan"), "clamp_resistance=nan"),
        (1.0, 10.0, "above the clamp resistance"),
    ],
)
def test_resistances_of_a_sense_layer_are_checked(sense: float, clamp: float, match: str) -> None:
    with pytest.raises(ParameterError, match=match):
        SenseLayer(name="y", sense_resistance=sense, clamp_resistance=clamp)
