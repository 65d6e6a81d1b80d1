"""Settings are plain numbers that only their owner has, whatever NumPy's they were given as."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ebana_memristor import DeviceSpread, Linear, Quantised, SoftBounds, Wires

from ebana_core import Model, optimizers
from ebana_core.backends import NgspiceBackend
from ebana_core.data import DataSet
from ebana_core.errors import DataError, EbanaError, ParameterError
from ebana_core.initializers import GlorotUniform
from ebana_core.layers import AmplificationLayer, CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.rules import CoupledLearning, EquilibriumPropagation, Measurement
from tests.support.networks import layered_model

DRAWN = GlorotUniform(1e-7, 1e-5)


def wide(units: Any) -> Model:
    x = InputVoltageLayer(units=units, name="x")
    dense = DenseLayer(units=units, name="d", initializer=DRAWN)(x)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y")(dense)], seed=0)


def amplified(gain: Any, **settings: Any) -> Model:
    x = InputVoltageLayer(units=2, name="x")
    amplifier = AmplificationLayer(name="a", param={"gain": gain, "shift": 0.0})(x)
    dense = DenseLayer(units=2, name="d", initializer=DRAWN, **settings)(amplifier)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y")(dense)], seed=0)


def test_units_in_eight_bits_draw_what_whole_numbers_draw() -> None:
    """200 + 200 + 1 overflows in eight bits, and Glorot's interval with it."""
    name = "d.conductance"
    assert np.array_equal(wide(np.uint8(200)).parameters[name], wide(200).parameters[name])


@pytest.mark.parametrize(
    "setting",
    [
        EquilibriumPropagation(np.float16(0.5)).beta,
        CoupledLearning(np.array(0.25)).eta,
        Measurement(noise=np.float32(0.5)).noise,
        DenseLayer(units=np.int8(3), name="d", initializer=DRAWN).units,
        DenseLayer(units=3, name="d", initializer=DRAWN, lr=np.longdouble(0.5)).lr,
        DenseLayer(units=3, name="d", initializer=DRAWN, max_relative_step=np.float16(0.5)),
        AmplificationLayer(name="a", param={"gain": Fraction(5, 2)}).param["gain"],
        Linear(window=(np.float32(0.25), np.float32(0.5))).window[0],
        DeviceSpread(np.float16(0.5)).sigma,
        Quantised(np.uint8(200)).n_levels,
        SoftBounds(n_states=np.uint8(200)).n_states,
        Wires(row=np.float32(2.0)).row,
    ],
)
def test_numbers_are_kept_as_pythons(setting: Any) -> None:
    value = setting.max_relative_step if isinstance(setting, DenseLayer) else setting
    assert type(value) in (int, float)


@pytest.mark.parametrize("gain", [Decimal(4), range(3, 5), memoryview(np.array([3.0, 4.0]))])
def test_numbers_of_other_kinds_are_plain_data_in_files(gain: Any, tmp_path: Path) -> None:
    model, data = amplified(gain), DataSet({"x": [[0.3, -0.2]]})
    model.save(tmp_path / "m.h5")
    loaded = Model.load(tmp_path / "m.h5")
    assert np.array_equal(loaded.predict(data)["y"], model.predict(data)["y"])


def test_lists_within_lists_are_copied() -> None:
    row = [0.5, 0.6]
    layer = AmplificationLayer(name="a", param={"gain": 2.0, "shift": 0.0}, offset=[row, row])
    row[0] = 7.0
    assert layer.offset[0] == [0.5, 0.6]


@pytest.mark.parametrize(
    "build",
    [
        lambda: CurrentLayer(name="y", fold="no"),
        lambda: DenseLayer(units=2, name="d", initializer=DRAWN, trainable="no"),
        lambda: DenseLayer(units=2, name="d", initializer=DRAWN, max_relative_step="0.5"),
        lambda: NgspiceBackend(fold_inputs="no"),
        lambda: Measurement(noise=1e-3, seed=-1),
    ],
)
def test_text_is_no_truth_and_no_number(build: Any) -> None:
    with pytest.raises(ParameterError, match=r"'no'|'0\.5'|-1"):
        build()


@pytest.mark.parametrize(
    "rows",
    [
        [np.ma.array([0.5, 0.6], mask=[True, False]), [0.1, 0.2]],
        ((np.ma.masked, 0.5), (0.1, 0.2)),
        np.array([[np.complex64(1 + 2j), 0.5]], dtype=object),
    ],
)
def test_what_rows_of_a_list_hide_is_not_computed_with(rows: Any) -> None:
    with pytest.raises(DataError):
        DataSet({"x": rows})


@pytest.mark.parametrize(
    "gradient",
    [
        np.full((3, 3), 1j),
        np.ma.array(np.ones((3, 3)), mask=True),
        np.full((3, 3), "1"),
        [np.ma.array(np.ones(3), mask=True)] * 3,
    ],
)
def test_gradients_that_are_no_real_numbers_change_nothing(gradient: Any) -> None:
    model = layered_model((2, 3, 2), (4.0,), seed=0)
    before = model.parameters.snapshot()
    gradients = {n: np.zeros(before[n].shape) for n in model.trainable_parameters()}
    first = next(iter(gradients))
    assert before[first].shape == (3, 3)
    with pytest.raises(EbanaError, match=first):
        optimizers.SGD(model).step({**gradients, first: gradient})
    assert all(np.array_equal(model.parameters[n], before[n]) for n in before)
