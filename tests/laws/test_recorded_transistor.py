"""The transistor of a published self-learning network carries what ngspice recorded of it."""

import json

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends import NativeBackend
from ebana_core.circuit import GROUND, CircuitBuilder, Input, VoltageSources
from ebana_core.circuit.compiled import compile_circuit
from ebana_core.layers import SpiceBlock
from tests.support.project import ROOT

RECORDED = json.loads((ROOT / "tests" / "data" / "cclln" / "device_points.json").read_text())
CARD = RECORDED["device"]
TEXT = """
.subckt edge d g s b
M1 d g s b n W={W_m!r} L={L_m!r} NRD={NRD!r} NRS={NRS!r}
.model n NMOS(LEVEL=1 VTO={VTO_V!r} GAMMA={GAMMA_sqrtV!r} PHI={PHI_V!r} KP={KP_A_per_V2!r}
+ LAMBDA={LAMBDA_per_V!r} RSH={RSH_ohm_per_square!r} IS={IS_A!r})
.ends
""".lstrip()
GMIN = 1e-8
"""S, of the recording."""


def currents(voltages: Array) -> Array:
    """Return what enters drain, source and bulk, A, at voltages of drain, gate, source, bulk, V."""
    builder = CircuitBuilder(gmin=GMIN)
    nodes = builder.nodes("q", (4,))
    builder.add(
        VoltageSources(name="q", layer="q", heads=nodes, tails=[GROUND] * 4, voltage=Input("q"))
    )
    edge = SpiceBlock(name="e", subcircuit=TEXT.format(**CARD), inputs=("d", "g", "s", "b"))
    edge.build(builder, [nodes])
    builder.present("e", nodes)
    simulator = NativeBackend().compile(compile_circuit(builder.circuit()))
    points = simulator.operating_points({}, {"q": voltages})
    return points.currents("e")["e"][:, [0, 2, 3]]


def test_currents_are_those_that_ngspice_recorded() -> None:
    points = np.array(RECORDED["points"])
    assert len(points) == 212
    voltages, expected = points[:, :4], points[:, 4:]
    error = np.abs(currents(voltages) - expected).max(axis=1)
    # A current through a resistance is a difference of voltages, which both round.
    least = CARD["RSH_ohm_per_square"] * min(CARD["NRD"], CARD["NRS"])
    rounding = 4 * np.finfo(np.float64).eps * np.abs(voltages).max(axis=1) / least
    assert (error <= 1e-12 * np.abs(expected).max(axis=1) + rounding).all()


def test_the_recording_holds_every_region_of_the_law() -> None:
    drain, gate, source, bulk, into_drain, *_ = np.array(RECORDED["points"]).T
    assert (drain > source).any()
    assert (drain < source).any()
    assert (np.abs(into_drain) > 1e-4).any()
    assert (np.abs(into_drain) < 1e-12).any()
    assert (bulk > np.minimum(drain, source) + 0.3).any()
    assert (gate > 5).any()
