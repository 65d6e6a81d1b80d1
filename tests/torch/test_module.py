"""A circuit as a module of PyTorch: shapes, types, copies, and what is refused."""

import copy
import io
import sys

import numpy as np
import pytest

from ebana_core.backends import NativeBackend
from ebana_core.errors import DataError, EbanaError, MissingLibraryError, ShapeError
from ebana_core.initializers import RandomUniform
from tests.support.networks import CLIPPED, differential_model, soft_model

pytestmark = pytest.mark.torch


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
        differential_model(2, 1, initializer=RandomUniform(1e-5, 2e-5, *CLIPPED)), differential=True
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


def test_what_does_not_fit_is_named() -> None:
    import torch

    from ebana_core.torch import Circuit

    circuit = Circuit(differential_model(2, 1), differential=True)
    with pytest.raises(ShapeError, match=r"\(4, 3\); the circuit takes 2"):
        circuit(torch.ones(4, 3))
    with pytest.raises(DataError, match="nan"):
        circuit(torch.tensor([[float("nan"), 1.0]]))
    with pytest.raises(EbanaError, match="not a differential pair"):
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
