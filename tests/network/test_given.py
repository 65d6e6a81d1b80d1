"""Samples and labels as users hold them mean what they say, or are an error that says how to."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ebana_core import Model, losses, optimizers
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import EbanaError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import ConcatenateLayer, CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.rules import Adjoint
from ebana_core.training.history import Fit

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (10, 3))
LABELS = np.array([0, 1, 2, 1, 0, 2, 2, 1, 0, 1])
ONE_HOT = np.eye(3)[LABELS]
NAMES = ("cat", "dog", "emu")
NAMED = [NAMES[k] for k in LABELS]


def network(
    inputs: tuple[str, ...] = ("x",),
    outputs: tuple[str, ...] = ("y",),
    *,
    width: int = 3,
    units: int = 3,
    columns: tuple[str, ...] = (),
    classes: tuple[str, ...] = (),
) -> Model:
    sources = [InputVoltageLayer(units=units, name=name, columns=columns) for name in inputs]
    rows = ConcatenateLayer(name="rows")(sources) if len(sources) > 1 else sources[0]
    settings = {"units": 2 * width, "initializer": RandomUniform(1e-6, 1e-5), "lr": 1e-7}
    ends = [
        CurrentLayer(name=name, classes=classes)(DenseLayer(name=f"d_{name}", **settings)(rows))
        for name in outputs
    ]
    return Model(sources, ends, seed=0)


def fit(model: Model, *samples: Any, **settings: Any) -> Fit:
    given = {"loss_fn": "cross_entropy", "optimizer": "sgd", "epochs": 2, "beta": 1e-8}
    return model.fit(*samples, **{**given, "verbose": False, **settings})


def trained(model: Model, *samples: Any, **settings: Any) -> Any:
    fit(model, *samples, **settings)
    return model.parameters["d_y.conductance"]


def batches() -> Iterator[tuple[Any, Any]]:
    for start in (0, 4, 8):
        yield X[start : start + 4], ONE_HOT[start : start + 4]


SHUFFLED: dict[str, tuple[Any, ...]] = {
    "arrays": (X, ONE_HOT),
    "a pair": ((X, ONE_HOT),),
    "lists": (X.tolist(), ONE_HOT.tolist()),
    "by name": ({"x": X}, {"y": ONE_HOT}),
    "one of both": (X, {"y": ONE_HOT}),
    "a data set": (DataSet({"x": X}, {"y": ONE_HOT}),),
    "labels": (X, LABELS),
    "labels in a list": (X, LABELS.tolist()),
    "labels by name": (X, {"y": LABELS}),
    "images": (X.reshape(10, 3, 1), ONE_HOT),
    "columns": (X, pd.Series(LABELS)),
}


@pytest.mark.parametrize("what", SHUFFLED)
def test_all_forms_of_samples_train_to_the_bits_of_a_batch_generator(what: str) -> None:
    data = DataSet({"x": X}, {"y": ONE_HOT})
    expected = trained(network(), BatchGenerator(data, 4))
    assert (trained(network(), *SHUFFLED[what], batch_size=4) == expected).all()


IN_ORDER: dict[str, Callable[[], Any]] = {
    "a generator": batches,
    "a list of pairs": lambda: list(batches()),
    "by name": lambda: [({"x": x}, {"y": y}) for x, y in batches()],
    "data sets": lambda: [DataSet({"x": x}, {"y": y}) for x, y in batches()],
    "labels": lambda: [(x, y.argmax(axis=1)) for x, y in batches()],
}


@pytest.mark.parametrize("what", IN_ORDER)
def test_batches_of_any_iterable_are_taken_in_their_order(what: str) -> None:
    data = DataSet({"x": X}, {"y": ONE_HOT})
    expected = trained(network(), BatchGenerator(data, 4, shuffle=False))
    assert (trained(network(), IN_ORDER[what]()) == expected).all()


def test_an_array_goes_to_a_mirrored_pair_of_inputs() -> None:
    for names in (("xp", "xn"), ("a_pos", "a_neg")):
        model = network(names)
        expected = model.predict({names[0]: X, names[1]: -X})["y"]
        assert (model.predict(X) == expected).all()
    turned = network(("xn", "xp"))  # the names say which is the mirror, not their order
    assert (turned.predict(X) == turned.predict({"xp": X, "xn": -X})["y"]).all()


def test_what_is_given_by_name_comes_back_by_name() -> None:
    model = network()
    assert set(model.predict({"x": X})) == {"y"}
    assert set(model.predict(DataSet({"x": X}))) == {"y"}
    assert (model.predict(X.tolist()) == model.predict({"x": X})["y"]).all()
    assert set(network(outputs=("y", "z")).predict(X)) == {"y", "z"}
    points = model.operating_points(X)
    # `predict` adds up what each input does alone: equal up to rounding
    assert points.predictions()["y"] == pytest.approx(model.predict(X), rel=1e-9, abs=1e-12)


def test_every_method_that_takes_samples_takes_them_side_by_side() -> None:
    model, data = network(), DataSet({"x": X}, {"y": ONE_HOT})
    loss = losses.CrossEntropyLoss()
    assert model.evaluate(X, LABELS, "crossentropy").loss == model.evaluate(data, loss).loss
    assert model.evaluate(X, y=LABELS, loss_fn=loss).loss == model.evaluate(data, loss).loss
    found = model.diagnose(X, LABELS, "cross_entropy").suggested_beta
    assert found == model.diagnose(data, loss).suggested_beta
    assert model.monte_carlo(X, LABELS, loss, n=2, seed=0).n_copies == 2


def test_names_of_classes_are_labels_and_come_back() -> None:
    model = network(classes=NAMES)
    data = DataSet({"x": X}, {"y": ONE_HOT})
    expected = trained(network(), BatchGenerator(data, 4))
    for named in (NAMED, np.array(NAMED), pd.Series(NAMED), pd.Series(NAMED, dtype="category")):
        assert (trained(network(classes=NAMES), X, named, batch_size=4) == expected).all()
    largest = model.predict(X).argmax(axis=1)
    assert model.classify(X).tolist() == [NAMES[k] for k in largest]
    assert network().classify({"x": X})["y"].tolist() == largest.tolist()


def test_tables_go_by_the_names_of_their_columns() -> None:
    model = network(columns=("a", "b", "c"))
    table = pd.DataFrame(X[:, [2, 0, 1]], columns=["c", "a", "b"]).assign(unused=1.0)
    assert (model.predict(table) == model.predict(X)).all()
    expected = trained(network(), X, LABELS)
    assert (trained(network(columns=("a", "b", "c")), table, LABELS) == expected).all()
    one_hot = pd.DataFrame(ONE_HOT[:, ::-1], columns=NAMES[::-1])
    assert (trained(network(classes=NAMES), X, one_hot) == expected).all()
    assert (trained(network(classes=NAMES), X, pd.DataFrame({"is": NAMED})) == expected).all()


def test_tables_and_classes_survive_a_file(tmp_path: Any) -> None:
    model = network(columns=("a", "b", "c"), classes=NAMES)
    model.save(tmp_path / "m.h5")
    again = Model.load(tmp_path / "m.h5")
    assert again.classify(X).tolist() == model.classify(X).tolist()
    assert again.predict(pd.DataFrame(X, columns=list("abc"))).shape == (10, 3)


def endless() -> Iterator[Any]:
    while True:
        yield np.zeros((1000, 3)), np.zeros((1000, 3))


SHIFTED = pd.Series(LABELS, index=np.arange(10) + 1)
REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "targets forgotten": (lambda: fit(network(), X), r"train_dataloader is array.*"),
    "targets forgotten, lists": (lambda: fit(network(), X.tolist()), "A batch of"),
    "stacked pairs": (lambda: fit(network(), np.stack([X, X]).tolist()), "A batch of"),
    "two different inputs": (lambda: network(("a", "b")).predict(X), "input layers.*one array"),
    "three inputs": (lambda: network(("a", "b", "c")).predict(X), "input layers.*one array"),
    "one row": (lambda: network().predict(X[0]), r"shape \(3,\)"),
    "no array": (lambda: network().predict(3), "3"),
    "nothing": (lambda: network().predict([]), r"shape \(0,\)"),
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


def test_names_of_losses_and_optimizers_are_read_leniently() -> None:
    for word in ("CrossEntropyLoss", "cross_entropy", "Cross-Entropy", "crossentropyloss"):
        assert len(fit(network(), X, LABELS, loss_fn=word, optimizer="SGD_momentum")) == 2
    by_name = trained(network(), X, LABELS, optimizer="adam")
    model = network()
    assert (trained(model, X, LABELS, optimizer=optimizers.Adam(model)) == by_name).all()


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
