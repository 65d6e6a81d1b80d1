"""What a gate loses where it cancels against its threshold, beside currents with more digits."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import TransistorCrossbarLayer

from ebana_core.arrays import DOUBLE, Array
from ebana_core.circuit.kirchhoff import ROUNDING
from ebana_core.laws import jfet, mosfet
from ebana_core.laws.jfet import jfet_of
from ebana_core.laws.mosfet_numbers import mosfet_of
from ebana_core.laws.terminal_state import TerminalState
from ebana_core.laws.transistor import Transistor
from ebana_core.laws.transistor_branch import TransistorBranch
from ebana_core.zoo.transistors import transistors
from tests.support.exact_transistors import exact_channel

Numbers = Mapping[str, Any]
N = 1500
ALLOWED = ROUNDING * DOUBLE.eps
LEAST = 0.01
"""Share of what is allowed by which the worst of many currents is off: less, and it is too much."""
OFF = -20.0
"""Gate of a channel that carries nothing, V."""
SIZE, WARM = {"w": 1e-4, "l": 1e-5}, 300.15
LEVEL_3 = {"level": 3.0, "vto": 0.7, "gamma": 0.4, "phi": 0.7, "theta": 0.05, "eta": 0.1}
FOUR_TERMINALS = {
    "level 1": mosfet_of({"vto": 0.7, "gamma": 1.0, "phi": 0.95}, 1, SIZE, WARM),
    # The terms of its threshold cancel each other; a gate is as small as what is above it.
    "without a threshold": mosfet_of({"vto": 0.0, "gamma": 1.0, "phi": 0.95}, 1, SIZE, WARM),
    "p channel": mosfet_of({"vto": 0.0, "gamma": 1.0, "phi": 0.95}, -1, SIZE, WARM),
    "level 3": mosfet_of(LEVEL_3, 1, SIZE, WARM),
    "level 3 without a threshold": mosfet_of({**LEVEL_3, "vto": 0.0}, 1, SIZE, WARM),
    "junction": jfet_of({"vto": -2.0, "lambda": 0.01}, 1, {}, WARM),
}


def overdrives(seed: int) -> Array:
    """Return a tenth of a microvolt to a millivolt, V."""
    return 10 ** np.random.default_rng(seed).uniform(-7, -3, N)


def just_above(number: Numbers, ends: Array, bulk: Array) -> Array:
    """Return gates against ground by which n channels are just on, V."""
    low, phi = ends.min(axis=-1), number["phi"]
    forward = bulk - low
    straight = np.maximum(phi**0.5 - forward / (2 * phi**0.5), 0)
    shaped = np.where(forward <= 0, np.sqrt(phi - np.minimum(forward, 0)), straight)
    return np.asarray(low + number["built_in"] + number["gamma"] * shaped + overdrives(2))


def check(state: TerminalState, apart: Array, ends: Array) -> None:
    """Compare errors of currents, A, with what rounding may leave."""
    allowed = ALLOWED * state.rounding(np.abs(ends))
    assert (apart <= allowed).all()
    assert (apart > LEAST * allowed).any()


@pytest.mark.parametrize("channel", ["n", "p"])
@pytest.mark.parametrize("body", ["ground", "drain", "source"])
@pytest.mark.parametrize("reference", ["ground", "drain", "source"])
@pytest.mark.parametrize("gamma", [0.0, 1.09])
def test_a_branch_knows_what_its_gate_lost(
    channel: str, body: str, reference: str, gamma: float
) -> None:
    settings = transistors(body=body, gate_reference=reference)
    settings["model"] = {"type": f"{channel}mos"}
    sign = 1.0 if channel == "n" else -1.0
    settings["param"] = {"vto": 0.75 * sign, "kp": 6e-5, "gamma": gamma, "phi": 0.95, "w": 1e-4}
    layer = TransistorCrossbarLayer(units=1, **{**settings, "lower": -9.0}, initializer=3.0, lr=0.1)
    law = layer.devices(np.zeros(1, int), np.zeros(1, int)).law
    assert isinstance(law, TransistorBranch)
    number, ends = law.mosfet.number, np.random.default_rng(1).uniform(-0.4, 0.5, (N, 2))
    tied = {"ground": np.zeros(N), "drain": ends[:, 0], "source": ends[:, 1]}
    gates = just_above(number, ends, tied[body]) - tied[reference]
    values = {"gate": sign * gates, "vto_offset": np.zeros(N), "kp_factor": np.ones(N)}
    at = (sign * ends)[None]
    state = law.at(at, values)
    beside = law.at(at, {**values, "gate": np.full(N, sign * OFF)}).currents
    own = zip(gates.tolist(), tied[reference].tolist(), ends, tied[body], strict=True)
    expected = sign * np.array(
        [
            float(exact_channel(number, Decimal(g) + Decimal(base), *ends, bulk))
            for g, base, ends, bulk in own
        ]
    )
    apart = state.currents - beside - np.stack([expected, -expected], axis=-1)
    check(state, np.abs(apart), at)


@pytest.mark.parametrize("kind", list(FOUR_TERMINALS))
def test_a_transistor_of_four_terminals_knows_what_its_gate_lost(kind: str) -> None:
    if np.finfo(np.longdouble).eps > DOUBLE.eps / 1000:
        pytest.skip("this platform has no floating type with more digits")
    law = FOUR_TERMINALS[kind]
    drain, source, gate = (
        (jfet.D1, jfet.S1, jfet.G) if kind == "junction" else (mosfet.D1, mosfet.S1, mosfet.G)
    )
    voltages = np.zeros((N, law.n_terminals))
    low = np.random.default_rng(3).uniform(0, 1e-6, N)
    voltages[:, source], voltages[:, drain] = low, low + np.random.default_rng(4).uniform(0, 1, N)
    voltages[:, gate] = edge(law, voltages, drain, gate) + overdrives(5)
    voltages *= law.sign
    found, exact = (law.at(own) for own in (voltages, voltages.astype(np.longdouble)))
    apart = np.abs(found[0] - exact[0])[:, [drain, source]].astype(float)
    allowed = ALLOWED * TerminalState(*found).rounding(np.abs(voltages))[:, [drain, source]]
    assert (apart <= allowed).all()


def edge(law: Transistor, voltages: Array, drain: int, gate: int) -> Array:
    """Return the gates at which n channels begin to conduct, V, by bisection."""
    below, above = np.full(N, -5.0), np.full(N, 5.0)
    for _ in range(60):
        voltages[:, gate] = middle = (below + above) / 2
        is_on = law.at(law.sign * voltages)[2][:, drain, gate] != 0
        below, above = np.where(is_on, below, middle), np.where(is_on, middle, above)
    return above
