"""Networks in time: closed forms, order of convergence, ngspice, energies, what is switched."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer
from ebana_memristor import MemristorLayer, Wires

from ebana_core import Model
from ebana_core.analysis.transient import Transient
from ebana_core.backends import NativeBackend, PrecisionWarning
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
TAU = C / 1e-5
BACKENDS = ["native", pytest.param("ngspice", marks=pytest.mark.ngspice)]


def divider() -> Model:
    """Two inputs, each through 100 kΩ, to one node."""
    x = InputVoltageLayer(units=2, name="x")
    d = DenseLayer(units=1, name="d", initializer=Given(1e-5))(x)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(d)], seed=0)


def chain(*conductances: float, block: str = "", diode: dict[str, Any] | None = None) -> Model:
    """One input through conductances d0, d1, ..., S, to a block or a diode that stands last."""
    layer = x = InputVoltageLayer(units=1, name="x")
    for k, conductance in enumerate(conductances):
        layer = DenseLayer(units=1, name=f"d{k}", initializer=Given(conductance))(layer)
    if block:
        layer = SpiceBlock(name="act", subcircuit=block, inputs="a")(layer)
    if diode:
        layer = DiodeLayer(name="diode", **diode)(layer)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(layer)], seed=0)


def network(first: Any = None, kind: str = "antiparallel", **diode: Any) -> Model:
    x = InputVoltageLayer(units=3, name="x")
    init = RandomUniform(1e-6, 1e-5)
    d = (first or DenseLayer(units=4, name="d", initializer=init))(x)
    given = diode or {"param": {"IS": 1e-7, "a": 0.1}}
    soft = DiodeLayer(name="pair", kind=kind, **given)(d)
    amp = AmplificationLayer(name="amp", param={"gain": 3.0, "shift": 0.05})(soft)
    last = DenseLayer(units=2, name="last", initializer=init)(amp)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y")(last)], seed=0)


X = np.random.default_rng(0).uniform(-1, 1, (3, 3))
NUDGE = {"y": np.array([[2e-7], [-1e-7], [3e-7]])}


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_resistor_charges_a_capacitor(backend: str) -> None:
    tau = C / 2e-5
    inputs = {"x": [[1.0, 0.4]]}
    found = divider().transient(inputs, capacitance=C, duration=8 * tau, backend=backend)
    node = found.voltages[:, 0, found.node_names.index("d[0]")]
    assert node == pytest.approx(0.7 * (1 - np.exp(-found.times / tau)), abs=1e-4)
    settling = found.settling_times(0.7 * np.exp(-3))
    assert settling[0, 0] == pytest.approx(3 * tau, rel=5e-3, abs=0)
    # 1 V and 0.4 V deliver 1e-5 S of the drop to each; in the limit 1.8 µW between them.
    steady = 1e-5 * (0.3 * 1.0 - 0.3 * 0.4)
    transient = 1e-5 * 0.7 * tau * (1.0 + 0.4)
    assert found.energy[0, 0] == pytest.approx(steady * 8 * tau + transient, rel=1e-3, abs=0)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("n_tau", [10, 100, 1e4])
def test_a_generous_duration_leaves_settling_time_and_energy(n_tau: float, backend: str) -> None:
    found = chain(1e-5).transient(
        {"x": [[1.0]]}, capacitance=C, duration=n_tau * TAU, backend=backend
    )
    assert found.settling_times()[0, 0] == pytest.approx(np.log(1e3) * TAU, rel=5e-3, abs=0)
    assert found.energy[0, 0] == pytest.approx(C, rel=2e-3, abs=0)
    assert found.is_resolved.all()
    assert "too long" not in str(found)


def test_steps_that_are_too_long_are_told() -> None:
    for n_tau in (1e7, 1e20):
        found = chain(1e-5).transient({"x": [[1.0]]}, capacitance=C, duration=n_tau * TAU)
        assert not found.is_resolved.any()
    assert "steps are too long for 1 of 1 samples: lower `duration`" in str(found)


def test_halved_steps_leave_a_quarter_of_the_error() -> None:
    tau, inputs = C / 2e-5, {"x": [[1.0, 0.4]]}
    errors = []
    for n_steps in (100, 200, 400):
        found = divider().transient(inputs, capacitance=C, duration=4 * tau, n_steps=n_steps)
        node = found.voltages[:, 0, found.node_names.index("d[0]")]
        errors.append(np.abs(node - 0.7 * (1 - np.exp(-found.times / tau))).max())
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.1, abs=0)
    assert errors[1] / errors[2] == pytest.approx(4, rel=0.1, abs=0)


@pytest.mark.parametrize("backend", BACKENDS)
def test_nodes_without_a_capacitance_follow_at_once(backend: str) -> None:
    """1 Ω before 100 kΩ: at 0 V, the node between them would take 1 W."""
    found = chain(1.0, 1e-5).transient(
        {"x": [[1.0]]}, capacitance={"d1": C}, duration=20 * TAU, backend=backend
    )
    assert found.voltages[0, 0] == pytest.approx([1.0, 1.0, 0.0], abs=2e-5)
    assert found.power[0, 0] == pytest.approx(1e-5, rel=1e-4, abs=0)
    assert found.energy[0, 0] == pytest.approx(C, rel=2e-3, abs=0)


def test_wires_hardly_change_the_energy() -> None:
    init = RandomUniform(1e-6, 1e-5)
    bare, wired = (
        network(MemristorLayer(units=4, name="d", initializer=init, wires=wires)).transient(
            {"x": X}, capacitance=C, duration=3e-6, n_steps=100
        )
        for wires in (None, Wires(row=1.0, column=1.0))
    )
    assert wired.energy == pytest.approx(bare.energy, rel=5e-4, abs=0)  # 1 Ω in 100 kΩ, a few times


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_nudge_counts_from_its_switch(backend: str) -> None:
    """1 µA into a node without capacitance behind 10 µS: 0.1 V at once, then 0.1 V slowly."""
    settings: dict[str, Any] = {"capacitance": {"d0": C}, "duration": 20 * TAU}
    found = chain(1e-5, 1e-5).transient(
        {"x": [[0.0]]}, nudge={"y": [[1e-6]]}, backend=backend, **settings
    )
    free, nudged = (found.part(phase) for phase in (0, 1))
    assert found.times[nudged][0] == found.times[free][-1]
    assert found.voltages[free][-1, 0] == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)
    assert found.voltages[nudged][0, 0] == pytest.approx([0.0, 0.0, 0.1], abs=2e-6)
    assert found.power[nudged][0, 0] == pytest.approx(1e-7, rel=1e-4, abs=0)
    # The source's 1 µA against 0.2 V - 0.1 V*exp(-t/tau), tau = C/10 µS.
    expected = 1e-6 * (0.2 * 20 * TAU - 0.1 * TAU)
    assert found.energy[1, 0] == pytest.approx(expected, rel=1e-4, abs=0)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_ideal_diodes_switch_counts(backend: str) -> None:
    """A node held at 0.3 V and above takes ``C*v**2`` at once, half of it lost."""
    diode = {"kind": "ideal", "direction": "up", "bias_voltage": 0.3}
    found = chain(1e-5, diode=diode).transient(
        {"x": [[0.3]]}, capacitance=C, duration=TAU, backend=backend
    )
    assert found.voltages[:, 0] == pytest.approx(0.3, abs=1e-6)
    assert found.energy[0, 0] == pytest.approx(C * 0.09, rel=1e-4, abs=0)


@pytest.mark.ngspice
def test_native_and_ngspice_move_alike() -> None:
    settings: dict[str, Any] = {"capacitance": C, "duration": 2e-6, "n_steps": 150}
    native, reference = (
        network().transient({"x": X}, nudge=NUDGE, backend=b, **settings)
        for b in ("native", "ngspice")
    )
    assert np.array_equal(native.times, reference.times)
    assert np.abs(native.voltages - reference.voltages).max() <= 2e-4
    assert native.energy == pytest.approx(reference.energy, rel=1e-4, abs=0)


def test_float32_finds_the_energy_of_ideal_diodes() -> None:
    model = network(kind="ideal", direction="down", bias_voltage=0.1)
    double, single = (
        model.transient(
            {"x": X}, capacitance=C, duration=3e-6, n_steps=100, backend=NativeBackend(dtype=dtype)
        )
        for dtype in ("float64", "float32")
    )
    assert single.voltages.dtype == np.float32
    assert single.energy == pytest.approx(double.energy, rel=1e-5, abs=0)


def test_what_float32_does_not_hold_moves_in_float64() -> None:
    model = chain(1e-7, 1.0, diode={"kind": "antiparallel", "param": {"IS": 1e-9, "a": 0.05}})

    def moved(dtype: str) -> Transient:
        return model.transient(
            {"x": [[0.5], [-0.2]]},
            capacitance=1e-15,
            duration=1e-7,
            n_steps=200,
            backend=NativeBackend(dtype=dtype),
        )

    with pytest.warns(PrecisionWarning, match="elements 'd1' of layer 'd1' .1 S."):
        single = moved("float32")
    # Alone, float32 was 4e-3 V off.
    assert np.abs(single.voltages - moved("float64").voltages).max() <= 1e-12


def test_both_phases_end_at_their_operating_points() -> None:
    model = network()
    settings: dict[str, Any] = {"nudge": NUDGE, "n_steps": 100}
    found = model.transient({"x": X}, capacitance=C, duration=5e-6, **settings)
    for phase, nudge in enumerate((None, NUDGE)):
        end = model.operating_points({"x": X}, nudge=nudge).voltages
        assert np.abs(found.voltages[found.part(phase)][-1] - end).max() <= 1e-6
    times = found.settling_times()
    assert ((times > 0) & (times < 5e-6)).all()
    slower = model.transient({"x": X}, capacitance=2 * C, duration=10e-6, **settings)
    assert slower.settling_times() == pytest.approx(2 * times, rel=1e-6, abs=0)
    assert slower.energy == pytest.approx(2 * found.energy, rel=1e-6, abs=0)
    assert "free phase: settled to 0.001 V after" in str(found)
    short = model.transient({"x": X}, capacitance=C, duration=1e-8, n_steps=20)
    assert np.isnan(short.settling_times()).all()
    assert "settled to 0.001 V never, 3 of 3 samples not within 1e-08 s" in str(short)


@pytest.mark.ngspice
def test_capacitors_inside_blocks_count_in_ngspice() -> None:
    # A junction that blocks, of a grading coefficient of zero: a capacitor of 2 pF.
    junction = "D1 0 a dx\n.model dx d(is=1e-20 cjo=2p m=1e-9)"
    for inside, name in (("C1 a 0 2p", "c1"), (junction, "d1")):
        model = chain(1e-5, block=f".subckt b a\n{inside}\nR1 a 0 1g\n.ends")
        settings: dict[str, Any] = {"capacitance": 1e-18, "duration": 40 * TAU, "n_steps": 400}
        found = model.transient({"x": [[1.0]]}, backend="ngspice", **settings)
        node = found.voltages[:, 0, found.node_names.index("d0[0]")]
        assert node == pytest.approx(1 - np.exp(-found.times / (2 * TAU)), abs=1e-3)
        assert found.energy[0, 0] == pytest.approx(2 * C + 1e-9 * 40 * TAU, rel=5e-3, abs=0)
        with pytest.raises(UnsupportedError, match=f"'{name}', which native knows at DC only"):
            model.transient({"x": [[1.0]]}, **settings)


@pytest.mark.parametrize("backend", ["native", pytest.param("ngspice", marks=pytest.mark.ngspice)])
def test_blocks_that_would_stand_still_are_refused(backend: str) -> None:
    text = ".subckt b a\nV1 x 0 sin(0.5 1 1k)\nR1 a x 1k\n.ends"
    with pytest.raises(
        UnsupportedError, match="'act' holds 'v1', which blocks have as it is at DC"
    ):
        chain(1e-5, block=text).transient(
            {"x": [[1.0]]}, backend=backend, capacitance=C, duration=1e-6, n_steps=20
        )


def test_native_refuses_transistors_with_charge() -> None:
    text = ".subckt b a\nM1 a a 0 0 nm w=10u l=1u\nR1 a 0 1g\n.model nm nmos(vto=0.4 {})\n.ends"
    settings: dict[str, Any] = {"capacitance": C, "duration": 1e-6, "n_steps": 20}
    chain(1e-5, block=text.format("kp=1e-4")).transient({"x": [[1.0]]}, **settings)
    with pytest.raises(UnsupportedError, match=r"'act' holds 'm1'.*\n.*backend=\"ngspice\""):
        chain(1e-5, block=text.format("cgso=1n")).transient({"x": [[1.0]]}, **settings)


@pytest.mark.ngspice
def test_diodes_with_charge_have_no_energy(tmp_path: Path) -> None:
    cards = tmp_path / "cards.lib"
    cards.write_text(".model dx d(is=1e-14 rs=1 cjo=20p tt=0)\n")
    given = {"param": {"model_name": "dx", "path": str(cards)}, "direction": "down"}
    model = chain(1e-5, diode={"kind": "real", **given})
    settings: dict[str, Any] = {"capacitance": C, "duration": 5e-5}
    with pytest.raises(UnsupportedError, match="'diode' holds 'CJO=2e-11', which native knows"):
        model.transient({"x": [[0.2]]}, **settings)
    found = model.transient({"x": [[0.2]]}, backend="ngspice", **settings)
    assert found.settling_times()[0, 0] > 20 * TAU
    with pytest.raises(UnsupportedError, match="layer 'diode' holds charge by CJO=2e-11"):
        _ = found.energy
    assert "energy is unknown: layer 'diode' holds charge" in str(found)


def test_it_plots_nodes_and_where_they_end() -> None:
    found = network().transient({"x": X}, capacitance=C, duration=5e-6, nudge=NUDGE)
    axes = found.plot("amp", sample=1)
    assert len(axes.lines) == 4 * 3
    axes.figure.canvas.draw()
    assert axes.get_xticklabels()[-2].get_text().endswith("µs")
    assert axes.get_legend() is not None
    assert len(found.plot().lines) == (4 + 4 + 2) * 3
    with pytest.raises(UnknownNameError, match="'none'"):
        found.plot("none")
    for sample in (3, -4, 1.0, True):
        with pytest.raises(ParameterError, match=f"sample is {sample}"):
            found.plot(sample=sample)  # type: ignore[arg-type]
