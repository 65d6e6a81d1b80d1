"""Jacobians of a batch, and what rounding makes of their solutions, against dense matrices."""

import numpy as np
import pytest

from ebana_core.arrays import Array
from ebana_core.backends.native.assembly import Entries, Jacobian, Places, terminal_entries
from ebana_core.backends.native.conditioning import LARGEST, JacobianBlocks, Reach
from ebana_core.backends.native.sparse_linear import Pattern

RNG = np.random.default_rng(0)
N, N_FIRST, N_SAMPLES = 5, 2, 3
ROUNDED = 1e-13
"""Relative error of a few sums and solutions in float64 of well conditioned matrices."""


def jacobian(held: bool) -> Jacobian:
    """Return one whose entries lie between the last three of five unknowns."""
    entries = (
        Entries(RNG.normal(size=(N_SAMPLES, 2)), np.array([2, 4]), np.array([4, 2])),
        # Of two devices at one pair of nodes; another one on the diagonal.
        Entries(RNG.normal(size=(N_SAMPLES, 3)), np.array([3, 3, 4]), np.array([2, 2, 4])),
    )
    is_held = np.eye(N_SAMPLES, N, 1, dtype=bool) if held else None  # another one of each sample
    return Jacobian(RNG.uniform(1, 2, (N_SAMPLES, N)), entries, is_held)


def dense(added: Jacobian, shared: Array) -> Array:
    matrices: Array = np.tile(shared, (N_SAMPLES, 1, 1))
    for sample, matrix in enumerate(matrices):
        matrix += np.diag(added.own[sample])
        for entries in added.entries:
            for k, place in enumerate(zip(entries.rows, entries.columns, strict=True)):
                matrix[place] += entries.amounts[sample, k]
        if added.held is not None:
            matrix[added.held[sample]] = np.eye(len(matrix))[added.held[sample]]
    return matrices


@pytest.mark.parametrize("held", [False, True])
def test_each_sample_adds_its_own_to_what_all_share(held: bool) -> None:
    added, shared = jacobian(held), RNG.normal(size=(N, N))
    flat = np.tile(shared.ravel(), (N_SAMPLES, 1))
    assert added.added_to(flat) == pytest.approx(dense(added, shared), rel=ROUNDED, abs=ROUNDED)


@pytest.mark.parametrize("held", [False, True])
def test_sparse_patterns_hold_the_same(held: bool) -> None:
    added, shared = jacobian(held), RNG.normal(size=(N, N))
    rows, columns = (part.ravel() for part in np.indices((N, N)))

    class Devices:
        """What a pattern asks of devices: between which unknowns they stand."""

        def __init__(self, entries: Entries) -> None:
            self.pairs, self.coupled = (entries.rows, entries.columns), entries.rows

    places = Places(Pattern(rows, columns, (N, N)), [Devices(e) for e in added.entries])
    expected = dense(added, shared)
    for sample in range(N_SAMPLES):
        found = places.jacobian(shared.ravel(), added, sample).toarray()
        assert found == pytest.approx(expected[sample], rel=ROUNDED, abs=ROUNDED)


def test_products_are_those_of_the_matrices_without_bounds() -> None:
    added, vectors = jacobian(held=False), RNG.normal(size=(N_SAMPLES, N))
    expected = np.einsum("sij,sj->si", dense(added, np.zeros((N, N))), vectors)
    assert added.times(vectors) == pytest.approx(expected, rel=ROUNDED, abs=ROUNDED)


def test_parts_are_the_blocks_and_rows_of_the_whole() -> None:
    added = jacobian(held=True)
    nothing = np.zeros((N, N))
    whole, chosen = dense(added, nothing), np.array([2, 3, 4])
    place = np.full(N, -1)
    place[chosen] = [2, 0, 1]
    for part, numbers in (
        (added.rest(N_FIRST), chosen),
        (added.kept(chosen[[1, 2, 0]], place), chosen[[1, 2, 0]]),
    ):
        expected = whole[np.ix_(range(N_SAMPLES), numbers, numbers)]
        size = len(numbers)
        assert np.array_equal(part.added_to(np.zeros((N_SAMPLES, size**2))), expected)
    assert np.array_equal(dense_of(added.of(slice(1, 3))), whole[1:3])


