"""Updates of single samples, clamped or not, are the same whoever solves them."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from ebana_core import Model, losses, optimizers
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.layers import DenseLayer, InputVoltageLayer, SenseLayer
from ebana_core.metrics import Metrics
from ebana_core.rules import DropSquared
from tests.support.networks import INITIALIZER


def fitted(executor: ProcessPoolExecutor | None) -> Model:
    x = InputVoltageLayer(units=3, name="x")
    dense = DenseLayer(units=4, name="d", initializer=INITIALIZER, lr=1e-7)(x)
    model = Model([x], [SenseLayer(name="y", clamp_resistance=1e3)(dense)], seed=0)
    rng = np.random.default_rng(0)
    data = DataSet({"x": rng.normal(size=(8, 3))}, {"y": np.eye(2)[rng.integers(0, 2, 8)]})
    model.fit(
        BatchGenerator(data, batch_size=1),
        losses.Hinge(0.1),
        optimizers.SGD(model),
        epochs=2,
        rule=DropSquared(0.1),
        metrics=Metrics(model, verbose=False),
        executor=executor,
    )
    return model


def test_clamped_updates_of_single_samples_are_the_same_bits_on_workers() -> None:
    here = fitted(None)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as workers:
        there = fitted(workers)
    assert np.array_equal(here.parameters["d.conductance"], there.parameters["d.conductance"])
