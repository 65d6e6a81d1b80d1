"""What every pair of effects must leave alone, with open pulses, verified ones, and none."""

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ebana_memristor import (
    Drift,
    Linear,
    LinearPulses,
    MemristorLayer,
    Pulses,
    StuckCells,
    Wires,
    WriteNoise,
    age,
)

from ebana_core import Model, Run
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, InputVoltageLayer
from tests.support.programmed import EFFECTS, KINDS, PROGRAMMING, network, state_of, trained, wished

PAIRS = [
    pair
    for one, other in combinations(EFFECTS, 2)
    if "Quantised" not in one or "Quantised" not in other
    for pair in ((one, other), (other, one))
]


def needs_pulses(effects: Any) -> bool:
    return any(effect.acts_on_pulses for effect in effects)


@pytest.mark.filterwarnings("ignore::ebana_memristor.MissedTargetWarning")
@pytest.mark.parametrize("names", PAIRS, ids="+".join)
def test_a_pair_leaves_alone_what_it_must(names: tuple[str, str]) -> None:
    effects = [EFFECTS[name] for name in names]
    for programming in PROGRAMMING:
        if programming == "none" and needs_pulses(effects):
            continue
        for kind in ("linear", "stanford"):
            model = network(kind, effects, programming)
            name, before = state_of(model), model.parameters.snapshot()
            held = before[name]
            # A wish of nothing changes no bit, gives no pulse and reads no cell.
            new, report = model.programmed(name, held, np.zeros_like(held))
            assert np.array_equal(new, held)
            assert not any(report.values())
            # Cells that nobody wished to move keep every bit while others move.
            new, report = model.programmed(name, held, wished(model, 0.3))
            assert np.array_equal(new[:, 1:], held[:, 1:])
            stuck = before.get("m.stuck", np.zeros_like(held)) != 0
            assert np.array_equal(new[stuck], held[stuck])
            assert (new[:, 0] != held[:, 0]).any() or stuck[:, 0].all()
            # What cells have from their making is what it was.
            for own, values in before.items():
                assert np.array_equal(model.parameters[own], values)


@pytest.mark.parametrize("order", [1, -1])
def test_stuck_cells_stay_in_any_order_and_while_they_age(order: int) -> None:
    effects = [StuckCells(low=0.3, high=0.3), WriteNoise(0.1), Drift(exponent=0.3)][::order]
    model = network("linear", effects, "none")
    stuck, held = model.parameters["m.stuck"], model.parameters["m.conductance"]
    low, high = Linear().window
    assert held[stuck < 0] == pytest.approx(low, rel=1e-12, abs=0)
    assert held[stuck > 0] == pytest.approx(high, rel=1e-12, abs=0)
    age(model, 1e5)
    assert np.array_equal(model.parameters["m.conductance"][stuck != 0], held[stuck != 0])


@pytest.mark.filterwarnings("ignore::ebana_memristor.MissedTargetWarning")
@pytest.mark.parametrize("programming", PROGRAMMING)
@pytest.mark.parametrize("kind", list(KINDS))
def test_every_cell_trains_with_everything_at_once(kind: str, programming: str) -> None:
    effects = [e for e in EFFECTS.values() if e != EFFECTS["QuantisedAtRandom"]]
    if programming == "none":
        effects = [effect for effect in effects if not effect.acts_on_pulses]
    cell = KINDS[kind][0]
    lr = 0.02 * (cell.limits[1] - cell.limits[0])
    model = network(kind, effects, programming, lr=lr, wires=Wires(1.0, 1.0))
    before, name = model.parameters.snapshot(), state_of(model)
    trained(model, 2)
    assert not np.array_equal(model.parameters[name], before[name])
    low, high = cell.limits
    assert (model.parameters[name] >= low).all()
    assert (model.parameters[name] <= high).all()
    for own in ("m.stuck", "m.conductance_factor", "m.drift_exponent", "m.age"):
        assert np.array_equal(model.parameters[own], before[own])


@pytest.mark.parametrize("names", [("ReadNoise", "WriteNoise"), ("ConductanceSpread", "Drift")])
def test_frozen_layers_keep_every_bit(names: tuple[str, str]) -> None:
    effects = [EFFECTS[name] for name in names]
    pulses = Pulses(response=LinearPulses(n_states=60), write_verify=True)
    given: Any = {"initializer": RandomUniform(1e-6, 1e-4), "lr": 5e-6, "effects": effects}
    x = InputVoltageLayer(units=5, name="x")
    hidden = MemristorLayer(name="m", units=3, pulses=pulses, **given)(x)
    last = MemristorLayer(name="n", units=4, pulses=pulses, **given)(hidden)
    model = Model(inputs=[x], outputs=[CurrentLayer(name="y")(last)], seed=3)
    model.trainable["m"] = False
    before = model.parameters.snapshot()
    trained(model)
    assert not np.array_equal(model.parameters["n.conductance"], before["n.conductance"])
    for name in before:
        if name.startswith("m."):
            assert np.array_equal(model.parameters[name], before[name])


@pytest.mark.parametrize("effects", [[], ["DeviceSpread"], ["Quantised", "StuckCells"]])
@pytest.mark.parametrize("verify", [False, True])
@pytest.mark.parametrize("kind", ["soft", "stanford", "nonlinear"])
@pytest.mark.filterwarnings("ignore::ebana_memristor.MissedTargetWarning")
def test_recorded_pulses_play_the_run_again(
    tmp_path: Path, kind: str, verify: bool, effects: list[str]
) -> None:
    """To the last bit: a controller that plays them ends where the run did."""
    cell = KINDS[kind][0]
    lr = (0.03 if kind == "stanford" else 0.1) * (cell.limits[1] - cell.limits[0])
    own = [EFFECTS[name] for name in effects]
    model = network(kind, own, "verified" if verify else "open", lr=lr, record_pulses=True)
    trained(model, run=tmp_path / "run.h5")
    name, layer = state_of(model), model.layers["m"]
    with Run.open(tmp_path / "run.h5", probe=False) as run:
        values = run.initial[name]
        others = {full.removeprefix("m."): array for full, array in run.initial.items()}
        first, back, reads = (
            run.recorded(f"programming/m.{what}")[:]
            for what in ("first_pulses", "back_pulses", "cell_reads")
        )
        scores = run.scores
    assert first.shape == (3, 2, 5, 4)
    assert np.abs(first).sum() > 0
    for epoch in range(3):
        for update in range(2):
            counts = first[epoch, update], back[epoch, update], reads[epoch, update]
            values = layer.played(values, *counts, others)
    assert np.array_equal(values, model.parameters[name])
    up = np.maximum(first, 0) + np.maximum(back, 0)
    assert np.array_equal(up.sum(axis=(1, 2, 3)), scores["m.pulses_up"])
    assert np.array_equal(reads.sum(axis=(1, 2, 3)), scores["m.reads"])
