"""What every pair of effects must leave alone, with open pulses, verified ones, and none."""

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ebana_memristor import (
    Cell,
    Cells,
    ConductanceSpread,
    DeviceSpread,
    Drift,
    Effect,
    Exponential,
    GapDynamics,
    Linear,
    LinearPulses,
    Measured,
    MeasuredPulses,
    MemristorLayer,
    MissedTargetWarning,
    NonlinearPulses,
    PulseNoise,
    PulseResponse,
    Pulses,
    Quantised,
    ReadDisturb,
    ReadNoise,
    Sinh,
    SoftBounds,
    Stanford,
    StuckCells,
    Wires,
    WriteNoise,
    age,
)

from ebana_core import Model, Run, losses, optimizers
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import ParameterError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, InputVoltageLayer
from ebana_core.metrics import Metrics
from ebana_core.rules import EquilibriumPropagation

EFFECTS: Mapping[str, Effect] = {
    "DeviceSpread": DeviceSpread(0.3),
    "ConductanceSpread": ConductanceSpread(0.2),
    "StuckCells": StuckCells(low=0.2, high=0.2),
    "PulseNoise": PulseNoise(0.2),
    "WriteNoise": WriteNoise(0.01),
    "ReadNoise": ReadNoise(0.05),
    "Quantised": Quantised(33),
    "QuantisedAtRandom": Quantised(33, stochastic=True),
    "Drift": Drift(exponent=0.1),
}
KINDS: Mapping[str, tuple[Cell, PulseResponse]] = {
    "linear": (Linear(), LinearPulses(n_states=60)),
    "sinh": (Sinh(), Exponential(n_states=60)),
    "soft": (Linear(), SoftBounds(n_states=60)),
    "nonlinear": (Linear(), NonlinearPulses(n_states=60, up=2.0, down=-1.0)),
    "stanford": (Stanford(), GapDynamics()),
    "measured": (
        Measured(voltages=[-1, 1, 2], currents=[-1e-5, 1e-5, 4e-5], window=(1e-6, 9e-6)),
        MeasuredPulses(up=[1e-6, 4e-6, 7e-6, 9e-6], down=[9e-6, 5e-6, 2e-6, 1e-6]),
    ),
}
PAIRS = [
    pair
    for one, other in combinations(EFFECTS, 2)
    if "Quantised" not in one or "Quantised" not in other
    for pair in ((one, other), (other, one))
]
PROGRAMMING = ("none", "open", "verified")


def network(kind: str, effects: Any, programming: str = "open", **settings: Any) -> Model:
    cell, response = KINDS[kind]
    verify = programming == "verified"
    # A gap may take hundreds of pulses, each of a few milliseconds.
    given_pulses: Any = {"write_verify": verify, "max_pulses": 60 if kind == "stanford" else None}
    pulses = None if programming == "none" else Pulses(response=response, **given_pulses)
    given = {"initializer": RandomUniform(*cell.window), "lr": 1e-9, **settings}
    given |= {"cell": cell, "pulses": pulses, "effects": effects}
    x = InputVoltageLayer(units=5, name="x")
    layer = MemristorLayer(name="m", units=4, **given)(x)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y")(layer)], seed=3)


def state_of(model: Model) -> str:
    return next(name for name in model.parameters if name in ("m.conductance", "m.gap"))


def wished(model: Model, share: float) -> Any:
    """A wish of a share of the window up in the first column, and of none elsewhere."""
    name, cell = state_of(model), model.layers["m"].cell
    low, high = cell.window
    held = np.array(model.parameters[name])
    x = Cells(cell.window, {}).place(cell.conductance_of(held))
    x[:, 0] = np.clip(x[:, 0] + share, 0, 1)
    goal = np.clip(cell.state_of(np.clip(low + x * (high - low), low, high)), *cell.limits)
    wish = np.zeros_like(held)
    wish[:, 0] = goal[:, 0] - held[:, 0]
    return wish


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


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("spread", [ConductanceSpread(0.5), ReadNoise(0.3)], ids=repr)
def test_readings_that_are_off_by_a_factor_do_not_run_away(kind: str, spread: Effect) -> None:
    """Fifty updates that wish nothing, and fifty that go to and fro: no drift but of pulses.

    A wish and its opposite leave a cell within two steps; a step of these is at most a third.
    """
    model = network(kind, [spread], "verified")
    name = state_of(model)
    held = start = np.array(model.parameters[name])
    for _ in range(50):
        held, report = model.programmed(name, held, np.zeros_like(held))
        assert report["m.pulses_up"] == report["m.pulses_down"] == report["m.reads"] == 0
    assert np.array_equal(held, start)


def test_verified_cells_of_a_spread_change_by_what_is_wished() -> None:
    """Within half a step of the response, seen through the cell's own factor."""
    model = network("linear", [ConductanceSpread(0.4)], "verified")
    name, factor = "m.conductance", model.parameters["m.conductance_factor"]
    held, step = np.full((5, 4), 5e-5), 9.9e-5 / 60
    wish = np.full((5, 4), 6 * step)
    new, report = model.programmed(name, held, wish)
    off = np.abs((new - held) * factor - wish)
    assert (off <= np.maximum(0.5, factor) * step * (1 + 1e-9)).all()
    assert report["m.missed"] == 0


