"""The rule of squared drops: its clamped phase, its decisions, and what it gives each value."""

from pathlib import Path

import numpy as np
import pytest

from ebana_core import Model, Run, losses, optimizers
from ebana_core.arrays import Array
from ebana_core.backends.clamped import missed
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    DenseLayer,
    InputVoltageLayer,
    SenseLayer,
)
from ebana_core.metrics import Metrics
from ebana_core.rules import DropSquared
from tests.support.sensed_grids import BRANCHES, CLAMP, SENSE, classes, grid


def nodal(model: Model, volts: Array, clamps: Array) -> Array:
    """Return the voltages of nodes 0 to 7 by a dense solve of one sample.

    Args:
        model: A `grid`.
        volts: Of nodes 0, 1, 2.
        clamps: Of the sources at nodes 3 to 6; nan: open.
    """
    matrix, right = np.zeros((8, 8)), np.zeros(8)
    conductances = model.parameters["net.conductance"]
    for (head, tail), g in zip(BRANCHES, conductances, strict=True):
        matrix[[head, head, tail, tail], [head, tail, tail, head]] += [g, -g, g, -g]
    for node, volt in zip((3, 4, 5, 6), clamps, strict=True):
        is_open = np.isnan(volt)
        g = 1 / SENSE if is_open else 1 / CLAMP
        matrix[node, node] += g
        right[node] += 0.0 if is_open else g * volt
    found = np.array([*volts, *np.zeros(5)])
    inner = slice(3, 8)
    found[inner] = np.linalg.solve(matrix[inner, inner], right[inner] - matrix[inner, :3] @ volts)
    return found


def by_hand(model: Model, data: DataSet, moves: Array, mask: Array | None = None) -> Array:
    """Return what the rule should give, from moves of nodes 3 to 6, V; nan: open."""
    heads, tails = np.array(BRANCHES).T
    total = np.zeros(len(BRANCHES))
    for sample, (volts, move) in enumerate(zip(data.inputs["x"], moves, strict=True)):
        free = nodal(model, volts, np.full(4, np.nan))
        clamped = nodal(model, volts, free[3:7] + move)
        if not np.isnan(move).all():
            squares = (clamped[heads] - clamped[tails]) ** 2 - (free[heads] - free[tails]) ** 2
            total += squares if mask is None else squares * mask[sample]
    return total


def moves_of(model: Model, data: DataSet, loss: losses.Loss, nudge: float, *, fold: bool) -> Array:
    assert data.outputs is not None
    moved = loss.clamp(model.predict(data)["out"], data.outputs["out"], nudge)
    if not fold:
        return moved
    return np.stack([moved / 2, -moved / 2], axis=2).reshape(len(moved), -1)


LOSSES = [
    losses.Hinge(0.02),
    losses.SquaredHinge(0.3),
    losses.MSE(),
    losses.CrossEntropyLoss(temperature=0.05),
]


@pytest.mark.parametrize("backend", ["native", "ngspice"])
@pytest.mark.parametrize("fold", [False, True])
@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_the_rule_is_the_difference_of_squared_drops_of_a_dense_solve(
    loss: losses.Loss, fold: bool, backend: str
) -> None:
    model, nudge = grid(fold=fold), 0.1
    data = classes(2 if fold else 4)
    found = model.gradients(data, loss, DropSquared(nudge), backend=backend)["net.conductance"]
    expected = by_hand(model, data, moves_of(model, data, loss, nudge, fold=fold)) / len(data)
    # Voltages of about 1 V round at 1e-15, and their squares likewise.
    assert found == pytest.approx(expected, abs=1e-13)
    assert np.abs(expected).max() > 1e-4


def test_only_devices_at_clamped_nodes_change_where_that_is_asked_for() -> None:
    model, loss = grid(fold=False), losses.Hinge(0.02)
    data = classes(4)
    moves = moves_of(model, data, loss, 0.1, fold=False)
    marked = np.zeros((len(data), 8), dtype=bool)
    marked[:, 3:7] = ~np.isnan(moves)
    heads, tails = np.array(BRANCHES).T
    mask = marked[:, heads] | marked[:, tails]
    found = model.gradients(data, loss, DropSquared(0.1, only_clamped=True))["net.conductance"]
    expected = by_hand(model, data, moves, mask) / len(data)
    assert found == pytest.approx(expected, abs=1e-13)
    assert found != pytest.approx(by_hand(model, data, moves) / len(data), abs=1e-6)


