"""The conformance kit on a convolution, whose resistors share values."""

import pytest

from ebana_core import Model
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    Conv2DLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
    ReshapeLayer,
)
from ebana_core.testing import DeviceConformance

INIT = RandomUniform(1e-6, 1e-5)


class TestConv2D(DeviceConformance):
    @pytest.fixture
    def layer(self) -> Layer:
        return Conv2DLayer(name="conv", filters=2, kernel_size=(2, 1), initializer=INIT, lr=1e-10)

    @pytest.fixture
    def model(self, layer: Layer) -> Model:
        """Return the layer between two crossbars, as the kit does, behind nodes in a plane."""
        x = InputVoltageLayer(units=2, name="kit_input")
        first = DenseLayer(units=6, name="kit_first", initializer=INIT)(x)
        windows = layer(ReshapeLayer(name="plane", shape=(3, 2))(first))
        last = DenseLayer(units=2, name="kit_last", initializer=INIT)(windows)
        return Model([x], [CurrentLayer(name="kit_output")(last)], seed=0)
