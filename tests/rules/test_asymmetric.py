"""Gradients of circuits that are not reciprocal: amplifiers, transistors, blocks."""

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import pytest

from ebana_core import Model, losses
from ebana_core.data import DataSet
from ebana_core.errors import ConvergenceError, ParameterError, PhaseError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
    SpiceBlock,
)
from ebana_core.rules import (
    Adjoint,
    AsymmetricPropagation,
    DyadicPropagation,
    EquilibriumPropagation,
    LearningRule,
    ReciprocityWarning,
    ep_mult,
)
from tests.support.circuits import Bench, everything
from tests.support.networks import layered_model, samples, soft_model
from tests.support.trained_transistors import VOLTAGES, network

VCCS = ".subckt amp a b\nGm b 0 a 0 2e-5\nR1 a 0 1e6\nR2 b 0 1e5\n.ends\n"
NPN = """.subckt amp a b
Vcc c 0 1.5
Q1 c a b QN
R1 b 0 5e4
.model QN NPN (IS=1e-14 BF=80 VAF=60)
.ends
"""
Make = Callable[[], Model]


def between(middle: Callable[[Layer], Layer]) -> Model:
    """Return a network of two crossbars with something between them."""
    init = RandomUniform(1e-6, 1e-5)
    source = InputVoltageLayer(units=2, name="x")
    hidden = DenseLayer(units=2, name="d1", initializer=init, trainable=True)(source)
    last = DenseLayer(units=2, name="d2", initializer=init, trainable=True)(middle(hidden))
    return Model(inputs=[source], outputs=[CurrentLayer(name="y", fold=False)(last)], seed=1)


def block(text: str) -> Model:
    """Return a network whose hidden nodes are the ends of a SPICE block."""
    return between(SpiceBlock(name="act", subcircuit=text, inputs=("a", "b")))


def saturating() -> Model:
    return between(AmplificationLayer(name="amp", param={"gain": 2.0}, saturation=(-1.5, 1.5)))


def skipping() -> Model:
    return layered_model((2, 3, 2), (3.0,), seed=1, skip=True)


CIRCUITS: dict[str, Make] = {
    "vccs": lambda: block(VCCS),
    "npn": lambda: block(NPN),
    "saturating": saturating,
    "skip": skipping,
}
NAMES = ["d1.conductance"]


def data_of(model: Model) -> DataSet:
    rng = np.random.default_rng(3)
    n_out = model.network.shapes["y"][0]
    return DataSet({"x": rng.uniform(0.2, 1.2, (4, 2))}, {"y": rng.normal(size=(4, n_out)) / 3})


def turned(found: Any, expected: Any) -> float:
    """Return the largest sine between two gradients, so that no scale counts."""
    sines = []
    for name, array in expected.items():
        own, other = (np.ravel(a) / np.linalg.norm(a) for a in (found[name], array))
        sines.append(np.linalg.norm(own - (own @ other) * other))
    return float(max(sines))


def error(found: Any, expected: Any) -> float:
    """Return the largest relative difference of two gradients."""
    return max(
        float(np.abs(found[name] - expected[name]).max() / np.abs(expected[name]).max())
        for name in expected
    )


@pytest.mark.filterwarnings(f"ignore::{ReciprocityWarning.__module__}.ReciprocityWarning")
@pytest.mark.parametrize("make", CIRCUITS.values(), ids=CIRCUITS)
def test_a_circuit_without_energy_is_biased_under_ep_and_exact_under_both_new_rules(
    make: Make,
) -> None:
    model = make()
    data, loss = data_of(model), losses.MSE()
    exact = model.gradients(data, loss, Adjoint())
    # No beta helps, and no scale: this one leaves a reciprocal circuit's gradient right to nine
    # digits.
    plain = model.gradients(data, loss, EquilibriumPropagation(1e-10, "centered"))
    assert turned(plain, exact) > 0.005
    for rule in (AsymmetricPropagation(1e-10), DyadicPropagation(1e-10)):
        # The bias is of the order of (beta times the resistance at the outputs) squared, 1e-9; the
        # slopes of the SPICE block are those that the adjoint uses.
        assert error(model.gradients(data, loss, rule), exact) <= 1e-7


