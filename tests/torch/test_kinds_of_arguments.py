"""Whatever kind of object stands in the place of an argument, an error of EBANA's own answers."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.networks import layered_model
from tests.support.wrong_kinds import not_answered

pytestmark = pytest.mark.torch

MADE_BY_EBANA = {"DifferentialConductances"}
NEEDED: Mapping[str, Mapping[str, Any]] = {
    "Circuit": {"model": layered_model((2, 3, 2), (4.0,), seed=0)},
    "from_linear": {"weight": [[1.0, -2.0]], "bias": None, "window": (1e-6, 1e-4)},
    "to_linear": {"conductance": 2 * [[1e-6, 2e-6], [2e-6, 1e-6]]},
}


@pytest.mark.parametrize("name", NEEDED)
def test_arguments_of_any_kind_are_taken_or_refused(name: str) -> None:
    import ebana_core.torch as room

    assert not list(not_answered(getattr(room, name), NEEDED[name]))
    assert {*NEEDED, *MADE_BY_EBANA} == set(room.__all__)


def test_what_is_no_tensor_is_refused() -> None:
    import torch

    from ebana_core.torch import Circuit

    circuit = Circuit(layered_model((2, 3, 2), (4.0,), seed=0))
    assert not list(not_answered(circuit.forward, {"x": torch.zeros(1, 2)}))
