"""Pictures of recorded phases: their numbers are those of the run, and what is missing is said."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer
from ebana_memristor import Linear, MemristorLayer, Wires

from ebana_core import Model, Run, losses, optimizers
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import ParameterError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, InputVoltageLayer
from ebana_core.metrics import Metrics
from ebana_core.pictures import PICTURES, drawable
from ebana_core.pictures.report import report
from ebana_core.plots import close_figure
from tests.support.runs import small_fit

WINDOW = (1e-6, 1e-4)  # S
VOLTS = np.random.default_rng(0).uniform(-0.5, 0.5, (6, 3))


def network() -> Model:
    """Return a wired crossbar with diodes at its columns."""
    x = InputVoltageLayer(units=3, name="x")
    init = RandomUniform(*WINDOW)
    m = MemristorLayer(
        name="m",
        units=4,
        cell=Linear(window=WINDOW),
        wires=Wires(20.0, 20.0),
        initializer=init,
        lr=1e-6,
    )(x)
    down = DiodeLayer(name="down", direction="down", param={"VTH": 0.1})(m)
    return Model([x], [CurrentLayer(name="y")(down)], seed=0)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A run that recorded the phases of two epochs."""
    path = tmp_path_factory.mktemp("recorded") / "run.h5"
    model = network()
    saved = {"save_output_voltages": {"epoch_num": 2}}  # and the last, the third
    metrics = Metrics(verbose=False, measure_residual="every", **saved)
    batches = BatchGenerator(DataSet({"x": VOLTS}, {"y": 0.1 * VOLTS[:, :2]}), batch_size=6)
    optimizer = optimizers.Adam(model)
    model.fit(batches, losses.MSE(None), optimizer, epochs=3, beta=1e-5, metrics=metrics, run=path)
    with Run.open(path) as opened:
        yield opened


@pytest.fixture(scope="module")
def charts(run: Run) -> dict[str, Any]:
    """The charts of its report."""
    found = re.search(r'<script type="application/json" id="charts">(.*?)</script>', report(run))
    assert found is not None
    charts: dict[str, Any] = json.loads(found[1])
    return charts


def numbers(values: Any, dtype: str = "f8") -> np.ndarray:
    """Return what plotly wrote, which packs arrays."""
    if not isinstance(values, dict):
        return np.array(values, dtype=float)
    from base64 import b64decode

    array = np.frombuffer(b64decode(values["bdata"]), dtype=values["dtype"])
    shape = values.get("shape", str(array.size))
    return array.reshape([int(size) for size in shape.split(",")])


def test_changes_and_swings_are_those_of_the_recorded_voltages(
    run: Run, charts: dict[str, Any]
) -> None:
    free, nudged = (run.voltages(phase)[-1] for phase in ("free", "nudged"))
    own = [k for k, name in enumerate(run.coordinates["node"]) if name.startswith("m[")]
    sizes = np.abs(nudged - free)[:, own]
    (box,) = charts["changes"]["data"]
    assert numbers(box["median"]) == pytest.approx([np.median(sizes)], rel=1e-12, abs=0)
    assert numbers(box["upperfence"]) == pytest.approx([sizes.max()], rel=1e-12, abs=0)
    assert charts["changes"]["layout"]["yaxis"]["type"] == "log"
    swing = charts["m/voltages"]
    assert numbers(swing["data"][0]["upperfence"]).tolist() == free[:, own].max(axis=0).tolist()
    (line,) = swing["layout"]["shapes"]
    assert line["name"] == "down: threshold"
    assert line["y0"] == line["y1"] == pytest.approx(0.1, rel=1e-6, abs=0)


def test_maps_are_those_of_the_recorded_cells(run: Run, charts: dict[str, Any]) -> None:
    phase = run.phase("free")
    nodes = {name: k for k, name in enumerate(phase.nodes)}
    sources = [nodes[f"x[{k}]"] for k in range(3)]
    ends = [nodes[f"m[{k}]"] for k in range(4)]
    whole = phase.voltages[:, sources][:, :, None] - phase.voltages[:, ends][:, None, :]
    lost = np.abs(whole - phase.drops("m").reshape(-1, 3, 4)).mean(axis=0)
    assert lost.min() > 0
    (drawn,) = charts["m/wires"]["data"]
    assert numbers(drawn["z"]) == pytest.approx(lost, rel=1e-6, abs=0)  # float32
    slider = charts["m.conductance/epochs"]
    steps = slider["layout"]["sliders"][0]["steps"]
    assert [step["label"] for step in steps] == ["before", "1", "2", "3"]
    assert [trace["visible"] for trace in slider["data"]] == [False, False, False, True]
    history = [run.initial["m.conductance"], *run.parameter_history("m.conductance")[:]]
    for trace, values in zip(slider["data"], history, strict=True):
        assert numbers(trace["z"]) == pytest.approx(values, rel=1e-6, abs=0)


def test_residuals_are_drawn_over_whole_decades(run: Run, charts: dict[str, Any]) -> None:
    (curve,) = charts["worst_residual"]["data"]
    told = run.scores["worst_residual"]
    assert numbers(curve["y"]).tolist() == told.tolist()
    low, high = charts["worst_residual"]["layout"]["yaxis"]["range"]
    assert low == int(low) <= np.log10(told.min())
    assert high == int(high) >= np.log10(told.max())
    page = report(run)
    assert "nodes of each layer after epoch 3;" in page
    assert f"<dt>worst residual</dt><dd>{told.max():.1e}</dd>" in page
    assert "<dt>agreement</dt><dd>not measured</dd>" in page


def test_every_picture_that_a_run_holds_is_drawn(run: Run) -> None:
    held = ["scores", "parameters", "crossbars", "voltages", "changes", "wires", "solving"]
    assert drawable(run) == held
    for name in held:
        figure = run.plot(name)
        figure.canvas.draw()
        close_figure(figure)
    with pytest.raises(ParameterError, match="save_power_params"):
        run.plot("power")
    with pytest.raises(ParameterError, match="No picture 'circuit'"):
        run.plot("circuit")


def test_what_a_run_did_not_record_is_no_picture(tmp_path: Path) -> None:
    small_fit(tmp_path / "run.h5", 1, metrics=Metrics(verbose=False))
    with Run.open(tmp_path / "run.h5") as bare:
        assert drawable(bare) == ["scores", "parameters"]
        for name in set(PICTURES) - {"scores", "parameters"}:
            with pytest.raises(ParameterError, match=r"record|measure"):
                bare.plot(name)
        page = bare.report()
    assert page == tmp_path / "run.html"
    assert "<dt>worst residual</dt><dd>not measured</dd>" in page.read_text()
