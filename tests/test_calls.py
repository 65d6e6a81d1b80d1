"""Arguments that a method of a model does not take are answered in the words of its user."""

import inspect
from typing import Any

import pytest

from ebana_core import Model
from ebana_core.calls import OTHER_WORDS
from ebana_core.errors import ArgumentError
from tests.support.small_fits import X, Y, small_model

MODEL = small_model()
FIT = (X, Y, "mse", "adam")


@pytest.mark.parametrize(
    ("method", "given", "settings", "problem", "fix"),
    [
        ("fit", FIT, {"validation_data": (X, Y)}, "'validation_data'", "test_dataloader="),
        ("fit", FIT, {"epoch": 3}, "'epoch'", "write epochs="),
        ("fit", FIT, {"batchsize": 3}, "'batchsize'", "write batch_size="),
        ("fit", FIT, {"nonsense": 3}, "'nonsense'", "use one of train_dataloader, loss_fn,"),
        ("fit", (X, 0.3, "mse", "adam"), {"epochs": 1}, "'epochs' twice", "once"),
        ("fit", FIT, {"y": Y}, "no setting 'y'", "once"),
        ("evaluate", (X, Y), {}, "not given 'loss_fn'", "loss_fn="),
        ("evaluate", (X,), {"y": Y}, "not given 'loss_fn'", "loss_fn="),
        ("predict", (), {}, "not given 'dataset'", "dataset="),
        (
            "predict",
            (X, "native", 3),
            {},
            "takes 2 arguments by place, and was given 3",
            "executor",
        ),
        ("monte_carlo", (X, Y, "mse"), {"n_copies": 3}, "'n_copies'", "loss_fn, n, variations"),
        ("transient", (X,), {"duration": 1.0}, "not given 'capacitance'", "capacitance="),
        ("write_netlist", ("x.cir",), {}, "not given 'inputs'", "inputs="),
        ("summary", (3,), {}, "takes 0 arguments", "leave them out"),
    ],
)
def test_a_call_that_does_not_fit_says_what_to_write(
    method: str, given: tuple[Any, ...], settings: dict[str, Any], problem: str, fix: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        getattr(MODEL, method)(*given, **settings)
    assert caught.value.problem.startswith(f"{method}() ")
    assert problem in caught.value.problem
    assert fix in caught.value.fix
    assert isinstance(caught.value, TypeError)
    assert caught.value.__cause__ is None


def test_words_of_other_libraries_are_settings_of_no_fit() -> None:
    assert not set(OTHER_WORDS) & set(inspect.signature(Model.fit).parameters)


def test_a_fault_within_a_call_that_fits_is_left_as_it_is() -> None:
    def rate(step: int) -> float:
        raise TypeError("of the user")

    for settings in ({}, {"epochs": 1}):  # which stands where `optimizer` would without targets
        with pytest.raises(TypeError, match="of the user") as caught:
            small_model(lr=rate).fit(*FIT, beta=1e-8, **settings)  # type: ignore[arg-type]  # a schedule
        assert not isinstance(caught.value, ArgumentError)
