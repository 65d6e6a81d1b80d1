"""Mappings that nobody changes, and what holds them: operating points travel."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ebana_core.mappings import FrozenMapping
from tests.support.networks import recorded_data, recorded_model


def through_pickle(thing: Any) -> Any:
    return pickle.loads(pickle.dumps(thing))


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, through_pickle])
def test_operating_points_are_copied_whole(copied: Callable[[Any], Any]) -> None:
    points = recorded_model().operating_points(recorded_data().inputs)
    again = copied(points)
    for layer in points.circuit.layer_nodes:
        assert np.array_equal(again.at(layer), points.at(layer))
    assert again.residual == points.residual
    for name, power in points.balance("magnitudes").power.items():
        assert np.array_equal(again.balance("magnitudes").power[name], power)


def test_a_frozen_mapping_keeps_what_it_was_given() -> None:
    given = {"a": 1}
    frozen = FrozenMapping(given)
    given["b"] = 2
    assert frozen == {"a": 1}
    assert through_pickle(frozen) == {"a": 1}
    with pytest.raises(TypeError):
        frozen["a"] = 2  # type: ignore[index]  # what a user would try
