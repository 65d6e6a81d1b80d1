"""Samples and labels that could mean two things are errors that say how to write one of them."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from ebana_diode_mos import DiodeLayer, TransistorCrossbarLayer

from ebana_core import Model
from ebana_core.errors import EbanaError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.rules import Adjoint
from tests.support.given import LABELS, NAMED, NAMES, ONE_HOT, X, batches, fit, network


def endless() -> Iterator[Any]:
    while True:
        yield np.zeros((1000, 3)), np.zeros((1000, 3))


class Short:
    """An array of 16 short bits, as other libraries have them and NumPy has not."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError("Got unsupported ScalarType BFloat16")


HIDING = np.ma.masked_less(X, 0)
SHIFTED = pd.Series(LABELS, index=np.arange(10) + 1)
REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "targets forgotten": (lambda: fit(network(), X), r"train_dataloader is array.*"),
    "targets forgotten, lists": (lambda: fit(network(), X.tolist()), "A batch of"),
    "stacked pairs": (lambda: fit(network(), np.stack([X, X]).tolist()), "A batch of"),
    "two different inputs": (lambda: network(("a", "b")).predict(X), "input layers.*one array"),
    "three inputs": (lambda: network(("a", "b", "c")).predict(X), "input layers.*one array"),
    "one row": (lambda: network().predict(X[0]), r"shape \(3,\)"),
    "no array": (lambda: network().predict(3), "3"),
    "nothing": (lambda: network().predict([]), r"holds no samples"),
    "a column of labels": (lambda: fit(network(), X, LABELS[:, None]), "1 column.*3 predictions"),
    "labels as floats": (
        lambda: fit(network(), X, 1.0 * LABELS),
        r"(?s)one float64 per sample.*astype\(int\)",
    ),
    "a single label": (lambda: fit(network(), X, np.array(1)), "single number 1.0"),
    "a single target": (lambda: fit(network(width=1), X, {"y": 0.5}), "single number 0.5"),
    "labels from 1": (lambda: fit(network(), X, LABELS + 1), "up to 3"),
    "labels below 0": (lambda: fit(network(), X, LABELS - 1), "whole numbers of classes"),
    "truths of three": (lambda: fit(network(), X, LABELS > 0), "one bool per sample"),
    "names without classes": (lambda: fit(network(), X, NAMED), "no names for its classes"),
    "unknown name": (
        lambda: fit(network(classes=NAMES), X, [*NAMED[:9], "cow"]),
        r"\['cow'\].*'cat', 'dog', 'emu'",
    ),
    "names and numbers": (lambda: fit(network(classes=NAMES), X, [*NAMED[:9], 1]), "targets"),
    "one array, two outputs": (
        lambda: fit(network(outputs=("y", "z")), X, LABELS),
        r"outputs are \['y', 'z'\]",
    ),
    "fewer labels": (lambda: fit(network(), X, LABELS[:9]), "has 10.* has 9"),
    "a table, no columns": (lambda: network().predict(pd.DataFrame(X)), "which columns it takes"),
    "a column is missing": (
        lambda: network(columns=("a", "b", "c")).predict(pd.DataFrame(X, columns=list("abd"))),
        r"takes \['c'\]",
    ),
    "a column is there twice": (
        lambda: network(columns=("a", "b", "c")).predict(
            pd.DataFrame(X, columns=list("abc"))[["a", "b", "c", "c"]]
        ),
        r"takes \['c'\]",
    ),
    "targets in a table, no classes": (
        lambda: fit(network(), X, pd.DataFrame(ONE_HOT)),
        "which column is which prediction",
    ),
    "rows in another order": (
        lambda: fit(network(columns=tuple("abc")), pd.DataFrame(X, columns=list("abc")), SHIFTED),
        "rows of other names",
    ),
    "batches of tables": (
        lambda: fit(
            network(columns=tuple("abc")), [(pd.DataFrame(X, columns=list("abc")), LABELS)]
        ),
        "are tables",
    ),
    "text in a table": (
        lambda: network(columns=("a",), units=1).predict(pd.DataFrame({"a": ["1", "2"]})),
        "not an array of numbers",
    ),
    "uneven batches": (
        lambda: fit(network(), [(X[:2], LABELS[:2]), (X[:4], LABELS[:4])]),
        r"\[2, 4\] samples",
    ),
    "batches of other names": (
        lambda: fit(network(), [({"x": X}, LABELS), ({"z": X}, LABELS)]),
        "other names",
    ),
    "batches that hide numbers": (
        lambda: fit(network(), [(HIDING[:5], LABELS[:5]), (X[5:], LABELS[5:])]),
        "masked arrays that hide numbers",
    ),
    "targets that are hidden in rows": (
        lambda: fit(network(width=1), [(X[:2], [0.1, np.ma.masked]), (X[2:4], [0.1, 0.2])]),
        "masked|hide",
    ),
    "batches whose targets are shifted": (
        lambda: fit(network(), [(X[:5], LABELS[:4]), (X[5:], LABELS[4:])]),
        r"arrays of a batch of train_dataloader have \[5, 4\] samples",
    ),
    "inputs of a batch that are shifted": (
        lambda: fit(
            network(("a", "b")),
            [({"a": X[:5], "b": X[:4]}, LABELS[:5]), ({"a": X[5:], "b": X[4:]}, LABELS[5:])],
        ),
        r"have \[5, 4, 5\] samples",
    ),
    "batches of ragged lists": (
        lambda: fit(network(), [([[1, 2, 3], [3]], [1, 2])]),
        "do not fit together",
    ),
    "numbers that NumPy cannot hold": (
        lambda: network().predict(Short()),
        "not an array of numbers.*BFloat16",
    ),
    "targets that NumPy cannot hold": (
        lambda: fit(network(), X, Short()),
        "not an array of numbers.*BFloat16",
    ),
    "batches that NumPy cannot hold": (
        lambda: fit(network(), [(X, Short())]),
        "A batch of|do not fit together",
    ),
    "no batch": (lambda: fit(network(), iter(())), "holds no batch"),
    "batches of nothing": (lambda: fit(network(), [(None, None)]), "A batch of"),
    "a size beside batches": (
        lambda: fit(network(), list(batches()), batch_size=4),
        "batch_size=4 stands beside",
    ),
    "a size of zero": (lambda: fit(network(), X, LABELS, batch_size=0), "batch_size is 0"),
    "verbose beside metrics": (
        lambda: fit(network(), X, LABELS, metrics=None, verbose="no"),
        "verbose is 'no'",
    ),
    "columns of another number": (lambda: network(columns=("a", "b")), "2 names in columns"),
    "classes of another number": (lambda: network(classes=("a", "b")), "2 names in classes"),
    "one class twice": (lambda: network(classes=("a", "a", "b")), "classes="),
    "classes as text": (lambda: network(classes="abc"), "classes='abc'"),  # type: ignore[arg-type]
    "the largest of one": (lambda: network(width=1).classify(X), "1 prediction"),
    "loss misspelt": (lambda: fit(network(), X, LABELS, loss_fn="mze"), "(?s)'mze'.*write 'mse'"),
    "loss that needs settings": (
        lambda: fit(network(), X, LABELS, loss_fn="weighted"),
        "cannot be made without settings",
    ),
    "no loss": (lambda: fit(network(), X, LABELS, loss_fn=None), "loss of output 'y' is None"),
    "no optimizer": (lambda: fit(network(), X, LABELS, optimizer=None), "optimizer is None"),
    "optimizer misspelt": (
        lambda: fit(network(), X, LABELS, optimizer="adamw"),
        "(?s)'adamw'.*write 'adam'",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_could_mean_two_things_is_refused_with_a_way_out(what: str) -> None:
    make, words = REFUSED[what]
    with pytest.raises(EbanaError, match=words) as caught:
        make()
    assert caught.value.fix


def test_an_endless_generator_ends_in_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ebana_core.memory.available_memory", lambda: 300_000_000)
    with pytest.raises(EbanaError, match="batches were read"):
        fit(network(), endless())


def test_a_forgotten_learning_rate_is_named_before_anything_happens(tmp_path: Any) -> None:
    x = InputVoltageLayer(units=3, name="x")
    dense = DenseLayer(units=6, name="d", initializer=RandomUniform(1e-6, 1e-5))(x)
    model = Model([x], [CurrentLayer(name="y")(dense)], seed=0)
    with pytest.raises(EbanaError, match=r"\['d.conductance'\].*no learning rate"):
        fit(model, X, LABELS, run=tmp_path / "run.h5")
    assert not list(tmp_path.iterdir())
    assert model.gradients(X, LABELS, "mse", Adjoint())["d.conductance"].any()  # needs no rate
    for settings in ({"lr": 0.0}, {"trainable": False}):
        x = InputVoltageLayer(units=3, name="x")
        dense = DenseLayer(units=6, name="d", initializer=RandomUniform(1e-6, 1e-5), **settings)(x)
        kept = Model([x], [CurrentLayer(name="y")(dense)], seed=0)
        before = kept.parameters["d.conductance"]
        fit(kept, X, LABELS)
        assert (kept.parameters["d.conductance"] == before).all()


def test_a_forgotten_learning_rate_is_told_in_the_unit_of_its_parameter() -> None:
    x = InputVoltageLayer(units=3, name="x")
    dense = DenseLayer(units=6, name="d", initializer=RandomUniform(1e-6, 1e-5))(x)
    table = DiodeLayer(
        name="t",
        kind="table",
        direction="down",
        voltages=[-1.0, 0.0, 1.0],
        currents=[-1e-6, 0.0, 1e-6],
        trainable=["scale"],
    )
    gates = TransistorCrossbarLayer(name="q", units=6, initializer=2.0)(table(dense))
    model = Model([x], [CurrentLayer(name="y")(gates)], seed=0)
    with pytest.raises(EbanaError) as caught:
        fit(model, X, LABELS)
    said = "S for 'd.conductance' and a pure number for 't.scale' and V for 'q.gate'; or lr=0"
    assert said in caught.value.fix
