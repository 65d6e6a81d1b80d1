"""Temperatures are kelvins; who writes degrees Celsius, as in SPICE, is told."""

import warnings
from typing import Any

import pytest
from ebana_diode_mos import DiodeLayer, TransistorCrossbarLayer, UniformVoltage

from ebana_core import Model
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer


def built(kind: str, temperature: Any) -> Model:
    x = InputVoltageLayer(units=2, name="x")
    d = DenseLayer(units=2, name="d", initializer=RandomUniform(1e-6, 1e-5))(x)
    param = {"temperature": temperature}
    if kind == "crossbar":
        last: Any = TransistorCrossbarLayer(
            name="t", units=2, initializer=UniformVoltage(1.0, 2.0), param=param
        )(d)
    else:
        last = DiodeLayer(name="t", kind=kind, direction="down", param=param)(d)
    return Model([x], [CurrentLayer(name="y")(last)], seed=0)


@pytest.mark.parametrize("kind", ["real", "mos", "crossbar"])
def test_a_temperature_that_looks_like_celsius_is_warned_of(kind: str) -> None:
    with pytest.warns(UserWarning, match="is 85 K, -188 °C.*85 °C are 358.15 K"):
        built(kind, 85)


def test_the_lowest_of_several_temperatures_counts() -> None:
    with pytest.warns(UserWarning, match="27 °C are 300.15 K"):
        built("real", [300.0, 27.0])


@pytest.mark.parametrize("kind", ["real", "mos", "crossbar"])
@pytest.mark.parametrize("temperature", [218.15, 300.15, 448.15])
def test_temperatures_of_data_sheets_pass(kind: str, temperature: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        built(kind, temperature)
