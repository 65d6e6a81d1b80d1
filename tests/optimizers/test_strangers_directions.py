"""What an optimizer of a stranger makes of a gradient is looked at before values change."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ebana_core.errors import ParameterError
from ebana_core.optimizers import Optimizer
from ebana_core.testing.rules import rule_model


class Bent(Optimizer):
    """Follows the gradient, and remembers what it makes of it."""

    slot_names = ("kept",)
    bend: Callable[[Any], Any]
    keep: Callable[[Any], Any]

    def direction(self, gradient: Any, slots: Any, step: int) -> Any:
        return type(self).bend(gradient), {"kept": type(self).keep(gradient)}


@pytest.mark.parametrize(
    ("bent", "told"),
    [
        (lambda array: np.ma.masked_less(array, 0.0), "a masked array"),
        (lambda array: array * 1j, "complex128 values"),
        (lambda array: array > 0, "bool values"),
        (lambda array: array.astype(object), "object values"),
    ],
)
@pytest.mark.parametrize("is_kept", [False, True])
def test_what_is_no_array_of_real_numbers_is_named(bent: Any, told: str, is_kept: bool) -> None:
    class Chosen(Bent):
        bend = staticmethod(np.array if is_kept else bent)
        keep = staticmethod(bent if is_kept else np.array)

    model = rule_model()
    gradients = {
        name: np.random.default_rng(0).normal(size=model.parameters[name].shape)
        for name in model.trainable_parameters()
    }
    what = "kept" if is_kept else "the direction"
    with pytest.raises(ParameterError, match=f"direction of Chosen returned {what} as {told}"):
        Chosen(model).step(gradients)
