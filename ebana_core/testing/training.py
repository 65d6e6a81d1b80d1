"""Trains the network around one layer at currents from nanoamperes to milliamperes."""

import math

import numpy as np

from ebana_core.analysis.strengths import thumb_beta
from ebana_core.arrays import Array
from ebana_core.errors import EbanaError
from ebana_core.losses import MSE
from ebana_core.rules import Adjoint, EquilibriumPropagation
from ebana_core.testing.networks import CROSSBARS, TARGETS, Bench

SIZES = (1e-9, 1e-6, 1e-3)
"""Currents of the crossbars at the examined drops, A."""

STRENGTHS = (1.0, 10.0)
"""Strengths of the nudge, relative to the recommended one."""

STEPS = 2
"""Steps of training, at each size and strength."""

RATE = 0.1
"""Size of a step, relative to the conductance that changes most."""

FAINT = 1e-6
"""Beta relative to the crossbars' conductances, at which a gradient has no bias to speak of."""

AGREES = 1e-5
"""Relative difference of gradients that a law's change may cause by its rounding."""


def check_training(bench: Bench) -> None:
    """A network of the device trains, whatever its currents and at strong nudges too.

    A nudged phase ends where the change of the current is smooth down to its smallest digits.

    Raises:
        AssertionError: Quotes the size of the currents, beta and what went wrong.
    """
    drawn = {name: np.array(bench.model.parameters[name]) for name in CROSSBARS}
    try:
        for size in SIZES:
            _scale(bench, drawn, size)
            _check_faint(bench, size)
            for strength in STRENGTHS:
                _scale(bench, drawn, size)
                _train(bench, size, strength * _recommended(bench))
    finally:
        for name, values in drawn.items():
            bench.model.parameters[name] = values


def _scale(bench: Bench, drawn: dict[str, Array], size: float) -> None:
    for name, values in drawn.items():
        bench.model.parameters[name] = values / np.median(values) * size / bench.reach


def _recommended(bench: Bench) -> float:
    """Return the beta that `Model.diagnose` suggests, S."""
    points = bench.model.operating_points(bench.data.inputs)
    missing = points.predictions()["kit_output"] - bench.reach * np.array(TARGETS)
    found = thumb_beta(points, {"kit_output": missing})
    return found if math.isfinite(found) else _faint(bench)


def _faint(bench: Bench) -> float:
    return FAINT * float(np.median(bench.model.parameters[CROSSBARS[0]]))


def _gradients(bench: Bench, size: float, beta: float) -> dict[str, Array]:
    rule = EquilibriumPropagation(beta, variant="centered", gradient="exact")
    try:
        return dict(bench.model.gradients(bench.data, MSE(), rule))
    except EbanaError as error:
        raise AssertionError(
            f"a network of {size:g} A does not train at beta={beta:g} S: {error}; write "
            "current_change by a formula, without differences of currents"
        ) from error


def _train(bench: Bench, size: float, beta: float) -> None:
    for _ in range(STEPS):
        gradients = _gradients(bench, size, beta)
        for name in CROSSBARS:
            gradient, values = gradients[name], bench.model.parameters[name]
            assert np.isfinite(gradient).all(), (
                f"the gradient of {name} is not a number in a network of {size:g} A"
            )
            largest = float(np.abs(gradient * values).max()) or 1.0
            bench.model.parameters[name] = values * (1 - RATE * gradient * values / largest)


def _check_faint(bench: Bench, size: float) -> None:
    """The gradient at a faint nudge is the adjoint's: the change has its digits."""
    beta = _faint(bench)
    found = _gradients(bench, size, beta)
    for name, expected in bench.model.gradients(bench.data, MSE(), Adjoint()).items():
        if name not in CROSSBARS:
            continue
        largest = float(np.abs(expected).max())
        error = float(np.abs(found[name] - expected).max())
        assert error <= AGREES * largest, (
            f"the gradient of {name} is off by {error:g} of {largest:g} in a network of "
            f"{size:g} A at beta={beta:g} S; compare current_change and slope"
        )
