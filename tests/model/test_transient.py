"""Networks in time: closed forms, order of convergence, ngspice, energies, and what is refused."""

from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core import Model
from ebana_core.errors import ParameterError, UnknownNameError, UnsupportedError
from ebana_core.initializers import Given, RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    SpiceBlock,
)

mpl.use("Agg")

C = 1e-12


def divider() -> Model:
    """Two inputs, each through 100 kΩ, to one node."""
    x = InputVoltageLayer(units=2, name="x")
    d = DenseLayer(units=1, name="d", initializer=Given(1e-5))(x)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(d)], seed=0)


def network() -> Model:
    x = InputVoltageLayer(units=3, name="x")
    init = RandomUniform(1e-6, 1e-5)
    d = DenseLayer(units=4, name="d", initializer=init)(x)
    soft = DiodeLayer(name="pair", kind="antiparallel", param={"IS": 1e-7, "a": 0.1})(d)
    amp = AmplificationLayer(name="amp", param={"gain": 3.0, "shift": 0.05})(soft)
    last = DenseLayer(units=2, name="last", initializer=init)(amp)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y")(last)], seed=0)


X = np.random.default_rng(0).uniform(-1, 1, (3, 3))
NUDGE = {"y": np.array([[2e-7], [-1e-7], [3e-7]])}


@pytest.mark.parametrize("backend", ["native", pytest.param("ngspice", marks=pytest.mark.ngspice)])
def test_a_resistor_charges_a_capacitor(backend: str) -> None:
    tau = C / 2e-5
    inputs = {"x": [[1.0, 0.4]]}
    found = divider().transient(
        inputs, capacitance=C, duration=8 * tau, n_steps=400, backend=backend
    )
    node = found.voltages[:, 0, found.node_names.index("d[0]")]
    assert node == pytest.approx(0.7 * (1 - np.exp(-found.times / tau)), abs=2e-4)
    settling = found.settling_times(0.7 * np.exp(-3))
    assert settling[0, 0] == pytest.approx(3 * tau, rel=0.02)
    # 1 V and 0.4 V deliver 1e-5 S of the drop to each; in the limit 3.0 µW between them.
    steady = 1e-5 * (0.3 * 1.0 - 0.3 * 0.4)
    transient = 1e-5 * 0.7 * tau * (1.0 + 0.4)
    assert found.energy[0, 0] == pytest.approx(steady * 8 * tau + transient, rel=2e-3)


def test_halved_steps_leave_a_quarter_of_the_error() -> None:
    tau, inputs = C / 2e-5, {"x": [[1.0, 0.4]]}
    errors = []
    for n_steps in (100, 200, 400):
        found = divider().transient(inputs, capacitance=C, duration=4 * tau, n_steps=n_steps)
        node = found.voltages[:, 0, found.node_names.index("d[0]")]
        errors.append(np.abs(node - 0.7 * (1 - np.exp(-found.times / tau)))[n_steps // 4 :].max())
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.15)
    assert errors[1] / errors[2] == pytest.approx(4, rel=0.15)


@pytest.mark.ngspice
def test_native_and_ngspice_move_alike() -> None:
    settings: dict[str, Any] = {"capacitance": C, "duration": 2e-6, "n_steps": 1000}
    native, reference = (
        network().transient({"x": X}, nudge=NUDGE, backend=b, **settings)
        for b in ("native", "ngspice")
    )
    assert np.array_equal(native.times, reference.times)
    assert np.abs(native.voltages - reference.voltages)[1:].max() <= 1e-3
    assert native.energy == pytest.approx(reference.energy, rel=1e-3)


def test_both_phases_end_at_their_operating_points() -> None:
    model = network()
    found = model.transient({"x": X}, capacitance=C, duration=5e-6, nudge=NUDGE)
    assert found.n_phases == 2
    free, nudged = (
        model.operating_points({"x": X}, nudge=nudge).voltages for nudge in (None, NUDGE)
    )
    assert np.abs(found.voltages[200] - free).max() <= 1e-6
    assert np.abs(found.voltages[-1] - nudged).max() <= 1e-6
    times = found.settling_times()
    assert times.shape == (2, 3)
    assert (times > 0).all()
    assert (times < 5e-6).all()
    slower = model.transient({"x": X}, capacitance=2 * C, duration=10e-6, nudge=NUDGE)
    assert slower.settling_times() == pytest.approx(2 * times, rel=1e-9)
    assert slower.energy == pytest.approx(2 * found.energy, rel=1e-9)
    assert "free phase: settled to 0.001 V" in str(found)
    assert "nudged phase" in str(found)
    short = model.transient({"x": X}, capacitance=C, duration=1e-8)
    assert np.isnan(short.settling_times()).all()
    assert "settled to 0.001 V after never, 3 of 3 samples not within 1e-08 s" in str(short)


def test_it_plots_nodes_and_where_they_end() -> None:
    found = network().transient({"x": X}, capacitance=C, duration=5e-6, nudge=NUDGE)
    axes = found.plot("amp", sample=1)
    assert len(axes.lines) == 4 * 3
    assert axes.get_xlabel() == "time (ns)"
    with pytest.raises(UnknownNameError, match="'none'"):
        found.plot("none")
    assert len(found.plot().lines) == (4 + 4 + 2) * 3


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"capacitance": 0.0}, r"capacitance of 'd' is 0.0 F"),
        ({"capacitance": -1e-12}, r"is -1e-12 F"),
        ({"capacitance": {"d": float("nan")}}, "is nan F"),
        ({"capacitance": {"d": "big"}}, "'big'"),
        ({"capacitance": {"x": C}}, "reaches no node"),
        ({"duration": 0.0}, "duration is 0.0 s"),
        ({"n_steps": 0}, "n_steps is 0"),
    ],
)
def test_bad_settings_are_named(settings: dict[str, Any], match: str) -> None:
    given = {"capacitance": C, "duration": 1e-6, **settings}
    with pytest.raises(ParameterError, match=match):
        divider().transient({"x": [[1.0, 0.4]]}, **given)
    with pytest.raises(UnknownNameError, match=r"\['hidden'\]"):
        divider().transient({"x": [[1.0, 0.4]]}, capacitance={"hidden": C}, duration=1e-6)


@pytest.mark.ngspice
def test_capacitors_inside_blocks_count_in_ngspice() -> None:
    text = ".subckt rc a b\nR1 a m 100k\nC1 m 0 2p\nR2 m b 1k\nR3 b 0 1g\n.ends"
    x = InputVoltageLayer(units=2, name="x")
    act = SpiceBlock(name="act", subcircuit=text, inputs="a", outputs="b")(x)
    model = Model(inputs=[x], outputs=[CurrentLayer(name="y")(act)], seed=0)
    settings: dict[str, Any] = {"capacitance": 1e-18, "duration": 2e-6, "n_steps": 500}
    found = model.transient({"x": [[1.0, -0.5]]}, backend="ngspice", **settings)
    node = found.voltages[:, 0, found.node_names.index("act[0]")]
    assert node == pytest.approx(1 - np.exp(-found.times / (1e5 * 2e-12)), abs=1e-3)
    with pytest.raises(UnsupportedError, match="'c1', which native knows at DC only"):
        model.transient({"x": [[1.0, -0.5]]}, **settings)
