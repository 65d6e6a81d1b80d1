"""Samples and labels as users hold them mean what they say."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ebana_core import Model, losses, optimizers
from ebana_core.data import BatchGenerator, DataSet
from tests.support.given import LABELS, NAMED, NAMES, ONE_HOT, X, batches, fit, network, trained

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


def test_names_of_losses_and_optimizers_are_read_leniently() -> None:
    for word in ("CrossEntropyLoss", "cross_entropy", "Cross-Entropy", "crossentropyloss"):
        assert len(fit(network(), X, LABELS, loss_fn=word, optimizer="SGD_momentum")) == 2
    by_name = trained(network(), X, LABELS, optimizer="adam")
    model = network()
    assert (trained(model, X, LABELS, optimizer=optimizers.Adam(model)) == by_name).all()
