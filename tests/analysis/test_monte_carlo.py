"""Copies of a network whose devices vary."""

from typing import Any

import numpy as np
import pytest

from ebana_core import Model, losses
from ebana_core.data import DataSet
from ebana_core.errors import ParameterError, ShapeError, UnknownNameError
from tests.support.networks import layered_model

LOSS = losses.MSE(0.0)


@pytest.fixture
def model() -> Model:
    return layered_model([3, 4, 2], [2.0], seed=0)


@pytest.fixture
def data() -> DataSet:
    rng = np.random.default_rng(0)
    return DataSet({"x": rng.uniform(-1, 1, (40, 3))}, {"y": rng.choice([-1.0, 1.0], (40, 1))})


def test_without_variation_every_copy_is_the_network(model: Model, data: DataSet) -> None:
    result = model.monte_carlo(data, LOSS, n=3, seed=1)
    expected = model.evaluate(data, LOSS)
    assert result.losses.tolist() == [expected.loss] * 3
    assert result.nominal.accuracy == expected.accuracy


def test_a_seed_draws_the_same_copies_whatever_else_varies(model: Model, data: DataSet) -> None:
    before = model.parameters.snapshot()
    first = model.monte_carlo(data, LOSS, n=5, variations={"d0.conductance": 0.2}, seed=7)
    again = model.monte_carlo(
        data, LOSS, n=5, variations={"down0.VTH": 0.0, "d0.conductance": 0.2}, seed=7
    )
    assert first.losses.tolist() == again.losses.tolist()
    assert len(set(first.losses.tolist())) == 5
    assert all(model.parameters[name] is value for name, value in before.items())
    assert model.monte_carlo(data, LOSS, n=1).seed >= 0


def test_a_number_is_the_relative_standard_deviation(model: Model, data: DataSet) -> None:
    seen: list[np.ndarray] = []
    original = model.parameters["d0.conductance"]
    simulator = model.simulator()
    solve = simulator.predictions

    def spy(parameters: Any, *rest: Any) -> Any:
        seen.append(parameters["d0.conductance"] / original)
        return solve(parameters, *rest)

    simulator.predictions = spy  # type: ignore[method-assign] # looks at the values
    model.monte_carlo(data, LOSS, n=400, variations={"d0.conductance": 0.3}, seed=0)
    factors = np.array(seen[:400])
    assert factors.mean() == pytest.approx(1.0, abs=0.02)
    assert factors.std() == pytest.approx(0.3, rel=0.05, abs=0)
    assert factors.min() > 0


def test_a_callable_gets_values_and_a_generator(model: Model, data: DataSet) -> None:
    def hotter(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return values + rng.normal(0, 0.05, values.shape)

    result = model.monte_carlo(data, LOSS, n=4, variations={"down0.VTH": hotter}, seed=0)
    assert len(set(result.losses.tolist())) == 4


def test_yield_is_the_share_that_reaches_an_accuracy(model: Model, data: DataSet) -> None:
    result = model.monte_carlo(data, LOSS, n=30, variations={"d0.conductance": 0.8}, seed=3)
    assert result.yield_at(0.0) == 1.0
    median = float(np.median(result.accuracies))
    assert result.yield_at(median) == (result.accuracies >= median).mean()
    assert "30 copies: accuracy" in str(result)


def test_the_plot_shows_every_copy_and_the_network_as_drawn(model: Model, data: DataSet) -> None:
    import matplotlib

    matplotlib.use("Agg")
    result = model.monte_carlo(data, LOSS, n=6, variations={"d0.conductance": 0.5}, seed=3)
    axes = result.plot()
    assert axes.lines[0].get_xdata().tolist() == sorted(result.accuracies.tolist())
    assert axes.lines[1].get_xdata() == [result.nominal.accuracy] * 2
    assert axes.get_xlabel() == "accuracy"


@pytest.mark.ngspice
def test_ngspice_agrees(model: Model, data: DataSet) -> None:
    settings: Any = {"n": 3, "variations": {"d0.conductance": 0.2}, "seed": 5}
    native = model.monte_carlo(data, LOSS, **settings)
    reference = model.monte_carlo(data, LOSS, backend="ngspice", **settings)
    assert native.losses == pytest.approx(reference.losses, rel=1e-8, abs=0)


@pytest.mark.parametrize(
    ("settings", "error", "match"),
    [
        ({"n": 0}, ParameterError, "n is 0"),
        ({"variations": {"d9.conductance": 0.1}}, UnknownNameError, "'d9.conductance'"),
        ({"variations": {"d0.conductance": -0.1}}, ParameterError, "is -0.1"),
        ({"variations": {"d0.conductance": float("nan")}}, ParameterError, "is nan"),
        ({"variations": {"d0.conductance": "big"}}, ParameterError, "'big'"),
        ({"variations": {"d0.conductance": lambda v, _: v[0]}}, ShapeError, r"shape \(4,\)"),
        ({"variations": {"d0.conductance": lambda v, _: -v}}, ParameterError, "of copy 0"),
    ],
)
def test_bad_requests_are_named(
    model: Model, data: DataSet, settings: dict[str, Any], error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        model.monte_carlo(data, LOSS, **settings)


def test_a_share_of_nothing_is_refused(model: Model, data: DataSet) -> None:
    assert not model.parameters["down0.bias_voltage"].any()
    with pytest.raises(ParameterError, match=r"is 0\.1, a share of .* all zero"):
        model.monte_carlo(data, LOSS, n=2, variations={"down0.bias_voltage": 0.1})
    alike = model.monte_carlo(data, LOSS, n=2, variations={"down0.bias_voltage": 0.0}, seed=0)
    assert alike.losses.tolist() == [alike.nominal.loss] * 2
    offsets = {"down0.bias_voltage": lambda v, rng: rng.normal(v, 0.1)}
    apart = model.monte_carlo(data, LOSS, n=2, variations=offsets, seed=0)
    assert len({apart.nominal.loss, *apart.losses.tolist()}) == 3
