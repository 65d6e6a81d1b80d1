"""What users read of networks of transistors: nodes by name, both ends, and recorded phases."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import TransistorCrossbarLayer, UniformVoltage

from ebana_core import Model, Run
from ebana_core.chips import Chip
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import ParameterError, UnknownNameError, UnsupportedError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.losses import MSE
from ebana_core.metrics import Metrics
from ebana_core.optimizers import SGD
from ebana_core.rules import Adjoint
from tests.support.trained_transistors import BRANCHES, PARAM, TIES, VOLTAGES, network


def test_currents_stand_by_transistor_with_drain_and_source_beside_each_other() -> None:
    model = network(body="drain")
    points = model.operating_points({"x": VOLTAGES})
    ends = points.currents("net")["net"].reshape(len(VOLTAGES), len(BRANCHES), 2)
    # With the bulk at the drain, what enters one end leaves the other, but for the shunts (1e-9 S)
    # of the nodes within: both ends of the channel, and the bulk.
    assert np.abs(ends.sum(axis=2)).max() <= 3e-9 * np.abs(points.voltages).max()
    assert np.abs(ends).max(axis=(0, 2)).min() > 1e-5


def between_resistors(**settings: Any) -> Model:
    """Return a crossbar of transistors whose rows and columns are those of resistors, too."""
    x, init = InputVoltageLayer(units=2, name="x"), RandomUniform(1e-4, 1e-3)
    first = DenseLayer(units=3, name="first", initializer=init)(x)
    own = TransistorCrossbarLayer(
        units=2, name="q", initializer=UniformVoltage(1.5, 4.0), param=PARAM, **settings
    )(first)
    last = DenseLayer(units=4, name="last", initializer=init)(own)
    return Model([x], [CurrentLayer(name="out")(last)], seed=3, gmin=1e-9)


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("at_once", [100_000, 1])
def test_rows_and_columns_of_transistors_obey_kirchhoff(
    ties: Mapping[str, Any], at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ebana_core.circuit.terminals.SLOPES_AT_ONCE", at_once)
    model = between_resistors(**ties)
    # Where rows are far below ground, the junctions of bulks at ground conduct.
    points = model.operating_points({"x": [[0.8, 0.1], [-1.5, -1.4], [0.3, -0.2]]})
    entering, leaving = points.row_currents("q"), points.column_currents("q")
    assert (entering.shape, leaving.shape) == ((3, 3), (3, 2))
    scale = np.abs(points.currents("q")["q"]).max()
    # What a point leaves unbalanced is 1e-12 of the currents at its nodes at most.
    assert entering == pytest.approx(points.column_currents("first"), rel=0, abs=1e-11 * scale)
    assert leaving == pytest.approx(points.row_currents("last"), rel=0, abs=1e-11 * scale)
    assert np.abs(entering).min() > 1e-4 * scale
    taken = (points.at("first") * entering).sum(axis=1) - (points.at("q") * leaving).sum(axis=1)
    assert taken == pytest.approx(points.power("q"), rel=1e-12, abs=0)
    to_ground = np.abs(entering.sum(axis=1) - leaving.sum(axis=1))[1]
    if ties["body"] == "ground":
        assert to_ground > 1e-3 * scale


def test_transistors_of_a_graph_have_no_rows() -> None:
    points = network().operating_points({"x": VOLTAGES})
    with pytest.raises(UnsupportedError, match="'net' is not a crossbar"):
        points.row_currents("net")


def test_factors_of_thresholds_that_are_not_off_are_refused() -> None:
    model = network()
    with pytest.raises(ParameterError, match=r"factors of 'net.vto_offset'.* all zero"):
        model.predict({"x": VOLTAGES}, chip=Chip(factors={"net.vto_offset": 1.1}))
    drawing = model.predict({"x": VOLTAGES})["out"]
    same = model.predict({"x": VOLTAGES}, chip=Chip(factors={"net.vto_offset": 1.0}))["out"]
    off = model.predict({"x": VOLTAGES}, chip=Chip(offsets={"net.vto_offset": 0.01}))["out"]
    assert np.array_equal(same, drawing)
    assert np.abs(off - drawing).min() > 1e-6


def test_a_node_that_is_taken_for_a_layer_is_told_from_a_missing_one() -> None:
    points = network().operating_points({"x": VOLTAGES})
    with pytest.raises(UnknownNameError, match=r"'net\[1\]' is a node, not a layer") as caught:
        points.at("net[1]")
    assert "voltages[:, node_names.index('net[1]')]" in caught.value.fix
    with pytest.raises(UnknownNameError, match=r"No layer 'net\[9\]'"):
        points.at("net[9]")


def test_recorded_transistors_are_read_through_their_model(tmp_path: Path) -> None:
    model = network(lr=0.1)
    data = DataSet({"x": VOLTAGES}, {"out": np.full((3, 2), 0.2)})
    metrics = Metrics(model, verbose=False, save_output_voltages="last")
    model.fit(
        BatchGenerator(data, batch_size=3),
        MSE(),
        SGD(model),
        epochs=1,
        rule=Adjoint(),
        metrics=metrics,
        run=tmp_path / "run.h5",
    )
    with Run.open(tmp_path / "run.h5") as run:
        with pytest.raises(UnknownNameError, match="'net' with branches") as caught:
            run.phase("free").drops("net")
        assert "model.recorded_points(run)" in caught.value.fix
        with pytest.raises(UnknownNameError, match="'none' with branches") as caught:
            run.phase("free").drops("none")
        assert caught.value.fix == "use one of these names"
        (points,) = model.recorded_points(run)
        assert points.currents("net")["net"].shape == (3, 2 * len(BRANCHES))