def test_noise_of_readings_is_no_reason_to_move_a_cell() -> None:
    """A hundred updates of one cell leave the others; one draw is the error of its reading."""
    model = network("linear", [ReadNoise(0.05)], "verified")
    held, wish = np.full((5, 4), 3e-5), np.zeros((5, 4))
    wish[2, 1] = 5 * 9.9e-5 / 60
    moves = []
    for _ in range(100):
        new, report = model.programmed("m.conductance", held, wish)
        assert (new != held).sum() == 1
        assert report["m.reads"] == 20 + report["m.pulses_up"] + report["m.pulses_down"]
        moves.append((new[2, 1] - 3e-5) / wish[2, 1])
    assert np.std(moves) <= 0.15, "5 % of a reading would be 18 % of this wish, 26 % of two"


def test_who_misses_is_counted_and_said_once() -> None:
    model = network("linear", [], "verified")
    layer = model.layers["m"]
    assert layer.pulses.most == 2 * 54, "nine tenths of 60 pulses, twice"
    short = MemristorLayer(
        name="short",
        units=1,
        initializer=RandomUniform(*Linear().window),
        pulses=Pulses(response=LinearPulses(n_states=5000), max_pulses=100),
    )
    values = np.full((3, 1), 2e-5)
    with pytest.warns(MissedTargetWarning, match="'short.missed'") as caught:
        _, report = short.program(
            "conductance", values, 0 * values + 3e-5, np.random.default_rng(0), {}
        )
    assert len(caught) == 1
    assert report["missed"] == 3


@pytest.mark.parametrize("n_states", [2, 100, 5000])
@pytest.mark.parametrize("verify", [False, True])
def test_devices_of_many_states_do_not_stall(n_states: int, verify: bool) -> None:
    layer = MemristorLayer(
        name="m",
        units=1,
        initializer=RandomUniform(*Linear().window),
        pulses=Pulses(response=LinearPulses(n_states=n_states), write_verify=verify),
    )
    low, high = Linear().window
    new, report = layer.program(
        "conductance", np.array([[low]]), np.array([[high - low]]), np.random.default_rng(0), {}
    )
    assert new[0, 0] == pytest.approx(high, abs=0.5 * (high - low) / n_states)
    assert report["missed"] == 0


def test_stuck_cells_are_given_up() -> None:
    """After ten pulses that did not move them; they count as missed, and warn nobody."""
    model = network("linear", [StuckCells(low=1.0)], "verified")
    held = model.parameters["m.conductance"]
    new, report = model.programmed("m.conductance", held, np.full_like(held, 5 * 9.9e-5 / 60))
    assert np.array_equal(new, held)
    assert report["m.missed"] == 20
    assert report["m.unmoved"] == 20
    assert report["m.pulses_up"] == 20 * 10


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


def trained(model: Model, n_epochs: int = 3, backend: str = "native", **settings: Any) -> None:
    rng = np.random.default_rng(0)
    data = DataSet({"x": rng.uniform(-0.5, 0.5, (4, 5))}, {"y": rng.uniform(-0.2, 0.2, (4, 2))})
    model.fit(
        BatchGenerator(data, batch_size=2),
        losses.MSE(0.0),
        optimizers.Adam(model),
        epochs=n_epochs,
        rule=EquilibriumPropagation(1e-8),
        metrics=Metrics(model, verbose=False),
        backend=backend,
        **settings,
    )


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


@pytest.mark.filterwarnings("ignore::ebana_memristor.MissedTargetWarning")
def test_reads_disturb_stanford_cells_by_their_own_dynamics() -> None:
    cell = Stanford()
    disturb = ReadDisturb(voltage=1.2, duration=1e-9)
    model = network("stanford", [disturb], "verified")
    held = np.array(model.parameters["m.gap"])
    new, report = model.programmed("m.gap", held, wished(model, 0.2))
    once = cell.model.moved(held[:, 1:], 1.2, 1e-9)
    assert report["m.reads"] > 20
    assert new[:, 1:] == pytest.approx(once, rel=1e-9, abs=0)
    assert (new[:, 1:] < held[:, 1:]).any()
    idle, _ = model.programmed("m.gap", held, np.zeros_like(held))
    assert np.array_equal(idle, held)
    with pytest.raises(ParameterError, match="ReadDisturb"):
        network("linear", [disturb], "verified")


@pytest.mark.filterwarnings("ignore::ebana_memristor.MissedTargetWarning")
def test_reads_below_the_threshold_disturb_nothing() -> None:
    """F_min*tox/gamma0 = 1.05 V: below it no cell moves, however long it is read."""
    model = network("stanford", [ReadDisturb(voltage=1.04, duration=1.0)], "verified")
    held = np.array(model.parameters["m.gap"])
    new, _ = model.programmed("m.gap", held, wished(model, 0.2))
    assert np.array_equal(new[:, 1:], held[:, 1:])


@pytest.mark.filterwarnings("ignore::ebana_memristor.MissedTargetWarning")
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (3, 1)])
@pytest.mark.parametrize("kind", list(KINDS))
def test_odd_sizes_are_programmed(kind: str, shape: tuple[int, int]) -> None:
    cell, response = KINDS[kind]
    for verify in (False, True):
        layer = MemristorLayer(
            name="m",
            units=shape[1],
            cell=cell,
            initializer=RandomUniform(*cell.window),
            pulses=Pulses(response=response, write_verify=verify),
        )
        name, (low, high) = cell.law.values[0].name, cell.limits
        values = np.full(shape, (low + high) / 2)
        for wish in (0.0, 1.0, -1.0):
            new, report = layer.program(
                name, values, values * 0 + wish, np.random.default_rng(0), {}
            )
            assert new.shape == shape
            assert (low <= new).all()
            assert (new <= high).all()
            assert np.isfinite(list(report.values())).all()
