"""Cells of a window of conductances, and how they are programmed."""

from collections.abc import Callable, Mapping
from functools import cache

import attrs
import numpy as np
from ebana_memristor import (
    Cell,
    Exponential,
    GapDynamics,
    Linear,
    LinearPulses,
    NonlinearPulses,
    PulseResponse,
    SoftBounds,
    Stanford,
    StanfordModel,
)

from ebana_core.zoo.doell2025 import ends

GAP, WIDEST = 0.95e-9, 2.6
"""Middle of the Stanford cells' gap, m, where 0.2 to 1.7 nm, as published, are 2.6 decades."""
N_STATES = 200
"""Pulses across the window."""


def ohmic(decades: float) -> Cell:
    """Return a cell of Ohm's law and a window of `decades`."""
    return Linear(window=ends(decades))


def filament(decades: float) -> Stanford:
    """Return a Stanford cell whose gap's limits leave a window of `decades`, or of 2.6."""
    half = min(decades, WIDEST) / 2 * np.log(10) * StanfordModel().g0
    return Stanford(model=StanfordModel(gap_min=GAP - half, gap_max=GAP + half))


@cache
def gap_pulses(decades: float) -> GapDynamics:
    """Return pulses that just set the largest gap, and take about `N_STATES` of them.

    The set voltage is 2 % above the threshold of the largest gap; the width is such that the
    median of the steps both ways over the middle nine tenths of the window is one state.
    """
    model = filament(decades).model
    weakest = model.gamma0 - model.beta * (model.gap_max * 1e9) ** model.alpha
    x, width = np.linspace(0.05, 0.95, 19), 1e-10
    voltages = {"set_voltage": max(1.2, 1.02 * model.F_min * model.tox / weakest)}
    for _ in range(60):
        pulses = GapDynamics(model=model, reset_voltage=1.2, width=width, **voltages)
        steps = [pulses.step(x, np.full(x.shape, is_up)) for is_up in (True, False)]
        width *= float(np.sqrt(1 / N_STATES / np.median(steps)))
    return pulses


@attrs.frozen
class Programming:
    """How the cells of a network are programmed.

    Args:
        response: Decades to the response of pulses; None: any change that is wished.
        cell: Decades to the cell.
    """

    response: Callable[[float], PulseResponse] | None
    cell: Callable[[float], Cell] = ohmic


PROGRAMMING: Mapping[str, Programming] = {
    "ideal": Programming(None),
    "LinearPulses": Programming(lambda _: LinearPulses(n_states=N_STATES)),
    "SoftBounds": Programming(lambda _: SoftBounds(n_states=N_STATES)),
    "Exponential": Programming(lambda _: Exponential(n_states=N_STATES)),
    "NonlinearPulses": Programming(
        lambda _: NonlinearPulses(n_states=N_STATES, up=1.94, down=-0.61)
    ),
    "GapDynamics": Programming(gap_pulses, filament),
}
