"""What compiled code says of a sample: solved, stable, or that it does not know."""

import numpy as np
from scipy.sparse import csr_array

from ebana_core.arrays import DOUBLE
from ebana_core.backends.factors import factors_of
from ebana_core.backends.native.solvers.limited_kernel import is_rounding
from ebana_core.backends.native.solvers.stability_kernel import stability


def told(matrix: np.ndarray, usual: np.ndarray, mass: np.ndarray) -> float:
    """Return what is told of a matrix at the pivots of the usual one; both have every entry."""
    factors = factors_of(csr_array(usual))
    assert factors is not None
    n, jacobian = len(matrix), np.zeros(len(factors.indices))
    jacobian[factors.entries] = matrix.ravel()
    massive = np.flatnonzero(mass)
    masses = mass[massive], factors.entries[massive * (n + 1)]
    work, x, lu = np.empty(n), np.empty(n), np.empty_like(jacobian)
    return stability(jacobian, lu, masses, factors.pattern, work, x)


def test_the_sign_is_that_of_both_determinants() -> None:
    rng = np.random.default_rng(0)
    # Capacitances, an inductance, which stands as one below zero, and an unknown without either.
    mass = np.array([1e6, 1e6, -1e12, 0.0])
    found, expected = [], []
    for _ in range(40):
        matrix = rng.uniform(-1, 1, (4, 4))
        loaded = matrix + np.abs(matrix).max() * np.diag(mass)
        found.append(told(matrix, matrix, mass))
        expected.append(np.linalg.slogdet(matrix)[0] * np.linalg.slogdet(loaded)[0])
    assert found == expected
    assert set(found) == {-1.0, 1.0}


def test_nothing_is_told_at_bad_pivots() -> None:
    usual, small = np.array([[2.0, 1.0], [1.0, 2.0]]), 1e-20
    bad = np.array([[small, 1.0], [1.0, small]])
    mass = np.array([0.0, 1e6])
    assert told(usual, usual, mass) == 1.0
    assert told(bad, usual, mass) == 0.0


def test_a_sample_is_solved_where_rounding_explains_every_residual() -> None:
    sizes = np.array([1e-3, 1e-9])
    left = DOUBLE.tight * sizes
    assert is_rounding(0.5 * left, sizes)
    for beyond in (2 * left[1], -2 * left[1], np.nan):
        assert not is_rounding(np.array([left[0], beyond]), sizes)
