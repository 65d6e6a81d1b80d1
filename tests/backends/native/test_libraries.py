"""The embedded solver on PyTorch and in float32 finds what it finds on NumPy in float64."""

import itertools
from typing import Any

import numpy as np
import pytest

from ebana_core import losses, optimizers
from ebana_core.arrays import Array
from ebana_core.backends import NativeBackend
from ebana_core.backends.native.array_library import ArrayLibrary
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.execution.packing import packed, unpacked
from ebana_core.metrics import Metrics
from ebana_core.rules import EquilibriumPropagation, Samples
from tests.support.libraries import (
    N_SAMPLES,
    NETWORKS,
    NUMPY,
    OTHERS,
    STANDARD_SINGLE,
    TORCH,
    samples,
)
from tests.support.networks import layered_model

RULE = EquilibriumPropagation(1e-8, variant="centered")

SINGLE_ERRORS = {"ideal, by iterations": 1e-3}
"""Relative errors of float32 gradients where drops are 1e-4 V between nodes at 0.2 V, so that 6e-8
of the voltages is 1e-4 of the drops."""


def worst(found: dict[str, Array], expected: dict[str, Array]) -> float:
    """Return the largest difference relative to the largest entry, over all arrays."""
    return max(
        float(np.abs(found[name] - expected[name]).max() / np.abs(expected[name]).max())
        for name in expected
    )


@pytest.mark.filterwarnings("ignore::ebana_core.rules.ReciprocityWarning")
@pytest.mark.parametrize("backend", OTHERS, ids=str)
@pytest.mark.parametrize("name", NETWORKS)
def test_every_library_finds_the_same_points_and_gradients(
    name: str, backend: NativeBackend
) -> None:
    model = NETWORKS[name]()
    data = samples(model)
    nudge = {"y": np.full((N_SAMPLES, model.network.shapes["y"][0]), 1e-8)}
    reference = model.operating_points(data.inputs, NUMPY, nudge=nudge)
    gradients = model.gradients(data, losses.MSE(None), RULE, NUMPY)
    is_double = backend.dtype == "float64"
    points = model.operating_points(data.inputs, backend, nudge=nudge)
    assert points.voltages.dtype == backend.dtype
    close = 1e-12 if is_double else 1e-5
    assert points.voltages == pytest.approx(reference.voltages, rel=close, abs=close)
    assert points.residual <= (1e-12 if is_double else 1e-5)
    assert points.power_balance <= (1e-12 if is_double else 1e-5)
    found = model.gradients(data, losses.MSE(None), RULE, backend)
    assert worst(found, gradients) <= (1e-10 if is_double else SINGLE_ERRORS.get(name, 1e-4))


@pytest.mark.parametrize("name", ["amplified", "ideal", "coupled"])
def test_the_standard_alone_does_for_float32(name: str) -> None:
    test_every_library_finds_the_same_points_and_gradients(name, STANDARD_SINGLE)


@pytest.mark.parametrize("backend", OTHERS, ids=str)
def test_values_of_devices_have_the_same_gradients(backend: NativeBackend) -> None:
    model = NETWORKS["behavioral"]()
    rule = EquilibriumPropagation(1e-8)
    data = samples(model)
    simulator, parameters = model.simulator(backend), model.parameters.snapshot()

    def gradients(simulator: Any) -> dict[str, Array]:
        batch = Samples(
            inputs=data.inputs, targets=dict(data.outputs or {}), losses={"y": losses.MSE(None)}
        )
        names = dict.fromkeys(("down0.VTH", "down0.RON"))
        compiled = model.network.compiled
        return dict(rule.run(simulator, compiled, parameters, batch, names).gradient_sums)

    found, expected = gradients(simulator), gradients(model.simulator(NUMPY))
    assert worst(found, expected) <= (1e-10 if backend.dtype == "float64" else 1e-3)


@pytest.mark.parametrize("backend", OTHERS, ids=str)
def test_results_are_numpys(backend: NativeBackend) -> None:
    model = NETWORKS["amplified"]()
    data = samples(model)
    points = model.operating_points(data.inputs, backend, nudge={"y": np.ones((N_SAMPLES, 1))})
    kept = unpacked(packed(points))
    for array in (
        points.free_voltages,
        points.change,
        points.voltages,
        points.predictions()["y"],
        kept.solved_free,
        kept.solved_change,
        *model.gradients(data, losses.MSE(None), RULE, backend).values(),
        model.predict(data, backend=backend)["y"],
    ):
        assert type(array) is np.ndarray
    assert np.array_equal(kept.change, points.change)


@pytest.mark.parametrize("backend", OTHERS, ids=str)
def test_a_fit_follows_that_of_numpy(backend: NativeBackend) -> None:
    histories = []
    for chosen in (NUMPY, backend):
        model = layered_model((4, 6, 4), (2.0,), seed=3)
        data = samples(model, n=8)
        histories.append(
            model.fit(
                BatchGenerator(DataSet(data.inputs, {"y": data.outputs["y"]}), batch_size=4),
                losses.MSE(None),
                optimizers.Adam(model),
                epochs=3,
                rule=RULE,
                backend=chosen,
                metrics=Metrics(
                    model, verbose=False, save_output_voltages="last", save_power_params="last"
                ),
                seed=0,
            )
        )
    ours, theirs = histories[1], histories[0]
    close = 1e-9 if backend.dtype == "float64" else 1e-4
    assert ours.losses == pytest.approx(theirs.losses, rel=close, abs=0)


@pytest.mark.torch
def test_parameters_travel_once_per_set(monkeypatch: pytest.MonkeyPatch) -> None:
    model = NETWORKS["wide"]()
    data = samples(model, n=600)
    taken: list[tuple[int, ...]] = []
    take = ArrayLibrary.take

    def counted(library: ArrayLibrary, array: Array) -> Array:
        taken.append(array.shape)
        return take(library, array)

    simulator = model.simulator(TORCH)
    monkeypatch.setattr(ArrayLibrary, "take", counted)
    model.gradients(data, losses.MSE(None), RULE, TORCH)  # three shards
    assert taken.count((1570, 100)) == 1
    model.parameters["d1.conductance"] = 1.01 * model.parameters["d1.conductance"]
    model.gradients(data, losses.MSE(None), RULE, TORCH)
    assert taken.count((1570, 100)) == 2
    assert simulator is model.simulator(TORCH)


@pytest.mark.torch
def test_voltages_of_nodes_without_outputs_stay_on_the_device(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import torch

    model = NETWORKS["wide"]()
    data = samples(model)
    brought: list[tuple[int, ...]] = []
    own = torch.Tensor.cpu

    def counted(tensor: Any) -> Any:
        brought.append(tuple(tensor.shape))
        return own(tensor)

    monkeypatch.setattr(torch.Tensor, "cpu", counted)
    model.gradients(data, losses.MSE(None), RULE, TORCH)
    assert set(brought) == {(N_SAMPLES, 5), (1570, 100), (100, 10)}


@pytest.mark.torch
def test_free_phases_of_another_library_can_be_nudged() -> None:
    model = NETWORKS["ideal"]()
    inputs = {"x": samples(model).inputs["x"]}
    nudge = {"y": np.full((N_SAMPLES, 2), 1e-8)}
    parameters = model.parameters.snapshot()
    simulators = [model.simulator(backend) for backend in (NUMPY, TORCH)]
    free = [simulator.operating_points(parameters, inputs) for simulator in simulators]
    expected = simulators[0].operating_points(parameters, inputs, nudge, free[0]).change
    for simulator, start in itertools.product(simulators, free):
        found = simulator.operating_points(parameters, inputs, nudge, start).change
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-18)
