"""A circuit as a module of PyTorch: derivatives, training, bounds."""

from collections.abc import Callable
from typing import Any

import pytest

from ebana_core import Model
from ebana_core.errors import EbanaError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
)
from tests.support.networks import CLIPPED, differential_model, layered_model, soft_model

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("backend", ["native", pytest.param("ngspice", marks=pytest.mark.ngspice)])
def test_gradcheck_passes_for_inputs_and_conductances(backend: str) -> None:
    import torch

    from ebana_core.torch import Circuit

    circuit = Circuit(soft_model((3, 4, 4), (2.5,), seed=1), backend=backend)
    x = torch.tensor([[0.3, -0.5, 0.8], [-0.9, 0.1, 0.4]], dtype=torch.float64, requires_grad=True)
    names = [name for name, _ in circuit.named_parameters()]
    assert names == ["d0__conductance", "d_out__conductance"]

    def solved(x: torch.Tensor, *values: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(circuit, dict(zip(names, values, strict=True)), (x,))

    # Default steps and tolerances of float64; ngspice's voltages hold 1e-12 V, over steps of 1e-6.
    torch.autograd.gradcheck(solved, (x, *circuit.parameters()))


def test_derivatives_pass_piecewise_linear_devices_and_amplifiers() -> None:
    import torch

    from ebana_core.torch import Circuit

    circuit = Circuit(layered_model((3, 5, 4, 4), (4.0, 2.0), seed=2))
    x = torch.linspace(-0.9, 0.8, 12, dtype=torch.float64).reshape(4, 3).requires_grad_()
    torch.autograd.gradcheck(circuit, (x,))


def test_a_circuit_between_linear_layers_learns_with_optimizers_of_pytorch() -> None:
    import torch

    from ebana_core.torch import Circuit

    torch.manual_seed(0)
    x = torch.tensor([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
    goal = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
    circuit = Circuit(soft_model((4, 6, 8), (4.0,), seed=1))
    network = torch.nn.Sequential(torch.nn.Linear(2, 4), circuit, torch.nn.Linear(4, 1))
    before = {name: value.detach().clone() for name, value in circuit.values().items()}
    optimizer = torch.optim.Adam(network.parameters(), lr=0.05)
    for _ in range(150):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(network(x), goal)
        loss.backward()
        optimizer.step()
    assert ((network(x) > 0.5) == (goal > 0.5)).all()
    assert loss.item() < 0.01
    for name, value in circuit.values().items():
        assert (value - before[name]).abs().max() > 0.1 * before[name].mean()


OPTIMIZERS: list[Callable[[Any], Any]] = [
    lambda own: __import__("torch").optim.SGD(own, lr=1e3),
    lambda own: __import__("torch").optim.Adam(own, lr=30.0),
]


@pytest.mark.parametrize("make", OPTIMIZERS, ids=["SGD", "Adam"])
def test_values_stay_within_their_bounds_and_come_back_from_them(make: Callable[..., Any]) -> None:
    import torch

    from ebana_core.torch import Circuit

    circuit = Circuit(differential_model(2, 1), differential=True)
    x = torch.tensor([[1.0, 0.5]], dtype=torch.float64)
    optimizer = make(circuit.parameters())
    for sign in (1.0, -1.0):
        for _ in range(3):
            optimizer.zero_grad()
            (sign * circuit(x).sum()).backward()
            optimizer.step()
            values = circuit.values()["d.conductance"]
            assert values.min().item() >= CLIPPED[0]
            assert values.max().item() <= CLIPPED[1]
        at_bound = (values == CLIPPED[0]) | (values == CLIPPED[1])
        assert at_bound.any()
        # What stands at a bound has a derivative, so that it can leave it again.
        optimizer.zero_grad()
        circuit(x).sum().backward()
        assert (circuit.d__conductance.grad[at_bound] != 0).all()
        now = circuit.model.parameters["d.conductance"]
        assert (now == values.detach().numpy()).all()


def test_without_clip_limits_conductances_stay_above_zero() -> None:
    import torch

    from ebana_core.torch import Circuit

    model = differential_model(2, 1, initializer=RandomUniform(1e-6, 1e-5))
    circuit = Circuit(model, differential=True)
    with torch.no_grad():
        circuit.d__conductance -= 100.0
    values = circuit.values()["d.conductance"]
    assert (values > 0).all()
    assert torch.isfinite(circuit(torch.ones(1, 2))).all()


def test_parameters_of_any_kind_and_frozen_layers() -> None:
    import torch

    from ebana_core.torch import Circuit

    x = InputVoltageLayer(units=2, name="x")
    bias = BiasVoltageLayer(units=1, name="b", bias_voltage=0.0, trainable=True)
    rows = ConcatenateLayer(name="rows")([x, bias])
    initializer = RandomUniform(1e-6, 1e-5)
    amplified = AmplificationLayer(name="amp", param={"gain": 3.0}, trainable=True)(
        DenseLayer(units=3, name="d1", initializer=initializer)(rows)
    )
    last = DenseLayer(units=2, name="d2", initializer=initializer)(amplified)
    model = Model([x, bias], [CurrentLayer(name="y")(last)], seed=0)
    model.trainable["d1"] = False
    circuit = Circuit(model)
    names = [name for name, _ in circuit.named_parameters()]
    assert names == [name.replace(".", "__") for name in model.trainable_parameters()]
    assert "d1__conductance" not in names
    assert "b__bias_voltage" in names
    assert circuit.b__bias_voltage_unit.item() == 1.0  # of a value of 0 V there is no size

    def solved(*values: torch.Tensor) -> torch.Tensor:
        given = dict(zip(names, values, strict=True))
        return torch.func.functional_call(circuit, given, (torch.tensor([[0.5, -0.3]]).double(),))

    torch.autograd.gradcheck(solved, tuple(circuit.parameters()))


def test_an_input_behind_a_converter_lets_conductances_learn() -> None:
    import torch

    from ebana_core.torch import Circuit

    source = InputVoltageLayer(units=2, name="x", dac_bits=6)
    dense = DenseLayer(units=2, name="d", initializer=RandomUniform(1e-6, 1e-5))(source)
    circuit = Circuit(Model([source], [CurrentLayer(name="y")(dense)], seed=0))
    x = torch.tensor([[0.4, -0.2]])
    circuit(x).sum().backward()
    assert circuit.d__conductance.grad.any()
    with pytest.raises(EbanaError, match="'x' passes a converter"):
        circuit(x.requires_grad_()).sum().backward()
