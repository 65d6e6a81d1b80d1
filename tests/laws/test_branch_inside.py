"""What is inside a transistor that is a branch, hundreds of volts from where junctions conduct."""

import numpy as np
import pytest
from ebana_diode_mos import TransistorCrossbarLayer

from ebana_core.laws.transistor_branch import TransistorBranch
from ebana_core.zoo.transistors import transistors


@pytest.mark.parametrize("body", ["ground", "drain", "source", "floating"])
@pytest.mark.parametrize("resistance", [0.0, 10.0, 1e4, 1e8])
@pytest.mark.parametrize("squares", [0.0, 73.0])
@pytest.mark.parametrize("channel", ["n", "p"])
def test_far_ends_are_followed_in_few_steps(
    body: str, resistance: float, squares: float, channel: str
) -> None:
    settings = transistors(body=body, body_resistance=resistance)
    settings["model"] = {**settings["model"], "type": f"{channel}mos", "rsh": squares}
    layer = TransistorCrossbarLayer(units=1, **{**settings, "lower": -9.0}, initializer=3.0, lr=0.1)
    law = layer.devices(np.zeros(1, int), np.zeros(1, int)).law.with_gmin(1e-8).with_shunt(1e-9)
    assert isinstance(law, TransistorBranch)
    ends = 500.0 * np.array([[1, -1], [-1, 1], [1, 0], [0, 1], [-1, 0], [0, -1]])
    values = dict.fromkeys(("gate", "vto_offset", "kp_factor"), np.ones(6))
    n_steps = 0

    def balance(nodes, rows):  # type: ignore[no-untyped-def]
        nonlocal n_steps
        n_steps += 1
        return law._at_nodes(nodes, {name: own[rows] for name, own in values.items()})

    found = law.inside.settled(ends.T, balance)
    # From the ends themselves, each step took an exponential down by one thermal voltage.
    assert n_steps <= 40
    left = law._at_nodes(found, values)
    assert np.abs(left.currents[2:]).max(initial=0.0) <= 1e-9 * left.sizes.max()


def test_what_cannot_be_found_is_no_number_and_takes_the_others_no_time() -> None:
    settings = transistors(body="floating")
    layer = TransistorCrossbarLayer(units=1, **settings, initializer=3.0, lr=0.1)
    law = layer.devices(np.zeros(1, int), np.zeros(1, int)).law
    assert isinstance(law, TransistorBranch)
    gates = np.array([3.0, np.nan, 3.0])
    values = {"gate": gates, "vto_offset": np.zeros(3), "kp_factor": np.ones(3)}
    n_steps = 0

    def balance(nodes, rows):  # type: ignore[no-untyped-def]
        nonlocal n_steps
        n_steps += 1
        return law._at_nodes(nodes, {name: own[rows] for name, own in values.items()})

    found = law.inside.settled(np.array([[0.5, 0.5, 0.2], [0.1, 0.1, 0.0]]), balance)
    assert np.isnan(found).all(axis=0).tolist() == [False, True, False]
    assert n_steps <= 40


def test_many_branches_are_computed_a_part_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = transistors(body="drain")
    layer = TransistorCrossbarLayer(units=1, **settings, initializer=3.0, lr=0.1)
    law = layer.devices(np.zeros(1, int), np.zeros(1, int)).law
    ends = np.random.default_rng(0).uniform(-0.5, 0.8, (5, 7, 2))
    values = {"gate": np.linspace(1, 4, 7), "vto_offset": np.zeros(1), "kp_factor": np.ones(1)}
    whole, moved = law.at(ends, values), law.sensitivity("gate", ends, values)
    monkeypatch.setattr("ebana_core.laws.transistor_branch.AT_ONCE", 4)
    parts = law.at(ends, values)
    for own, other in (
        (whole.currents, parts.currents),
        (whole.sizes, parts.sizes),
        (whole.cancelled, parts.cancelled),
        (whole.slopes.dense(), parts.slopes.dense()),
        (moved, law.sensitivity("gate", ends, values)),
    ):
        np.testing.assert_allclose(other, own, rtol=1e-12, atol=1e-18)
