"""The common network is built in one line, by whoever needs it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ebana_core import crossbar_network, losses
from ebana_core.errors import EbanaError
from ebana_core.sklearn import HiddenLayerNetwork
from ebana_core.zoo.demos import xor

GATES = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])


def test_the_one_line_learns_exclusive_or() -> None:
    model = crossbar_network(2, 10, 1, lr=4e-7, seed=0)
    loss = losses.MSE(output_midpoint=0.5)
    fit = model.fit(GATES, [0, 1, 1, 0], loss, "adam", epochs=100, beta=1e-7, verbose=False)
    assert fit.history["accuracy"][-1] == 1.0
    assert (model.predict(GATES)[:, 0] > 0.5).tolist() == [False, True, True, False]


def test_demos_and_estimators_build_it_too() -> None:
    from ebana_core.registry import load_registry

    own = crossbar_network(2, 10, ["XOR"], seed=3, output="xor", lr=4e-7)
    demo = xor().build(load_registry(), 3)
    recipe = HiddenLayerNetwork(hidden_units=10, bias_voltage=1.0, learning_rate=0.1, n_steps=5)
    for other in (demo, recipe(2, 1, 3)):
        assert (other.predict(GATES) == own.predict(GATES)).all()


@pytest.mark.parametrize(("hidden", "n_crossbars"), [([], 1), (4, 2), ([4, 3], 3), ((4, 3, 2), 4)])
def test_it_has_as_many_hidden_layers_as_it_is_told(hidden: Any, n_crossbars: int) -> None:
    model = crossbar_network(2, hidden, 3, seed=0)
    assert len(model.trainable_parameters()) == n_crossbars
    assert model.predict(GATES).shape == (4, 3)


def test_names_are_those_of_tables_and_classes() -> None:
    import pandas as pd

    model = crossbar_network(["a", "b"], 4, ["no", "yes"], seed=0)
    table = pd.DataFrame(GATES[:, ::-1], columns=["b", "a"])
    assert (model.predict(table) == model.predict(GATES)).all()
    assert set(model.classify(table)) <= {"no", "yes"}


WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "inputs as text": (lambda: crossbar_network("ab", 4, 1), "inputs is 'ab'"),
    "no inputs": (lambda: crossbar_network([], 4, 1), r"inputs is \[\]"),
    "half a unit": (lambda: crossbar_network(2, 0.5, 1), "hidden is 0.5"),  # type: ignore[arg-type]
    "hidden as text": (lambda: crossbar_network(2, "4", 1), "hidden is '4'"),
    "no outputs": (lambda: crossbar_network(2, 4, 0), "outputs is 0"),
    "a threshold as text": (lambda: crossbar_network(2, 4, 1, threshold="x"), "VTH"),  # type: ignore[arg-type]
    "no rate": (
        lambda: crossbar_network(2, 4, 1).fit(GATES, [0, 1, 1, 0], "mse", "adam", beta=1e-7),
        r"\['d1.conductance', 'd_out.conductance'\].*no learning rate",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_it_cannot_build_is_named(what: str) -> None:
    make, words = WRONG[what]
    with pytest.raises(EbanaError, match=words):
        make()
