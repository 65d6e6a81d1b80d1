"""Diagnosis of devices, rails, bounds and beta."""

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core import Model, losses
from ebana_core.data import DataSet
from ebana_core.errors import ParameterError
from ebana_core.initializers import Given, RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
)
from ebana_core.rules import Adjoint
from tests.support.networks import layered_model, samples

G = 1e-6


def chain(*diodes: DiodeLayer, gain: float = 1.0, target: float = 0.3) -> tuple[Model, DataSet]:
    """Return a source, 1 uS each to two nodes with diodes, an amplifier, 1 uS to one output."""
    source = InputVoltageLayer(units=1, name="x")
    layer: Layer = DenseLayer(units=2, name="d", initializer=Given(G, G, 1e-5))(source)
    for diode in diodes:
        layer = diode(layer)
    layer = AmplificationLayer(name="amp", param={"gain": gain})(layer)
    layer = DenseLayer(units=1, name="last", initializer=RandomUniform(G, 2 * G))(layer)
    model = Model([source], [CurrentLayer(name="y", fold=False)(layer)], seed=0)
    return model, DataSet({"x": [[-1.0], [0.2], [1.0]]}, {"y": [[target]] * 3})


def diode(name: str, threshold: object, kind: str = "behavioral") -> DiodeLayer:
    param = {} if kind == "ideal" else {"VTH": threshold, "RON": 1e3, "ROFF": 1e12}
    bias = threshold if kind == "ideal" else 0.0
    return DiodeLayer(name=name, kind=kind, direction="down", bias_voltage=bias, param=param)


def test_diodes_that_conduct_are_counted() -> None:
    model, data = chain(diode("first", [0.1, 5.0]), diode("never", 5.0))
    found = model.diagnose(data)
    assert found["first"].ever_conducts == 0.5
    assert found["first"].conducts == pytest.approx(
        2 / 6, rel=1e-12, abs=0
    )  # 0.2 V and 1 V, one of two diodes
    assert found["never"].ever_conducts == 0
    assert "50% of the devices of 'first' conduct in no sample" in found.remarks
    assert any("no device of 'never' conducts" in remark for remark in found.remarks)
    assert np.isnan(found["d"].conducts)


def test_ideal_diodes_conduct_at_their_bound() -> None:
    model, data = chain(diode("ideal", 0.3, kind="ideal"))
    assert model.diagnose(data)["ideal"].conducts == pytest.approx(1 / 3, rel=1e-12, abs=0)


def test_nodes_near_a_rail_are_counted() -> None:
    model, data = chain(gain=2.0)
    found = model.diagnose(data)
    assert found.rails == (-1.0, 1.0)
    assert found["amp"].near_rails == pytest.approx(2 / 3, rel=1e-12, abs=0)
    assert "67% of the nodes of 'amp' are near a rail" in found.remarks
    assert model.diagnose(data, rails=(-5.0, 5.0))["amp"].near_rails == 0
    assert np.isnan(found["x"].near_rails)  # a source is where it is


def test_values_at_their_bounds_are_counted() -> None:
    model, data = chain()
    model.parameters["d.conductance"] = np.array([[G, 1e-5]])
    found = model.diagnose(data)
    assert (found["d"].at_lower, found["d"].at_upper) == (0.5, 0.5)
    assert "50% of the values of 'd' stand at their lower bound" in found.remarks
    assert np.isnan(found["amp"].at_lower)


def test_beta_is_compared_with_the_rule_of_thumb() -> None:
    model, data = chain()
    found = model.diagnose(data)
    points = model.operating_points(data.inputs)
    p = points.predictions()["y"]
    # into the output: through each of two resistors to a source of two of 1 uS in parallel
    last = model.parameters["last.conductance"]
    series = 1 / np.sum(1 / (1 / last + 1 / G))
    assert found.output_conductance == pytest.approx(1 / series, rel=1e-9, abs=0)
    expected = 1e-3 * found.output_conductance * np.sqrt(np.mean(p**2) / np.mean((p - 0.3) ** 2))
    assert found.suggested_beta == pytest.approx(expected, rel=1e-9, abs=0)
    near = model.diagnose(data, beta=2 * expected).remarks
    assert not any("beta" in remark for remark in near)
    for factor, word in ((100, "large"), (0.01, "small")):
        remarks = model.diagnose(data, beta=factor * expected).remarks
        assert any(remark.startswith("beta=") and word in remark for remark in remarks)


def test_a_network_that_has_nearly_learned_is_pushed_no_further_than_a_tenth_of_its_way() -> None:
    model, data = chain()
    predictions = model.predict(data)["y"]
    nearly = DataSet(dict(data.inputs), {"y": predictions + 1e-9})
    found = model.diagnose(nearly)
    # the loss is least at the target, which a nudge of the output's own conductance would reach
    assert found.suggested_beta == pytest.approx(0.1 * found.output_conductance, rel=1e-6, abs=0)


def test_outputs_that_cancel_have_a_beta_of_the_size_of_their_nodes() -> None:
    source = InputVoltageLayer(units=2, name="x")
    row = DenseLayer(units=1, name="d", initializer=RandomUniform(G, 2 * G))(source)
    pair = DenseLayer(units=2, name="last", initializer=RandomUniform(G, 2 * G))(row)
    model = Model([source], [CurrentLayer(name="y")(pair)], seed=0)
    for volts in (0.5, 0.7, 0.9):  # some cancel to the last bit, others to a rounding
        data = DataSet({"x": [[volts, -0.2]]}, {"y": [[0.1]]})
        assert abs(model.predict(data)["y"]) < 1e-15
        assert 1e-11 < model.diagnose(data).suggested_beta < 1e-7


def test_the_signal_is_the_relative_gradient() -> None:
    model = layered_model((3, 4, 4), (4.0,), seed=1)
    data = samples(model, 1, 10)
    found = model.diagnose(data)
    for layer in ("d0", "d_out"):
        name = f"{layer}.conductance"
        gradient = model.gradients(data, losses.MSE(), Adjoint())[name]
        expected = np.sqrt(np.mean((model.parameters[name] * gradient) ** 2))
        assert found[layer].signal == pytest.approx(expected, rel=1e-12, abs=0)


@pytest.mark.parametrize("rounding", [0.0, 2e-16])
def test_a_network_that_has_learned_says_so(rounding: float) -> None:
    model, data = chain()
    learned = DataSet(dict(data.inputs), {"y": model.predict(data)["y"] * (1 + rounding)})
    found = model.diagnose(learned)
    assert np.isnan(found.suggested_beta)
    assert "nothing is left to learn" in found.remarks[-1]


def test_it_prints_one_row_per_layer() -> None:
    model, data = chain(diode("first", 0.1))
    shown = str(model.diagnose(data, losses.MSE())).splitlines()
    assert [line.split()[0] for line in shown[3:9]] == ["x", "d", "first", "amp", "last", "y"]
    assert "suggested beta" in shown[9]


@pytest.mark.parametrize("rails", [(1.0, -1.0), (0.0, np.inf), 5.0, (1.0,)])
def test_rails_must_be_two_voltages(rails: object) -> None:
    model, data = chain()
    with pytest.raises(ParameterError, match="rails is"):
        model.diagnose(data, rails=rails)  # type: ignore[arg-type]  # that is the test
