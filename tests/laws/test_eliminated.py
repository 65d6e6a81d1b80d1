"""Nodes inside of devices give way to their ends as dense algebra says, many devices at once."""

import numpy as np
import pytest

from ebana_core.arrays import Array
from ebana_core.laws.eliminated import at_ends, eliminated, in_a_row

N_DEVICES = 50


def slopes(n: int, rng: np.random.Generator) -> Array:
    """Return slopes between nodes, some of them ten decades apart, as `at_ends` takes them."""
    between = -(10.0 ** rng.uniform(-12, -2, (n, n, N_DEVICES)))
    own = np.arange(n)
    between[own, own] = 0.0
    between[own, own] = -between.sum(axis=0) + 1e-12
    return between


@pytest.mark.parametrize("n", [1, 2, 3])
def test_small_systems_are_solved(n: int) -> None:
    rng = np.random.default_rng(n)
    matrix, right = slopes(n, rng), rng.normal(size=(n, 2, N_DEVICES))
    before = right.copy()
    found = eliminated(matrix, right)
    left = np.einsum("ijd,jcd->icd", matrix, found) - right
    sizes = np.einsum("ijd,jcd->icd", np.abs(matrix), np.abs(found))
    assert np.abs(left).max() <= 1e-14 * sizes.max()
    assert (np.abs(left) <= 1e-13 * sizes).all()
    np.testing.assert_array_equal(right, before)


@pytest.mark.parametrize(
    ("n", "ends"), [(2, ((0,), (1,))), (4, ((0, 2), (1, 3))), (5, ((0, 2), (1, 3)))]
)
def test_amounts_are_those_at_ends_that_nodes_inside_follow(
    n: int, ends: tuple[tuple[int, ...], tuple[int, ...]]
) -> None:
    """Two columns of slopes and one of currents, as the law of a transistor asks for them."""
    rng = np.random.default_rng(n)
    between = slopes(n, rng)
    currents = 1e-3 * rng.normal(size=(n, 1, N_DEVICES))
    columns = np.concatenate([between[:, :2], currents], axis=1)
    found = at_ends(ends, between, columns)
    assert found.shape == (2, 3, N_DEVICES)
    for k in range(N_DEVICES):
        own = np.array([sum(between[node, :, k] for node in nodes) for nodes in ends])
        amounts = np.array([sum(columns[node, :, k] for node in nodes) for nodes in ends])
        back = np.linalg.solve(between[2:, 2:, k], columns[2:, :, k])
        expected = amounts - own[:, 2:] @ back
        np.testing.assert_allclose(found[..., k], expected, rtol=1e-9, atol=1e-14)


def test_devices_of_all_samples_stand_in_a_row() -> None:
    voltages = np.arange(4 * 3 * 2).reshape(4, 3, 2).astype(float)
    ends, each = in_a_row(voltages, {"a": np.asarray(2.0), "b": np.arange(3.0)})
    np.testing.assert_array_equal(ends[7], voltages[2, 1])
    assert each["a"].tolist() == [2.0] * 12
    assert each["b"].tolist() == [0.0, 1.0, 2.0] * 4
