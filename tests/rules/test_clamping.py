"""Outputs held at any voltage: beyond diodes, behind amplifiers, at ideal diodes; both backends."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core import Model, losses
from ebana_core.arrays import Array
from ebana_core.backends import OperatingPoints
from ebana_core.circuit.branches import branch_ends, branch_values
from ebana_core.data import DataSet
from ebana_core.errors import ConvergenceError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    JoinLayer,
    Layer,
    SpiceBlock,
)
from ebana_core.rules import ContrastiveLearning, CoupledLearning
from ebana_core.rules.clamping import clamped

INITIALIZER = RandomUniform(1e-6, 1e-5)
BLOCK = ".subckt pad a\nR1 a m 1k\nD1 m 0 steep\nD2 0 m steep\n.model steep D(IS=1e-9 N=1.5)\n.ends"
BOTH = ["native", pytest.param("ngspice", marks=pytest.mark.ngspice)]


def pair_of(kind: str, **settings: Any) -> Callable[[Layer, str], Layer]:
    """Return what puts one diode each way at a layer's nodes."""

    def put(layer: Layer, name: str) -> Layer:
        for direction, bias in (("down", 0.1), ("up", -0.1)):
            layer = DiodeLayer(
                name=f"{name}_{direction}",
                kind=kind,
                direction=direction,
                bias_voltage=bias,
                **settings,
            )(layer)
        return layer

    return put


def antiparallel(layer: Layer, name: str) -> Layer:
    return DiodeLayer(name=name, kind="antiparallel", param={"IS": 1e-7, "a": 0.04})(layer)


DEVICES: dict[str, Callable[[Layer, str], Layer]] = {
    "behavioral": pair_of("behavioral", param={"VTH": 0.3, "RON": 1.0, "ROFF": 1e20}),
    "shockley": pair_of("shockley", param={"IS": 1e-9, "a": 0.03}),
    "real": pair_of("real"),
    "mos": pair_of("mos"),
    "antiparallel": antiparallel,
    "block": lambda layer, name: SpiceBlock(name=name, subcircuit=BLOCK, inputs=["a"])(layer),
}
"""What limits nodes, hidden ones and outputs alike."""


def network(put: Callable[[Layer, str], Layer], seed: int, *, fold: bool = False) -> Model:
    """Return two layers with devices at every node, outputs included."""
    source = InputVoltageLayer(units=3, name="x")
    bias = BiasVoltageLayer(units=1, name="b", bias_voltage=0.4, trainable=True, lr=1.0)
    layer: Layer = ConcatenateLayer(name="j")([source, bias])
    for k, width in enumerate((4, 2)):
        layer = DenseLayer(units=width, name=f"d{k}", initializer=INITIALIZER)(layer)
        layer = put(layer, f"device{k}")
    return Model([source, bias], [CurrentLayer(name="y", fold=fold)(layer)], seed=seed)


def samples(model: Model, seed: int, n: int = 5) -> DataSet:
    rng = np.random.default_rng(seed)
    shape = (n, model.network.shapes["y"][0])
    return DataSet({"x": rng.uniform(-2, 2, (n, 3))}, {"y": rng.uniform(-1, 1, shape)})


def held_at(model: Model, data: DataSet, backend: str = "native") -> OperatingPoints:
    """Return the points whose predictions stand at their targets."""
    simulator, values = model.simulator(backend), model.parameters.snapshot()
    free = simulator.operating_points(values, data.inputs)
    assert data.outputs is not None
    gap = {name: data.outputs[name] - p for name, p in free.predictions().items()}
    return clamped(simulator, values, data.inputs, free, gap)


def differ(found: dict[str, Array], expected: dict[str, Array]) -> float:
    return max(
        float(np.abs(found[name] - expected[name]).max() / np.abs(expected[name]).max())
        for name in expected
    )


@pytest.mark.parametrize("backend", BOTH)
@pytest.mark.parametrize("fold", [False, True])
@pytest.mark.parametrize("device", DEVICES)
def test_outputs_stand_at_targets_far_beyond_their_diodes(
    device: str, fold: bool, backend: str
) -> None:
    for seed in range(4):
        model = network(DEVICES[device], seed, fold=fold)
        data = samples(model, seed)
        points = held_at(model, data, backend)
        assert data.outputs is not None
        # Ten roundings of a prediction of up to 1 V.
        assert points.predictions()["y"] == pytest.approx(data.outputs["y"], abs=1e-14)
        # Inside a block the rounding of one current reaches the equations of its neighbours.
        assert points.residual <= (1e-11 if device == "block" else 1e-12)


