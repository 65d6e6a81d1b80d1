"""Transistors among diodes, ideal ones too, and amplifiers: compiled code leads to points."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer, TransistorCrossbarLayer

from ebana_core import Model
from ebana_core.backends import NativeBackend
from ebana_core.backends.native import solvers_at
from ebana_core.backends.native.leader import Led
from ebana_core.backends.native.solvers import branch_among
from ebana_core.backends.native.solvers.branch_among import BranchAmong
from ebana_core.backends.native.solvers.branch_start import BranchStart
from ebana_core.layers import AmplificationLayer, InputVoltageLayer, Layer, SenseLayer
from ebana_core.layers.shunt import ShuntLayer
from ebana_core.zoo.transistors import AROUND, transistors
from tests.support.falling import Falling
from tests.support.laws import law
from tests.support.libraries import Chain

RIGHT = 1e-12
"""Imbalance of a right operating point."""
TABLE = {"voltages": [-1, 0, 0.3, 0.6, 1], "currents": [-1e-6, 0, 1e-6, 5e-5, 1e-3]}
DIODES: dict[str, dict[str, Any]] = {
    "shockley": {"kind": "shockley", "direction": "down"},
    "antiparallel": {"kind": "antiparallel"},
    "behavioral": {"kind": "behavioral", "direction": "up"},
    "ideal upwards": {"kind": "ideal", "direction": "up"},
    "ideal downwards": {"kind": "ideal", "direction": "down"},
    "junctions": {"kind": "real", "direction": "up"},
    "junctions behind resistances": {"kind": "real", "direction": "down", "param": {"RS": 50.0}},
    "transistors as diodes": {"kind": "mos", "direction": "down"},
    "a table": {"kind": "table", "direction": "up", **TABLE},
}
HIDDEN = 4
X = np.random.default_rng(2).uniform(-0.5, 0.9, (9, 4))
NUMPY = NativeBackend(compiled=False)


def amplified(gain: float) -> Layer:
    return AmplificationLayer(name="amp", param={"gain": gain, "shift": 0.1})


def network(*between: Layer, highest: float = 4.5, **ties: Any) -> Model:
    """Return crossbars of transistors around other layers; their gates rise up to `highest`, V."""

    def synapses(name: str, units: int, before: Layer) -> Layer:
        gates = np.linspace(highest / 3, highest, HIDDEN * units).reshape(-1, units)
        own = {**transistors(**ties), "name": name, "initializer": gates, "lr": 1.0}
        return TransistorCrossbarLayer(units=units, **own)(before)

    x = InputVoltageLayer(units=HIDDEN, name="x")
    hidden = synapses("first", HIDDEN, x)
    for layer in between:
        hidden = layer(hidden)
    y = SenseLayer(name="y", fold=False)(synapses("second", 2, hidden))
    return Model([x], [y], seed=0, **AROUND)


@pytest.fixture
def led(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Led]]:
    """What compiled code leads while the test runs: the class, and what it made of samples."""
    found: list[tuple[str, Led]] = []
    for own in (BranchAmong, BranchStart):
        lead = own.lead

        def listed(self: Any, *rest: Any, lead: Any = lead, **settings: Any) -> Led:
            result: Led = lead(self, *rest, **settings)
            found.append((type(self).__name__, result))
            return result

        monkeypatch.setattr(own, "lead", listed)
    return found


def check(model: Model, x: Any = X) -> None:
    """Compare the points with those of a search in NumPy."""
    points = model.operating_points({"x": x})
    expected = model.operating_points({"x": x}, backend=NUMPY)
    assert points.residual <= RIGHT
    assert points.node_voltages == pytest.approx(expected.node_voltages, rel=1e-10, abs=1e-10)


def diodes(kind: str) -> Layer:
    return DiodeLayer(name="diodes", **DIODES[kind])


OTHERS: dict[str, Callable[[], list[Layer]]] = {
    **{kind: partial(lambda kind: [diodes(kind)], kind) for kind in DIODES},
    **{
        f"{kind}, amplified": partial(lambda kind: [diodes(kind), amplified(3.0)], kind)
        for kind in DIODES
    },
    "ideal diodes behind amplifiers": lambda: [amplified(-2.0), diodes("ideal upwards")],
    "pairs from node to node": lambda: [Chain(name="chain")],
    "falling currents": lambda: [Falling(name="falling")],
    "two layers": lambda: [diodes("a table"), Chain(name="chain"), amplified(2.0)],
}


@pytest.mark.parametrize("others", list(OTHERS))
def test_every_sample_is_led_to_its_point(others: str, led: Any) -> None:
    check(network(*OTHERS[others]()))
    (name, found), *rest = led
    assert (name, len(found.left), rest) == ("BranchAmong", 0, [])


class Sticky(ShuntLayer):
    """Devices whose tangents touch at 0.2 V whatever a search asks for."""

    device = "sticky"
    law = law(near=lambda _, drop, before, values: (0 * drop, 0 * drop + 0.2))


class Rounded(ShuntLayer):
    """Devices whose tangents touch where a search asks for, but for rounding."""

    device = "rounded"
    law = law(near=lambda _, drop, before, values: (0 * drop, drop * (1 + 1e-9)))


def test_a_balance_of_tangents_is_no_balance(monkeypatch: pytest.MonkeyPatch, led: Any) -> None:
    monkeypatch.setattr(branch_among, "SHORT", -1.0)
    check(network(Sticky(name="sticky")))
    assert len(led[0][1].left) == len(X)


def test_near_the_end_devices_are_asked_where_their_nodes_are(led: Any) -> None:
    check(network(Rounded(name="rounded")))
    assert len(led[0][1].left) == 0


@pytest.mark.parametrize("ties", [{"body": "floating"}, {"gate_reference": "source"}])
def test_points_are_known_to_be_stable_where_there_may_be_several(ties: Any, led: Any) -> None:
    points = network(diodes("ideal upwards"), **ties).operating_points({"x": X})
    assert points.stability is not None
    assert points.stability.is_stable.all()
    assert led[0][1].is_stable.all()


def test_transistors_behind_amplifiers_are_led_sample_by_sample(led: Any) -> None:
    check(network(amplified(2.5)))
    assert [(name, len(found.left)) for name, found in led] == [("BranchStart", 0)]


@pytest.mark.ngspice
@pytest.mark.parametrize("kind", ["ideal upwards", "junctions behind resistances"])
def test_ngspice_agrees(kind: str) -> None:
    model = network(diodes(kind), amplified(3.0))
    points = model.operating_points({"x": X})
    expected = model.operating_points({"x": X}, backend="ngspice")
    assert points.voltages == pytest.approx(expected.voltages, rel=1e-8, abs=1e-8)


def test_how_many_samples_step_together_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    together = network(diodes("ideal upwards"), amplified(3.0)).operating_points({"x": X})
    monkeypatch.setattr(branch_among, "AT_ONCE", 1)
    alone = network(diodes("ideal upwards"), amplified(3.0)).operating_points({"x": X})
    assert np.array_equal(together.node_voltages, alone.node_voltages)


def test_what_ideal_diodes_carry_is_what_their_nodes_lack(monkeypatch: pytest.MonkeyPatch) -> None:
    lead = BranchAmong.lead
    found: list[Any] = []

    def compared(self: BranchAmong, phase: Any, x: Any, *rest: Any, **settings: Any) -> Led:
        led = lead(self, phase, x, *rest, **settings)
        found.extend([x.copy(), led.carried, *phase.settled(x)])
        return led

    monkeypatch.setattr(BranchAmong, "lead", compared)
    network(diodes("ideal upwards")).operating_points({"x": X})
    x, carried, settled, expected = found
    assert np.array_equal(x, settled)
    assert np.array_equal(carried != 0, expected != 0)
    assert 0 < np.count_nonzero(carried) < carried.size
    assert carried == pytest.approx(expected, rel=1e-10, abs=1e-20)


def test_what_few_steps_do_not_find_is_found_otherwise(
    monkeypatch: pytest.MonkeyPatch, led: Any
) -> None:
    monkeypatch.setattr(branch_among, "MOST_STEPS", 4)
    check(network(diodes("shockley")))
    assert len(led[0][1].left) > 0


def test_what_bounds_hold_needs_pivots_of_its_own(
    monkeypatch: pytest.MonkeyPatch, led: Any
) -> None:
    """Elsewhere a held row would lose its pivot: the interpreted search solves such circuits."""
    monkeypatch.setattr(solvers_at, "has_own_pivots", lambda _: False)
    check(network(diodes("ideal upwards")))
    assert not led
    check(network(diodes("shockley")))
    assert len(led[0][1].left) == 0


def test_who_asks_for_a_method_by_name_gets_it_from_the_start(led: Any) -> None:
    named = NativeBackend(method="multi_terminal")
    points = network(diodes("ideal upwards")).operating_points({"x": X}, backend=named)
    assert points.residual <= RIGHT
    assert not led


def test_the_explanation_says_how_batches_are_led() -> None:
    found = NativeBackend().explain(network(diodes("ideal upwards")))
    assert found.ahead["among"] is None
    said = " ".join(str(found).split())
    assert "Single samples, and clamped phases: as batches: it has nonlinear devices" in said
    assert "Batches: Newton's method in compiled code, step by step" in said
