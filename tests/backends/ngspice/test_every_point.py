"""Every operating point of the ngspice backend is right, or an error says which is not."""

import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs
import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core import Model, initializers
from ebana_core.arrays import Array, Values
from ebana_core.backends import NgspiceBackend
from ebana_core.backends.native.patience import within
from ebana_core.backends.ngspice import NgspiceSimulator
from ebana_core.errors import ConvergenceError, EbanaError
from ebana_core.laws import Law
from ebana_core.laws.spice import BehaviouralCurrent, Element
from ebana_core.layers import (
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    ShuntLayer,
    SpiceBlock,
)
from ebana_core.quantities import quantity
from tests.support import scalar_diodes
from tests.support.scalar_diodes import THERMAL

pytestmark = pytest.mark.ngspice

RIGHT = 1e-8
"""V: what a residual of 1e-12 leaves at a nanosiemens is far less; bisection is exact."""


def solved(model: Model, drive: float, backend: str = "ngspice") -> float:
    points = model.operating_points({"x": [[drive]]}, backend=backend)
    assert points.residual <= 1e-12
    return float(points.at("d")[0, 0])


@pytest.mark.parametrize("kind", scalar_diodes.LAWS)
def test_random_diodes_are_right_or_refused_in_bounded_time(kind: str) -> None:
    rng = np.random.default_rng(20)
    refused, n_diodes = [], 60
    for _ in range(n_diodes):
        param, conductance = scalar_diodes.drawn(kind, rng), float(10 ** rng.uniform(-9, -2))
        drive = float(rng.uniform(-1, 1) * 10 ** rng.uniform(-1, 2))
        expected = scalar_diodes.voltage(kind, param, conductance, drive)
        model, began = scalar_diodes.model(kind, param, conductance), time.process_time()
        try:
            assert solved(model, drive) == pytest.approx(expected, abs=RIGHT), (param, conductance)
        except EbanaError as error:
            refused.append((param, conductance, drive, error))
        assert time.process_time() - began < 30  # one that nothing bounds takes minutes
    # 2,100 drawn diodes were all solved; an error would be allowed, but is not expected.
    assert not refused, refused[:2]


@pytest.mark.parametrize("kind", ["shockley", "antiparallel"])
@pytest.mark.parametrize(
    ("offset", "slope", "drive"),
    [(3.0, 0.035, 5.0), (0.5, 0.005, 1.0), (0.1, 1e-4, 1.0), (30.0, 0.035, 50.0), (0, 1e-4, 100.0)],
)
def test_exponents_far_above_eighty_are_not_cut(
    kind: str, offset: float, slope: float, drive: float
) -> None:
    param = {"IS": 1e-6, "a": slope, "V_off": offset}
    expected = scalar_diodes.voltage(kind, param, 1e-3, drive)
    assert solved(scalar_diodes.model(kind, param, 1e-3), drive) == pytest.approx(
        expected, abs=RIGHT
    )


def test_a_saturation_current_below_ngspices_epsmin_is_taken_as_it_is() -> None:
    param = {"IS": 2e-33, "N": 1.5, "RS": 2.0}
    expected = scalar_diodes.voltage("real", param, 1e-4, 3.0)
    assert expected > 2.5  # at 1e-28 A it would be 2.14 V
    assert solved(scalar_diodes.model("real", param, 1e-4), 3.0) == pytest.approx(
        expected, abs=RIGHT
    )


@pytest.mark.parametrize("extra", ["cjo=1p vj=3.1 m=.4", "cjo=1p vj=.7 m=1.2", "ikf=0"])
def test_warnings_that_change_no_current_refuse_nothing(extra: str, tmp_path: Path) -> None:
    path = tmp_path / "diode.lib"
    path.write_text(f".model q d(is=2.4n n=1.7 {extra})\n")
    x = InputVoltageLayer(units=1, name="x")
    d = DenseLayer(units=1, name="d", initializer=initializers.Given(1e-4))(x)
    d = DiodeLayer(
        name="q", kind="real", direction="down", param={"model_name": "q", "path": str(path)}
    )(d)
    model = Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(d)], seed=0)
    expected = scalar_diodes.voltage("real", {"IS": 2.4e-9, "N": 1.7, "RS": 0.0}, 1e-4, 0.9)
    assert solved(model, 0.9) == pytest.approx(expected, abs=RIGHT)


