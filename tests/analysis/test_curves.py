"""Current-voltage curves of layers, alone."""

import matplotlib as mpl
import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core.analysis.curves import current_voltage
from ebana_core.errors import DataError, ShapeError, UnsupportedError
from ebana_core.initializers import Given
from ebana_core.layers import AmplificationLayer, DenseLayer, InputVoltageLayer, Layer
from tests.support.networks import layered_model

mpl.use("Agg")


def test_a_diode_draws_current_above_its_bias_and_threshold() -> None:
    param = {"VTH": 0.3, "RON": 100.0, "ROFF": 1e9}
    layer = DiodeLayer(name="d", direction="down", bias_voltage=0.2, param=param)
    voltages, currents = current_voltage(layer, [0.0, 0.5, 0.7])
    assert voltages.tolist() == [0.0, 0.5, 0.7]
    assert currents[:, 0] == pytest.approx([-0.5e-9, 0.0, 0.2 / 100], abs=1e-18)


def test_an_upward_diode_delivers_current() -> None:
    layer = DiodeLayer(name="d", kind="shockley", direction="up", param={"IS": 1e-6, "a": 0.1})
    _, currents = current_voltage(layer, [-0.2, 0.1])
    assert currents[:, 0] == pytest.approx(-1e-6 * np.expm1([2.0, -1.0]), rel=1e-9, abs=0)


def test_every_unit_has_its_curve() -> None:
    layer = DiodeLayer(name="d", direction="down", param={"VTH": [0.1, 0.2, 0.1], "RON": 10.0})
    _, currents = current_voltage(layer, [0.3], n_units=3)
    assert currents[0] == pytest.approx([0.02, 0.01, 0.02], rel=1e-12, abs=0)
    assert [line.get_label() for line in layer.plot_iv(n_units=3).lines] == ["d[0]", "d[1]"]
    with pytest.raises(ShapeError, match=r"d\.VTH has shape \(3,\) for 1 units"):
        layer.plot_iv()


def test_a_crossbar_is_measured_with_its_outputs_at_ground() -> None:
    layer = DenseLayer(units=3, name="d", initializer=Given(1e-6))
    _, currents = current_voltage(layer, [0.5], n_units=2)
    assert currents[0] == pytest.approx([1.5e-6, 1.5e-6], rel=1e-12, abs=0)


def test_present_values_come_from_a_model() -> None:
    model = layered_model((3, 4, 4), (4.0,), seed=1)
    model.parameters["down0.VTH"] = 0.5
    _, before = current_voltage(model.layers["down0"], [0.45])
    _, after = current_voltage(model.layers["down0"], [0.45], model.parameters)
    assert before[0, 0] == pytest.approx(0.3 / 1e3, rel=1e-12, abs=0)
    assert abs(after[0, 0]) < 1e-12


@pytest.mark.parametrize(
    "layer",
    [
        DiodeLayer(name="ideal", kind="ideal", direction="up"),
        AmplificationLayer(name="amp", param={"gain": 2.0}),
        InputVoltageLayer(units=1, name="x"),
    ],
    ids=lambda layer: layer.name,
)
def test_layers_without_a_curve_say_so(layer: Layer) -> None:
    with pytest.raises(UnsupportedError, match=f"Layer '{layer.name}' .* has no curve"):
        layer.plot_iv()


def test_voltages_must_be_finite() -> None:
    layer = DiodeLayer(name="d", direction="down")
    for voltages in ([], [np.inf]):
        with pytest.raises(DataError, match="voltages is"):
            layer.plot_iv(voltages)