def dense_of(part: Jacobian) -> Array:
    return part.added_to(np.zeros((len(part.own), N**2)))


def test_terminals_that_are_fixed_add_nothing() -> None:
    """Two devices of three terminals, one of them at a source: nine and four entries."""
    places = np.array([[0, 1, 2], [2, N, 3]])
    slopes = RNG.normal(size=(N_SAMPLES, 2, 3, 3))
    found = terminal_entries(places, slopes, N)
    assert found.amounts.shape == (N_SAMPLES, 13)
    expected = np.zeros((N_SAMPLES, N + 1, N + 1))
    for device, own in enumerate(places):
        expected[np.ix_(range(N_SAMPLES), own, own)] += slopes[:, device]
    flat = np.zeros((N_SAMPLES, N**2))
    added = Jacobian(np.zeros((N_SAMPLES, N)), (found,), None).added_to(flat)
    assert added == pytest.approx(expected[:, :N, :N], rel=ROUNDED, abs=ROUNDED)


def blocks(sign: float, *, weak: bool = False) -> tuple[JacobianBlocks, Array]:
    """Return the matrix of a network in blocks, and whole; couplings are resistors' where -1."""
    couplings = RNG.uniform(0.1, 1, (N, N))
    couplings = np.triu(couplings, 1) + np.triu(couplings, 1).T
    couplings[:N_FIRST, :N_FIRST] = 0.0
    own = couplings.sum(axis=1) * (0.3 if weak else 1.5)
    whole = sign * couplings + np.diag(own)
    a, b = slice(N_FIRST), slice(N_FIRST, None)
    return JacobianBlocks(whole[a, a].diagonal(), whole[a, b], whole[b, a], whole[b, b]), whole


@pytest.mark.parametrize(("sign", "weak"), [(-1.0, False), (1.0, True)])
def test_a_bound_of_what_rounding_moves_is_the_inverse_s_size(sign: float, weak: bool) -> None:
    """Exactly where signs tell, as of resistors; where they do not, the matrix is inverted."""
    found, whole = blocks(sign, weak=weak)
    terms = RNG.uniform(1, 2, N)
    expected = np.abs(np.linalg.inv(whole)) @ terms
    assert found.bounded(terms) == pytest.approx(expected, rel=1e-10, abs=0)


def test_couplings_of_the_other_sign_are_bounded_from_above() -> None:
    found, whole = blocks(1.0)
    terms = RNG.uniform(1, 2, N)
    assert (found.bounded(terms) >= np.abs(np.linalg.inv(whole)) @ terms * (1 - ROUNDED)).all()


def test_what_no_voltage_balances_is_moved_without_bound() -> None:
    singular = JacobianBlocks(np.zeros(0), np.zeros((0, 2)), np.zeros((2, 0)), np.full((2, 2), 1.0))
    assert np.isinf(singular.bounded(np.ones(2))).all()


def test_sizes_beside_the_diagonal_and_on_it_are_those_of_the_whole() -> None:
    found, whole = blocks(-1.0)
    sizes, diagonal = RNG.uniform(1, 2, N), np.diag(np.diag(whole))
    beside = np.abs(whole - diagonal) @ sizes
    assert found.beside(sizes) == pytest.approx(beside, rel=ROUNDED, abs=0)
    assert found.diagonal_times(sizes) == pytest.approx(diagonal @ sizes, rel=ROUNDED, abs=0)


@pytest.mark.parametrize(
    ("roundings", "is_too_far"), [(LARGEST, False), (LARGEST * 1.01, True), (np.nan, True)]
)
def test_float32_holds_what_moves_by_few_roundings(roundings: float, is_too_far: bool) -> None:
    assert Reach(roundings, 0, 1e-6).is_too_far is is_too_far
