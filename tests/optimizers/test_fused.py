"""Updates in compiled code are those that NumPy makes array by array, bit by bit."""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ebana_core import Model, optimizers
from ebana_core.errors import DataError, ParameterError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.optimizers import fused
from ebana_core.optimizers.fused import FEWEST, Fused

NAME = "d.conductance"
SHAPE = (373, 11)
STEPS = 6
OPTIMIZERS: dict[str, Callable[[Model], optimizers.Optimizer]] = {
    "steepest": optimizers.SGD,
    "momentum": lambda model: optimizers.SGDMomentum(model, momentum=0.7),
    # An epsilon of the size of the gradients counts.
    "adam": lambda model: optimizers.Adam(model, beta_2=0.9, epsilon=1e-3),
}
each_optimizer = pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS.keys())


def crossbar(
    layer: type[DenseLayer] = DenseLayer, *, n_in: int = SHAPE[0], **settings: Any
) -> Model:
    """Return a crossbar just large enough, by no multiple of what a processor does at a time."""
    given: dict[str, Any] = {
        "lr": lambda step: 3e-7 / step,
        "initializer": RandomUniform(1e-7, 1e-6, 1e-7, 1e-6),
    }
    x = InputVoltageLayer(units=n_in, name="x")
    dense = layer(units=SHAPE[1], name="d", **(given | settings))(x)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(dense)], seed=3)


def trained(
    make: Callable[[Model], optimizers.Optimizer], model: Model, size: float = 1.0
) -> tuple[optimizers.Optimizer, list[bytes]]:
    """Return an optimizer after some steps, and the values and slots after each, bit by bit."""
    optimizer, rng, seen = make(model), np.random.default_rng(5), []
    optimizer.rate_factor = 0.75
    for _ in range(STEPS):
        gradient = size * rng.standard_normal(SHAPE)
        gradient[0, :3] = 0.0
        optimizer.step({NAME: gradient}, scale=1 / 3)
        arrays = [model.parameters[NAME], *optimizer.slots.values()]
        seen.append(b"".join(array.tobytes() for array in arrays))
    return optimizer, seen


