"""What all rules share: which values they give a gradient of."""

import numpy as np
import pytest

from ebana_core import Model, losses
from ebana_core.circuit.elements import Parameter
from ebana_core.data import DataSet
from ebana_core.errors import ReciprocityError
from ebana_core.initializers import Given
from ebana_core.layers import (
    AmplificationLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
)
from ebana_core.rules import (
    Adjoint,
    CoupledLearning,
    EquilibriumPropagation,
    LearningRule,
)
from ebana_core.rules.lost_digits import (
    largest_voltages,
    lost_in_rounding,
    root_mean_square_drops,
)
from ebana_core.rules.phases import Phases, collect
from tests.support.networks import samples, soft_model

RULES = [
    Adjoint(),
    CoupledLearning(0.1),
    EquilibriumPropagation(1e-7),
    EquilibriumPropagation(1e-7, "centered", "exact"),
]


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_every_trained_value_has_a_gradient_and_no_other(rule: LearningRule) -> None:
    """Tests that go through the gradients of a rule one by one would pass without any."""
    settings = {name: {"lr": 1e-6} for name in ("d0", "d_out")}
    model = soft_model((3, 4, 4), (2.5,), seed=1, trainable=settings)
    data = samples(model, 1)
    assert set(model.trainable_parameters()) == {"d0.conductance", "d_out.conductance"}
    found = model.gradients(data, losses.MSE(), rule)
    assert set(found) == set(model.trainable_parameters())
    for name, gradient in found.items():
        assert gradient.shape == model.parameters[name].shape
        assert np.abs(gradient).max() > 0
    model.trainable["d0"] = False
    assert set(model.gradients(data, losses.MSE(), rule)) == {"d_out.conductance"}


@pytest.mark.parametrize(
    ("first", "weights"), [("before", "1 and 0.111111"), ("behind", "1 and 9")]
)
def test_an_output_between_two_stages_is_named_with_their_weights(first: str, weights: str) -> None:
    """A nudge of both nodes would weigh nine times as much at one of them."""
    x = InputVoltageLayer(units=1, name="x")
    before = DenseLayer(units=1, name="d", initializer=Given(1e-5), trainable=True)(x)
    amplified = AmplificationLayer(name="amp", param={"gain": 3.0})(before)
    behind = DenseLayer(units=1, name="e", initializer=Given(1e-5), trainable=True)(amplified)
    pair = [before, behind] if first == "before" else [behind, before]
    output = CurrentLayer(name="y")(ConcatenateLayer(name="j")(pair))
    model = Model(inputs=[x], outputs=[output], seed=0)
    data = DataSet({"x": [[0.5]]}, {"y": [[0.1]]})
    with pytest.raises(ReciprocityError, match=rf"'y'\[0\] joins two stages of weight {weights}"):
        model.gradients(data, losses.MSE(), EquilibriumPropagation(1e-7, gradient="exact"))


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (None, [[11.0, 22.0], [33.0, 44.0]]),
        (slice(1, 3), [[0.0, 11.0], [22.0, 0.0]]),
        (np.array([3, 0]), [[22.0, 0.0], [0.0, 11.0]]),
        (np.array([1, 1]), [[0.0, 33.0], [0.0, 0.0]]),
    ],
)
def test_elements_that_share_a_parameter_add_up(index: object, expected: list) -> None:
    sums: dict = {}
    for scale in (1.0, 10.0):
        given = [[1.0, 2.0], [3.0, 4.0]] if index is None else [1.0, 2.0]
        collect(sums, Parameter("g", index), scale * np.array(given), (2, 2))
    assert sums["g"].tolist() == expected


def test_drops_of_a_crossbar_have_the_size_that_all_of_its_branches_give() -> None:
    rng = np.random.default_rng(0)
    heads, tails = 3 + rng.normal(size=(4, 5)), rng.normal(size=(4, 7))
    found = root_mean_square_drops(heads, tails, is_dense=True)
    every = heads[:, :, None] - tails[:, None, :]
    assert found == pytest.approx(np.sqrt((every**2).mean(axis=(1, 2))), rel=1e-12, abs=0)
    both = np.concatenate([heads, tails], axis=1)
    largest, beyond = largest_voltages(heads, tails)
    assert np.array_equal(largest, np.abs(both).max(axis=1))
    assert (np.abs(every).max(axis=(1, 2)) <= beyond).all()
    alike = root_mean_square_drops(heads, heads - 0.5, is_dense=False)
    assert alike == pytest.approx(np.full(4, 0.5), rel=1e-12, abs=0)


def test_readings_of_rows_behind_sources_count_for_lost_digits() -> None:
    """Noise or twins move rows that sources hold; between solved phases they stand still."""
    model = soft_model((3, 4, 4), (2.5,), seed=1, trainable={"d0": {"lr": 1e-6}})
    compiled = model.network.compiled
    rows = compiled.circuit.element_arrays[0].topology.rows
    free = np.ones((1, compiled.circuit.n_nodes), dtype=np.float32)
    after = np.full_like(free, 1e-6)
    after[:, rows] = 1.0
    # A reading of 1 V is rounded by 1e-7 V, which is little beside 1 V² and much beside 1e-6 V².
    sums = {"d0.conductance": np.full((3, 4), 1e-6)}
    for is_read in (True, False):
        phases = Phases(free=free, before=None, after=after, factor=1.0, is_read=is_read)
        why = lost_in_rounding(compiled, {"d0.conductance": None}, phases, None, sums)
        assert bool(why) is is_read
