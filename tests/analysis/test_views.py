"""What designers look at: changes of a nudge, swings against levels, drops along wires."""

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer
from ebana_memristor import MemristorLayer, Sinh, Wires

from ebana_core import Model, losses
from ebana_core.circuit.levels import CONDUCTING, levels
from ebana_core.errors import CircuitError, DataError, PhaseError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
)
from ebana_core.plots import close_figure
from ebana_core.rules import Adjoint, DropSquared, EquilibriumPropagation
from tests.support.wired import driven, wired_layers

BETA = 1e-6  # S
X = np.random.default_rng(0).uniform(-1, 1, (6, 3))  # V
LABELS = np.array([0, 1, 0, 1, 1, 0])


def network(**settings: object) -> Model:
    """Return a crossbar, diodes of different biases, a saturating amplifier and a crossbar."""
    x = InputVoltageLayer(units=3, name="x")
    init = RandomUniform(1e-6, 1e-5)
    d = DenseLayer(units=4, name="d1", lr=1e-7, initializer=init)(x)
    down = DiodeLayer(name="down", direction="down", bias_voltage=0.1, param={"VTH": 0.2})(d)
    up = DiodeLayer(name="up", direction="up", bias_voltage=[-0.1, -0.2, -0.3, 0.0])(down)
    amplified = AmplificationLayer(name="amp", param={"gain": 2.0}, **settings)(up)
    last = DenseLayer(units=4, name="d2", lr=1e-7, initializer=init)(amplified)
    return Model([x], [CurrentLayer(name="y", classes=["no", "yes"])(last)], seed=0)


def test_changes_are_those_of_the_solved_nudge() -> None:
    model = network()
    found = model.changes(X, LABELS, "mse", beta=BETA)
    assert list(found.layers) == ["d1", "amp", "d2"]  # sources and diodes have no nodes that move
    free = model.operating_points({"x": X})
    predictions, targets = free.predictions()["y"], np.eye(2)[LABELS]
    gradient = losses.MSE().nudge(predictions, targets)
    nudged = model.operating_points({"x": X}, nudge={"y": -BETA * gradient})
    for layer, sizes in found.layers.items():
        expected = np.abs(nudged.at(layer) - free.at(layer))
        # The difference of two solved phases has the digits of volts.
        assert np.sort(sizes) == pytest.approx(np.sort(expected, axis=None), rel=1e-6, abs=1e-15)
    assert found.percentiles[[0, 4], 1].tolist() == [
        found.layers["amp"].min(),
        found.layers["amp"].max(),
    ]


def test_changes_take_a_rule_and_refuse_what_nothing_is_learned_from() -> None:
    model = network()
    once = model.changes(X, LABELS, "mse", beta=BETA)
    both = model.changes(X, LABELS, "mse", rule=EquilibriumPropagation(BETA, variant="centered"))
    assert both.layers["d1"].size == 2 * once.layers["d1"].size
    suggested = model.changes(X, LABELS, "mse")
    assert suggested.layers.keys() == once.layers.keys()
    met = model.predict({"x": X})
    with pytest.raises(PhaseError, match="targets are met"):
        model.changes({"x": X}, met, "mse")
    # Nothing moves where targets are met; the other samples' changes would drown among zeros.
    missed = {"y": met["y"] + 0.1 * (np.arange(len(X)) == 2)[:, None]}
    assert model.changes({"x": X}, missed, "mse", beta=BETA).layers["d1"].size == 4
    assert "median" in str(once)
    with pytest.raises(PhaseError, match="Rule Adjoint displaces no phase"):
        model.changes(X, LABELS, "mse", rule=Adjoint())
    with pytest.raises(CircuitError, match="no sense resistance"):
        model.changes(X, LABELS, "mse", rule=DropSquared(nudge=0.1))


def test_levels_are_where_devices_conduct_or_end() -> None:
    model = network(saturation=(-0.6, 0.8))
    compiled = model.network.compiled
    found = levels(compiled.circuit, compiled.constraints, model.parameters.snapshot())
    told = {(item.layer, item.kind): item.volts for item in found}
    assert told["down", "threshold"] == pytest.approx(np.full(4, 0.3), rel=1e-6, abs=0)
    assert told["up", "threshold"] == pytest.approx([-0.4, -0.5, -0.6, -0.3], rel=1e-6, abs=0)
    supplies = [item.volts[0] for item in found if item.kind == "supply"]
    assert supplies == [-0.6, 0.8]


def test_a_junction_conducts_from_its_share_of_the_conductance_beside_it() -> None:
    x = InputVoltageLayer(units=1, name="x")
    d = DenseLayer(units=1, name="d", initializer=RandomUniform(1e-6, 1e-5))(x)
    diode = DiodeLayer(name="diode", kind="shockley", direction="down", param={"IS": 1e-12})(d)
    model = Model([x], [CurrentLayer(name="y", fold=False)(diode)], seed=0)
    compiled, values = model.network.compiled, model.parameters.snapshot()
    (level,) = levels(compiled.circuit, compiled.constraints, values)
    own = {q.name: values[f"diode.{q.name}"] for q in diode.law.values}
    slope = diode.law.slope(level.volts, own)
    expected = CONDUCTING * float(values["d.conductance"].sum())
    assert slope == pytest.approx([expected], rel=1e-5, abs=0)


