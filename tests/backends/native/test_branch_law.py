"""Transistors that are branches in compiled code: what their law says, at any voltages."""

import attrs
import numpy as np
import pytest
from ebana_diode_mos import TransistorCrossbarLayer

from ebana_core.backends.native.terminal_arrays import TerminalArray
from ebana_core.laws.transconductor import Transconductor
from ebana_core.laws.transistor_branch import TransistorBranch
from ebana_core.zoo.transistors import transistors

of = pytest.importorskip("ebana_core.backends.native.solvers.branch_law")

N_DEVICES, N_SAMPLES = 37, 9
"""More than one block, and not a whole number of them."""


def drawn(seed: int, channel: str, **settings: object) -> TerminalArray:
    rng = np.random.default_rng(seed)
    own = transistors(**settings)
    own["model"] = {**own["model"], "type": f"{channel}mos"}
    layer = TransistorCrossbarLayer(units=1, **{**own, "lower": -9.0}, initializer=3.0, lr=0.1)
    law = layer.devices(np.zeros(1, int), np.zeros(1, int)).law.with_gmin(1e-8).with_shunt(1e-9)
    assert isinstance(law, TransistorBranch)
    sign = 1.0 if channel == "n" else -1.0
    values = {
        "gate": sign * rng.uniform(0.5, 4.5, N_DEVICES),
        "vto_offset": rng.normal(0, 0.01, N_DEVICES),
        "kp_factor": np.asarray(1.01),
    }
    nodes = np.tile([1, 2], (N_DEVICES, 1))
    return TerminalArray(law, values, nodes, nodes - 1, np.ones((N_DEVICES, 2)))


@pytest.mark.parametrize("channel", ["n", "p"])
@pytest.mark.parametrize("body", ["ground", "drain", "source", "floating"])
@pytest.mark.parametrize("reference", ["ground", "drain", "source"])
@pytest.mark.parametrize("most", [60, 1])
def test_compiled_code_says_what_the_law_says(
    channel: str, body: str, reference: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it does not find within its steps is left to the law, device by device."""
    monkeypatch.setattr(of, "MOST_STEPS", most)
    array = drawn(len(body) + len(reference), channel, body=body, gate_reference=reference)
    compiled = of.in_compiled_code([array])
    assert compiled is not None
    rng = np.random.default_rng(8)
    # Some far beyond where junctions conduct.
    ends = rng.uniform(-0.6, 0.8, (N_SAMPLES, N_DEVICES, 2))
    ends[:2] *= 20
    expected, found = array.at(ends), compiled[0].at(ends)
    sizes = np.abs(expected.slopes.dense()) @ np.abs(ends)[..., None]
    reach = expected.sizes + sizes[..., 0]
    assert (np.abs(found.currents - expected.currents) <= 1e-12 * reach).all()
    np.testing.assert_allclose(found.slopes.dense(), expected.slopes.dense(), rtol=1e-6, atol=1e-15)
    np.testing.assert_allclose(found.cancelled, expected.cancelled, rtol=1e-6, atol=1e-15)
    again = compiled[0].at(ends[::-1])
    np.testing.assert_array_equal(again.currents[::-1], found.currents)


@pytest.mark.parametrize("channel", ["n", "p"])
@pytest.mark.parametrize("body", ["ground", "floating"])
def test_what_cancels_behind_a_resistance_counts_for_nothing(channel: str, body: str) -> None:
    """Points are judged by what the resistance carries, not by channel and junction."""
    array = drawn(3, channel, body=body)
    compiled = of.in_compiled_code([array])
    assert compiled is not None
    ends = np.random.default_rng(8).uniform(-9, 9, (N_SAMPLES, N_DEVICES, 2))
    sizes, expected = compiled[0].at(ends).sizes, array.at(ends).sizes
    np.testing.assert_allclose(sizes, expected, rtol=1e-6, atol=1e-15)


def test_other_devices_keep_their_laws() -> None:
    array = drawn(0, "n")
    other = attrs.evolve(array, law=Transconductor(), values={"transconductance": np.ones(1)})
    assert of.in_compiled_code([other]) is None
    both = of.in_compiled_code([other, array])
    assert [own.evaluate is None for own in both] == [True, False]
