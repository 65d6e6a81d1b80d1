"""The model is one class that hands its calls on, and says what the rooms say."""

import gc
import inspect
import pydoc
import weakref

from ebana_core import Model
from ebana_core.training.fitter import Fitter
from tests.support.networks import layered_model

METHODS = dict(inspect.getmembers(Model, inspect.isfunction))
DELEGATED = {name: method for name, method in METHODS.items() if hasattr(method, "__wrapped__")}


def test_the_model_inherits_nothing() -> None:
    assert Model.__mro__ == (Model, object)


def test_every_delegated_method_has_the_name_and_words_of_its_function() -> None:
    assert len(DELEGATED) > 25
    for name, method in DELEGATED.items():
        assert method.__name__ == name
        summary = inspect.getdoc(method.__wrapped__).splitlines()[0]
        assert inspect.getdoc(method).startswith(summary)


def test_the_part_that_does_the_work_is_not_an_argument() -> None:
    for name, method in DELEGATED.items():
        part, *others = inspect.signature(method.__wrapped__).parameters
        assert list(inspect.signature(method).parameters) == ["self", *others], name
        assert f"{part}: " not in inspect.getdoc(method), name


def test_help_shows_all_that_fit_takes() -> None:
    shown = pydoc.plain(pydoc.render_doc(Model.fit))
    for name in inspect.signature(Fitter.fit).parameters:
        assert f"{name}: " in shown or name == "self"
    assert "with other settings, is written by another process" in shown


def test_a_dropped_model_leaves_without_the_garbage_collector() -> None:
    model = layered_model([2, 3, 2], [4.0], seed=1)
    seen = weakref.ref(model)
    gc.disable()
    try:
        del model
        assert seen() is None
    finally:
        gc.enable()