def closed_transistor(level: int) -> Model:
    """Return a transistor whose gate closes it and whose bulk diode conducts, between 10 kohm."""
    text = (
        f".subckt closed a b\nm1 b g a a n\nvg g a -50\n.model n nmos(level={level} vto=0.7)\n.ends"
    )
    x = InputVoltageLayer(units=2, name="x", source_resistance=1e4)
    d = SpiceBlock(name="d", subcircuit=text, inputs=["a", "b"])(x)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(d)], seed=0)


@pytest.mark.parametrize("level", [1, 6])
def test_devices_that_have_not_settled_are_waited_for_whatever_came_before(level: int) -> None:
    model = closed_transistor(level)
    rows = np.array([[0.8, -0.4], [0.3, 0.1], [-0.5, 0.5], [0.9, -0.9]])
    points = model.operating_points({"x": rows}, backend="ngspice").at("d")
    for row, (anode, cathode) in zip(rows, points, strict=True):
        drop = scalar_diodes.voltage(
            "real", {"IS": 1e-14, "N": 1.0, "RS": 0.0}, 5e-5, row[0] - row[1]
        )
        # Two gmin of 1e-15 S beside it move the 20 kilohms by 1e-11 V.
        assert anode - cathode == pytest.approx(drop, abs=1e-10)
        assert anode + cathode == pytest.approx(row.sum(), abs=1e-10)
    again = model.operating_points({"x": rows[::-1]}, backend="ngspice").at("d")
    np.testing.assert_allclose(again[::-1], points, rtol=0, atol=1e-12)


def test_a_transient_that_would_never_end_is_not_begun() -> None:
    # A diode of milliohms with charge: ngspice's default of falling back to a transient never
    # came back from the second row.
    text = ".subckt one a c\nd1 a c dn\n.model dn d(tt=1n is=1e-15 rs=1e-3)\n.ends"
    x = InputVoltageLayer(units=2, name="x", source_resistance=1e4)
    d = SpiceBlock(name="d", subcircuit=text, inputs=["a", "c"])(x)
    model = Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(d)], seed=0)
    rows = np.random.default_rng(1).uniform(-1, 1, (8, 2))
    began = time.process_time()
    points = model.operating_points({"x": rows}, backend="ngspice").at("d")
    assert time.process_time() - began < 30  # one that nothing bounds takes minutes
    for row, (anode, cathode) in zip(rows, points, strict=True):
        param = {"IS": 1e-15, "N": 1.0, "RS": 1e-3}
        drop = scalar_diodes.voltage("real", param, 5e-5, row[0] - row[1])
        assert anode - cathode == pytest.approx(drop, abs=RIGHT)


def test_nudged_differences_of_a_nanoampere_are_right() -> None:
    param = {"IS": 3e-7, "N": 1.04, "RS": 0.01}
    model = scalar_diodes.model("real", param, 1e-6)
    injected = np.array([[1e-9]])
    points = model.operating_points({"x": [[1.0]]}, backend="ngspice", nudge={"y": injected})
    assert points.residual <= 1e-12
    assert points.change is not None
    node = points.circuit.nodes_of("d")[0]
    inner = scalar_diodes.voltage("real", {**param, "RS": 0.0}, 1e-6, 1.0)
    slope = 3e-7 / (1.04 * THERMAL) * math.exp(inner / (1.04 * THERMAL))
    expected = 1e-9 / (1e-6 + slope / (1 + 0.01 * slope))
    # The change of 0.1 millivolts bends the slope by half of change / (N kT/q), 2e-3.
    assert points.change[0, node] == pytest.approx(expected, rel=2e-3, abs=0)
    native = model.operating_points({"x": [[1.0]]}, nudge={"y": injected})
    assert native.change is not None
    # Both solve for the change as such wherever ngspice alone is not exact.
    assert points.change[0, node] == pytest.approx(native.change[0, node], rel=1e-7, abs=0)


@attrs.frozen
class Other(Law):
    """A conductance whose netlist conducts twice as much as its law says."""

    values = (quantity("G", "S", default=1e-4, above=0.0),)

    def current(self, drop: Array, values: Values) -> Array:
        return values["G"] * drop

    def slope(self, drop: Array, values: Values) -> Array:
        return values["G"] + 0 * drop

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        return [BehaviouralCurrent(f"b{branch}", head, tail, "2*{G}*{drop}", dict(values))]


class OtherLayer(ShuntLayer):
    """One to ground from every node."""

    device = "other"
    law = Other()


