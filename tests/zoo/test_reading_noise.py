"""The critical noise that is read off a curve of errors, and the data sets that it compares."""

import numpy as np
import pytest

from ebana_core.zoo.peters2025 import (
    N_CLASSES,
    N_COMPONENTS,
    SETS,
    VOLTS,
    critical_noise,
    samples_of,
)

NOISES = np.array([1e-3, 1e-2, 1e-1])


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ([10.0, 30.0, 70.0], 10**-1.5),  # half way between two noises, in their logarithm
        ([10.0, 50.0, 70.0], 1e-2),
        ([10.0, 60.0, 40.0], 1e-1),  # learns again at the highest
        ([60.0, 40.0, 80.0], 10**-1.75),
        ([60.0, 70.0, 80.0], 1e-3),
        ([10.0, 11.0, 12.0], 1e-1),
    ],
)
def test_critical_is_the_noise_from_which_on_errors_stay_high(
    errors: list[float], expected: float
) -> None:
    assert critical_noise(NOISES, errors, 50.0) == pytest.approx(expected, rel=1e-12, abs=0)


@pytest.mark.parametrize("name", SETS)
def test_all_sets_fit_one_circuit_and_keep_their_test_samples_apart(name: str) -> None:
    train, test = samples_of(name)
    assert train.outputs is not None
    assert test.outputs is not None
    assert train.inputs["xp"].shape[1] == N_COMPONENTS
    assert np.abs(train.inputs["xp"]).max() <= 2 * VOLTS
    assert train.outputs["y"].shape[1] == N_CLASSES
    classes = np.flatnonzero(train.outputs["y"].any(axis=0))
    assert len(classes) == SETS[name]
    rows = {tuple(row) for row in train.inputs["xp"]}
    assert not any(tuple(row) in rows for row in test.inputs["xp"])
