"""gmin and a shunt at every node act in whole networks as they do in ngspice."""

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core import Model
from ebana_core.arrays import Array
from ebana_core.backends import NativeBackend, NgspiceBackend
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import ParameterError, StorageError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    SpiceBlock,
)
from ebana_core.losses import MSE
from ebana_core.optimizers import SGD
from ebana_core.rules import Adjoint, EquilibriumPropagation

PEERS = {"gmin": 1e-8, "shunt": 1e-9}
"""S, of published self-learning networks of transistors."""
GRID = "\n".join(
    [
        ".subckt grid a b y",
        *(
            f"M{k} {drain} g{k} {source} f{k} n W=138u L=7.8u NRD=0.3\nV{k} g{k} 0 {gate}"
            for k, (drain, source, gate) in enumerate(
                [("a", "u", 1.5), ("u", "y", 2.2), ("b", "u", 1.9), ("y", "b", 2.7)]
            )
        ),
        ".model n NMOS(LEVEL=1 VTO=0.75 GAMMA=1.1 PHI=0.95 KP=60u LAMBDA=0.2 RSH=70)",
        ".ends",
    ]
)
"""Transistors whose bodies float: two junctions, gmin and the shunt decide where they stand."""
DRIVES = {"x": np.array([[0.9, -0.6], [-0.4, 0.7], [0.3, 0.2]])}


def grid(**around: float) -> Model:
    """Return a grid of transistors, with a sense resistance at its output."""
    source = InputVoltageLayer(units=2, name="x")
    net = SpiceBlock(name="net", subcircuit=GRID, inputs=("a", "b"), outputs="y")(source)
    return Model([source], [CurrentLayer(name="y", fold=False)(net)], seed=0, **around)


def diodes(**around: float) -> Model:
    """Return a network of crossbars, diodes behind resistances, transistors and an amplifier."""
    source = InputVoltageLayer(units=2, name="x")
    initial = RandomUniform(1e-6, 1e-5)
    hidden = DenseLayer(units=4, name="d", initializer=initial, trainable=True, lr=1e-9)(source)
    settings: dict[str, Any] = {"bias_voltage": 0.0, "trainable": False}
    real = {"IS": 1e-9, "N": 1.5, "RS": 5e3}
    hidden = DiodeLayer(name="down", direction="down", kind="real", param=real, **settings)(hidden)
    mos = {"VTO": 0.2, "KP": 1e-5}
    hidden = DiodeLayer(name="up", direction="up", kind="mos", param=mos, **settings)(hidden)
    amplified = AmplificationLayer(name="a", param={"gain": 3.0, "shift": 0.1})(hidden)
    last = DenseLayer(units=2, name="e", initializer=initial, trainable=True, lr=1e-9)(amplified)
    return Model([source], [CurrentLayer(name="y", fold=False)(last)], seed=3, **around)


def written(model: Model, folder: Path) -> Array:
    """Return what the program ngspice makes of the netlists of all samples: V at the output."""
    found = []
    for row in DRIVES["x"]:
        deck, raw = folder / "net.cir", folder / "net.raw"
        model.write_netlist(deck, inputs={"x": row})
        command = ["ngspice", "-b", "-r", str(raw), str(deck)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        head, _, body = raw.read_bytes().partition(b"Binary:\n")
        names = [line.split()[1] for line in head.decode().splitlines() if line.startswith("\t")]
        values = dict(zip(names, np.frombuffer(body, dtype=np.float64), strict=True))
        assert "rror" not in done.stdout + done.stderr
        found.append([values[f"v({name})"] for name in outputs(model)])
    return np.array(found)


def outputs(model: Model) -> list[str]:
    """Return the names of the output nodes in netlists."""
    circuit = model.network.compiled.circuit
    return [circuit.netlist_names[node] for node in circuit.outputs[0].heads]


@pytest.mark.ngspice
@pytest.mark.program
@pytest.mark.parametrize(
    ("build", "around"), [(grid, PEERS), (diodes, {"gmin": 1e-7, "shunt": 1e-7})]
)
def test_both_simulators_and_written_netlists_agree(
    build: Any, around: dict[str, float], tmp_path: Path
) -> None:
    model = build(**around)
    native = model.operating_points(DRIVES, NativeBackend())
    for backend in (NgspiceBackend(), NgspiceBackend(fold_inputs=False)):
        points = model.operating_points(DRIVES, backend)
        assert np.abs(points.free_voltages - native.free_voltages).max() <= 1e-9
    # The program stops at 1e-9 of the voltages, which are below 1 V.
    assert np.abs(written(model, tmp_path) - native.predictions()["y"]).max() <= 1e-9
    assert native.residual <= 1e-12
    assert native.power_balance <= 1e-12


def test_gmin_decides_where_floating_bodies_stand() -> None:
    plain, moved = (
        model.operating_points(DRIVES).predictions()["y"]
        for model in (grid(shunt=1e-9), grid(**PEERS))
    )
    # Bodies that nothing else biases carry gmin on to the outputs.
    assert np.abs(moved - plain).max() >= 1e-2


@pytest.mark.parametrize(
    ("name", "value"),
    [("gmin", -1e-9), ("shunt", -1e-9), ("shunt", float("nan")), ("gmin", float("inf"))],
)
def test_what_is_no_conductance_is_refused(name: str, value: float) -> None:
    with pytest.raises(ParameterError, match=rf"{name} is .*{value!r} S") as caught:
        diodes(**{name: value})
    assert "in siemens" in caught.value.fix


def test_the_adjoint_is_the_derivative_of_the_loss() -> None:
    model, loss, name = diodes(gmin=1e-7, shunt=1e-7), MSE(), "d.conductance"
    data = DataSet(DRIVES, {"y": np.array([[0.1, 0.2], [0.0, 0.1], [0.3, -0.1]])})
    found = model.gradients(data, loss, Adjoint())[name]
    values = model.parameters[name].copy()
    step, losses = 1e-4 * values[0, 1], []
    for sign in (1, -1):
        moved = values.copy()
        moved[0, 1] += sign * step
        model.parameters[name] = moved
        losses.append(model.evaluate(data, loss).loss)
    # The second-order error of a central difference over 1e-4 of the value.
    assert (losses[0] - losses[1]) / (2 * step) == pytest.approx(found[0, 1], rel=1e-6, abs=0)


def test_files_of_models_and_runs_keep_them(tmp_path: Path) -> None:
    model = diodes(**PEERS)
    expected = model.operating_points(DRIVES).free_voltages
    assert "gmin=1e-08 S, shunt=1e-09 S" in repr(model)
    model.save(tmp_path / "model.h5")
    data = DataSet(DRIVES, {"y": np.zeros((3, 2))})
    rule = EquilibriumPropagation(beta=1e-7)
    settings: dict[str, Any] = {"rule": rule, "loss_fn": MSE(), "run": tmp_path / "run.h5"}
    model.fit(BatchGenerator(data), epochs=1, optimizer=SGD(model), **settings)
    loaded = Model.load(tmp_path / "model.h5")
    assert np.array_equal(loaded.operating_points(DRIVES).free_voltages, expected)
    again = Model.load(tmp_path / "run.h5")
    assert (again.gmin, again.shunt) == (1e-8, 1e-9)
    other = diodes()
    with pytest.raises(StorageError, match="another network"):
        other.fit(BatchGenerator(data), epochs=2, optimizer=SGD(other), resume=True, **settings)
