"""Sparse factors at pivots that are chosen once."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from ebana_core.backends.factors import Pattern, Planned, factors_of
from ebana_core.laws.slopes import Incidence, SlopePlaces, Slopes, slopes_of

kernel = pytest.importorskip("ebana_core.backends.factors.kernel")


def pattern_of(dense: np.ndarray) -> Pattern:
    rows, columns = np.nonzero(dense)
    return Pattern(rows, columns, dense.shape)


def entries_of(pattern: Pattern, dense: np.ndarray) -> np.ndarray:
    return dense[pattern.rows, pattern.columns]


def drawn(n: int, seed: int) -> np.ndarray:
    """Return a matrix as circuits have: conductances, and currents with nothing on the diagonal."""
    rng = np.random.default_rng(seed)
    n_nodes = 3 * n // 4
    dense = np.zeros((n, n))
    for _ in range(2 * n):
        a, b = rng.integers(0, n_nodes, 2)
        g = rng.uniform(0.1, 1)
        dense[[a, b], [a, b]] += g
        dense[[a, b], [b, a]] -= g
    # A node each: two sources at one node would be singular.
    for k, node in zip(range(n_nodes, n), rng.permutation(n_nodes), strict=False):
        dense[k, node] += 1
        dense[node, k] += 1
        dense[k, k] -= rng.choice([0.0, 0.5])
    np.einsum("ii->i", dense[:n_nodes, :n_nodes])[...] += 0.1
    return dense


def test_factors_solve_and_tell_the_sign_of_the_determinant() -> None:
    found_signs = set()
    for seed in range(10):
        n = 36 + seed
        dense = drawn(n, seed)
        pattern = pattern_of(dense)
        factors = factors_of(csr_array(dense))
        assert factors is not None
        batch = entries_of(pattern, dense) * np.array([[1.0], [-2.0]])
        planned = Planned(pattern, factors, batch)
        right = np.random.default_rng(seed).uniform(-1, 1, (2, n))
        x = right.copy()
        planned.solve(x)
        assert not planned.refine(x, right).any()
        expected = np.linalg.solve(dense, right.T).T / np.array([[1.0], [-2.0]])
        # Conditions up to 50 (times epsilon: 1e-14), and one step of refinement.
        assert x == pytest.approx(expected, rel=1e-12, abs=1e-12)
        sign = np.linalg.slogdet(dense)[0]
        assert planned.signs().tolist() == [sign, sign * (-1) ** n]  # n rows change sign
        found_signs.add((sign, factors.sign))
    assert len(found_signs) == 4  # of determinants, and of permutations of their rows


def test_the_last_rows_are_factored_anew_by_themselves() -> None:
    dense = drawn(40, 1)
    dense += dense.T
    factors = factors_of(csr_array(dense))
    assert factors is not None
    pattern, start = factors.pattern, 37
    assert (factors.ends - np.arange(40)).max() > 4  # rows that are taken together
    old, changed = np.zeros((2, len(factors.indices)))
    rows, columns = np.nonzero(dense)
    old[factors.entries] = changed[factors.entries] = dense[rows, columns]
    first = factors.pointers[start]
    changed[first:] *= 1.5
    kept, work = old.copy(), np.empty(40)
    assert kernel.factor(kept, pattern, work)
    kept[first:] = changed[first:]
    assert kernel.factor_from(start, kept, pattern, work)
    assert kernel.factor(changed, pattern, work)
    assert np.array_equal(kept, changed)
    # A pivot that is zero is told there, too.
    kept[first:] = 0.0
    assert not kernel.factor_from(start, kept, pattern, work)


def test_equations_of_one_unknown_cost_no_fill() -> None:
    n = 30
    dense = np.zeros((2 * n, 2 * n))
    dense[n:, :n] = dense[:n, n:] = np.eye(n)  # a source holds every node
    dense[:n, :n] = 1.0
    factors = factors_of(csr_array(dense))
    assert factors is not None
    assert factors.operations == 0
    assert len(factors.indices) == np.count_nonzero(dense)


def test_bad_pivots_are_told() -> None:
    pattern = pattern_of(np.ones((2, 2)))
    factors = factors_of(csr_array([[2.0, 1.0], [1.0, 2.0]]))
    assert factors is not None
    # Far below its row, yet no zero: what the solution leaves of the equation tells it.
    tiny, right = 1e-20, np.array([[1.0, 2.0]])
    planned = Planned(pattern, factors, np.array([[tiny, 1.0, 1.0, tiny]]))
    x = right.copy()
    planned.solve(x)
    assert len(planned.bad) == 0
    assert planned.refine(x, right).all()
    planned = Planned(pattern, factors, np.array([[0.0, 1.0, 1.0, 0.0]]))
    assert planned.bad.tolist() == [0]


def test_one_step_of_refinement_regains_the_digits_that_a_small_pivot_lost() -> None:
    pattern = pattern_of(np.ones((2, 2)))
    factors = factors_of(csr_array([[2.0, 1.0], [1.0, 2.0]]))
    assert factors is not None
    small, right = 1e-8, np.array([[1.0, 2.0]])
    planned = Planned(pattern, factors, np.array([[small, 1.0, 1.0, 3 * small]]))
    x = right.copy()
    planned.solve(x)
    expected = np.linalg.solve([[small, 1.0], [1.0, 3 * small]], right[0])
    assert np.abs(x - expected).max() > 1e-10  # eight of sixteen digits are lost
    assert not planned.refine(x, right).any()
    assert x[0] == pytest.approx(expected, rel=1e-14, abs=0)


def test_a_singular_structure_has_no_factors() -> None:
    assert factors_of(csr_array([[1.0, 1.0], [1.0, 1.0]])) is None


def test_sparse_slopes_do_what_dense_matrices_do() -> None:
    rng = np.random.default_rng(0)
    n = 12
    dense = np.where(rng.random((n, n)) < 0.2, rng.uniform(-1, 1, (2, 3, n, n)), 0.0)
    rows, columns = np.nonzero(dense[0, 0])
    sparse = Slopes(dense[..., rows, columns], SlopePlaces(rows, columns, n))
    vectors, own = rng.uniform(-1, 1, (2, 3, n)), rng.uniform(0, 1, n)
    for slopes in (sparse, slopes_of(dense)):
        # The same sums in another order: rounding of numbers up to 1.
        def right(found: np.ndarray, expected: np.ndarray) -> None:
            assert found == pytest.approx(expected, rel=1e-12, abs=1e-14)

        right(slopes.dense(), dense)
        right(slopes.times(vectors), (dense @ vectors[..., None])[..., 0])
        transposed = (dense.swapaxes(-1, -2) @ vectors[..., None])[..., 0]
        right(slopes.transposed_times(vectors), transposed)
        right(abs(slopes).column_sums(5), np.abs(dense[..., :5, :]).sum(axis=-2))
        right(slopes.with_diagonal(own).dense(), dense + np.diag(own))


def test_what_is_added_at_ground_goes_nowhere() -> None:
    found = Incidence(np.array([0, -1, 2, 0]), 3).of(np.array([[1.0, np.nan, 3.0, 4.0]]))
    assert found.tolist() == [[5.0, 0.0, 3.0]]