def test_a_crossbar_is_summed_as_its_branches_are() -> None:
    """By matrix products without a mask, branch by branch with one that hides nothing."""
    x = InputVoltageLayer(units=3, name="x")
    init = RandomUniform(1e-3, 1e-2)
    hidden = DenseLayer(units=4, name="d1", initializer=init, lr=1e-3)(x)
    last = DenseLayer(units=4, name="d2", initializer=init, lr=1e-3)(hidden)
    model = Model([x], [SenseLayer(name="out", fold=False)(last)], seed=1)
    data = classes(4)
    whole, masked = (
        model.gradients(data, losses.MSE(), DropSquared(0.1, only_clamped=only))
        for only in (False, True)
    )
    assert whole["d2.conductance"] == pytest.approx(masked["d2.conductance"], rel=1e-10, abs=0)
    assert not masked["d1.conductance"].any()  # no end at an output
    assert whole["d1.conductance"].any()


def test_a_sample_with_its_margin_is_neither_solved_again_nor_learned_from() -> None:
    model = grid(fold=False)
    data = classes(4, n_samples=1)
    scores = model.predict(data)["out"][0]
    winner = DataSet(data.inputs, {"out": np.eye(4)[[int(scores.argmax())]]})
    gap = float(np.sort(scores)[-1] - np.sort(scores)[-2])
    rule, before = DropSquared(0.1), model.parameters.snapshot()
    for margin, n_points in ((gap / 2, 1), (2 * gap, 2)):
        history = fit(model, winner, losses.Hinge(margin), rule)
        assert history[0].n_points == n_points
        is_same = np.array_equal(before["net.conductance"], model.parameters["net.conductance"])
        assert is_same == (n_points == 1)


@pytest.mark.parametrize("kind", [optimizers.SGDMomentum, optimizers.Adam])
def test_a_batch_of_samples_with_their_margin_makes_no_step_of_any_optimizer(kind: type) -> None:
    model = grid(fold=False)
    data, rule = classes(4, n_samples=2), DropSquared(0.1)
    optimizer, quiet = kind(model), Metrics(model, verbose=False)
    fit = {"epochs": 1, "metrics": quiet, "rule": rule}
    model.fit(BatchGenerator(data, batch_size=1), losses.Hinge(9.0), optimizer, **fit)
    assert optimizer.n_steps == 2
    before, slots = model.parameters.snapshot(), optimizer.slots
    assert any(array.any() for array in slots.values())
    scores = model.predict(data)["out"]
    winners = DataSet(data.inputs, {"out": np.eye(4)[scores.argmax(axis=1)]})
    model.fit(BatchGenerator(winners, batch_size=1), losses.Hinge(1e-9), optimizer, **fit)
    # Their velocities alone would have moved the values.
    assert np.array_equal(before["net.conductance"], model.parameters["net.conductance"])
    assert optimizer.n_steps == 2
    assert all(np.array_equal(array, optimizer.slots[name]) for name, array in slots.items())


def fit(model: Model, data: DataSet, loss: losses.Loss, rule: DropSquared, **settings: object):
    optimizer = optimizers.SGD(model)
    quiet = {"metrics": Metrics(model, verbose=False)} | settings
    batches = BatchGenerator(data, batch_size=1, shuffle=False)
    return model.fit(batches, loss, optimizer, rule=rule, **quiet)