def test_an_ideal_diode_is_a_bound_and_an_antiparallel_pair_has_two_thresholds() -> None:
    x = InputVoltageLayer(units=2, name="x")
    d = DenseLayer(units=1, name="d", initializer=RandomUniform(1e-6, 1e-5))(x)
    ideal = DiodeLayer(name="ideal", kind="ideal", direction="down", bias_voltage=0.25)(d)
    pair = DiodeLayer(name="pair", kind="antiparallel", param={"IS": 1e-12})(ideal)
    model = Model([x], [CurrentLayer(name="y", fold=False)(pair)], seed=0)
    swings = model.swings({"x": [[0.1, 0.2], [0.4, -0.9]]})
    (nodes,) = [item for item in swings.layers if item.layer == "d"]
    assert [level.label for level in nodes.levels] == [
        "ideal: bound",
        "pair: threshold",
        "pair: threshold",
    ]
    assert nodes.levels[0].volts.tolist() == [0.25]
    assert nodes.levels[1].volts == pytest.approx(-nodes.levels[2].volts, rel=1e-6, abs=0)


def test_of_cells_those_at_a_bias_have_thresholds() -> None:
    x, b = (
        InputVoltageLayer(units=2, name="x"),
        BiasVoltageLayer(units=1, bias_voltage=0.1, name="b"),
    )
    both = ConcatenateLayer(name="both")([x, b])
    # In place of what is drawn: least conductances, so that cells bend before they are seen.
    cells = {"cell": Sinh(window=(1e-9, 1e-7), V0=0.1), "initializer": RandomUniform(1e-9, 4e-9)}
    m = MemristorLayer(name="m", units=3, lr=0.0, **cells)(both)
    always = DiodeLayer(name="always", kind="shockley", direction="down")(m)
    d = DenseLayer(units=2, name="d", lr=0.0, initializer=RandomUniform(1e-6, 1e-5))(always)
    model = Model([x, b], [CurrentLayer(name="y")(d)], seed=0)
    values, compiled = model.parameters.snapshot(), model.network.compiled
    above, below = levels(compiled.circuit, compiled.constraints, values)
    assert (above.layer, below.layer) == ("m", "m")  # the diodes conduct at 0 V already
    seen = CONDUCTING * values["d.conductance"].sum(axis=1)
    bent = 0.1 * np.arccosh(seen / values["m.conductance"][2])  # from G*cosh(v/V0)
    assert np.sort([above.volts, below.volts], axis=0) == pytest.approx(
        np.array([0.1 - bent, 0.1 + bent]), rel=1e-6, abs=0
    )


def test_swings_are_percentiles_of_the_solved_voltages() -> None:
    model = network()
    found = model.swings({"x": X})
    assert [nodes.layer for nodes in found.layers] == ["x", "d1", "amp", "d2"]
    solved = model.operating_points({"x": X}).at("d1")
    shown = found.layers[1].phases["free"]
    assert shown[2] == pytest.approx(np.median(solved, axis=0), rel=1e-12, abs=0)
    assert shown[4].tolist() == solved.max(axis=0).tolist()
    figure = found.plot()
    lines = figure.axes[1].lines + list(figure.axes[1].collections)
    assert any(line.get_label() == "down: threshold" for line in lines)
    (apart,) = [found for found in lines if found.get_label() == "up: threshold"]
    assert [ends[0, 1] for ends in apart.get_segments()] == pytest.approx(
        [-0.4, -0.5, -0.6, -0.3], rel=1e-6, abs=0
    )
    close_figure(figure)
    with pytest.raises(DataError, match="No node moves"):
        model.swings({"x": X[:1]}).plot()


@pytest.mark.parametrize(
    "wires", [Wires(20.0, 50.0), Wires(0.0, 50.0), Wires(20.0, 0.0)], ids=["both", "column", "row"]
)
def test_wires_take_what_flows_through_their_segments(wires: Wires) -> None:
    model = wired_layers((4, 3), wires=wires)
    inputs = driven(model, n_samples=3)
    found = model.wire_drops(inputs)
    assert list(found.layers) == ["m0"]  # the crossbar behind it has ideal wires
    points = model.operating_points(inputs)
    currents = points.currents("m0")["m0"].reshape(3, 4, 3)
    # A row's segment carries the cells from it on, a column's those up to it.
    along_row = wires.row * np.cumsum(currents[:, :, ::-1].cumsum(axis=2)[:, :, ::-1], axis=2)
    up_to = wires.column * currents.cumsum(axis=1)
    along_column = np.cumsum(up_to[:, ::-1], axis=1)[:, ::-1]
    expected = np.abs(along_row + along_column).mean(axis=0)
    assert found.layers["m0"] == pytest.approx(expected, rel=1e-9, abs=0)


def test_without_wires_there_is_no_map() -> None:
    found = network().wire_drops({"x": X})
    assert not found.layers
    with pytest.raises(DataError, match="No crossbar has wires"):
        found.plot()


def test_confusions_have_the_names_of_the_classes() -> None:
    model = network()
    found = model.confusion(X, LABELS)
    assert found.labels == ("no", "yes")
    said = model.classify({"x": X})["y"]
    for row, label in enumerate(("no", "yes")):
        expected = [int(((said == name) & (row == LABELS)).sum()) for name in ("no", "yes")]
        assert found.counts[row].tolist() == expected, label
    axes = found.plot()
    assert [text.get_text() for text in axes.texts] == [str(n) for n in found.counts.ravel()]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["no", "yes"]
    close_figure(axes.figure)
    with pytest.raises(DataError, match="output is 'z'"):
        model.confusion(X, LABELS, output="z")
