"""Measured cells and pulses: curves go through their points, and bad tables are named."""

from pathlib import Path

import attrs
import numpy as np
import pytest
from ebana_memristor import (
    Linear,
    Measured,
    MeasuredPulses,
    MemristorLayer,
    Pulses,
)

from ebana_core import Model, losses, optimizers
from ebana_core.data import BatchGenerator
from ebana_core.errors import DataError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, InputVoltageLayer, Layer, ShuntLayer
from ebana_core.metrics import Metrics
from ebana_core.rules import EquilibriumPropagation
from ebana_core.testing import DeviceConformance
from tests.support.memristors import CURRENTS, MEASURED, VOLTAGES, data


@attrs.frozen(kw_only=True, eq=False)
class TableShunt(ShuntLayer):
    """A measured cell to ground."""

    device = "table_shunt"
    law = MEASURED.law


class TestTableCell(DeviceConformance):
    @pytest.fixture
    def layer(self) -> ShuntLayer:
        given = {"conductance": [1e-6, 3e-6, 2e-6]}
        return TableShunt(name="cell", param=given, trainable=("conductance",))


def test_measured_pulses_follow_their_curves(tmp_path: Path) -> None:
    path = tmp_path / "ltp_ltd.csv"
    path.write_text(
        "# a device, S\npulse,ltp,ltd\n0,1e-6,9e-6\n1,5e-6,6e-6\n2,8e-6,2e-6\n3,9e-6,1e-6\n"
    )
    response = MeasuredPulses.from_csv(path)
    assert response.window == (1e-6, 9e-6)
    x = (np.array([1e-6, 5e-6, 9e-6]) - 1e-6) / 8e-6
    up = np.ones(3, dtype=bool)
    assert response.step(x, up) * 8e-6 == pytest.approx([4e-6, 3e-6, 0.0], rel=1e-12, abs=0)
    assert response.step(x[2:], ~up[2:]) * 8e-6 == pytest.approx([3e-6], rel=1e-12, abs=0)
    layer = MemristorLayer(
        name="m",
        units=1,
        initializer=RandomUniform(1e-6, 9e-6),
        cell=Linear(window=response.window),
        pulses=Pulses(response=response, max_pulses=1),
    )
    values = np.array([[1e-6], [9e-6]])
    wish = np.array([[4e-6], [-3e-6]])
    g, _ = layer.program("conductance", values, wish, np.random.default_rng(0), {})
    assert g == pytest.approx(np.array([[5e-6], [6e-6]]), rel=1e-12, abs=0)


def test_a_measured_curve_goes_through_its_points(tmp_path: Path) -> None:
    path = tmp_path / "iv.csv"
    rows = [f"{v},{i},x" for v, i in zip(VOLTAGES, CURRENTS, strict=True)]
    path.write_text("\n".join(["voltage, current,note", *rows]))
    cell = Measured.from_csv(path, read_voltage=0.2)
    law = cell.law
    values = {"conductance": np.array(2.4e-6 / 0.2)}
    assert law.current(np.array(VOLTAGES), values) == pytest.approx(
        np.array(CURRENTS), rel=1e-12, abs=0
    )
    assert law.current(np.zeros(1), values) == 0.0
    beyond = law.current(np.array([2.0]), values)
    assert beyond == pytest.approx(4.2e-5 + (4.2e-5 - 9e-6) / 0.5, rel=1e-9, abs=0)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("voltage,amps\n0,1\n", r"\['current'\] are missing"),
        ("voltage,current\n0,1\nx,2\n", r"iv.csv:3, column 'voltage' holds 'x'"),
        ("voltage,current\n0,1\n1,nan\n", "column 'current' holds 'nan'"),
        ("voltage,current\n-1,-1\n1,\n", "holds 2 voltages and 1 currents"),
        ("", "are missing"),
        ("voltage,voltage,current\n1,1,1\n", "or there twice"),
        ("voltage,current\n-1,-4e-5\n0.2,\n,1e-5\n1,4e-5\n", "iv.csv:5, column 'voltage' goes on"),
        ('voltage,current\n-1,"-4e-5\n1,4e-5\n', "iv.csv:2 is not a line of CSV"),
        ("voltage,current\n-1,-1\n1_0,1\n", "holds '1_0'"),
    ],
)
def test_bad_tables_are_named(tmp_path: Path, text: str, match: str) -> None:
    path = tmp_path / "iv.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=match):
        Measured.from_csv(path)
    with pytest.raises(DataError, match="cannot be read"):
        Measured.from_csv(tmp_path / "none.csv")


