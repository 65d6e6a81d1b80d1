"""The kit's network fits devices of every size, and finds wrong gradients."""

from typing import Any

import numpy as np
import pytest

from ebana_core.laws import Law
from ebana_core.quantities import quantity
from ebana_core.testing.networks import (
    check_backends_agree,
    check_gradients,
    check_operating_points,
)
from tests.support.laws import Bent, bench, law


@pytest.mark.parametrize("conductance", [1e-14, 1e-12, 1e-9, 1e-2, 1.0, 100.0])
def test_devices_of_every_size_pass(conductance: float) -> None:
    network = bench(Bent(), trained=("G", "V0"), G=conductance)
    check_operating_points(network)
    check_gradients(network)


@pytest.mark.ngspice
@pytest.mark.parametrize("conductance", [1e-14, 1e-12, 1e-9, 1e-2, 1.0, 100.0])
def test_backends_agree_on_devices_of_every_size(conductance: float) -> None:
    check_backends_agree(bench(Bent(), G=conductance))


def shifted(_: Law, drop: Any, values: Any) -> Any:
    return values["G"] * 0.1 * np.arcsinh((drop - values["VB"]) / 0.1)


SHIFTED = law(
    values=(quantity("G", "S", default=1e-6, above=0.0), quantity("VB", "V", default=0.0)),
    current=shifted,
)


def test_a_trained_value_may_be_zero() -> None:
    check_gradients(bench(SHIFTED, trained=("VB",)))


def test_a_trained_value_may_lie_at_its_bound() -> None:
    class Bounded(Bent):
        values = (*Bent.values, quantity("G1", "S", default=0.0, at_least=0.0))

        def current(self, drop: Any, values: Any) -> Any:
            return super().current(drop, values) + values["G1"] * drop

    check_gradients(bench(Bounded(), trained=("G1",)))


def test_a_wrong_contrast_is_named_with_its_parameter() -> None:
    def negative(self: Law, name: str, drop: Any, change: Any, values: Any) -> Any:
        return -Law.contrast(self, name, drop, change, values)

    with pytest.raises(AssertionError, match=r"the gradient of act\.V0 is off by .* finite diff"):
        check_gradients(bench(law(contrast=negative), trained=("V0",)))


def test_no_number_is_no_right_gradient() -> None:
    def nothing(_: Law, name: str, drop: Any, change: Any, values: Any) -> Any:
        return np.full_like(drop, np.nan)

    with pytest.raises(AssertionError, match=r"the gradient of act\.V0 is off by nan"):
        check_gradients(bench(law(contrast=nothing), trained=("V0",)))
