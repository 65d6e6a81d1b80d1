"""Equilibrium Propagation on twins, of resistors and of memristors: what mismatch does to it."""

from collections.abc import Callable

import numpy as np
import pytest
from ebana_memristor import Linear, MemristorLayer

from ebana_core import Model, losses, optimizers
from ebana_core.arrays import Array
from ebana_core.chips import Chip, Twin
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
)
from ebana_core.local_rules import LocalRule, Squares
from ebana_core.metrics import Metrics
from ebana_core.outer import FEWEST, MOST_TERMS
from ebana_core.rules import (
    AdjointCoupledLearning,
    ContrastiveLearning,
    CoupledLearning,
    EquilibriumPropagation,
    LearningRule,
    OverClamping,
    PowerRegularised,
)

LOSS = losses.MSE()
INIT = RandomUniform(2e-6, 8e-6)
NAME = "d1.conductance"
MISMATCH = 0.02
OFF = Chip(offsets={"b.bias_voltage": [0.05, 0.1]})


def resistors() -> Layer:
    return DenseLayer(units=4, name="d1", lr=2e-11, initializer=INIT)


def memristors() -> Layer:
    window = (1e-7, 1e-4)
    return MemristorLayer(
        units=4, name="d1", lr=2e-11, cell=Linear(window=window), initializer=INIT
    )


CROSSBARS = pytest.mark.parametrize("crossbar", [resistors, memristors])
Make = Callable[[], Layer]


def network(crossbar: Make) -> Model:
    source = InputVoltageLayer(units=5, name="x")
    return Model([source], [CurrentLayer(name="y")(crossbar()(source))], seed=1)


def data() -> DataSet:
    volts = np.random.default_rng(0).uniform(-1, 1, (30, 5))
    return DataSet({"x": volts}, {"y": 0.2 * volts[:, :2]})


def drops(points: Array, inputs: Array) -> Array:
    return np.asarray(inputs[:, :, None] - points[:, None, :])


@CROSSBARS
@pytest.mark.parametrize("variant", ["positive", "centered"])
def test_each_device_squares_the_drops_of_its_own_circuits(crossbar: Make, variant: str) -> None:
    model, samples, beta = network(crossbar), data(), 1e-6
    twin = Twin.drawn(model, {NAME: MISMATCH}, seed=2)
    found = model.gradients(
        samples,
        LOSS,
        EquilibriumPropagation(beta, variant),  # type: ignore[arg-type]  # two of the words
        chip=twin,
    )[NAME]
    free = model.operating_points(samples.inputs, chip=twin.free)
    assert samples.outputs is not None
    nudge = -beta * (free.predictions()["y"] - samples.outputs["y"])

    def squares(strength: float, chip: object) -> Array:
        pushed = {"y": strength * nudge}
        points = model.operating_points(samples.inputs, nudge=pushed, chip=chip)
        return drops(points.at("d1"), samples.inputs["x"]) ** 2

    before, width = drops(free.at("d1"), samples.inputs["x"]) ** 2, beta
    if variant == "centered":
        before, width = squares(-1, twin.clamped), 2 * beta
    expected = (squares(1, twin.clamped) - before).mean(axis=0) / (2 * width)
    # Plain differences of drops of 1 V over beta.
    assert np.abs(found - expected).max() <= 1e-9 * np.abs(expected).max()


class OneByOne(LocalRule):
    """The squares of every device by itself, without matrix products."""

    def contrast(self, drop: Array, change: Array) -> Array:
        return change * (drop + change / 2)


def behind_a_source(grad_func: LocalRule) -> Model:
    """Return a crossbar large enough to be left as a product, beside a source with an error."""
    source = InputVoltageLayer(units=70, name="x")
    bias = BiasVoltageLayer(units=2, name="b", bias_voltage=[1.0, -1.0])
    rows = ConcatenateLayer(name="rows")([source, bias])
    crossbar = DenseLayer(units=60, name="d1", lr=1e-9, initializer=INIT, grad_func=grad_func)
    return Model([source, bias], [CurrentLayer(name="y")(crossbar(rows))], seed=1)


@pytest.mark.parametrize(
    "rule",
    [
        EquilibriumPropagation(1e-6),
        EquilibriumPropagation(1e-6, "centered"),
        CoupledLearning(0.1, "centered"),
        OverClamping(0.1, 0.02),
        AdjointCoupledLearning(0.1),
        ContrastiveLearning(),
        PowerRegularised(CoupledLearning(0.1), 1.0),
    ],
    ids=repr,
)
def test_rows_whose_sources_differ_between_twins_are_measured_in_both(rule: LearningRule) -> None:
    volts = np.random.default_rng(0).uniform(-1, 1, (MOST_TERMS, 70))
    samples = DataSet({"x": volts}, {"y": 0.2 * volts[:, :30]})
    found, expected = (
        model.gradients(samples, LOSS, rule, chip=Twin(clamped=OFF))[NAME]
        for model in (behind_a_source(Squares()), behind_a_source(OneByOne()))
    )
    assert found.size >= FEWEST
    # Sums of the same products in another order.
    assert np.abs(found - expected).max() <= 1e-13 * np.abs(expected).max()


@CROSSBARS
def test_mismatch_is_divided_by_a_one_sided_beta_and_not_by_a_centered_one(crossbar: Make) -> None:
    model, samples = network(crossbar), data()
    twin = Twin.drawn(model, {NAME: MISMATCH}, seed=2)

    def error(beta: float, variant: str) -> float:
        rule = EquilibriumPropagation(beta, variant)  # type: ignore[arg-type]  # two of the words
        exact = model.gradients(samples, LOSS, rule)[NAME]
        own = model.gradients(samples, LOSS, rule, chip=twin)[NAME]
        return float(np.abs(own - exact).max() / np.abs(exact).max())

    # Mismatch alone at these betas: a tenth of the nudge has ten times the error.
    assert error(1e-10, "positive") / error(1e-9, "positive") == pytest.approx(
        10.0, rel=0.01, abs=0
    )
    assert error(1e-9, "positive") > 1
    # The clamped circuit is off by its mismatch, at any beta.
    assert error(1e-10, "centered") == pytest.approx(error(1e-9, "centered"), rel=1e-3, abs=0)
    assert error(1e-9, "centered") < 10 * MISMATCH


@CROSSBARS
def test_training_on_twins_reaches_its_chip_centered_and_not_one_sided(crossbar: Make) -> None:
    samples = data()
    scores = {}
    for variant in ("centered", "positive"):
        model = network(crossbar)
        twin = Twin.drawn(model, {NAME: MISMATCH}, seed=2)
        before = model.evaluate(samples, LOSS, chip=twin).loss
        model.fit(
            BatchGenerator(samples, batch_size=10),
            LOSS,
            optimizers.SGD(model),
            epochs=40,
            rule=EquilibriumPropagation(1e-9, variant),  # type: ignore[arg-type]  # as above
            chip=twin,
            metrics=Metrics(model, verbose=False),
        )
        scores[variant] = model.evaluate(samples, LOSS, chip=twin).loss / before
    assert scores["centered"] < 0.2 < 0.5 < scores["positive"]
