"""Outputs of transistor networks that move no other, each solved by itself."""

import numpy as np
import pytest
from ebana_diode_mos import TransistorNetworkLayer

from ebana_core import Model
from ebana_core.arrays import fixed
from ebana_core.backends import NativeBackend
from ebana_core.backends.native.singles import lanes
from ebana_core.backends.native.singles.lanes import first_blocks, in_own_blocks, owned
from ebana_core.backends.native.singles.samples import SingleSamples
from ebana_core.backends.native.singles.wiring import Wiring
from ebana_core.backends.native.solvers.branch_blocks import LANES
from ebana_core.layers import InputVoltageLayer, SenseLayer

CARD = {"type": "nmos", "vto": 0.7, "gamma": 0.6, "phi": 0.8, "kp": 6e-5, "lambda": 0.1}
SIZES = {"w": 1e-4, "l": 5e-6, "rsh": 60.0, "nrd": 0.4, "nrs": 1.0}
N_INPUTS = LANES + 12
OUTPUTS = [N_INPUTS, N_INPUTS + 1]


def outputs_alone(**settings: object) -> Model:
    """Return two outputs of more transistors than a block has, drains and sources in turn."""
    branches = [(k, end) if k % 3 else (end, k) for end in OUTPUTS for k in range(N_INPUTS)]
    branches.insert(5, (0, 1))  # it joins two inputs, and moves nobody
    rng = np.random.default_rng(0)
    x = InputVoltageLayer(units=N_INPUTS, name="x")
    net = TransistorNetworkLayer(
        name="net",
        branches=branches,
        inputs=list(range(N_INPUTS)),
        outputs=OUTPUTS,
        initializer=rng.uniform(0.5, 4.0, len(branches)),
        lr=0.1,
        **{"model": CARD, "param": SIZES} | settings,
    )(x)
    out = SenseLayer(name="out", fold=False, sense_resistance=1e6, clamp_resistance=50.0)
    return Model([x], [out(net)], seed=0, gmin=1e-8, shunt=1e-9)


CASES = [
    {},
    {"body": "floating"},
    {"body": "source", "gate_reference": "drain"},
    {"body": "drain", "body_resistance": 10.0},
    {"param": {"w": 1e-4, "l": 5e-6}},
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_outputs_alone_are_where_a_method_for_batches_finds_them(case: dict) -> None:
    model = outputs_alone(**case)
    parameters, rng = fixed(model.parameters.snapshot()), np.random.default_rng(2)
    other = model.simulator(NativeBackend(method="terminal_sparse"))
    assert other.through is not None
    assert Wiring(other.compiled).blocks is not None
    singles = SingleSamples(other.compiled)
    for clamped in ([True, True], [False, True]):
        inputs = {"x": rng.uniform(0, 0.5, (1, N_INPUTS))}
        free, expected = (
            singles.free(parameters, inputs),
            other.operating_points(parameters, inputs),
        )
        assert free is not None
        # Both end where rounding is left.
        assert free.node_voltages == pytest.approx(expected.node_voltages, rel=0.0, abs=1e-12)
        assert free.residual <= 1e-12
        goal = np.where(clamped, free.predictions()["out"] + 0.05, np.nan)
        found = singles.clamped(free, goal, parameters)
        assert found is not None
        beside = other.through.points(expected, {"out__sense": goal}, parameters)
        assert found.node_voltages == pytest.approx(beside.node_voltages, rel=0.0, abs=1e-12)
        assert found.residual <= 1e-12
        # What is not clamped stays to the last bit.
        assert found.change is not None
        is_moved = found.change[0, -2:] != 0.0
        assert is_moved.tolist() == clamped


def test_each_output_has_blocks_of_its_own() -> None:
    groups = np.array([7, 3, 3, 9, 7, 3] + [7] * LANES)
    unknowns, of_unknowns = np.array([20, 10]), np.array([7, 3])
    blocks = first_blocks(np.tile(groups, LANES), of_unknowns)
    assert blocks is not None
    assert blocks.tolist() == [0, LANES + 2, LANES + 5]
    own = in_own_blocks(np.tile(groups, LANES), of_unknowns, blocks)
    assert len(set(own.tolist())) == len(own)
    block_of = own // LANES
    of_group = np.tile(groups, LANES)
    assert block_of[of_group == 7].max() < blocks[1] <= block_of[of_group == 3].min()
    assert block_of[of_group == 3].max() < blocks[2] <= block_of[of_group == 9].min()
    ends = np.zeros((2, LANES * (blocks[-1] + 1)), dtype=int)
    ends[0, own[of_group == 3]] = 10
    sides = owned(ends, unknowns, blocks)
    assert np.flatnonzero(sides[0]).tolist() == sorted(own[of_group == 3])
    assert not sides[1].any()


def test_unknowns_that_move_each_other_or_leave_lanes_open_are_solved_together() -> None:
    many = np.repeat([1, 2], LANES)
    assert first_blocks(many, np.array([1, 2])) is not None
    assert first_blocks(many, np.array([1, 1])) is None
    assert lanes.MOST_OPEN < LANES / 2
    assert first_blocks(np.array([1, 1, 2, 2]), np.array([1, 2])) is None