def without_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.delitem(sys.modules, "ebana_core.kernels", raising=False)
    monkeypatch.delitem(sys.modules, "ebana_core.optimizers.kernels", raising=False)
    monkeypatch.delattr(optimizers, "kernels", raising=False)
    fused._kernels.cache_clear()


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Return whether each update so far was made in compiled code."""
    taken: list[bool] = []
    update = Fused.update

    def counting(*args: Any) -> Any:
        found = update(*args)
        taken.append(found is not None)
        return found

    monkeypatch.setattr(Fused, "update", counting)
    return taken


@each_optimizer
@pytest.mark.parametrize(
    ("most", "low", "high"),
    [
        (0.5, 1e-7, 1e-6),
        (None, 1e-7, 1e-6),
        (0.5, 1e-7, None),
        (None, 1e-7, None),
        # As layers are by default: half of a conductance above zero stays above zero.
        (0.5, None, None),
    ],
    ids=["limited", "clipped", "limited, no upper", "clipped, no upper", "limited, no bounds"],
)
@pytest.mark.parametrize("size", [1e-3, 1.0, 100.0], ids=["inside", "some at bounds", "far"])
def test_compiled_updates_are_those_of_numpy_to_the_last_bit(
    make: Callable[[Model], optimizers.Optimizer],
    most: float | None,
    low: float | None,
    high: float | None,
    size: float,
    counted: list[bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = RandomUniform(1e-7, 1e-6, low, high)
    _, compiled = trained(make, crossbar(max_relative_step=most, initializer=drawn), size)
    assert counted == STEPS * [True]
    with monkeypatch.context() as patch:
        without_numba(patch)
        _, interpreted = trained(make, crossbar(max_relative_step=most, initializer=drawn), size)
    fused._kernels.cache_clear()
    assert counted == STEPS * [True] + STEPS * [False]
    assert compiled == interpreted


@each_optimizer
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_gradient_that_is_not_finite_is_named_and_changes_nothing(
    make: Callable[[Model], optimizers.Optimizer], value: float
) -> None:
    model = crossbar()
    optimizer, _ = trained(make, model)
    values, slots = model.parameters[NAME], optimizer.slots
    copies = {name: array.copy() for name, array in slots.items()}
    gradient = np.ones(SHAPE)
    gradient[372, 10] = value
    with pytest.raises(DataError, match=r"'d\.conductance' is .*(nan|inf).* at \[372, 10\]"):
        optimizer.step({NAME: gradient})
    assert model.parameters[NAME] is values
    assert optimizer.n_steps == STEPS
    for name, array in optimizer.slots.items():
        assert array.tobytes() == copies[name].tobytes()


def test_a_finite_gradient_whose_change_overflows_is_limited_as_ever(counted: list[bool]) -> None:
    model = crossbar(lr=1e100)
    before = model.parameters[NAME]
    with pytest.warns(RuntimeWarning, match="overflow"):
        optimizers.SGD(model).step({NAME: np.full(SHAPE, -1e250)})
    assert counted == [False]
    assert np.array_equal(model.parameters[NAME], np.minimum(1.5 * before, 1e-6))


class Doubling(DenseLayer):
    """Its devices change by twice what is wished."""

    def program(self, name: str, values: Any, change: Any, rng: Any, others: Any) -> Any:
        return super().program(name, values, 2 * change, rng, others)


@pytest.mark.parametrize(
    "model",
    [
        lambda: crossbar(Doubling),
        lambda: crossbar(weight_update_func=lambda values, change: values + change),
    ],
    ids=["own program", "weight_update_func"],
)
def test_devices_with_a_way_of_their_own_are_asked(
    model: Callable[[], Model], counted: list[bool]
) -> None:
    own = model()
    before = own.parameters[NAME]
    optimizers.SGD(own).step({NAME: np.full(SHAPE, -0.01)})
    assert not counted
    change = (2 if isinstance(own.layers["d"], Doubling) else 1) * 3e-9
    # Rounding of the sum: 1e-6 S keeps 2e-16 of itself, of 3e-9 S that is 1e-13.
    expected = np.minimum(before + change, 1e-6)
    assert own.parameters[NAME] == pytest.approx(expected, rel=1e-13, abs=0)


@pytest.mark.parametrize("compiled", [True, False])
def test_a_gradient_of_float32_makes_changes_that_float32_would_lose(
    compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not compiled:
        without_numba(monkeypatch)
    model = crossbar(lr=1e-16)
    before = model.parameters[NAME]
    optimizers.SGD(model).step({NAME: np.full(SHAPE, -1, dtype=np.float32)})
    fused._kernels.cache_clear()
    # Of 1e-6 S a double keeps 1e-22 S, so of this change a part in a million.
    assert model.parameters[NAME] - before == pytest.approx(1e-16, rel=2e-6, abs=0)


def test_a_gradient_in_another_order_takes_the_way_of_numpy(counted: list[bool]) -> None:
    model, other = crossbar(), crossbar()
    optimizers.SGD(model).step({NAME: np.ones(SHAPE[::-1]).T})
    optimizers.SGD(other).step({NAME: np.ones(SHAPE)})
    assert model.parameters[NAME].tobytes() == other.parameters[NAME].tobytes()
    assert counted == [False, True]


def test_few_values_are_updated_by_numpy_until_more_of_them_have_asked_for_compiled_code(
    counted: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    few, gradient = FEWEST // SHAPE[1], np.ones((FEWEST // SHAPE[1], SHAPE[1]))
    with monkeypatch.context() as patch:
        patch.delitem(sys.modules, fused.KERNELS, raising=False)
        first = crossbar(n_in=few)
        optimizers.SGD(first).step({NAME: gradient})
        assert fused.KERNELS not in sys.modules
    optimizers.SGD(crossbar()).step({NAME: np.ones(SHAPE)})
    second = crossbar(n_in=few)
    optimizers.SGD(second).step({NAME: gradient})
    assert counted == [False, True, True]
    assert first.parameters[NAME].tobytes() == second.parameters[NAME].tobytes()


def test_values_at_an_exclusive_bound_are_named_by_numpy(counted: list[bool]) -> None:
    unbounded = RandomUniform(1e-7, 1e-6)
    model = crossbar(lr=1.0, max_relative_step=None, initializer=unbounded)
    before = model.parameters[NAME]
    gradient = np.zeros(SHAPE)
    gradient[5, 7] = 1.0
    with pytest.raises(ParameterError, match=r"d\.conductance\[5, 7\] is 0\.0 S"):
        optimizers.SGD(model).step({NAME: gradient})
    assert counted == [False]
    assert model.parameters[NAME] is before
