"""Each node of a block is solved to the rounding of its own currents."""

import math

import numpy as np
import pytest

from ebana_core import Model
from ebana_core.backends import NativeBackend
from ebana_core.laws.mosfet import D1, S1, B, D, G, S
from ebana_core.laws.mosfet_numbers import mosfet_of
from ebana_core.layers import CurrentLayer, InputVoltageLayer, SpiceBlock
from ebana_core.spice import BlockLaw, read_subcircuit
from ebana_core.spice.translation import translate
from tests.support.spice_blocks import body, solved

SLOPE = 10 * 0.025864917007157463
"""N kT/q of the diodes of the pair at 27 °C, V."""
ROWS = np.array([[-0.15, 0.65], [-0.25, 0.5], [0.1, 0.9]])
"""V, behind the ports."""
OVERLOADED = body(
    "d1 a k da",
    "v1 b kb 0",
    "d2 kb k da",
    "i1 k 0 30u",
    "f1 0 t v1 200",
    "rt t 0 1",
    "g1 0 m t 0 1e4",
    "r2 m 0 1e5",
    "g2 q 0 m 0 0.08",
    "r3 q o 30",
    "r4 o 0 10k",
    "d3 z q dd",
    "b1 z 0 v=v(q)-0.13*v(q,o)",
    ".model da d(is=1e-13 n=10)",
    ".model dd d(is=1e-14 n=0.5)",
)
"""A pair of diodes shares a current; beside it an amplifier overloads a diode by far."""


def pair(first: float, second: float) -> list[float]:
    """Return the voltages of two ports behind 10 kΩ whose diodes share 30 µA, by bisection."""

    def excess(current: float) -> float:
        one = first - 1e4 * current - SLOPE * math.log1p(current / 1e-13)
        other = second - 1e4 * (30e-6 - current) - SLOPE * math.log1p((30e-6 - current) / 1e-13)
        return other - one

    low, high = 0.0, 30e-6
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) < 0 else (low, middle)
    return [first - 1e4 * low, second - 1e4 * (30e-6 - low)]


def test_an_overloaded_node_hides_no_other() -> None:
    found = solved(OVERLOADED, NativeBackend(), ROWS)
    for row, voltages in zip(ROWS, found, strict=True):
        # gmin of 1e-15 S beside some microamperes moves the ports by less than a nanovolt.
        assert voltages == pytest.approx(pair(*row), abs=1e-8)


def test_rounding_of_a_node_is_relative_to_what_meets_there() -> None:
    text = body("r1 a b 1k", "r2 x 0 1", "i1 0 x 1meg", "r3 a x2 1k", "r4 x2 0 1k")
    subcircuit = read_subcircuit(text)
    law = BlockLaw(subcircuit, translate(subcircuit, str))
    values = {item.name: np.array(item.default) for item in law.values}
    voltages = np.zeros((1, 1, law.n_terminals))
    place = law.n_outer + law.inner_nodes.index("x")
    voltages[..., place] = 1e6
    rounding = law.at(voltages, values).rounding(np.abs(voltages))[0, 0]
    assert rounding[place] >= 2e6
    assert rounding[law.n_outer + law.inner_nodes.index("x2")] == 0


def test_what_a_gate_loses_in_a_block_is_what_its_law_says() -> None:
    text = (
        ".subckt t d g s b\nm1 d g s b mod w=100u l=10u\n"
        ".model mod nmos(vto=0.7 gamma=0.4 kp=1e-4)\n.ends\n"
    )
    card = {"vto": 0.7, "gamma": 0.4, "kp": 1e-4}
    alone = mosfet_of(card, 1, {"w": 1e-4, "l": 1e-5}, 300.15)
    subcircuit = read_subcircuit(text)
    law = BlockLaw(subcircuit, translate(subcircuit, str))
    at = np.array([0.3, 0.7 + 1e-6, 0.0, 0.0])  # drain, gate, source, bulk
    # Ports, the nodes inside that stand at them, and the currents between both.
    found = law.at(np.hstack([at, at, 0 * at])[None, None], {}).cancelled[0, 0, 4:8]
    *_, cancelled = alone.at(at[[D, G, S, B, D, S]][None])
    assert found == pytest.approx(cancelled[0, [D1, G, S1, B]], rel=1e-9, abs=0)
    assert found[D] > 0


def test_a_floating_transistor_between_milliohms_keeps_its_mean_voltage() -> None:
    text = (
        ".subckt t c b e\nq1 c b e m\n"
        ".model m pnp(is=2e-13 bf=300 re=5m rc=0.5 rb=40 vaf=140 ikf=0.8 ise=7e-16)\n.ends\n"
    )
    rows = np.random.default_rng(0).uniform(-5, 5, (40, 3))
    x = InputVoltageLayer(units=3, name="x", source_resistance=1e6)
    pair = SpiceBlock(name="q", subcircuit=text, inputs=("c", "b", "e"))(x)
    model = Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(pair)])
    found = model.operating_points({"x": rows}).at("q")
    # What one terminal takes the others give, but for what gmin takes to the substrate at
    # ground: 10 V * 1e-15 S * 1e6 ohms.
    assert found.mean(axis=1) == pytest.approx(rows.mean(axis=1), abs=1e-8)
