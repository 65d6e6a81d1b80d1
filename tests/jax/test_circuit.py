"""A circuit as a function of JAX: derivatives, training, bounds, copies, and what is refused."""

import copy
import pickle
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from ebana_core import Model
from ebana_core.errors import EbanaError, MissingLibraryError, ShapeError
from ebana_core.initializers import RandomUniform
from tests.support.networks import CLIPPED, differential_model, layered_model, soft_model

pytestmark = pytest.mark.jax


@pytest.fixture
def _in_float64() -> Iterator[None]:
    import jax

    with jax.enable_x64(True):
        yield


@pytest.mark.parametrize("backend", ["native", pytest.param("ngspice", marks=pytest.mark.ngspice)])
@pytest.mark.usefixtures("_in_float64")
def test_derivatives_of_inputs_and_conductances_pass_the_check_of_jax(backend: str) -> None:
    import jax
    from jax.test_util import check_grads

    from ebana_core.jax import Circuit

    circuit = Circuit(soft_model((3, 4, 4), (2.5,), seed=1), backend=backend)
    x = jax.numpy.array([[0.3, -0.5, 0.8], [-0.9, 0.1, 0.4]])
    parameters = circuit.parameters()
    assert list(parameters) == ["d0.conductance", "d_out.conductance"]
    # Default steps and tolerances of float64.
    check_grads(circuit, (parameters, x), order=1, modes=["rev"])
    check_grads(jax.jit(circuit.__call__), (parameters, x), order=1, modes=["rev"])


@pytest.mark.usefixtures("_in_float64")
def test_derivatives_pass_piecewise_linear_devices_and_differential_inputs() -> None:
    import jax
    from jax.test_util import check_grads

    from ebana_core.jax import Circuit

    circuit = Circuit(layered_model((3, 5, 4, 4), (4.0, 2.0), seed=2))
    x = jax.numpy.linspace(-0.9, 0.8, 12).reshape(4, 3)
    check_grads(circuit, (circuit.parameters(), x), order=1, modes=["rev"])
    pair = Circuit(differential_model(2, 1), differential=True)
    check_grads(pair, (pair.parameters(), x[:, :2]), order=1, modes=["rev"])


@pytest.mark.usefixtures("_in_float64")
def test_outputs_are_the_predictions_of_the_model_in_shape_and_type() -> None:
    import jax
    import jax.numpy as jnp

    from ebana_core.jax import Circuit

    model = differential_model(3, 2)
    circuit = Circuit(model, differential=True)
    parameters, x = circuit.parameters(), np.random.default_rng(0).uniform(-1, 1, (2, 5, 3))
    flat = x.reshape(10, 3)
    expected = model.predict({"xp": flat, "xn": -flat})["y"].reshape(2, 5, 2)
    # The same circuit from conductances that were divided by their unit and multiplied again.
    assert np.abs(circuit(parameters, x) - expected).max() <= 1e-14
    single = circuit(parameters, jnp.asarray(x, jnp.float32))
    assert single.dtype == jnp.float32
    assert np.abs(single - expected).max() <= 1e-6
    mapped = jax.vmap(circuit, (None, 0))(parameters, x[0])
    assert np.abs(mapped - expected[0]).max() <= 1e-14
    slopes = jax.grad(lambda x: circuit(parameters, x).sum())(jnp.asarray(x[0]))
    each = jax.vmap(jax.grad(lambda x: circuit(parameters, x).sum()))(jnp.asarray(x[0]))
    assert np.abs(slopes - each).max() <= 1e-14


def test_backward_solves_no_point_again(monkeypatch: pytest.MonkeyPatch) -> None:
    import jax
    import jax.numpy as jnp

    from ebana_core.jax import Circuit

    circuit, solved = Circuit(differential_model(2, 1), differential=True), []
    solve = Model.operating_points
    monkeypatch.setattr(
        Model, "operating_points", lambda *given, **more: solved.append(1) or solve(*given, **more)
    )
    slope = jax.jit(jax.grad(lambda own, x: circuit(own, x).sum()))
    for volts in (0.5, 0.7):
        slope(circuit.parameters(), jnp.full((1, 2), volts))["d.conductance"].block_until_ready()
    assert len(solved) == 2


def test_values_stop_at_their_bounds_and_come_back_from_them() -> None:
    import jax
    import jax.numpy as jnp

    from ebana_core.jax import Circuit

    circuit = Circuit(differential_model(2, 1), differential=True)
    parameters, x = circuit.parameters(), jnp.array([[1.0, 0.5]])
    far = {name: value + 1e4 * jnp.sign(value - 1) for name, value in parameters.items()}
    values = circuit.values(far)["d.conductance"]
    assert values.min() == pytest.approx(CLIPPED[0], rel=1e-6, abs=0)
    assert values.max() == pytest.approx(CLIPPED[1], rel=1e-6, abs=0)
    # What stands beyond a bound solves as the bound, and has a derivative, to come back.
    back = circuit.project(far)
    assert (circuit(far, x) == circuit(back, x)).all()
    assert all(jax.grad(lambda own: circuit(own, x).sum())(far)["d.conductance"].ravel() != 0)
    assert np.abs(back["d.conductance"]).max() < 1e4
    now = circuit.model(back).parameters["d.conductance"]
    assert now.min() >= CLIPPED[0]
    assert now.max() <= CLIPPED[1]
    assert now == pytest.approx(np.asarray(values), rel=1e-6, abs=0)


def test_copies_hold_everything_and_the_model_stays_as_it_is() -> None:
    import jax.numpy as jnp

    from ebana_core.jax import Circuit

    model = differential_model(2, 1)
    circuit, x = Circuit(model, differential=True), jnp.array([[0.4, -0.2]])
    parameters = circuit.parameters()
    before, siemens = circuit(parameters, x), circuit.values(parameters)["d.conductance"]
    model.parameters["d.conductance"] = model.parameters["d.conductance"][::-1]
    # A model with other values changes neither the first parameters nor their unit.
    circuit.model({name: 1.5 * array for name, array in parameters.items()})
    for twin in (circuit, copy.deepcopy(circuit), pickle.loads(pickle.dumps(circuit))):
        assert (twin(parameters, x) == before).all()
        assert (twin.values(twin.parameters())["d.conductance"] == siemens).all()
        assert repr(twin) == repr(circuit)


def test_what_does_not_fit_is_named() -> None:
    import jax
    import jax.numpy as jnp

    from ebana_core.jax import Circuit

    circuit = Circuit(differential_model(2, 1), differential=True)
    with pytest.raises(ShapeError, match=r"\(4, 3\); the circuit takes 2"):
        circuit(circuit.parameters(), jnp.ones((4, 3)))
    with pytest.raises(jax.errors.JaxRuntimeError, match="'xp' is nan at sample 0"):
        circuit(circuit.parameters(), jnp.array([[jnp.nan, 1.0]])).block_until_ready()
    with pytest.raises(EbanaError, match="not a differential pair"):
        Circuit(soft_model((3, 4, 4), (2.5,), seed=1), differential=True)
    wrong: Any = None
    with pytest.raises(EbanaError, match="model is None"):
        Circuit(wrong)
    lacking = Circuit(differential_model(2, 1, initializer=RandomUniform(1e-6, 1e-5)))
    with pytest.raises(EbanaError, match=r"No parameter 'd.conductance' is given"):
        lacking({}, jnp.ones((1, 4)))


def test_without_jax_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("ebana_core.jax")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(MissingLibraryError) as caught:
        import ebana_core.jax  # noqa: F401
    assert "pip install ebana-core[jax]" in caught.value.fix
