"""A price on power: local terms against finite differences of the power of the whole circuit."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core import Model, losses, optimizers
from ebana_core.arrays import Array
from ebana_core.circuit.branches import branch_ends, branch_values
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import ParameterError, UnsupportedError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DCCurrentLayer,
    DenseLayer,
    InputCurrentLayer,
    InputVoltageLayer,
    Layer,
    ResistorNetworkLayer,
    SpiceBlock,
)
from ebana_core.local_rules import ep_mult
from ebana_core.metrics import Metrics
from ebana_core.rules import Adjoint, CoupledLearning, EquilibriumPropagation, PowerRegularised
from ebana_core.testing import RuleConformance

DRAWN = RandomUniform(1e-6, 1e-5)
EDGES = [("a", "o"), ("o", "b"), ("a", "p"), ("p", "b"), ("o", "p"), ("p", "c"), ("c", "o")]


class TestPowerRegularised(RuleConformance):
    agreement = None  # it descends the loss and the power

    @pytest.fixture
    def rule(self) -> PowerRegularised:
        return PowerRegularised(EquilibriumPropagation(1e-8, "centered"), 1.0)


def graph() -> Model:
    x = InputVoltageLayer(units=3, name="x")
    network = ResistorNetworkLayer(
        name="net",
        branches=EDGES,
        inputs=["a", "b", "c"],
        outputs=["o"],
        initializer=DRAWN,
        lr=1e-7,
    )(x)
    return Model([x], [CurrentLayer(name="y", fold=False)(network)], seed=0)


def layered(soft: bool) -> Model:
    x = InputVoltageLayer(units=3, name="x")
    node = DenseLayer(units=4, name="d", initializer=DRAWN, lr=1e-7, grad_func=ep_mult)(x)
    if soft:
        node = DiodeLayer(name="pair", kind="antiparallel", param={"IS": 1e-7, "a": 0.1})(node)
    last = DenseLayer(units=2, name="e", initializer=DRAWN, lr=1e-7)(node)
    return Model([x], [CurrentLayer(name="y")(last)], seed=0)


def samples() -> DataSet:
    inputs = np.random.default_rng(2).uniform(-1, 1, (3, 3))
    return DataSet({"x": inputs}, {"y": 0.1 * inputs[:, :1]})


def added(model: Model, price: float) -> dict[str, Array]:
    """Return what the price adds to the gradient."""
    rule, data, loss = EquilibriumPropagation(1e-8), samples(), losses.MSE()
    plain = model.gradients(data, loss, rule)
    found = model.gradients(data, loss, PowerRegularised(rule, price))
    return {name: found[name] - plain[name] for name in plain}


def differences(model: Model, height) -> dict[str, Array]:
    found = {}
    for name in model.trainable_parameters():
        values = model.parameters[name]
        found[name] = np.zeros(values.shape)
        for place in np.ndindex(values.shape):
            step = 1e-4 * values[place]
            for sign in (1, -1):
                moved = values.copy()
                moved[place] += sign * step
                model.parameters[name] = moved
                found[name][place] += sign * height(model) / (2 * step)
            model.parameters[name] = values
    return found


def power(model: Model) -> float:
    return float(model.operating_points(samples().inputs).total_power().mean())


def twice_co_content(model: Model) -> float:
    points = model.operating_points(samples().inputs)
    total = 0.0
    for array in points.circuit.element_arrays:
        heads, tails = branch_ends(array.topology)
        drop = points.node_voltages[:, heads] - points.node_voltages[:, tails]
        values = branch_values(array, points.parameters, points.inputs, slice(None))
        total += 2 * float(array.law.co_content(drop, values).sum())
    return total / points.n_samples


def biased() -> Model:
    """Return a network with a source that learns, too."""
    x = InputVoltageLayer(units=3, name="x")
    b = BiasVoltageLayer(units=2, name="b", bias_voltage=[1.0, -0.5], trainable=True)
    rows = ConcatenateLayer(name="rows")([x, b])
    last = DenseLayer(units=2, name="e", initializer=DRAWN, lr=1e-7)(rows)
    return Model([x, b], [CurrentLayer(name="y")(last)], seed=0)


@pytest.mark.parametrize("make", [graph, lambda: layered(soft=False), biased])
def test_with_resistors_the_price_adds_the_derivative_of_the_power(make) -> None:
    model = make()
    found, expected = added(model, 2.5), differences(model, power)
    for name, gradient in expected.items():
        # Differences over 1e-4 of a value: its square, and rounding of powers.
        error = np.abs(found[name] - 2.5 * gradient).max()
        assert error <= 1e-6 * np.abs(2.5 * gradient).max()


def test_with_bending_devices_it_adds_that_of_twice_the_co_content() -> None:
    model = layered(soft=True)
    found, expected = added(model, 0.7), differences(model, twice_co_content)
    for name, gradient in expected.items():
        error = np.abs(found[name] - 0.7 * gradient).max()
        assert error <= 1e-6 * np.abs(0.7 * gradient).max()


def test_a_conductance_adds_the_square_of_its_own_free_drop() -> None:
    model, data = graph(), samples()
    points = model.operating_points(data.inputs)
    array = points.circuit.element_arrays[0]
    heads, tails = branch_ends(array.topology)
    drop = points.node_voltages[:, heads] - points.node_voltages[:, tails]
    # Sums of three squares, and the difference of two gradients.
    assert added(model, 3.0)["net.conductance"] == pytest.approx(
        3.0 * (drop**2).mean(axis=0), rel=1e-10, abs=0
    )


def test_no_price_is_the_other_rule() -> None:
    model, data, loss = graph(), samples(), losses.MSE()
    plain = model.gradients(data, loss, CoupledLearning(0.1))
    found = model.gradients(data, loss, PowerRegularised(CoupledLearning(0.1), 0))
    assert np.array_equal(found["net.conductance"], plain["net.conductance"])


def test_any_rule_can_have_a_price() -> None:
    model, data, loss = graph(), samples(), losses.MSE()
    exact = model.gradients(data, loss, PowerRegularised(Adjoint(), 1.0))["net.conductance"]
    found = model.gradients(
        data, loss, PowerRegularised(EquilibriumPropagation(1e-9, "centered"), 1.0)
    )["net.conductance"]
    assert np.abs(found - exact).max() <= 1e-6 * np.abs(exact).max()  # the square of beta over G


def test_training_with_a_price_ends_at_less_power_and_more_error() -> None:
    ends = []
    for price in (0.0, 1e-2):
        model = graph()
        data = DataSet({"x": [[1.0, 0.0, 0.5]]}, {"y": [[0.6]]})
        rule = PowerRegularised(CoupledLearning(0.01), price)
        optimizer = optimizers.Adam(model)
        for _ in range(300):
            optimizer.step(model.gradients(data, losses.MSE(), rule))
        points = model.operating_points(data.inputs)
        ends.append((model.evaluate(data, losses.MSE()).loss, float(points.total_power().mean())))
    (plain_error, plain_power), (error, saved) = ends
    assert saved < 0.5 * plain_power
    assert plain_error < 1e-9 < error < 1e-2


def currents(x: Layer) -> Layer:
    return DCCurrentLayer(name="odd", bias_current=1e-6)(dense(x))


def currents_of_samples(x: Layer) -> Layer:
    return InputCurrentLayer(name="odd", transconductance=1e-6)([dense(x), x])


def amplifiers(x: Layer) -> Layer:
    return AmplificationLayer(name="odd", param={"gain": 2.0})(dense(x))


def controlled(x: Layer) -> Layer:
    text = ".subckt cell a b\nR1 a b 1e6\nG1 b 0 a 0 -3e-6\nR2 b 0 3e5\n.ends"
    return SpiceBlock(name="odd", subcircuit=text, inputs=("a", "b"))(dense(x))


def driven_within(letter: str) -> Callable[[Layer], Layer]:
    def block(x: Layer) -> Layer:
        source = {"i": "I1 b 0 1e-6", "v": "V1 c 0 0.3\nR3 b c 1e6"}[letter]
        text = f".subckt cell a b\nR1 a b 1e6\n{source}\nR2 b 0 3e5\n.ends"
        return SpiceBlock(name="odd", subcircuit=text, inputs=("a", "b"))(dense(x))

    return block


def dense(x: Layer) -> Layer:
    return DenseLayer(units=2, name="d", initializer=DRAWN, lr=1e-7)(x)


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (currents, "current sources"),
        (driven_within("i"), "sources within a block"),
        (driven_within("v"), "sources within a block"),
        (currents_of_samples, "current sources"),
        (amplifiers, "amplifiers"),
        (controlled, "devices that act one way"),
    ],
)
def test_circuits_whose_power_does_something_else_are_refused(make, what: str) -> None:
    x = InputVoltageLayer(units=2, name="x")
    last = DenseLayer(units=2, name="e", initializer=DRAWN)(make(x))
    model = Model([x], [CurrentLayer(name="y")(last)], seed=0)
    data = DataSet({"x": [[0.1, 0.2]]}, {"y": [[0.1]]})
    with pytest.raises(UnsupportedError, match=f"'odd' holds {what}"):
        model.gradients(data, losses.MSE(), PowerRegularised(Adjoint(), 1.0))


@pytest.mark.parametrize("price", [-1.0, float("nan"), "much", float("inf")])
def test_prices_below_zero_or_no_numbers_are_refused(price: object) -> None:
    with pytest.raises(ParameterError, match="price="):
        PowerRegularised(Adjoint(), price)  # type: ignore[arg-type]  # that is the test


def test_a_class_in_place_of_a_rule_is_refused() -> None:
    with pytest.raises(ParameterError, match="give a rule, not its class"):
        PowerRegularised(Adjoint, 1.0)  # type: ignore[arg-type]  # that is the test


def test_a_run_names_the_rule_within(tmp_path: Path) -> None:
    model, rule = graph(), PowerRegularised(CoupledLearning(0.1), 0.5)
    model.fit(
        BatchGenerator(samples()),
        losses.MSE(),
        optimizers.SGD(model),
        epochs=1,
        rule=rule,
        metrics=Metrics(model, verbose=False),
        run=tmp_path / "run.h5",
    )
    assert graph().trained_with(tmp_path / "run.h5").rule == rule