def disagreeing() -> Model:
    x = InputVoltageLayer(units=1, name="x")
    d = DenseLayer(units=1, name="d", initializer=initializers.Given(1e-4))(x)
    d = OtherLayer(name="q")(d)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(d)], seed=0)


def test_a_netlist_that_says_another_law_is_refused_naming_sample_node_and_residual() -> None:
    rows = np.array([[0.0], [1.0]])
    with pytest.raises(
        ConvergenceError, match=r"free phase for samples \[1\]; worst node 'd\[0\]', residual 3"
    ):
        disagreeing().operating_points({"x": rows}, backend="ngspice")


def test_what_ngspice_itself_found_is_there_for_comparisons() -> None:
    model = disagreeing()
    simulator = model.simulator(NgspiceBackend())
    assert isinstance(simulator, NgspiceSimulator)
    points = simulator.as_found(model.parameters.snapshot(), {"x": np.array([[3.0]])})
    assert points.at("d")[0, 0] == pytest.approx(1.0, rel=1e-12, abs=0)
    assert points.residual > 0.1


@attrs.frozen
class Hidden(Law):
    """A conductance of twice its value, which only the netlist says."""

    native_refusal = "only ngspice knows it"
    values = Other.values

    def current(self, drop: Array, values: Values) -> Array:
        return 0 * drop

    spice = Other.spice


class HiddenLayer(ShuntLayer):
    """One to ground from every node."""

    device = "hidden"
    law = Hidden()


def test_a_law_that_only_ngspice_knows_is_judged_everywhere_else() -> None:
    x = InputVoltageLayer(units=1, name="x")
    d = DenseLayer(units=1, name="d", initializer=initializers.Given(1e-4))(x)
    d = HiddenLayer(name="q")(d)
    e = DenseLayer(units=1, name="e", initializer=initializers.Given(1e-4))(d)
    e = DiodeLayer(name="r", kind="real", direction="down")(e)
    model = Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(e)], seed=0)
    points = model.operating_points({"x": [[3.0], [0.0], [3.0]]}, backend="ngspice")
    # Seen from behind the second conductance: 1 V behind 1e-4 S and 3e-4 S in series.
    param = {"IS": 1e-14, "N": 1.0, "RS": 0.0}
    expected = scalar_diodes.voltage("real", param, 1 / (1 / 1e-4 + 1 / 3e-4), 1.0)
    np.testing.assert_allclose(points.at("e")[:, 0], [expected, 0, expected], rtol=0, atol=RIGHT)


@pytest.mark.parametrize("seed", range(8))
def test_random_networks_are_right_in_both_phases(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = InputVoltageLayer(units=3, name="x")
    h = x
    low = float(10 ** rng.uniform(-9, -4))
    for layer in range(2):
        kind = str(rng.choice([*scalar_diodes.LAWS]))
        spread = initializers.LogUniform(low, 100 * low)
        h = DenseLayer(units=4, name=f"d{layer}", initializer=spread)(h)
        direction = None if kind == "antiparallel" else "down"
        param = scalar_diodes.drawn(kind, rng)
        h = DiodeLayer(name=f"q{layer}", kind=kind, direction=direction, param=param)(h)
    model = Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(h)], seed=seed)
    inputs = {"x": rng.uniform(-1, 1, (5, 3)) * 10 ** rng.uniform(-1, 1)}
    nudge = {"y": low * 10 ** rng.uniform(-4, 0) * rng.normal(size=(5, 4))}
    points = model.operating_points(inputs, backend="ngspice", nudge=nudge)
    assert points.residual <= 1e-12
    assert attrs.evolve(points, nudge={}, change=None).residual <= 1e-12


def test_a_cold_start_counts_as_a_step() -> None:
    """Large batches without any point end too: ngspice is asked again as often as is allowed."""
    x = InputVoltageLayer(units=1, name="x", source_resistance=1e3)
    d = DiodeLayer(kind="shockley", direction="down", name="d")(x)
    model = Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(d)], seed=0)
    simulator = NgspiceSimulator(NgspiceBackend(), model.network.compiled)
    rows = {"x": np.linspace(0.1, 0.5, 5)[:, None]}
    _, again, _ = simulator._found({**model.parameters}, rows, None, None)
    with within(2):
        found = again(np.arange(5), None)
    assert np.isfinite(found).all(axis=1).tolist() == [True, True, False, False, False]