@pytest.mark.parametrize("fold", [False, True])
def test_updates_of_single_samples_are_those_of_a_loop_by_hand(fold: bool) -> None:
    data, rule, loss = classes(2 if fold else 4, n_samples=5), DropSquared(0.1), losses.Hinge(0.1)
    model, other = grid(fold=fold), grid(fold=fold)
    fit(model, data, loss, rule, epochs=2)
    conductances = np.array(other.parameters["net.conductance"])
    before = conductances.copy()
    for sample in [*range(5)] * 2:
        own = data.subset([sample])
        moves = moves_of(other, own, loss, 0.1, fold=fold)
        step = -1e-3 * by_hand(other, own, moves)
        conductances = conductances + np.clip(step, -conductances / 2, conductances / 2)
        other.parameters["net.conductance"] = conductances
    # Conductances of 1e-3 S and squared drops that round at 1e-15 V², times the rate.
    assert model.parameters["net.conductance"] == pytest.approx(conductances, rel=1e-12, abs=0)
    assert np.abs(conductances - before).max() > 1e-5


def test_a_recorded_clamped_phase_obeys_kirchhoff_with_the_currents_of_the_clamps(
    tmp_path: Path,
) -> None:
    model, data = grid(fold=True), classes(2)
    metrics = Metrics(model, verbose=False, save_output_voltages="every", save_power_params="every")
    path = tmp_path / "run.h5"
    fit(model, data, losses.Hinge(0.1), DropSquared(0.1), metrics=metrics, run=path)
    run = Run.open(path)
    for phase, is_injected in (("free", False), ("nudged", True)):
        for points in model.recorded_points(run, phase):
            assert points.residual <= 1e-12
            assert points.power_balance <= 1e-12
            assert ("out__clamp" in points.nudge) == is_injected


def test_the_two_nodes_of_a_prediction_are_clamped_each_on_its_own() -> None:
    """Their common mode is held too: what one source delivers, the other does not take up."""
    model, data = grid(fold=True), classes(2, n_samples=1)
    simulator = model.simulator("native")
    parameters = model.parameters.snapshot()
    free = simulator.operating_points(parameters, data.inputs)
    nodes = model.network.compiled.circuit.senses[0].topology.heads
    assert isinstance(nodes, np.ndarray)
    goal = free.free_voltages[:, nodes] + np.array([[0.05, -0.05, np.nan, np.nan]])
    assert simulator.through is not None
    found = simulator.through.points(free, {"out__sense": goal}, parameters)
    assert not len(missed(found))
    currents = found.nudge["out__clamp"][0]
    closed = goal[0, :2] - found.node_voltages[0, nodes[:2]]
    # Beside the injected current the open resistor goes on to draw its own.
    drawn = closed / CLAMP + found.node_voltages[0, nodes[:2]] / SENSE
    assert currents[:2] == pytest.approx(drawn, rel=1e-9, abs=0)
    assert currents[0] + currents[1] != pytest.approx(0, abs=1e-6)
    assert not currents[2:].any()
    assert np.abs(closed).max() > 1e-4  # the resistance keeps the nodes from their clamps


@pytest.mark.parametrize("backend", ["native", "ngspice"])
def test_an_output_behind_an_amplifier_is_clamped_through_its_resistance(backend: str) -> None:
    x = InputVoltageLayer(units=2, name="x")
    init = RandomUniform(1e-3, 1e-2)
    hidden = DenseLayer(units=2, name="d", initializer=init, lr=1e-3)(x)
    amplified = AmplificationLayer(name="amp", param={"gain": 4.0})(hidden)
    out = SenseLayer(name="out", fold=False, clamp_resistance=100.0)(amplified)
    model = Model([x], [out], seed=1)
    data = DataSet({"x": [[0.3, 0.1]]}, {"out": [[0.6, 1.0]]})
    found = model.gradients(data, losses.MSE(), DropSquared(0.5), backend=backend)["d.conductance"]
    g, volts = model.parameters["d.conductance"], np.array([0.3, 0.1])
    free = volts @ g / (g.sum(axis=0) + 1e-9)
    goal = 4 * free + 0.5 * (np.array([0.6, 1.0]) - 4 * free)
    # What the amplifier delivers into the clamp, a quarter of it is taken from its input.
    clamped = (volts @ g + goal / 100 / 4) / (g.sum(axis=0) + 1 / 100)
    drops = (volts[:, None] - clamped) ** 2 - (volts[:, None] - free) ** 2
    assert found == pytest.approx(drops, abs=1e-13)
    assert np.abs(drops).max() > 1e-3
