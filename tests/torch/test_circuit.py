"""A circuit as a module of PyTorch: derivatives, training, bounds, copies."""

import copy
import io
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ebana_core import Model
from ebana_core.backends import NativeBackend
from ebana_core.errors import DataError, EbanaError, MissingLibraryError, ShapeError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
)
from tests.support.networks import layered_model, soft_model

pytestmark = pytest.mark.torch

BOUNDS = (1e-7, 1e-4)


def differential_model(n_in: int, n_out: int, **of_dense: Any) -> Model:
    xp, xn = (InputVoltageLayer(units=n_in, name=name) for name in ("xp", "xn"))
    bias = BiasVoltageLayer(units=2, name="bias", bias_voltage=[1.0, -1.0])
    rows = ConcatenateLayer(name="rows")([xp, xn, bias])
    settings = {"initializer": RandomUniform(1e-6, 1e-5, *BOUNDS), **of_dense}
    dense = DenseLayer(units=2 * n_out, name="d", **settings)(rows)
    return Model([xp, xn, bias], [CurrentLayer(name="y")(dense)], seed=3)


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


def test_outputs_are_the_predictions_of_the_model_in_shape_and_type() -> None:
    import torch

    from ebana_core.torch import Circuit

    model = differential_model(3, 2)
    circuit = Circuit(model, differential=True)
    assert (circuit.in_features, circuit.out_features) == (3, 2)
    x = np.random.default_rng(0).uniform(-1, 1, (2, 5, 3))
    flat = x.reshape(10, 3)
    points = model.operating_points({"xp": flat, "xn": -flat})
    expected = points.predictions()["y"].reshape(2, 5, 2)
    found = circuit(torch.from_numpy(x))
    # The same circuit from conductances that were divided by their unit and multiplied again.
    assert np.abs(found.detach().numpy() - expected).max() <= 1e-14
    single = circuit(torch.from_numpy(x).float())
    assert single.dtype == torch.float32
    assert np.abs(single.detach().numpy() - expected).max() <= 1e-6
    assert circuit(torch.from_numpy(x[0, 0])).shape == (2,)
    # Without `differential` every input layer has columns of its own.
    both = Circuit(model)
    assert both.in_features == 6
    again = both(torch.from_numpy(np.concatenate([flat, -flat], axis=1)))
    assert (again.reshape(2, 5, 2) == found).all()


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
            assert values.min().item() >= BOUNDS[0]
            assert values.max().item() <= BOUNDS[1]
        at_bound = (values == BOUNDS[0]) | (values == BOUNDS[1])
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


def test_the_module_owns_its_model() -> None:
    import torch

    from ebana_core.torch import Circuit

    model = differential_model(2, 1)
    circuit, x = Circuit(model, differential=True), torch.ones(1, 2)
    before = circuit(x)
    model.parameters["d.conductance"] = model.parameters["d.conductance"][::-1]
    assert (circuit(x) == before).all()
    with torch.no_grad():
        circuit.d__conductance[1] *= 1.5
    assert (circuit.model.parameters["d.conductance"] != model.parameters["d.conductance"]).any()
    points = circuit.model.operating_points({"xp": [[1.0, 1.0]], "xn": [[-1.0, -1.0]]})
    assert points.predictions()["y"] == pytest.approx(circuit(x).detach().numpy(), abs=1e-7)


def shrinking(step: int) -> float:
    return 1e-7 / step


def test_copies_and_files_hold_everything() -> None:
    import torch

    from ebana_core.torch import Circuit

    circuit = Circuit(differential_model(2, 1, lr=shrinking), differential=True)
    x = torch.tensor([[0.4, -0.2]], dtype=torch.float64)
    with torch.no_grad():
        circuit.d__conductance[1] *= 1.5
    stream = io.BytesIO()
    torch.save(circuit, stream)
    stream.seek(0)
    for twin in (copy.deepcopy(circuit), torch.load(stream, weights_only=False)):
        assert (twin(x) == circuit(x)).all()
        with torch.no_grad():
            twin.d__conductance[0] *= 0.5
        assert (twin(x) != circuit(x)).any()
        assert twin.model.learning_rate("d.conductance", 2) == 5e-8
    other = Circuit(
        differential_model(2, 1, initializer=RandomUniform(1e-5, 2e-5, *BOUNDS)), differential=True
    )
    other.load_state_dict(circuit.state_dict())
    assert (other(x) == circuit(x)).all()


def test_only_what_is_asked_for_is_derived() -> None:
    import torch

    from ebana_core.torch import Circuit

    model = differential_model(2, 1)
    circuit = Circuit(model, differential=True)
    circuit.requires_grad_(False)
    x = torch.tensor([[0.4, -0.2]], requires_grad=True)
    circuit(x).sum().backward()
    assert x.grad is not None
    assert circuit.d__conductance.grad is None
    with torch.no_grad():
        assert not circuit(x).requires_grad


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


def test_what_does_not_fit_is_named() -> None:
    import torch

    from ebana_core.torch import Circuit

    circuit = Circuit(differential_model(2, 1), differential=True)
    with pytest.raises(ShapeError, match=r"\(4, 3\); the circuit takes 2"):
        circuit(torch.ones(4, 3))
    with pytest.raises(DataError, match="nan"):
        circuit(torch.tensor([[float("nan"), 1.0]]))
    with pytest.raises(EbanaError, match="no differential pair"):
        Circuit(soft_model((3, 4, 4), (2.5,), seed=1), differential=True)
    for wrong in (None, "model", torch.nn.Linear(2, 2)):
        with pytest.raises(EbanaError, match="model is"):
            Circuit(wrong)  # type: ignore[arg-type]  # what is refused
    single = Circuit(differential_model(2, 1), backend=NativeBackend(dtype="float32"))
    total = single(torch.ones(1, 4)).sum()
    with pytest.raises(EbanaError, match="float32"):
        total.backward()


def test_the_module_of_ebana_hides_nothing_of_pytorch() -> None:
    import torch

    import ebana_core.torch

    assert ebana_core.torch is not torch
    assert issubclass(ebana_core.torch.Circuit, torch.nn.Module)


def test_without_pytorch_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("ebana_core.torch")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingLibraryError) as caught:
        import ebana_core.torch  # noqa: F401
    assert "pip install ebana-core[torch]" in caught.value.fix