@pytest.mark.ngspice
@pytest.mark.parametrize("device", DEVICES)
def test_both_backends_learn_contrastively_alike(device: str) -> None:
    for seed in range(3):
        model = network(DEVICES[device], seed, fold=bool(seed % 2))
        data = samples(model, seed)
        for rule in (ContrastiveLearning(), CoupledLearning(0.3, "centered")):
            ours, theirs = (model.gradients(data, losses.MSE(), rule, b) for b in BACKENDS)
            # ngspice's own accuracy of hidden nodes.
            assert differ(theirs, ours) <= 1e-6


BACKENDS = ("native", "ngspice")


@pytest.mark.parametrize("eta", [0.3, 1.0])
@pytest.mark.parametrize("device", ["shockley", "real", "antiparallel"])
def test_the_gradient_is_that_of_the_difference_of_co_contents(device: str, eta: float) -> None:
    model = network(DEVICES[device], 3, fold=device == "real")
    data = samples(model, 3, n=3)
    rule = CoupledLearning(eta, gradient="exact")
    found = model.gradients(data, losses.MSE(), rule)
    values = model.parameters.snapshot()
    assert data.outputs is not None
    start = model.operating_points(data.inputs).predictions()["y"]
    frozen = start + eta * (data.outputs["y"] - start)
    simulator = model.simulator()

    def heights(name: str, moved: Array) -> tuple[Array, Array]:
        parameters = {**values, name: moved}
        free = simulator.operating_points(parameters, data.inputs)
        away = {"y": frozen - free.predictions()["y"]}
        held = clamped(simulator, parameters, data.inputs, free, away)
        return co_contents(held), co_contents(free)

    for name, gradient in found.items():
        expected = np.zeros_like(gradient)
        step = 1e-4 * np.abs(values[name])
        for place in np.ndindex(gradient.shape):
            ends = []
            for sign in (1, -1):
                moved = values[name].copy()
                moved[place] += sign * step[place]
                ends.append(heights(name, moved))
            # Branch by branch: what an output's own diode holds, kilowatts, is the same.
            change = [float((up - down).sum()) for up, down in zip(*ends, strict=True)]
            expected[place] = (change[0] - change[1]) / eta / len(data) / (2 * step[place])
        # a difference over 1e-4 of the value: its third derivative, and the heights' rounding
        assert np.abs(gradient - expected).max() <= 1e-5 * np.abs(expected).max()


def co_contents(points: OperatingPoints) -> Array:
    """Return the co-content of every branch and sample, W."""
    found = []
    for array in points.circuit.element_arrays:
        heads, tails = branch_ends(array.topology)
        voltages = points.node_voltages
        values = branch_values(array, points.parameters, points.inputs, slice(None))
        found.append(array.law.co_content(voltages[:, heads] - voltages[:, tails], values).ravel())
    return np.concatenate(found)


def behind_amplifiers(layer: Layer) -> list[Layer]:
    amplified = AmplificationLayer(name="a", param={"gain": [-2.0, -2.0], "shift": 0.1})(layer)
    return [CurrentLayer(name="y")(amplified)]


def across_an_amplifier(layer: Layer) -> list[Layer]:
    amplified = AmplificationLayer(name="a", param={"gain": 3.0})(layer)
    ends = ConcatenateLayer(name="ends")([layer, amplified])
    return [CurrentLayer(name="y", fold=False)(layer), CurrentLayer(name="z")(ends)]


def unequal_gains(layer: Layer) -> list[Layer]:
    amplified = AmplificationLayer(name="a", param={"gain": [2.0, 3.0]})(layer)
    return [CurrentLayer(name="y")(amplified)]


def wired_together(layer: Layer) -> list[Layer]:
    beside = DenseLayer(units=2, name="beside", initializer=INITIALIZER)(layer)
    return [CurrentLayer(name="y")(JoinLayer(name="join")([layer, beside]))]


