"""Diode-connected transistors whose model comes from a SPICE file."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core import Model
from ebana_core.data import DataSet
from ebana_core.errors import ParameterError, StorageError, UnknownNameError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.losses import MSE
from ebana_core.rules import Adjoint, EquilibriumPropagation

TEXT = """* three transistors
.model plain nmos(level=1 vto=0.4 kp=1e-4 lambda=0.02)
.model full nmos(level=1 vto=0.3 kp=2e-4 gamma=0.4 phi=0.7 lambda=0.05 is=1e-13 rd=200 rs=100)
.model doped pmos(level=1 tox=2e-8 nsub=1e16 tpg=-1 u0=250)
.model third nmos(level=3 vto=0.4)
"""
VOLTS = np.array([[-2.0], [-0.4], [0.6], [2.0]])


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = tmp_path / "mos.lib"
    path.write_text(TEXT)
    return str(path)


def model(param: dict[str, Any], direction: str = "down", **around: float) -> Model:
    x = InputVoltageLayer(units=1, name="x")
    d = DenseLayer(units=2, name="d", initializer=RandomUniform(1e-6, 1e-4))(x)
    q = DiodeLayer(name="q", kind="mos", direction=direction, bias_voltage=0.1, param=param)(d)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y")(q)], seed=0, **around)


def voltages(own: Model, backend: str = "native") -> np.ndarray:
    return own.operating_points({"x": VOLTS}, backend=backend).at("q")


def test_a_plain_model_is_the_one_in_numbers(path: str) -> None:
    numbers = {"VTO": 0.4, "KP": 1e-4, "LAMBDA": 0.02, "W": 2e-5, "L": 1e-6, "temperature": 320.0}
    sizes = {key: numbers[key] for key in ("W", "L", "temperature")}
    for direction in ("up", "down"):
        card = model({"model_name": "plain", "path": path, **sizes}, direction)
        # Both laws are ngspice's; this one condenses the terminals, which costs a few last bits.
        expected = voltages(model(numbers, direction))
        assert voltages(card) == pytest.approx(expected, rel=1e-11, abs=1e-13)


@pytest.mark.ngspice
@pytest.mark.parametrize(
    ("name", "direction", "around"),
    [
        ("plain", "up", {}),
        ("FULL", "down", {}),
        ("FULL", "up", {"shunt": 1e-7, "gmin": 1e-11}),
        ("doped", "down", {}),
        ("doped", "up", {"shunt": 1e-7}),
    ],
)
def test_both_simulators_agree(
    path: str, name: str, direction: str, around: dict[str, float]
) -> None:
    param = {"model_name": name, "path": path, "W": 5e-5, "L": 2e-6, "temperature": 330.0}
    own = model(param, direction, **around)
    points = own.operating_points({"x": VOLTS})
    assert points.residual <= 1e-12
    assert voltages(own, "ngspice") == pytest.approx(points.at("q"), rel=1e-9, abs=1e-10)


def test_learning_through_it_follows_the_gradient_of_the_loss(path: str) -> None:
    param = {"model_name": "full", "path": path, "W": 5e-5, "L": 2e-6, "vto_offset": [0.02, -0.01]}
    x = InputVoltageLayer(units=2, name="x")
    d = DenseLayer(units=2, name="d", initializer=RandomUniform(1e-6, 1e-4), lr=1e-9)(x)
    q = DiodeLayer(
        name="q", kind="mos", direction="down", param=param, lr=1e-3,
        trainable=("bias_voltage", "vto_offset"),
    )(d)  # fmt: skip
    own = Model(inputs=[x], outputs=[CurrentLayer(name="y")(q)], seed=0)
    data = DataSet({"x": [[1.5, 0.9], [0.2, -0.6]]}, {"y": [[0.1], [0.3]]})
    measured = own.gradients(data, MSE(), EquilibriumPropagation(1e-8, "centered", "exact"))
    exact = own.gradients(data, MSE(), Adjoint())
    assert set(measured) == {"d.conductance", "q.bias_voltage", "q.vto_offset"}
    for name, found in measured.items():
        largest = np.abs(exact[name]).max()
        # The law's derivative by a value is a central difference, right to about six digits.
        assert found == pytest.approx(exact[name], rel=1e-5, abs=1e-5 * largest)


def test_a_saved_model_finds_its_file_again(path: str, tmp_path: Path) -> None:
    own = model({"model_name": "doped", "path": path})
    own.save(tmp_path / "model.h5")
    assert (voltages(Model.load(tmp_path / "model.h5")) == voltages(own)).all()


@pytest.mark.parametrize(
    ("param", "error", "match"),
    [
        ({"model_name": "none", "path": "LIB"}, UnknownNameError, "'doped', 'full', 'plain'"),
        ({"model_name": "third", "path": "LIB"}, ParameterError, "level 3"),
        ({"model_name": "plain", "path": "nowhere.lib"}, StorageError, "nowhere.lib"),
        ({"model_name": "plain"}, ParameterError, "path=None"),
        ({"path": "LIB"}, ParameterError, "model_name=None"),
        ({"model_name": "plain", "path": "LIB", "VTO": 0.3}, ParameterError, "'VTO'"),
        ({"model_name": "plain", "path": "LIB", "W": -1.0}, ParameterError, "'w'=-1.0"),
        ({"model_name": "plain", "path": "LIB", "channel": "p"}, ParameterError, "channel"),
    ],
)
def test_what_cannot_be_is_named(
    path: str, param: dict[str, Any], error: type[Exception], match: str
) -> None:
    given = {key: path if value == "LIB" else value for key, value in param.items()}
    with pytest.raises(error, match=match):
        model(given)
