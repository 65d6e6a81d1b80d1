"""The adjoint against finite differences, for every kind of value that learning can change."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from ebana_core import Run, losses, optimizers
from ebana_core.data import BatchGenerator
from ebana_core.errors import UnsupportedError
from ebana_core.metrics import Metrics
from ebana_core.rules import (
    Adjoint,
    CoupledLearning,
    EquilibriumPropagation,
    Measurement,
    ep_mult,
)
from tests.physics.test_gradients import samples
from tests.support.circuits import everything
from tests.support.networks import soft_model

BENCH = everything()


@pytest.mark.parametrize("name", sorted(BENCH.parameters))
def test_adjoint_equals_finite_differences(name: str) -> None:
    found, expected = BENCH.gradients(Adjoint(), [name])[name], BENCH.differences(name)
    assert np.abs(expected).max() > 0
    assert np.abs(found - expected).max() <= 1e-6 * np.abs(expected).max()


def test_the_bench_has_devices_in_every_state() -> None:
    points = BENCH.simulator.operating_points(BENCH.parameters, BENCH.samples.inputs)
    assert points.residual <= 1e-12
    assert BENCH.compiled.weights(BENCH.parameters).conflict
    held = np.stack([points.at("y")[:, 2], points.at("a")[:, 0]], axis=1)
    is_at_bound = held == BENCH.parameters["ideal.bound"]
    assert is_at_bound.any(axis=0).all()
    assert not is_at_bound.all(axis=0).any()


def test_a_fit_records_the_only_phase_of_the_adjoint(tmp_path: Path) -> None:
    settings = {name: {"lr": 1e-6} for name in ("d0", "d_out")}
    model = soft_model((3, 4, 4), (2.5,), seed=1, trainable=settings)
    data = samples(model, 1, 6)
    model.fit(
        BatchGenerator(data, batch_size=3),
        losses.MSE(),
        optimizers.SGD(model),
        epochs=2,
        rule=Adjoint(),
        run=tmp_path / "run.h5",
        metrics=Metrics(model, verbose=False, save_output_voltages="last"),
    )
    with Run.open(tmp_path / "run.h5") as run:
        assert [place for place in run.places if "phases" in place] == ["phases/free/voltages"]


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        yield executor


def test_workers_give_the_same_bits(pool: ProcessPoolExecutor) -> None:
    settings = {"d0": {"grad_func": ep_mult}}
    model = soft_model((3, 4, 4), (2.5,), seed=1, trainable=settings)
    data, loss = samples(model, 1, 600), losses.MSE()
    noisy = EquilibriumPropagation(1e-8, measurement=Measurement(noise=1e-6, bits=16, range=2.0))
    for rule in (Adjoint(), CoupledLearning(0.1), noisy):
        here, there = (
            model.gradients(data, loss, rule, executor=executor) for executor in (None, pool)
        )
        for name, gradient in here.items():
            assert (gradient == there[name]).all(), rule


@pytest.mark.ngspice
def test_it_holds_on_the_operating_points_of_ngspice() -> None:
    model = soft_model((3, 4, 4), (2.5,), seed=1)
    data, loss = samples(model, 1), losses.MSE()
    native, reference = (model.gradients(data, loss, Adjoint(), b) for b in ("native", "ngspice"))
    for name, gradient in native.items():
        assert np.abs(gradient - reference[name]).max() <= 1e-9 * np.abs(gradient).max()


def test_a_value_without_a_formula_is_named() -> None:
    bench = everything()
    bench.parameters["strange.value"] = np.ones(2)
    with pytest.raises(UnsupportedError, match=r"\['strange\.value'\]"):
        bench.gradients(Adjoint())
