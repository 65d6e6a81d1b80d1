"""Transistors in blocks: the law of one transistor, in compiled code that takes several at once."""

import numpy as np
import pytest
from ebana_diode_mos import TransistorCrossbarLayer

from ebana_core.laws.transistor_branch import TransistorBranch
from ebana_core.zoo.transistors import transistors

at = pytest.importorskip("ebana_core.backends.native.solvers.branch_blocks")
numba_kernel = pytest.importorskip("ebana_core.backends.native.solvers.branch_kernel")
junctions = pytest.importorskip("ebana_core.backends.native.solvers.junction_kernel")

N = 40
"""More than one block, and not a whole number of them."""


def law(**settings: object) -> TransistorBranch:
    layer = TransistorCrossbarLayer(units=1, initializer=3.0, lr=0.1, **transistors(**settings))
    found = layer.devices(np.zeros(1, int), np.zeros(1, int)).law.with_gmin(1e-8).with_shunt(1e-9)
    assert isinstance(found, TransistorBranch)
    return found


def of_lanes(blocks: np.ndarray, first: int) -> np.ndarray:
    """Return the numbers of one kind, of the transistors of the test."""
    return blocks[:, first : first + at.LANES].ravel()[:N]


@pytest.mark.parametrize("body", ["ground", "drain", "source", "floating"])
@pytest.mark.parametrize("reference", ["ground", "drain", "source"])
@pytest.mark.parametrize("resistance", [0.0, 10.0])
def test_blocks_find_what_the_law_says(body: str, reference: str, resistance: float) -> None:
    rng = np.random.default_rng(len(body) + len(reference))
    own = law(body=body, gate_reference=reference, body_resistance=resistance)
    ends = rng.uniform(-0.3, 0.6, (N, 2))
    values = {
        "gate": rng.uniform(0.5, 4.5, N),
        "vto_offset": rng.normal(0, 0.01, N),
        "kp_factor": rng.normal(1, 0.005, N),
    }
    table, lanes = own.branch_table(values, N), rng.permutation(N)
    blocks = at.in_blocks(table.numbers, table.ties, lanes)
    at.set_gates(blocks, lanes, table.gates)
    for k, first in enumerate((at.TO_HEAD, at.TO_TAIL)):
        blocks[lanes // at.LANES, first + lanes % at.LANES] = ends[:, k]
    for count in range(30):
        for block in blocks:
            numba_kernel.evaluate(block, count == 0)
    # One lane by itself does what its block does.
    alone = blocks[0].copy()
    numba_kernel.evaluate(blocks[0], False)
    numba_kernel.evaluate_one(alone, 3)
    for first in range(3, at.WIDTH, at.LANES):
        assert alone[first] == pytest.approx(blocks[0, first], rel=1e-12, abs=1e-15)
    assert of_lanes(blocks, at.UNSETTLED).max() < 1e-12
    expected = own.at(ends, values)
    by_end = expected.slopes.dense()
    for k, first in enumerate((at.AT_HEAD, at.AT_TAIL)):
        found = of_lanes(blocks, first)[lanes]
        assert found == pytest.approx(expected.currents[:, k], rel=1e-11, abs=1e-17)
    slopes = (at.HEAD_BY_HEAD, at.HEAD_BY_TAIL, at.TAIL_BY_HEAD, at.TAIL_BY_TAIL)
    for k, first in enumerate(slopes):
        found = of_lanes(blocks, first)[lanes]
        assert found == pytest.approx(by_end[:, k // 2, k % 2], rel=1e-9, abs=1e-14)


def test_open_lanes_carry_nothing() -> None:
    blocks = at.in_blocks(np.zeros((0, 17)), np.zeros((0, 2), int), np.zeros(0, int))
    assert blocks.shape == (0, at.WIDTH)
    table = law().branch_table({"gate": 3.0, "vto_offset": 0.0, "kp_factor": 1.0}, 1)
    (block,) = at.in_blocks(table.numbers, table.ties, np.zeros(1, int))
    block[at.TO_HEAD : at.TO_HEAD + at.LANES] = 0.3
    numba_kernel.evaluate(block, True)
    for first in (at.AT_HEAD, at.AT_TAIL, at.HEAD_BY_HEAD, at.TAIL_BY_TAIL, at.UNSETTLED):
        assert not block[first + 1 : first + at.LANES].any()


def test_a_junction_without_branches_is_that_with_them() -> None:
    edge = -3 * 0.0258
    drops = [*np.linspace(-0.5, 1.0, 400), *(edge + np.linspace(-3e-7, 3e-7, 13)), 0.0, 1e-20, 9.0]
    for drop in drops:
        found = junctions.flat_diffusion(drop, 1e-14, 0.0258)
        expected = junctions.diffusion(drop, 1e-14, 0.0258, False)
        assert found == pytest.approx(expected, rel=1e-14, abs=1e-40), drop


def test_exponentials_without_branches_keep_all_digits() -> None:
    exponents = [*np.linspace(-3, 300, 500), *np.logspace(-300, 0, 50), *-np.logspace(-300, 0, 50)]
    for u in exponents:
        assert junctions.less_one(u) == pytest.approx(np.expm1(u), rel=5e-16, abs=0.0), u
