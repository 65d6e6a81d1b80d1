"""Bad input gets one clear error and leaves nothing half done."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ebana_core import Model, losses, optimizers
from ebana_core.backends import NativeBackend
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import (
    ConvergenceError,
    DataError,
    EbanaError,
    ModelError,
    NameClashError,
    ParameterError,
    PhaseError,
    ShapeError,
    UnknownNameError,
)
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
)
from ebana_core.metrics import Metrics
from ebana_core.rules import Adjoint, EquilibriumPropagation
from tests.support.networks import INITIALIZER, layered_model


@pytest.fixture
def model() -> Model:
    return layered_model((2, 3, 2), (4.0,), seed=0)


def data(width: int = 2, n: int = 4, **changes: Any) -> DataSet:
    rng = np.random.default_rng(0)
    inputs = {"x": rng.uniform(-1, 1, (n, width)), **changes}
    return DataSet(inputs, {"y": rng.uniform(-1, 1, (n, 1))})


def fit(model: Model, **settings: Any) -> None:
    arguments = {
        "train_dataloader": BatchGenerator(data(), batch_size=2),
        "loss_fn": losses.MSE(0.0),
        "optimizer": optimizers.SGD(model),
        "epochs": 1,
        "beta": 1e-8,
        "metrics": Metrics(model, verbose=False),
    }
    model.fit(**{**arguments, **settings})


@pytest.mark.parametrize("use", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_model_is_not_copied_in_part(model: Model, use: Callable[[object], object]) -> None:
    with pytest.raises(ParameterError, match="cannot be copied or pickled") as caught:
        use(model)
    assert "Model.load" in caught.value.fix


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_sample_that_is_not_finite_is_named(model: Model, bad: float) -> None:
    with pytest.raises(DataError, match="x"):
        model.operating_points({"x": np.array([[0.1, bad]])})


def test_samples_of_the_wrong_width_are_refused(model: Model) -> None:
    with pytest.raises(DataError, match="3 columns; the layer has 2"):
        model.predict(data(width=3))


def test_an_unknown_input_name_is_listed(model: Model) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown inputs \['z'\].*\['x'\]"):
        model.predict(data(z=np.zeros((4, 2))))


def test_a_missing_input_is_named(model: Model) -> None:
    with pytest.raises(UnknownNameError, match=r"misses the inputs \['x'\]"):
        model.predict(DataSet({}, {"y": np.zeros((2, 1))}))


@pytest.mark.parametrize("value", [0.0, -1e-6, np.nan, np.inf, 1.0])
def test_a_conductance_outside_its_bounds_changes_nothing(model: Model, value: float) -> None:
    name = "d0.conductance"
    before = model.parameters[name]
    wrong = before.copy()
    wrong[1, 2] = value
    with pytest.raises(ParameterError, match=r"d0.conductance\[1, 2\]"):
        model.parameters[name] = wrong
    assert model.parameters[name] is before


def test_a_parameter_of_the_wrong_shape_is_refused(model: Model) -> None:
    with pytest.raises(ShapeError, match=r"\(3, 3\)"):
        model.parameters["d0.conductance"] = np.ones((2, 2)) * 1e-6


def test_an_unknown_parameter_lists_the_known_ones(model: Model) -> None:
    with pytest.raises(UnknownNameError, match=r"d0\.conductance"):
        model.parameters["d9.conductance"]
    assert "d9.conductance" not in model.parameters


def test_several_parameters_are_assigned_all_or_none(model: Model) -> None:
    before = model.parameters.snapshot()
    good = before["d0.conductance"] * 1.01
    with pytest.raises(ParameterError):
        model.parameters.assign({"d0.conductance": good, "d_out.conductance": -good})
    assert model.parameters.snapshot() == before


@pytest.mark.parametrize("name", ["x y", "a\n.control", "gnd", "0", "", "X", "a__b", "1a", None])
def test_unsafe_layer_names_are_refused(name: Any) -> None:
    with pytest.raises(NameClashError, match="safe name"):
        InputVoltageLayer(units=1, name=name)


def test_a_layer_is_called_once() -> None:
    source = InputVoltageLayer(units=1, name="x")
    dense = DenseLayer(units=2, name="d", initializer=INITIALIZER)(source)
    with pytest.raises(ModelError, match="'d' is called a second time"):
        dense(source)
    assert source.children == (dense,)


def test_duplicate_names_name_both_devices() -> None:
    source = InputVoltageLayer(units=1, name="a")
    dense = DenseLayer(units=2, name="a", initializer=INITIALIZER)(source)
    output = CurrentLayer(name="y")(dense)
    with pytest.raises(NameClashError, match="devices 'input' and 'dense'"):
        Model(inputs=[source], outputs=[output])


def test_a_layer_fed_from_outside_the_inputs_is_named_and_claims_nothing() -> None:
    source = InputVoltageLayer(units=1, name="x")
    bias = BiasVoltageLayer(units=1, name="b", bias_voltage=1.0)
    joined = ConcatenateLayer(name="j")([source, bias])
    output = CurrentLayer(name="y")(DenseLayer(units=2, name="d", initializer=INITIALIZER)(joined))
    with pytest.raises(ModelError, match="'j' is fed by 'b'") as caught:
        Model(inputs=[source], outputs=[output])
    assert "'b'" in caught.value.fix
    Model(inputs=[source, bias], outputs=[output])


def test_a_layer_belongs_to_one_model(model: Model) -> None:
    with pytest.raises(ModelError, match="already belongs to another model"):
        Model(inputs=[model.layers["x"], model.layers["b"]], outputs=[model.layers["y"]])


@pytest.mark.parametrize("beta", [0, 0.0, -1e-9, np.nan, np.inf, "1e-9"])
def test_a_useless_beta_is_refused(model: Model, beta: Any) -> None:
    before = model.parameters.snapshot()
    with pytest.raises(PhaseError, match="beta"):
        fit(model, beta=beta)
    assert model.parameters.snapshot() == before


def test_two_different_betas_name_both_places(model: Model) -> None:
    with pytest.raises(PhaseError, match=r"'fit': 1e-08.*'rule': 1e-09"):
        fit(model, rule=EquilibriumPropagation(1e-9))


def test_no_beta_at_all_is_refused(model: Model) -> None:
    with pytest.raises(PhaseError, match="No beta"):
        fit(model, beta=None)


def test_a_beta_beside_a_rule_without_one_is_refused(model: Model) -> None:
    with pytest.raises(PhaseError, match=r"beta=.* beside the rule Adjoint, which has no beta"):
        fit(model, rule=Adjoint())


def test_one_iteration_does_not_converge_and_says_where(model: Model) -> None:
    with pytest.raises(ConvergenceError) as caught:
        model.operating_points(
            {"x": np.array([[3.0, 3.0], [0.0, 0.0]])}, NativeBackend(max_iterations=1)
        )
    assert "free phase" in caught.value.problem
    assert "samples [0, 1]" in caught.value.problem
    assert "worst node 'd0[" in caught.value.problem
    assert "max_iterations" in caught.value.fix


def test_an_unknown_backend_lists_the_known_ones(model: Model) -> None:
    with pytest.raises(UnknownNameError, match=r"'spectre'.*'native', 'ngspice'"):
        model.operating_points({"x": np.zeros((1, 2))}, backend="spectre")


def test_a_missing_target_is_refused(model: Model) -> None:
    with pytest.raises(DataError, match="no outputs"):
        model.evaluate(DataSet({"x": np.zeros((1, 2))}), losses.MSE())


def test_losses_must_name_the_outputs(model: Model) -> None:
    with pytest.raises(UnknownNameError, match=r"\['z'\].*\['y'\]"):
        model.evaluate(data(), {"z": losses.MSE()})


def test_a_gradient_that_is_not_finite_changes_nothing(model: Model) -> None:
    optimizer = optimizers.Adam(model)
    before = model.parameters.snapshot()
    bad = {name: np.full_like(value, np.nan) for name, value in before.items()}
    with pytest.raises(DataError, match=r"gradient of 'd0.conductance'"):
        optimizer.step(bad)
    assert model.parameters.snapshot() == before
    assert optimizer.n_steps == 0


def test_the_step_is_limited_and_clipped() -> None:
    source = InputVoltageLayer(units=1, name="x")
    dense = DenseLayer(
        units=2, name="d", lr=1.0, initializer=RandomUniform(2e-6, 2e-6, 1.5e-6, 1e-5)
    )(source)
    model = Model(inputs=[source], outputs=[CurrentLayer(name="y")(dense)], seed=0)
    optimizers.SGD(model).step({"d.conductance": np.array([[1.0, -1.0]])})
    # Half of 2e-6 is the limit; the lower one is then clipped at 1.5e-6.
    assert model.parameters["d.conductance"] == pytest.approx(
        np.array([[1.5e-6, 3e-6]]), rel=1e-12, abs=0
    )


def test_a_frozen_layer_keeps_its_values(model: Model) -> None:
    model.trainable["d0"] = False
    before = model.parameters.snapshot()
    fit(model, optimizer=optimizers.SGD(model))
    assert model.parameters["d0.conductance"] is before["d0.conductance"]
    assert model.trainable_parameters() == ("d_out.conductance",)


def test_every_error_says_what_to_do(model: Model) -> None:
    with pytest.raises(EbanaError) as caught:
        model.trainable["nope"] = False
    assert "\n  fix: " in str(caught.value)