def test_measured_cells_learn() -> None:
    for seed in range(6):
        x = InputVoltageLayer(units=3, name="x")
        given = {"cell": MEASURED, "initializer": RandomUniform(5e-6, 5e-5), "lr": 1e-9}
        hidden = MemristorLayer(name="m1", units=4, **given)(x)
        last = MemristorLayer(name="m2", units=2, **given)(hidden)
        model = Model(inputs=[x], outputs=[CurrentLayer(name="y")(last)], seed=seed)
        before = model.evaluate(data(), losses.MSE()).loss
        model.fit(
            BatchGenerator(data(), batch_size=2),
            losses.MSE(0.0),
            optimizers.SGD(model),
            epochs=8,
            rule=EquilibriumPropagation(1e-9, "centered", "exact"),
            metrics=Metrics(model, verbose=False),
        )
        assert model.evaluate(data(), losses.MSE()).loss < before


@pytest.mark.parametrize("drop", [-1e-15, 1e-15, -1e-9, 3e-7])
def test_small_drops_lose_no_digits(drop: float) -> None:
    law, values = MEASURED.law, {"conductance": np.array(1e-5)}
    at = np.array([drop])
    assert law.current(at, values) == pytest.approx(law.slope(at, values) * drop, rel=1e-14, abs=0)


def test_tables_of_spreadsheets_are_read(tmp_path: Path) -> None:
    path = tmp_path / "iv.csv"
    path.write_bytes(
        b"\xef\xbb\xbfVoltage,Current\r\n-1,-4e-5\r\n-0.2,-1e-6\r\n0.2,1e-6\r\n1,4e-5\r\n"
    )
    assert Measured.from_csv(path).currents == (-4e-5, -1e-6, 1e-6, 4e-5)
    assert repr(Measured.from_csv(path)).startswith("Measured(4 points from -1.0 to 1.0 V")


@pytest.mark.parametrize("seed", [0, 3, 7])
def test_jagged_curves_are_solved_where_full_steps_run_in_circles(seed: int) -> None:
    """Slopes over two decades, up and down along the curve, as noisy measurements have them."""
    rng = np.random.default_rng(seed)
    n_points = int(rng.integers(4, 40))
    volts = np.cumsum(rng.exponential(0.1, n_points))
    amperes = np.cumsum(rng.exponential(1e-5, n_points) * 10 ** rng.uniform(-2, 0, n_points))
    middle = n_points // 2
    volts, amperes = volts - volts[middle], amperes - amperes[middle]
    cell = Measured(
        voltages=volts, currents=amperes, read_voltage=volts[-1] / 2, window=(1e-7, 1e-4)
    )
    source = InputVoltageLayer(units=5, name="x")
    layer: Layer = source
    for name, units in (("m1", 6), ("m2", 4)):
        layer = MemristorLayer(
            name=name, units=units, cell=cell, initializer=RandomUniform(1e-6, 1e-5)
        )(layer)
    model = Model([source], [CurrentLayer(name="y")(layer)], seed=seed)
    found = model.operating_points({"x": rng.uniform(-3, 3, (40, 5))})
    # Rising curves have one operating point, which Kirchhoff's laws alone prove.
    assert found.residual <= 1e-12
