"""Nudged phases of every kind of device and size end, and give the gradients of the adjoint."""

from collections.abc import Callable, Mapping, Sequence

import attrs
import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer
from ebana_memristor import MemristorLayer, Sinh, Stanford

from ebana_core import Model, losses
from ebana_core.arrays import Array, Values
from ebana_core.data import DataSet
from ebana_core.initializers import LogUniform
from ebana_core.laws import Law
from ebana_core.laws.spice import BehaviouralCurrent, Element
from ebana_core.layers import (
    AmplificationLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
    ShuntLayer,
)
from ebana_core.quantities import quantity
from ebana_core.rules import Adjoint, EquilibriumPropagation

Maker = Callable[[float], Layer]
"""Makes a layer of a size of currents, A."""

RIGHT = 1e-12
"""Residual of a free operating point, relative to the currents at a node."""


class Limiter(Law):
    """A device that is said by its current alone, ``I*tanh(drop/V)``."""

    values = (
        quantity("I", "A", default=1e-6, above=0.0),
        quantity("V", "V", default=0.2, above=0.0),
    )

    def current(self, drop: Array, values: Values) -> Array:
        return values["I"] * np.tanh(drop / values["V"])

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        return [BehaviouralCurrent(f"b{branch}", head, tail, "{I}*tanh({drop}/{V})", dict(values))]


class SlopedLimiter(Limiter):
    """The same with a formula for its slope."""

    def slope(self, drop: Array, values: Values) -> Array:
        return values["I"] / values["V"] / np.cosh(drop / values["V"]) ** 2


class Hinge(Limiter):
    """A law with a kink, ``I*max(drop, 0)/V0`` of 1 V."""

    def current(self, drop: Array, values: Values) -> Array:
        return values["I"] * np.maximum(drop, 0)


@attrs.frozen(kw_only=True, eq=False)
class LimiterLayer(ShuntLayer):
    """A limiter at every node."""

    device = "limiter_of_current"
    law = Limiter()
    trained = ("I",)


@attrs.frozen(kw_only=True, eq=False)
class SlopedLimiterLayer(ShuntLayer):
    """A limiter with a slope at every node."""

    device = "limiter_of_slope"
    law = SlopedLimiter()
    trained = ("I",)


def diode(kind: str, **param: object) -> Maker:
    direction = {} if kind == "antiparallel" else {"direction": "down"}

    def made(size: float) -> Layer:
        numbers = {name: value(size) if callable(value) else value for name, value in param.items()}
        return DiodeLayer(name="q", kind=kind, param=numbers, **direction)

    return made


def cells(size: float) -> Layer:
    window = (size / 100, 1e3 * size)
    drawn = LogUniform(size, 30 * size, *window)
    return MemristorLayer(name="q", units=4, cell=Sinh(window=window), initializer=drawn)


def gaps(size: float) -> Layer:
    del size  # the model's own
    drawn = LogUniform(5e-6, 1e-3)
    return MemristorLayer(name="q", units=4, cell=Stanford(), initializer=drawn)


def amplifier(size: float) -> Layer:
    param = {"gain": 3.0}
    return AmplificationLayer(
        name="q", param=param, saturation=(-0.6, 0.6), output_resistance=1e-3 / size
    )


DEVICES: Mapping[str, Maker] = {
    "behavioral": diode("behavioral", RON=lambda size: 0.1 / size),
    "ideal": diode("ideal"),
    "real": diode("real", IS=lambda size: 1e-6 * size, RS=lambda size: 0.05 / size),
    "mos n": diode("mos", KP=lambda size: 2 * size),
    "mos p": diode("mos", channel="p", KP=lambda size: 2 * size, LAMBDA=0.05),
    "mos depleted": diode("mos", VTO=-0.3, KP=lambda size: size),
    "shockley": diode("shockley", IS=lambda size: 1e-3 * size),
    "antiparallel": diode("antiparallel", IS=lambda size: 1e-2 * size),
    "current alone": lambda size: LimiterLayer(name="q", param={"I": size}, trainable=True),
    "slope alone": lambda size: SlopedLimiterLayer(name="q", param={"I": size}, trainable=True),
    "cells": cells,
    "gaps": gaps,
    "amplifier": amplifier,
}
SIZES = (1e-12, 1e-9, 1e-6, 1e-3, 1e-2)
"""Of the currents at a volt, A."""
SHARES = (1e-9, 1e-6, 1e-3, 0.1)
"""Of beta in the conductances at the outputs."""
SMALL = 1e-6
"""Share up to which the bias of the centered difference, its square, is below its rounding."""
AGREES = 1e-6
"""Of gradients, which the tolerance of nudged phases is made for."""


