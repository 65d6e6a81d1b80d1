"""Equilibrium Propagation against finite differences of the loss."""

import warnings

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from ebana_core import Model, losses
from ebana_core.data import DataSet
from ebana_core.errors import ReciprocityError
from ebana_core.rules import EquilibriumPropagation, ReciprocityWarning
from tests.support.networks import RAMP, layered_model, samples

BETA = 1e-9
KINK_DISTANCE = 1e-6
"""A finite difference across a diode's kink is no derivative, V."""


class NearKinkError(Exception):
    """The point cannot be compared with finite differences; draw another."""


def conduction(model: Model, data: DataSet) -> np.ndarray:
    """Return which diodes conduct; points too near a kink are drawn anew."""
    points = model.operating_points(data.inputs)
    above = [np.zeros(0)] + [
        ((1 if name.startswith("down") else -1) * points.at(name) - RAMP["VTH"]).reshape(-1)
        for name, layer in model.layers.items()
        if layer.device == "diode"
    ]
    distances = np.concatenate(above)
    if np.abs(distances).min(initial=1.0) <= KINK_DISTANCE:
        raise NearKinkError
    return distances > 0


def finite_differences(model: Model, data: DataSet, loss: losses.Loss, name: str) -> np.ndarray:
    """Return central differences of fourth order within one piece of the piecewise-linear laws."""
    values, pieces = np.array(model.parameters[name]), conduction(model, data)
    result = np.zeros_like(values)
    for place in np.ndindex(values.shape):
        step = 1e-3 * values[place]
        for multiple, factor in ((-2, 1), (-1, -8), (1, 8), (2, -1)):
            moved = values.copy()
            moved[place] += multiple * step
            model.parameters[name] = moved
            if (conduction(model, data) != pieces).any():
                raise NearKinkError
            result[place] += factor * model.evaluate(data, loss, power=False).loss / (12 * step)
    model.parameters[name] = values
    return result


@pytest.mark.parametrize(
    ("widths", "gains"), [((3, 4), ()), ((3, 4, 4), (4.0,)), ((2, 3, 4, 2), (4.0, -2.5))]
)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_centered_exact_gradient_equals_finite_differences(
    widths: tuple[int, ...], gains: tuple[float, ...], seed: int
) -> None:
    model = layered_model(widths, gains, seed=seed)
    data, loss = samples(model, seed), losses.MSE()
    rule = EquilibriumPropagation(BETA, variant="centered", gradient="exact")
    for name, found in model.gradients(data, loss, rule).items():
        try:
            expected = finite_differences(model, data, loss, name)
        except NearKinkError:
            reject()
        # Rounding of the loss over a relative step of 1e-3 leaves about 1e-7.
        assert np.abs(found - expected).max() <= 1e-5 * np.abs(expected).max(), name


@pytest.mark.parametrize("loss", [losses.BCE(), losses.CrossEntropyLoss()])
def test_entropies_nudge_by_their_own_gradient(loss: losses.Loss) -> None:
    model = layered_model((3, 5, 6), (4.0,), seed=4)
    data = samples(model, 4)
    target = np.eye(3)[[0, 1, 2]]
    data = DataSet(dict(data.inputs), {"y": target})
    rule = EquilibriumPropagation(BETA, variant="centered", gradient="exact")
    for name, found in model.gradients(data, loss, rule).items():
        expected = finite_differences(model, data, loss, name)
        assert np.abs(found - expected).max() <= 1e-5 * np.abs(expected).max(), name


def test_local_gradient_is_smaller_by_exactly_the_stage_weight() -> None:
    model = layered_model((3, 4, 4, 2), (4.0, -2.0), seed=1)
    data, loss = samples(model, 1), losses.MSE()
    local, exact = (
        model.gradients(data, loss, EquilibriumPropagation(BETA, "centered", kind))
        for kind in ("local", "exact")
    )
    for name, weight in (("d0", 16.0 * 4.0), ("d1", 4.0), ("d_out", 1.0)):
        key = f"{name}.conductance"
        assert local[key] * weight == pytest.approx(exact[key], rel=1e-12, abs=0)


@pytest.mark.parametrize("variant", ["positive", "negative"])
def test_the_bias_of_a_one_sided_gradient_is_linear_in_beta(variant: str) -> None:
    model = layered_model((3, 4), (), seed=2)
    data, loss, name = samples(model, 2), losses.MSE(), "d_out.conductance"
    reference = model.gradients(data, loss, EquilibriumPropagation(1e-12, variant="centered"))
    large, small = (
        np.abs(
            model.gradients(data, loss, EquilibriumPropagation(beta, variant=variant))[name]
            - reference[name]
        ).max()
        for beta in (4e-7, 1e-7)
    )
    assert large / small == pytest.approx(4.0, rel=1e-3, abs=0)


def test_the_centered_gradient_of_a_linear_circuit_has_no_bias() -> None:
    model = layered_model((3, 4), (), seed=2)
    data, loss, name = samples(model, 2), losses.MSE(), "d_out.conductance"
    small, large = (
        model.gradients(data, loss, EquilibriumPropagation(beta, variant="centered"))[name]
        for beta in (1e-12, 1e-7)
    )
    assert large == pytest.approx(small, rel=1e-10, abs=0)


def test_tiny_nudges_lose_no_digits() -> None:
    model = layered_model((3, 4, 4), (4.0,), seed=3)
    data, loss = samples(model, 3), losses.MSE()
    reference, tiny = (
        model.gradients(data, loss, EquilibriumPropagation(beta, "centered"))
        for beta in (1e-9, 1e-16)
    )
    for name, expected in reference.items():
        # The centered bias at 1e-9 S is (beta/G)**2, about 1e-9.
        assert np.abs(tiny[name] - expected).max() <= 1e-7 * np.abs(expected).max()


def test_a_skip_past_an_amplifier_is_reported_as_not_reciprocal() -> None:
    model = layered_model((3, 4, 4), (4.0,), seed=5, skip=True)
    data, loss = samples(model, 5), losses.MSE()
    with pytest.raises(ReciprocityError, match=r"amp0\[0\] \(gain 4\)") as caught:
        model.gradients(data, loss, EquilibriumPropagation(BETA, gradient="exact"))
    assert "d_out" in caught.value.problem
    with pytest.warns(ReciprocityWarning, match="not reciprocal") as warned:
        model.gradients(data, loss, EquilibriumPropagation(BETA))
    assert len(warned) == 1


def test_a_skip_past_a_unit_gain_is_reciprocal() -> None:
    model = layered_model((3, 4, 4), (-1.0,), seed=5, skip=True)
    data, loss = samples(model, 5), losses.MSE()
    rule = EquilibriumPropagation(BETA, variant="centered", gradient="exact")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gradients = model.gradients(data, loss, rule)
    expected = finite_differences(model, data, loss, "d0.conductance")
    assert np.abs(gradients["d0.conductance"] - expected).max() <= 1e-5 * np.abs(expected).max()
