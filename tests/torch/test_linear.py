"""Linear layers of PyTorch as crossbars of differential conductances, and back."""

from typing import Any

import numpy as np
import pytest

from ebana_core import Model
from ebana_core.errors import EbanaError
from ebana_core.initializers import Given
from ebana_core.layers import (
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
)

pytestmark = pytest.mark.torch

WINDOW = (2e-6, 5e-5)
ROUNDING = 1e-14
"""Relative to the largest: weights are differences of conductances around the window's middle, and
sums over a column round once more per row; both are a few roundings of 2e-16."""


def crossbar(conductance: Any, n_in: int, bias_voltage: float | None) -> Model:
    sources: list[Layer] = [InputVoltageLayer(units=n_in, name=name) for name in ("xp", "xn")]
    if bias_voltage is not None:
        volts = [bias_voltage, -bias_voltage]
        sources.append(BiasVoltageLayer(units=2, name="bias", bias_voltage=volts))
    rows = ConcatenateLayer(name="rows")(sources)
    dense = DenseLayer(units=conductance.shape[1], name="d", initializer=Given(conductance))(rows)
    return Model(sources, [CurrentLayer(name="y")(dense)], seed=0)


@pytest.mark.parametrize("bias_voltage", [None, 1.0, 0.25])
def test_a_crossbar_computes_the_linear_layer_and_gives_it_back(bias_voltage: float | None) -> None:
    import torch

    from ebana_core.torch import from_linear, to_linear

    torch.manual_seed(1)
    layer = torch.nn.Linear(5, 3, bias=bias_voltage is not None, dtype=torch.float64)
    source = bias_voltage or 1.0
    found = from_linear(layer.weight, layer.bias, WINDOW, bias_voltage=source)
    assert found.conductance.min() >= WINDOW[0]
    assert found.conductance.max() <= WINDOW[1]
    # The largest weight uses all of the window.
    assert np.ptp(found.conductance) == pytest.approx(WINDOW[1] - WINDOW[0], rel=ROUNDING, abs=0.0)
    x = np.random.default_rng(0).uniform(-1, 1, (7, 5))
    model = crossbar(found.conductance, 5, bias_voltage)
    volts = model.operating_points({"xp": x, "xn": -x}).predictions()["y"]
    expected = layer(torch.from_numpy(x)).detach().numpy()
    # Operating points are right to 1e-12.
    assert volts == pytest.approx(found.scale * expected, abs=1e-12)
    weight, bias = to_linear(found.conductance, found.scale, bias_voltage=bias_voltage)
    largest = layer.weight.abs().max().item()
    assert (weight - layer.weight).abs().max() <= ROUNDING * largest
    assert (bias is None) == (layer.bias is None)
    if bias is not None:
        assert (bias - layer.bias).abs().max() <= ROUNDING * largest


def test_conductances_of_any_origin_are_read_as_the_layer_that_they_compute() -> None:
    import torch

    from ebana_core.torch import to_linear

    rng = np.random.default_rng(2)
    conductance = rng.uniform(*WINDOW, (2 * 3 + 2, 2 * 2))  # columns of different sums
    weight, bias = to_linear(conductance, bias_voltage=0.5)
    x = rng.uniform(-1, 1, (4, 3))
    volts = crossbar(conductance, 3, 0.5).operating_points({"xp": x, "xn": -x}).predictions()["y"]
    assert bias is not None
    layer = torch.nn.functional.linear(torch.from_numpy(x), weight, bias)
    assert volts == pytest.approx(layer.numpy(), abs=1e-12)


def test_trained_weights_go_through_a_module_and_back() -> None:
    import torch

    from ebana_core.torch import Circuit, from_linear, to_linear

    layer = torch.nn.Linear(4, 2)
    mapped = from_linear(layer.weight, layer.bias, WINDOW)
    circuit = Circuit(crossbar(mapped.conductance, 4, 1.0), differential=True)
    x = torch.rand(3, 4)
    # float32, as the linear layer computes.
    assert torch.allclose(circuit(x) / mapped.scale, layer(x), atol=1e-5)
    weight, bias = to_linear(circuit.values()["d.conductance"], mapped.scale, bias_voltage=1.0)
    assert (weight.float() == layer.weight).all()
    assert bias is not None
    assert (bias.float() == layer.bias).all()


def test_a_layer_of_zeros_is_the_middle_of_the_window() -> None:
    from ebana_core.torch import from_linear, to_linear

    found = from_linear(np.zeros((1, 2)), None, WINDOW)
    assert (found.conductance == sum(WINDOW) / 2).all()
    weight, _ = to_linear(found.conductance, found.scale)
    assert (weight == 0).all()


MATRIX = np.ones((2, 3))
WRONG: list[tuple[tuple[Any, ...], dict[str, Any], str]] = [
    (("w", None, WINDOW), {}, "weight"),
    ((np.ones(3), None, WINDOW), {}, "weight has shape"),
    ((MATRIX, [1.0], WINDOW), {}, "bias has shape"),
    ((MATRIX, [1.0, np.inf], WINDOW), {}, "bias is not finite"),
    ((MATRIX, None, None), {}, "window"),
    ((MATRIX, None, (0.0, 1.0)), {}, r"window\[0\]"),
    ((MATRIX, None, (2.0, 1.0)), {}, r"window\[1\]"),
    ((MATRIX, [1.0, 2.0], WINDOW), {"bias_voltage": 0}, "bias_voltage"),
]


@pytest.mark.parametrize(("given", "settings", "told"), WRONG, ids=lambda item: str(item)[:30])
def test_wrong_layers_are_named(given: Any, settings: dict[str, Any], told: str) -> None:
    from ebana_core.torch import from_linear

    with pytest.raises(EbanaError, match=told):
        from_linear(*given, **settings)


@pytest.mark.parametrize(
    ("conductance", "settings"),
    [
        (np.ones((3, 2)), {}),
        (np.ones((2, 3)), {}),
        (np.ones((2, 2)), {"bias_voltage": 1.0}),
        (np.zeros((2, 2)), {}),
        (np.ones((2, 2)), {"scale": 0.0}),
        (np.ones((4, 2)), {"bias_voltage": -1.0}),
    ],
)
def test_wrong_conductances_are_named(conductance: Any, settings: dict[str, Any]) -> None:
    from ebana_core.torch import to_linear

    with pytest.raises(EbanaError, match=r"conductance|scale|bias_voltage"):
        to_linear(conductance, **settings)
