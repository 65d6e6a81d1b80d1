"""Gradients that nobody multiplied out make the updates of those that somebody did."""

import pickle
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor

import numpy as np
import pytest

from ebana_core import Model, losses, optimizers
from ebana_core.arrays import Array
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import DataError, ShapeError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.metrics import Metrics
from ebana_core.outer import FEWEST, MOST_TERMS, GradientSums, Outer
from ebana_core.rules import EquilibriumPropagation
from ebana_core.testing.rules import run_rule, samples_of

NAME, SHAPE = "d.conductance", (373, 11)
RULE = EquilibriumPropagation(1e-8, variant="centered")
OPTIMIZERS: dict[str, Callable[[Model], optimizers.Optimizer]] = {
    "steepest": optimizers.SGD,
    "momentum": lambda model: optimizers.SGDMomentum(model, momentum=0.7),
    # An epsilon of the size of the gradients counts.
    "adam": lambda model: optimizers.Adam(model, beta_2=0.9, epsilon=1e-3),
}


def crossbar() -> Model:
    x = InputVoltageLayer(units=SHAPE[0], name="x")
    drawn = RandomUniform(1e-7, 1e-6, 1e-7, 1e-6)
    dense = DenseLayer(units=SHAPE[1], name="d", lr=3e-7, initializer=drawn)(x)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(dense)], seed=3)


def undone(n_terms: int, seed: int = 0) -> Outer:
    rng = np.random.default_rng(seed)
    left, right = (rng.standard_normal((n_terms, n)) for n in SHAPE)
    return Outer(left, right, rng.standard_normal(SHAPE[1]))


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS.keys())
@pytest.mark.parametrize("n_terms", range(1, MOST_TERMS + 1))
def test_updates_are_those_of_the_product(
    make: Callable[[Model], optimizers.Optimizer], n_terms: int
) -> None:
    arrays = []
    for is_done in (False, True):
        model = crossbar()
        optimizer = make(model)
        for step in range(4):
            found = undone(n_terms, step)
            gradients: Mapping[str, Array] = GradientSums({NAME: found})
            optimizer.step({NAME: found.dense()} if is_done else gradients, scale=1 / 3)
        arrays.append([model.parameters[NAME], *optimizer.slots.values()])
    for ours, theirs in zip(*arrays, strict=True):
        # A sum of five terms of size 1, of which little may be left: 1e-15 of 1, after four steps.
        assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-14)


def test_a_number_of_it_that_is_not_finite_is_named_and_changes_nothing() -> None:
    model = crossbar()
    before, found = model.parameters[NAME], undone(MOST_TERMS)
    found.left[2, 372] = np.nan
    with pytest.raises(DataError, match=r"'d\.conductance' is .*nan.* at \[372, 0\]"):
        optimizers.SGD(model).step(GradientSums({NAME: found}))
    assert model.parameters[NAME] is before


def test_one_of_another_shape_is_refused() -> None:
    found = Outer(np.ones((2, 5)), np.ones((2, 11)), np.ones(11))
    with pytest.raises(ShapeError, match=r"shape \(5, 11\), the parameter \(373, 11\)"):
        optimizers.SGD(crossbar()).step(GradientSums({NAME: found}))


def data(n_samples: int) -> DataSet:
    rng = np.random.default_rng(1)
    return DataSet(
        {"x": rng.uniform(-1, 1, (n_samples, SHAPE[0]))},
        {"y": rng.uniform(-1, 1, (n_samples, SHAPE[1]))},
    )


@pytest.mark.parametrize("n_samples", [1, MOST_TERMS, MOST_TERMS + 1])
def test_a_rule_leaves_large_gradients_of_few_samples_undone(n_samples: int) -> None:
    model = crossbar()
    samples = samples_of(model, losses.MSE(None), data(n_samples))
    sums = run_rule(RULE, model, samples).gradient_sums
    assert isinstance(sums, GradientSums)
    assert isinstance(sums.as_found(NAME), Outer) == (n_samples <= MOST_TERMS)
    parts = [
        run_rule(RULE, model, samples.part(slice(k, k + 1))).gradient_sums[NAME]
        for k in range(n_samples)
    ]
    # Of sums of five terms each, relative to the largest.
    assert np.abs(sums[NAME] - sum(parts)).max() <= 1e-14 * np.abs(sums[NAME]).max()
    again = pickle.loads(pickle.dumps(sums))
    assert np.array_equal(again[NAME], sums[NAME])


def fitted(batches: BatchGenerator, executor: Executor | None = None) -> Array:
    model = crossbar()
    model.fit(
        batches,
        losses.MSE(None),
        optimizers.SGD(model),
        epochs=1,
        rule=RULE,
        metrics=Metrics(model, verbose=False),
        executor=executor,
    )
    return model.parameters[NAME]


def test_a_worker_sends_them_back_as_they_are() -> None:
    batches = BatchGenerator(data(2 * MOST_TERMS + 1), batch_size=MOST_TERMS)
    with ThreadPoolExecutor(1) as executor:
        assert np.array_equal(fitted(batches), fitted(batches, executor))


def test_a_fit_is_what_gradients_and_an_optimizer_make_of_its_batches() -> None:
    assert SHAPE[0] * SHAPE[1] >= FEWEST
    other = crossbar()
    batches = BatchGenerator(data(2 * MOST_TERMS + 1), batch_size=MOST_TERMS, shuffle=False)
    optimizer = optimizers.SGD(other)
    for batch in batches.batches(0, 1):
        optimizer.step(other.gradients(batch, losses.MSE(None), RULE))
    # Gradients are sums of five terms, of which a hundredth may be left, and the wish that is made
    # of them may be many times the value.
    assert fitted(batches) == pytest.approx(other.parameters[NAME], rel=1e-11, abs=0)