@pytest.mark.parametrize("backend", BOTH)
@pytest.mark.parametrize(
    ("ends", "moved"),
    [
        (behind_amplifiers, {"y": 0.2}),
        (unequal_gains, {"y": 0.2}),
        (wired_together, {"y": 0.2}),
        (across_an_amplifier, {"y": 0.0, "z": 0.0}),
    ],
)
def test_whatever_stands_before_an_output(
    ends: Callable[[Layer], list[Layer]], moved: dict[str, float], backend: str
) -> None:
    source = InputVoltageLayer(units=3, name="x")
    hidden = antiparallel(DenseLayer(units=3, name="d", initializer=INITIALIZER)(source), "pair")
    last = antiparallel(DenseLayer(units=2, name="e", initializer=INITIALIZER)(hidden), "limit")
    model = Model([source], ends(last), seed=1)
    inputs = {"x": np.random.default_rng(0).uniform(-1, 1, (4, 3))}
    simulator, values = model.simulator(backend), model.parameters.snapshot()
    free = simulator.operating_points(values, inputs)
    away = {name: np.full(p.shape, moved[name]) for name, p in free.predictions().items()}
    held = clamped(simulator, values, inputs, free, away)
    for name, predictions in held.predictions().items():
        # Where currents are searched, the search ends at 1e-6 of the way.
        assert predictions - free.predictions()[name] == pytest.approx(away[name], abs=2e-7)
    assert held.residual <= 1e-12
    again = simulator.operating_points(values, inputs, held.nudge, free)
    assert again.voltages == pytest.approx(held.voltages, abs=1e-6)


def bounded(direction: str) -> Model:
    source = InputVoltageLayer(units=2, name="x")
    layer = DenseLayer(units=3, name="d", initializer=INITIALIZER)(source)
    layer = DiodeLayer(name="inner", kind="ideal", direction="up", bias_voltage=-0.1)(layer)
    layer = DenseLayer(units=2, name="e", initializer=INITIALIZER)(layer)
    layer = DiodeLayer(name="outer", kind="ideal", direction=direction, bias_voltage=[0.1, 0.2])(
        layer
    )
    return Model([source], [CurrentLayer(name="y", fold=False)(layer)], seed=0)


def test_what_an_ideal_diode_carried_the_clamp_carries() -> None:
    model = bounded("down")
    data = DataSet({"x": [[3.0, 2.0], [-1.0, 0.5]]}, {"y": [[0.05, 0.2], [-0.3, 0.2]]})
    free = model.operating_points(data.inputs)
    assert free.at("e")[0] == pytest.approx([0.1, 0.2], rel=1e-12, abs=0)  # both held back
    points = held_at(model, data)
    assert points.residual <= 1e-12
    assert points.power_balance <= 1e-12
    # What the diode let through to ground now flows into the source, but for what moved.
    drawn = free.power("outer")[0]
    assert points.nudge["y"][0, 0] < 0 < drawn


def test_beyond_an_ideal_diode_output_and_sample_are_named() -> None:
    model = bounded("down")
    data = DataSet({"x": [[3.0, 2.0], [-1.0, 0.5]]}, {"y": [[0.05, 0.2], [-0.3, 0.21]]})
    with pytest.raises(ConvergenceError, match=r"output y\[1\] of sample 1.*'outer' holds it"):
        held_at(model, data)


def test_an_output_at_a_source_is_named() -> None:
    source = InputVoltageLayer(units=2, name="x")
    dense = DenseLayer(units=2, name="d", initializer=INITIALIZER)(source)
    outputs = [CurrentLayer(name="y", fold=False)(dense), CurrentLayer(name="z")(source)]
    model = Model([source], outputs, seed=0)
    data = DataSet({"x": [[1.0, 0.5]]}, {"y": [[0.1, 0.2]], "z": [[0.4]]})
    with pytest.raises(ConvergenceError, match=r"output z\[0\] of sample 0.*a source fixes it"):
        held_at(model, data)


def test_outputs_of_trained_gains_are_held_at_every_step() -> None:
    source = InputVoltageLayer(units=2, name="x")
    dense = antiparallel(DenseLayer(units=2, name="d", initializer=INITIALIZER)(source), "pair")
    amplified = AmplificationLayer(name="a", param={"gain": 2.0}, trainable="gain")(dense)
    model = Model([source], [CurrentLayer(name="y")(amplified)], seed=0)
    data = DataSet({"x": [[1.0, 0.5]]}, {"y": [[0.7]]})
    for gain in (2.0, -3.0, 0.5):
        model.parameters["a.gain"] = np.array(gain)
        assert held_at(model, data).predictions()["y"] == pytest.approx(0.7, abs=1e-14)
