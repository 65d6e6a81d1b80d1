"""Every kind of diode passes the conformance kit."""

import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core.layers import Layer
from ebana_core.testing import DeviceConformance


class TestBehavioral(DeviceConformance):
    @pytest.fixture
    def layer(self) -> Layer:
        return DiodeLayer(name="act", direction="down", param={"VTH": 0.2, "RON": 100.0})


class TestReal(DeviceConformance):
    @pytest.fixture
    def layer(self) -> Layer:
        return DiodeLayer(name="act", direction="up", kind="real", param={"IS": 1e-9})


class TestMos(DeviceConformance):
    @pytest.fixture
    def layer(self) -> Layer:
        return DiodeLayer(name="act", direction="down", kind="mos", param={"VTO": 0.3})


class TestShockley(DeviceConformance):
    @pytest.fixture
    def layer(self) -> Layer:
        return DiodeLayer(name="act", direction="up", kind="shockley", param={"IS": 1e-9})


class TestAntiparallel(DeviceConformance):
    @pytest.fixture
    def layer(self) -> Layer:
        return DiodeLayer(name="act", kind="antiparallel", param={"V_off": 0.3})


class TestTable(DeviceConformance):
    @pytest.fixture
    def layer(self) -> Layer:
        # The slope falls again, as a diode's never does: flat, steep, less steep; its first point
        # lies above 0 A.
        return DiodeLayer(
            name="act",
            direction="up",
            kind="table",
            voltages=[-0.5, -0.1, 0.2, 0.25, 0.6],
            currents=[1e-7, 1e-7, 2e-7, 5e-6, 8e-6],
            param={"scale": 1.5},
        )
