"""Optimizers against their formulas, computed step by step in plain numbers."""

from collections.abc import Sequence

import numpy as np
import pytest

from ebana_core import Model, optimizers
from ebana_core.initializers import Given
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.optimizers.reports import added

NAME, START = "d.conductance", 1e-3
GRADIENTS = (2e-4, -5e-4, 1e-4, 3e-4)
"""V^2/S, of one conductance at four steps; their squares are not small beside epsilon."""
RATE = 1e-9
"""So small that no step meets the limit of half a conductance."""
DIGITS = 1e-7
"""Relative to a change: what a double of 1e-3 S keeps of a change of 1e-12 S or more is 1e-7."""


def one_cell(lr: float = RATE) -> Model:
    x = InputVoltageLayer(units=1, name="x")
    dense = DenseLayer(units=1, name="d", lr=lr, initializer=Given(START, 1e-9, 1.0))(x)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(dense)], seed=0)


def directions(optimizer: optimizers.Optimizer, gradients: Sequence[float]) -> list[float]:
    """Return what the optimizer goes along at each step, in the gradient's unit."""
    found, slots = [], {name: np.zeros(1) for name in optimizer.slot_names}
    for step, gradient in enumerate(gradients, start=1):
        direction, slots = optimizer.direction(np.array([gradient]), slots, step)
        found.append(float(direction[0]))
    return found


def test_steepest_descent_goes_along_the_gradient() -> None:
    assert directions(optimizers.SGD(one_cell()), GRADIENTS) == list(GRADIENTS)


def test_momentum_sums_gradients_that_fade_by_its_factor() -> None:
    found = directions(optimizers.SGDMomentum(one_cell(), momentum=0.75), GRADIENTS)
    expected = [
        sum(0.75 ** (last - k) * GRADIENTS[k] for k in range(last + 1))
        for last in range(len(GRADIENTS))
    ]
    # Four sums of four terms round by a few eps.
    assert found == pytest.approx(expected, rel=1e-14, abs=0)


@pytest.mark.parametrize(
    ("beta_1", "beta_2", "epsilon"), [(0.9, 0.999, 1e-8), (0.5, 0.75, 1e-4), (0.0, 0.0, 1e-5)]
)
def test_adam_divides_mean_gradients_by_their_root_mean_square(
    beta_1: float, beta_2: float, epsilon: float
) -> None:
    """Both means weigh a gradient by beta to the power of its age, and weights sum to one."""
    adam = optimizers.Adam(one_cell(), beta_1=beta_1, beta_2=beta_2, epsilon=epsilon)
    found = directions(adam, GRADIENTS)
    for last, direction in enumerate(found):
        gradients, ages = np.array(GRADIENTS[: last + 1]), last - np.arange(last + 1)
        mean = np.average(gradients, weights=beta_1**ages)
        square = np.average(gradients**2, weights=beta_2**ages)
        # Rounding of 1 - beta**step, where beta is 0.999: eps/1e-3.
        assert direction == pytest.approx(mean / (np.sqrt(square) + epsilon), rel=1e-11, abs=0)


def test_defaults_are_those_that_are_documented() -> None:
    adam = optimizers.Adam(one_cell())
    assert (adam.beta_1, adam.beta_2, adam.epsilon) == (0.9, 0.999, 1e-8)
    assert optimizers.SGDMomentum(one_cell()).momentum == 0.9


def test_a_value_changes_by_minus_its_rate_times_the_direction() -> None:
    model = one_cell()
    optimizer = optimizers.SGDMomentum(model, momentum=0.5)
    optimizer.rate_factor = 0.25
    optimizer.step({NAME: np.array([[2e-2]])}, scale=2.0)
    change = float(model.parameters[NAME][0, 0]) - START
    assert change == pytest.approx(-0.25 * RATE * 2.0 * 2e-2, rel=DIGITS, abs=0)
    optimizer.step({NAME: np.array([[0.0]])})
    change = float(model.parameters[NAME][0, 0]) - START
    assert change == pytest.approx(-0.25 * RATE * 2.0 * 2e-2 * 1.5, rel=DIGITS, abs=0)
    assert optimizer.n_steps == 2
    assert optimizer.slots[f"{NAME}/velocity"].tolist() == [[2e-2]]


def test_one_step_takes_at_most_half_of_a_conductance() -> None:
    model = one_cell(lr=1.0)
    optimizers.SGD(model).step({NAME: np.array([[1.0]])})
    assert model.parameters[NAME].tolist() == [[START / 2]]


def test_reports_of_numbers_are_summed_and_arrays_are_not() -> None:
    sums = added({}, {"pulses": 3, "energy": 0.5, "map": np.ones(2)})
    assert sums == {"pulses": 3.0, "energy": 0.5}
    assert added(sums, {"pulses": 2, "late": 1.0}) == {"pulses": 5.0, "energy": 0.5, "late": 1.0}
