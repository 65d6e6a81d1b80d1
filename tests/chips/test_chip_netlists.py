"""A netlist of a chip is the circuit that is solved on it, device by device."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ebana_diode_mos import UniformVoltage
from ebana_memristor import ConductanceSpread, Linear, MemristorLayer, StuckCells

from ebana_core import Model
from ebana_core.chips import Chip, Twin
from ebana_core.errors import ParameterError, ShapeError
from ebana_core.initializers import LogUniform, RandomUniform
from ebana_core.layers import Conv2DLayer, CurrentLayer, InputVoltageLayer, ReshapeLayer
from tests.support import twins
from tests.support.dialects import solved
from tests.support.trained_transistors import network

SOLVES = 1e-9
"""V, to which ngspice is told to solve."""
CONDUCTANCES = Chip(factors={"d1.conductance": np.linspace(0.7, 1.4, 24)})


def gates() -> tuple[Model, Chip]:
    model = network(initializer=UniformVoltage(1.5, 4.0))
    names = ("net.gate", "net.vto_offset", "net.kp_factor")
    return model, Chip.drawn(model, dict.fromkeys(names, 0.05), seed=4)


def windows() -> tuple[Model, Chip]:
    """Return a convolution, and a chip on which its two windows differ."""
    x = InputVoltageLayer(units=3, name="x")
    plane = ReshapeLayer(name="plane", shape=(3, 1, 1))(x)
    init = RandomUniform(1e-6, 1e-5)
    conv = Conv2DLayer(name="conv", filters=1, kernel_size=(2, 1), initializer=init)(plane)
    model = Model([x], [CurrentLayer(name="y")(conv)], seed=2)
    return model, Chip.drawn(model, {"conv.conductance": 0.3}, seed=1)


def cells() -> Model:
    """Return memristors of which some are stuck and all differ, the same at every reading."""
    x = InputVoltageLayer(units=3, name="x")
    made = (StuckCells(low=0.3, high=0.3), ConductanceSpread(0.2))
    init = LogUniform(1e-7, 1e-5)
    own = MemristorLayer(
        name="d1", units=2, cell=Linear(window=(1e-7, 1e-5)), initializer=init, effects=made
    )
    return Model([x], [CurrentLayer(name="out")(own(x))], seed=1)


NETWORKS: list[Callable[[], tuple[Model, Chip | None]]] = [
    lambda: (twins.model(), CONDUCTANCES),
    gates,
    windows,
    lambda: (cells(), Chip(factors={"d1.conductance": [1.3, 0.8, 1.1, 0.9, 1.2, 0.7]})),
    lambda: (cells(), None),
]


def written(model: Model, path: Path, chip: Chip | None) -> tuple[dict[str, np.ndarray], str]:
    """Return a sample, and the text of its netlist."""
    sample = {"x": np.linspace(0.5, -0.3, model.layers["x"].units)[None]}
    model.write_netlist(path / "chip.cir", inputs=sample, chip=chip)
    return sample, (path / "chip.cir").read_text()


@pytest.mark.program
@pytest.mark.parametrize("made", NETWORKS, ids=["drawn", "gates", "windows", "cells", "no chip"])
def test_ngspice_finds_the_voltages_of_the_chip(
    made: Callable[[], tuple[Model, Chip | None]], tmp_path: Path
) -> None:
    model, chip = made()
    sample, text = written(model, tmp_path, chip)
    found = solved(text, tmp_path)
    points = model.operating_points(sample, chip=chip)
    names, shown = points.circuit.netlist_names, points.circuit.visible_nodes
    own = np.array([found[names[k]] for k in shown])
    assert np.abs(own - points.node_voltages[0, shown]).max() <= SOLVES
    if chip is not None:  # which moves the voltages by far more than that
        drawn = model.operating_points(sample).node_voltages[0, shown]
        assert np.abs(own - drawn).max() > 1e3 * SOLVES


def test_of_twins_one_circuit_is_chosen(tmp_path: Path) -> None:
    model = twins.model()
    twin = Twin(None, CONDUCTANCES)
    x = {"x": np.full(6, 0.5)}
    for write in (
        lambda: model.write_netlist(tmp_path / "none.cir", x, chip=twin),
        lambda: model.to_pyspice(x, chip=twin),
        lambda: model.to_networkx(x, chip=twin),
    ):
        with pytest.raises(ParameterError, match=r"two circuits.*\n.*twin\.free.*twin\.clamped"):
            write()
    assert not (tmp_path / "none.cir").exists()
    assert written(model, tmp_path, twin.free)[1] == written(model, tmp_path, None)[1]
    assert written(model, tmp_path, twin.clamped)[1] == written(model, tmp_path, CONDUCTANCES)[1]
    assert written(model, tmp_path, twin.clamped)[1] != written(model, tmp_path, None)[1]


def test_elements_and_branches_have_what_the_chip_has() -> None:
    model, x = twins.model(), {"x": np.full(6, 0.5)}
    factors = CONDUCTANCES.factors["d1.conductance"].reshape(6, 4)
    siemens = model.parameters["d1.conductance"][1, 2] * factors[1, 2]
    ohms = float(model.to_pyspice(x, chip=CONDUCTANCES)["Rd1__1__2"].resistance)
    assert ohms == pytest.approx(1 / siemens, rel=1e-15, abs=0)
    graph = model.to_networkx(x, chip=CONDUCTANCES)
    (branch,) = graph.get_edge_data("x[1]", "d1[2]").values()
    assert branch["value"] == siemens


def test_a_chip_of_another_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ShapeError, match="24 devices"):
        written(twins.model(), tmp_path, Chip(factors={"d1.conductance": np.ones(23)}))
    assert not list(tmp_path.iterdir())
