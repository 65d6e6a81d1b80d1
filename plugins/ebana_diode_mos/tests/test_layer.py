"""The diode layer: directions, biases, model files, bad input."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core import Model
from ebana_core.errors import (
    ParameterError,
    ShapeError,
    StorageError,
    UnknownNameError,
)
from ebana_core.initializers import Given
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer

CARD = """* some diodes
.MODEL D1N4148 D(IS=2.52n RS=.568 N=1.752
+ CJO=4p M=.4 TT=20n Iave=200m Vpk=75 mfg=Somebody type=silicon)
.model DZ D (IS=1e-14 BV=5.1 IBV=1m) ; a zener
.model DX D (IS=1e-14 FOO=3)
.model QX NPN (BF=100)
.control
shell touch stolen
.endc
"""


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "diodes.lib"
    path.write_text(CARD)
    return path


def clamp(units: int = 1, **settings: Any) -> Model:
    source = InputVoltageLayer(units=units, name="x")
    dense = DenseLayer(units=units, name="d", initializer=Given(np.eye(units) * 1e-5 + 1e-9))(
        source
    )
    diode = DiodeLayer(name="act", **settings)(dense)
    return Model(inputs=[source], outputs=[CurrentLayer(name="y", fold=False)(diode)], seed=0)


def node(model: Model, voltages: Any, backend: str = "native") -> np.ndarray:
    return model.operating_points({"x": np.atleast_2d(voltages)}, backend).at("d")


@pytest.mark.parametrize(("direction", "sign"), [("down", 1), ("up", -1)])
def test_a_diode_clamps_beyond_bias_and_threshold(direction: str, sign: int) -> None:
    model = clamp(direction=direction, bias_voltage=0.2, param={"VTH": 0.3, "RON": 1e-3})
    assert node(model, [2.0 * sign])[0, 0] == pytest.approx(0.2 + sign * 0.3, abs=1e-6)
    assert node(model, [0.1])[0, 0] == pytest.approx(0.1, rel=1e-12, abs=0)


def test_directions_and_biases_differ_per_unit() -> None:
    model = clamp(2, direction=["down", "up"], bias_voltage=[0.1, -0.1], param={"VTH": 0.2})
    assert node(model, [1.0, -1.0])[0] == pytest.approx([0.3, -0.3], abs=1e-4)
    assert node(model, [-1.0, 1.0])[0] == pytest.approx([-1.0, 1.0], abs=1e-3)


@pytest.mark.parametrize("kind", ["behavioral", "real", "mos"])
@pytest.mark.parametrize("direction", ["down", "up"])
def test_every_kind_conducts_in_its_direction(kind: str, direction: str) -> None:
    model = clamp(direction=direction, kind=kind)
    sign = 1.0 if direction == "down" else -1.0
    assert abs(node(model, [5.0 * sign])[0, 0]) < 2.5


@pytest.mark.parametrize("channel", ["n", "p"])
@pytest.mark.parametrize("direction", ["down", "up"])
def test_mos_channels_conduct_alike(channel: str, direction: str) -> None:
    threshold = 0.5 if channel == "n" else -0.5
    model = clamp(direction=direction, kind="mos", param={"channel": channel, "VTO": threshold})
    sign = 1.0 if direction == "down" else -1.0
    n_model = clamp(direction=direction, kind="mos", param={"VTO": 0.5})
    assert node(model, [3.0 * sign]) == pytest.approx(node(n_model, [3.0 * sign]), rel=1e-12, abs=0)


@pytest.mark.ngspice
@pytest.mark.parametrize(
    ("kind", "param"),
    [
        ("behavioral", {"VTH": 0.123456789012345, "RON": 3.3}),
        ("real", {"IS": 1e-9, "N": 1.4, "RS": 12.0, "temperature": 320.0}),
        ("mos", {"channel": "n", "VTO": 0.43, "KP": 1e-4}),
        ("mos", {"channel": "p", "VTO": -0.43, "KP": 1e-4, "LAMBDA": 0.02}),
    ],
)
@pytest.mark.parametrize("direction", ["down", "up"])
def test_native_and_ngspice_agree(kind: str, param: dict[str, Any], direction: str) -> None:
    model = clamp(2, direction=direction, kind=kind, param=param, bias_voltage=[0.05, -0.1])
    voltages = np.array([[-2.0, 2.0], [0.3, -0.3], [1.0, -1.0]])
    native, reference = node(model, voltages), node(model, voltages, "ngspice")
    assert native == pytest.approx(reference, abs=1e-10)


def both(param: dict[str, Any], voltages: Any) -> tuple[np.ndarray, np.ndarray]:
    model = clamp(direction="down", kind="real", param=param)
    return node(model, voltages), node(model, voltages, "ngspice")


@pytest.mark.ngspice
def test_a_model_from_a_file_runs_on_both(library: Path) -> None:
    param = {"model_name": "D1N4148", "path": str(library)}
    with pytest.warns(UserWarning, match="has iave, mfg, type, vpk, which a diode"):
        native, reference = both(param, [[3.0], [-1.0]])
    assert native == pytest.approx(reference, abs=1e-10)
    assert not Path("stolen").exists()


@pytest.mark.ngspice
def test_a_zener_breaks_down_on_both(library: Path) -> None:
    model = clamp(direction="up", kind="real", param={"model_name": "dz", "path": str(library)})
    native, reference = node(model, [[30.0], [-30.0]]), node(model, [[30.0], [-30.0]], "ngspice")
    assert native[0, 0] == pytest.approx(5.1, abs=0.2)
    assert native == pytest.approx(reference, abs=1e-9)


@pytest.mark.parametrize(
    ("param", "error", "match"),
    [
        ({"model_name": "d9", "path": "LIB"}, UnknownNameError, r"'d9'.*d1n4148"),
        ({"model_name": "qx", "path": "LIB"}, UnknownNameError, r"'qx'"),
        ({"model_name": "dx", "path": "LIB"}, ParameterError, "'foo'"),
        ({"model_name": "d", "path": "nowhere.lib"}, StorageError, "nowhere.lib"),
        ({"model_name": "d"}, ParameterError, "path=None"),
        ({"model_name": "dz", "path": "LIB", "IS": 1e-9}, ParameterError, "'IS'"),
        ({"ISS": 1e-9}, ParameterError, r"'ISS'; known keys: \['IS', 'N', 'RS'"),
        ({"IS": 0.0}, ParameterError, "act.IS"),
        ({"N": [1.0, 2.0]}, ShapeError, r"act.N has shape \(2,\) for 1 units"),
    ],
)
def test_bad_real_params_are_named(
    library: Path, param: dict[str, Any], error: type[Exception], match: str
) -> None:
    given = {key: str(library) if value == "LIB" else value for key, value in param.items()}
    with pytest.raises(error, match=match):
        clamp(direction="down", kind="real", param=given)


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"direction": "left"}, "direction='left'"),
        ({"direction": "down", "kind": "zener"}, r"(?s)has kind='zener'.*'behavioral'"),
        ({"direction": "down", "kind": "mos", "param": {"channel": "x"}}, "channel='x'"),
        ({"direction": "down", "param": {"VTH": np.nan}}, "act.VTH is nan"),
        ({"direction": "down", "param": {"RON": -1.0}}, "act.RON is -1.0 ohm"),
        ({"direction": "down", "trainable": "beta"}, "trainable of 'beta'"),
        ({}, "kind 'behavioral' needs a direction"),
        ({"direction": "up", "kind": "antiparallel"}, "takes no direction"),
    ],
)
def test_bad_settings_are_named(settings: dict[str, Any], match: str) -> None:
    with pytest.raises(ParameterError, match=match):
        clamp(**settings)


def test_a_wrong_number_of_directions_is_refused() -> None:
    with pytest.raises(ShapeError, match="2 directions for 1 units"):
        clamp(direction=["up", "down"])
