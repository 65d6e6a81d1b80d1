"""Which points count as unstable: resistances below zero alone run nowhere, feedback does."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from ebana_core.backends import NativeBackend, NgspiceBackend, SeveralPointsWarning
from ebana_core.backends.stability import FAST, IMPEDANCE, masses_of
from ebana_core.circuit.compiled import compile_circuit
from tests.support.spice_blocks import body, driven, solved

BACKENDS = [NativeBackend(), pytest.param(NgspiceBackend(), marks=pytest.mark.ngspice)]
RIGHT = 1e-8
"""V: what two simulators may differ by."""
DIODES = ("d1 {0} 0 dx", "d2 0 {0} dx", ".model dx d(is=1e-9)")

NEGATIVE = {
    "R": "r1 a x -3k",
    "G by its own drop": "g1 a x a x -0.333333333333333333m",
    "I by its own drop": "b1 a x i=-v(a,x)/3k",
    "I by its own drop and a state": "b1 a x i=-v(a,x)/v(s)",
    "V by its own current": "b1 a x v=-3k*i(b1)",
    "H by its own current": "h1 a x h1 -3k",
}
"""-3 kilohm in other words."""


@pytest.fixture(autouse=True)
def _strict() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error", SeveralPointsWarning)
        yield


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", NEGATIVE)
def test_a_resistance_below_zero_is_stable_in_series_with_a_larger_one(
    name: str, backend: Any
) -> None:
    state = ("cs s 0 1 ic=3k", "gs 0 s value={1u*v(a)}")
    text = body(NEGATIVE[name], "r2 x b 5k", *state)
    expected = solved(body("r1 a b 2k"), backend)
    assert np.abs(solved(text, backend) - expected).max() <= RIGHT


@pytest.mark.parametrize("name", NEGATIVE)
def test_beside_a_smaller_one_too(name: str) -> None:
    text = body(NEGATIVE[name], "r2 a x 1k", "r3 x b 1k", "cs s 0 1 ic=3k")
    expected = solved(body("r1 a b 2.5k"), NativeBackend())
    assert np.abs(solved(text, NativeBackend()) - expected).max() <= RIGHT


SEVERAL = {
    "positive feedback": ("r1 b p 10k", "r2 p o 30k", "b1 o 0 v=5*tanh(1k*v(p))"),
    "positive feedback, limited by diodes": (
        "r1 b p 10k",
        "r2 p o 30k",
        "e1 q 0 p 0 1k",
        "r3 q o 1k",
        *(line.format("o") for line in DIODES),
    ),
    "a current that steers itself": (
        "v1 b x 0",
        "r1 x 0 1k",
        "b1 x 0 i=1m*tanh(40k*i(v1))",
        "r2 a 0 1k",
    ),
    "tunnel diode": ("b1 b 0 i=1m*(v(b)*v(b)*v(b)-v(b))", "r1 a 0 1k"),
    "resistance below zero and diodes": (
        "r1 b 0 -3k",
        "r2 a 0 1k",
        *(line.format("b") for line in DIODES),
    ),
}
"""Blocks that have three operating points with port b at 0 V behind 10 kilohm."""


@pytest.mark.parametrize("name", SEVERAL)
def test_what_has_several_points_is_told_and_left(name: str) -> None:
    with pytest.warns(SeveralPointsWarning, match="The circuit has several operating points in 1"):
        found = solved(body(*SEVERAL[name]), NativeBackend(), np.zeros((1, 2)))
    assert np.abs(found).max() > 1e-3  # a side, not the point between, which is at zero


ENDLESS = {
    "positive feedback": ("r1 b p 10k", "r2 p o 30k", "e1 o 0 p 0 1k"),
    "two transconductances": ("g1 0 x b 0 1m", "r1 x 0 3k", "g2 0 b x 0 1m", "r2 b 0 3k"),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_what_feeds_itself_without_end_runs_away(name: str) -> None:
    with pytest.warns(SeveralPointsWarning, match="or runs away in 1 of 1 samples"):
        solved(body(*ENDLESS[name], "r9 a 0 1k"), NativeBackend(), np.array([[0.0, 0.1]]))


def test_what_only_resistors_touch_has_no_capacitance() -> None:
    law = driven(body("r1 a x 1k", "d1 x b dx", ".model dx d(is=1e-9)"))[1].terminal_devices[0].law
    names = law.inner_nodes
    assert [names[place - law.n_outer] for place in law.inertial] == ["b", "x"]


def test_a_current_that_steers_a_source_has_an_inductance_of_the_other_sign() -> None:
    circuit = driven(body("v1 b x 0", "f1 x 0 v1 40", "r1 x 0 1k", "d1 a 0 dx", DIODES[-1]))[1]
    (devices,) = circuit.terminal_devices
    masses = masses_of(compile_circuit(circuit))[devices.nodes[0]]
    steering = next(k for k, name in devices.law.vectors("b").items() if "v1" in name)
    assert masses[steering] == -FAST * IMPEDANCE**2
    others = np.delete(masses, steering)
    assert set(others.tolist()) == {0.0, FAST}