@pytest.mark.parametrize("is_reciprocal", [False, True])
@pytest.mark.parametrize(
    ("rule", "order"),
    [
        (AsymmetricPropagation(1e-8), 2),
        (AsymmetricPropagation(1e-8, "positive"), 1),
        (AsymmetricPropagation(1e-8, "negative"), 1),
        (DyadicPropagation(1e-8), 2),
    ],
    ids=repr,
)
def test_every_kind_of_value_is_exact_to_the_order_that_the_rule_says(
    rule: AsymmetricPropagation | DyadicPropagation, order: int, *, is_reciprocal: bool
) -> None:
    bench = everything(reciprocal=is_reciprocal)
    exact = bench.gradients(Adjoint())
    large, small = (
        error(bench.gradients(attrs.evolve(rule, beta=beta)), exact) for beta in (4e-8, 1e-8)
    )
    # The next order of the bias is a few percent of this one at these betas.
    assert large / small == pytest.approx(4.0**order, rel=0.1, abs=0)


def test_two_copies_give_conductances_their_gradient_at_any_beta() -> None:
    bench = everything()
    names = ["d1.conductance", "d2.conductance", "mesh.conductance", "skip.conductance"]
    exact = bench.gradients(Adjoint(), names)
    for beta in (1e-12, 1e-3):
        # Differences and means of the same numbers, to a few roundings of their sums.
        assert error(bench.gradients(DyadicPropagation(beta), names), exact) <= 1e-12


def test_a_reciprocal_circuit_is_displaced_as_by_equilibrium_propagation() -> None:
    model = soft_model((3, 4, 4), (1.0,), seed=1)
    data, loss = samples(model, 1), losses.MSE()
    for variant in ("centered", "positive", "negative"):
        # A strength at which the devices bend, so that a linear response would be told apart.
        ep = model.gradients(data, loss, EquilibriumPropagation(3e-7, variant))
        own = model.gradients(data, loss, AsymmetricPropagation(3e-7, variant))
        linear = model.gradients(data, loss, Adjoint())
        # Solved to 1e-9 of the displacement.
        assert error(own, ep) <= 1e-8 < 1e-5 < error(linear, ep)


def test_gates_of_transistors_are_trained() -> None:
    model = network()
    rng = np.random.default_rng(0)
    data = DataSet({"x": VOLTAGES}, {"out": rng.uniform(0, 1, (3, 2))})
    exact = model.gradients(data, losses.MSE(), Adjoint())
    assert set(exact) == {"net.gate"}
    for rule in (AsymmetricPropagation(1e-9), DyadicPropagation(1e-9)):
        # Central differences by gate voltages leave ten digits.
        assert error(model.gradients(data, losses.MSE(), rule), exact) <= 1e-8


@pytest.mark.ngspice
def test_the_displacement_holds_on_operating_points_of_ngspice() -> None:
    model = block(NPN)
    data, loss, rule = data_of(model), losses.MSE(), AsymmetricPropagation(1e-10)
    native, reference = (model.gradients(data, loss, rule, b) for b in ("native", "ngspice"))
    # ngspice's own tolerance of currents beside a transistor.
    assert error(reference, native) <= 1e-7


def test_a_local_rule_of_a_layer_is_kept() -> None:
    model = soft_model((3, 4, 4), (2.5,), seed=1, trainable={"d0": {"grad_func": ep_mult}})
    plain = soft_model((3, 4, 4), (2.5,), seed=1)
    data, loss, rule = samples(model, 1), losses.MSE(), AsymmetricPropagation(1e-6, "positive")
    own, exact = (m.gradients(data, loss, rule)["d0.conductance"] for m in (model, plain))
    assert np.abs(own - exact).max() > 1e-4 * np.abs(exact).max()


@pytest.mark.parametrize("rule", [AsymmetricPropagation, DyadicPropagation])
@pytest.mark.parametrize("beta", [0.0, -1.0, np.nan, np.inf, "1", None, True])
def test_a_beta_that_is_no_strength_is_refused(rule: Any, beta: Any) -> None:
    with pytest.raises(PhaseError, match="beta"):
        rule(beta)


def test_an_unknown_variant_is_refused() -> None:
    with pytest.raises(ParameterError, match="variant"):
        AsymmetricPropagation(1e-8, "sideways")  # type: ignore[arg-type]


def test_a_displacement_that_is_not_found_says_what_to_do() -> None:
    bench: Bench = everything()
    rule: LearningRule = AsymmetricPropagation(1.0, "positive")
    with pytest.raises(ConvergenceError, match=r"beta=1 S.*sample \d"):
        bench.gradients(rule)
