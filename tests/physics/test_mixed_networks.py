"""Transistors as synapses between diodes, amplifiers and resistors: both simulators agree."""

from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer, TransistorCrossbarLayer

from ebana_core import Model
from ebana_core.backends import NativeBackend
from ebana_core.backends.native import search
from ebana_core.data import DataSet
from ebana_core.initializers import RandomUniform
from ebana_core.laws.transistor_branch import TransistorBranch
from ebana_core.layers import (
    AmplificationLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
)
from ebana_core.losses import MSE
from ebana_core.rules import Adjoint, AsymmetricPropagation
from ebana_core.zoo.transistors import transistors

RIGHT = 1e-12
"""Imbalance of a right operating point."""
BODIES, REFERENCES = ("ground", "drain", "source", "floating"), ("ground", "drain", "source")
DIODES: tuple[dict[str, Any], ...] = (
    {"kind": "shockley", "direction": "down"},
    {"kind": "antiparallel"},
    {"kind": "behavioral", "direction": "up"},
    {"kind": "ideal", "direction": "up"},
)


def network(seed: int) -> Model:
    """Return crossbars of transistors, of drawn ties, around a hidden layer."""
    rng = np.random.default_rng(seed)

    def synapses(name: str, units: int, n_in: int, before: Layer) -> Layer:
        ties = {
            "body": str(rng.choice(BODIES)),
            "body_resistance": float(rng.choice([0.0, 10.0])),
            "gate_reference": str(rng.choice(REFERENCES)),
        }
        gates = rng.uniform(1.0, 4.5, (n_in, units))
        own = {**transistors(**ties), "name": name, "initializer": gates, "lr": 1.0}
        return TransistorCrossbarLayer(units=units, **own)(before)

    x = InputVoltageLayer(units=3, name="x")
    hidden = synapses("a", 4, 3, x)
    hidden = DiodeLayer(name="d", **DIODES[seed % len(DIODES)])(hidden)
    if rng.random() < 0.5:
        hidden = AmplificationLayer(name="g", param={"gain": 3.0})(hidden)
    out = synapses("b", 2, 4, hidden)
    if rng.random() < 0.5:
        out = DenseLayer(name="r", units=2, initializer=RandomUniform(1e-6, 1e-4), lr=1e-8)(out)
    return Model([x], [CurrentLayer(name="y", fold=False)(out)], seed=0, gmin=1e-8, shunt=1e-9)


@pytest.mark.ngspice
@pytest.mark.parametrize("seed", range(24))
def test_native_and_ngspice_agree(seed: int) -> None:
    model = network(seed)
    x = np.random.default_rng(100 + seed).uniform(-0.4, 0.8, (5, 3))
    native = model.operating_points({"x": x})
    ngspice = model.operating_points({"x": x}, backend="ngspice")
    assert native.residual <= RIGHT
    apart = np.abs(native.voltages - ngspice.voltages).max()
    # Gates and bulks that follow the ends can leave a network two points; both are then right.
    assert apart <= 1e-8 or ngspice.residual <= RIGHT


@pytest.mark.parametrize("seed", range(8))
def test_compiled_code_finds_what_the_laws_do(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Free points and, by small nudges, exact gradients."""
    model = network(seed)
    rng = np.random.default_rng(200 + seed)
    samples = DataSet({"x": rng.uniform(-0.4, 0.8, (4, 3))}, {"y": rng.uniform(0, 0.3, (4, 2))})
    by_laws = model.operating_points(samples.inputs, backend=NativeBackend(compiled=False))
    exact = model.gradients(samples, MSE(), Adjoint())
    asked, at = [0], TransistorBranch.at

    def counted(self: TransistorBranch, *rest: Any) -> Any:
        asked[0] += 1
        return at(self, *rest)

    monkeypatch.setattr(TransistorBranch, "at", counted)
    points = model.operating_points(samples.inputs)
    assert asked[0] == 0  # compiled code judges what it finds, and tells what is stable
    apart = np.abs(points.node_voltages - by_laws.node_voltages).max()
    assert apart <= 1e-9 or (points.residual <= RIGHT and by_laws.residual <= RIGHT)
    found = model.gradients(samples, MSE(), AsymmetricPropagation(1e-9))
    for name, own in exact.items():
        assert found[name] == pytest.approx(own, rel=1e-4, abs=1e-6 * np.abs(own).max()), name


@pytest.mark.parametrize("seed", [3, 7, 11, 15, 51, 79])
def test_ideal_diodes_among_transistors_are_settled_by_newtons_method(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Resistors are few there, so that the slopes of transistors say which diodes carry."""

    def never(*_: Any, **__: Any) -> Any:
        raise AssertionError("followed from easy equations, which takes a hundred times as long")

    monkeypatch.setattr(search, "by_last_resorts", never)
    x = np.random.default_rng(500 + seed).uniform(-0.6, 1.0, (6, 3))
    for compiled in (True, False):
        points = network(seed).operating_points({"x": x}, backend=NativeBackend(compiled=compiled))
        assert points.residual <= RIGHT