def network(device: Maker, size: float, seed: int) -> tuple[Model, DataSet]:
    """Return a network of three inputs and two outputs with the device between, and samples."""
    initializer = LogUniform(size, 30 * size, size / 100, 1e3 * size)
    source = InputVoltageLayer(units=3, name="x")
    layer = device(size)(DenseLayer(units=4, name="d", initializer=initializer)(source))
    output = CurrentLayer(name="y", fold=False)(
        DenseLayer(units=2, name="o", initializer=initializer)(layer)
    )
    rng = np.random.default_rng(seed)
    data = DataSet({"x": rng.normal(0, 1, (4, 3))}, {"y": rng.normal(0, 0.5, (4, 2))})
    return Model(inputs=[source], outputs=[output], seed=seed), data


@pytest.mark.filterwarnings("ignore:.*one way; the local gradient")
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", DEVICES)
def test_nudged_phases_end_and_agree_with_the_adjoint(name: str, size: float) -> None:
    for seed in range(2):
        model, data = network(DEVICES[name], size, seed)
        assert model.operating_points(data.inputs).residual <= RIGHT
        expected = model.gradients(data, losses.MSE(), Adjoint())
        for share in SHARES:
            rule = EquilibriumPropagation(share * size, "centered", gradient=how(name))
            found = model.gradients(data, losses.MSE(), rule)
            assert all(np.isfinite(gradient).all() for gradient in found.values())
            if share <= SMALL and name != "amplifier":  # which is not reciprocal at its ends
                check_agrees(found, expected)


def how(name: str) -> str:
    return "local" if name == "amplifier" else "exact"


def check_agrees(found: Mapping[str, Array], expected: Mapping[str, Array]) -> None:
    for name, gradient in expected.items():
        assert np.abs(found[name] - gradient).max() <= AGREES * np.abs(gradient).max(), name


def test_a_change_that_is_a_plain_difference_says_how_it_is_rounded() -> None:
    values = {"I": np.array(1e-6), "V": np.array(0.2)}
    drop, change = np.array([0.3, 0.3]), np.array([1e-12, 0.2])
    sloped, alone = SlopedLimiter(), Limiter()
    for law in (sloped, alone):
        near, far = law.change_rounding(drop, change, values)
        assert near <= 10 * law.current_change(drop, change, values)[0]
        # A plain difference is rounded as its two terms are, which are about 1 uA.
        assert 1e-6 <= far <= 1e-5


@pytest.mark.parametrize("bend", [1e-4, 1e-3, 1e-2, 1.0, 100.0])
@pytest.mark.parametrize(
    ("law", "kept"),
    # A polynomial takes the place of a slope that has no formula: right to its sixth order.
    [(Limiter(), 1e-8), (SlopedLimiter(), 1e-14)],
    ids=["alone", "sloped"],
)
def test_small_changes_keep_eight_digits_whatever_the_bend(
    law: Law, kept: float, bend: float
) -> None:
    """Also where single derivatives pass through zero, the fifth at 0.42 and 1.57 bends."""
    values = {"I": np.array(1e-6), "V": np.array(bend)}
    drop = bend * np.linspace(-2, 2, 401)
    change = np.full_like(drop, 1e-9 * bend)
    expected = 1e-6 * np.sinh(1e-9) / np.cosh(drop / bend) / np.cosh((drop + change) / bend)
    assert law.current_change(drop, change, values) == pytest.approx(expected, rel=kept, abs=0)


def test_a_kink_in_a_law_given_by_its_current_alone_is_no_obstacle() -> None:
    values = {"I": np.array(1e-6), "V": np.array(0.2)}
    drop, change = np.array([-1e-9, 0.0, 1e-3, 0.2]), np.array([2e-9, 1e-12, -2e-3, 1e-12])
    expected = np.array([1e-15, 1e-18, -1e-9, 1e-18])
    found = Hinge().current_change(drop, change, values)
    assert found == pytest.approx(expected, rel=1e-8, abs=1e-28)
