"""The laws of cells pass the conformance kit, as shunts at every node."""

import math

import attrs
import numpy as np
import pytest
from ebana_memristor import SinhCell, StanfordCell
from ebana_memristor.laws import SinhLaw

from ebana_core import Model
from ebana_core.backends.ngspice.format import element_lines
from ebana_core.backends.ngspice.once import operating_point
from ebana_core.initializers import Given
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer, ShuntLayer
from ebana_core.testing import DeviceConformance


@attrs.frozen(kw_only=True, eq=False)
class SinhShunt(ShuntLayer):
    """A cell to ground."""

    device = "sinh_shunt"
    law = SinhCell()


@attrs.frozen(kw_only=True, eq=False)
class StanfordShunt(ShuntLayer):
    """A cell to ground."""

    device = "stanford_shunt"
    law = StanfordCell()


class TestSinhCell(DeviceConformance):
    @pytest.fixture
    def layer(self) -> ShuntLayer:
        return SinhShunt(
            name="cell", param={"conductance": [1e-6, 3e-6, 2e-6]}, trainable=("conductance", "V0")
        )


class TestStanfordCell(DeviceConformance):
    @pytest.fixture
    def layer(self) -> ShuntLayer:
        return StanfordShunt(
            name="cell", param={"gap": [1.2e-9, 1.4e-9, 1.6e-9]}, trainable=("gap", "g0")
        )


@pytest.mark.ngspice
@pytest.mark.parametrize("law", [SinhCell(), StanfordCell()], ids=lambda law: type(law).__name__)
def test_a_cell_far_beyond_its_bend_carries_the_same_current_in_ngspice(law: SinhLaw) -> None:
    values = {"conductance": 1e-5, "gap": 5e-10, "I0": 1e-3, "g0": 0.25e-9, "V0": 0.05}
    values = {item.name: values[item.name] for item in law.values}
    for drop in (1e-6, -0.3, 3.0, -3.9):  # up to 78 times V0, 1e27 A
        lines = element_lines(law.spice("q", "x", "0", values))
        point = operating_point(["* cell", f"vx x 0 {drop!r}", *lines], ["vx#branch"])
        given = {name: np.array(value) for name, value in values.items()}
        # The argument is rounded to 1e-14 before it is raised.
        expected = float(law.current(np.array(drop), given))
        assert -point["vx#branch"] == pytest.approx(expected, rel=1e-12, abs=0)


@pytest.mark.ngspice
def test_ngspice_comes_down_from_a_drive_that_would_overflow_a_cell() -> None:
    x = InputVoltageLayer(units=1, name="x")
    d = DenseLayer(units=1, name="d", initializer=Given(1e-3))(x)
    d = SinhShunt(name="q", param={"conductance": 1e-5, "V0": 0.05})(d)
    model = Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(d)], seed=0)
    points = model.operating_points({"x": [[100.0], [0.1]]}, backend="ngspice")
    assert points.residual <= 1e-12
    (high, low) = points.at("d")[:, 0].tolist()
    for voltage, drive in ((high, 100.0), (low, 0.1)):
        current = 1e-5 * 0.05 * math.sinh(voltage / 0.05)
        # Rounding of the argument, raised.
        assert current == pytest.approx(1e-3 * (drive - voltage), rel=1e-10, abs=0)
