"""Diodes behind a resistor, solved by bisection: independent of every solver of the project."""

import math
from collections.abc import Callable, Mapping

import numpy as np
from ebana_diode_mos import DiodeLayer

from ebana_core import Model, initializers
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer

THERMAL = 1.38064852e-23 / 1.6021766208e-19 * 300.15
"""kT/q at 27 degrees Celsius with ngspice's constants, V."""

Current = Callable[[float], float]


def junction(IS: float, N: float, RS: float) -> Current:  # noqa: N803 (SPICE's own names)
    """Return the current of a junction by its inner drop."""
    del RS
    a = N * THERMAL

    def current(u: float) -> float:
        if u >= -3 * a:
            return IS * math.expm1(u / a) + 1e-15 * u
        return -IS * (1 + (3 * a / (math.e * u)) ** 3) + 1e-15 * u

    return current


def shockley(IS: float, a: float, V_off: float) -> Current:  # noqa: N803
    """Return Shockley's law, computed in the exponent."""
    return lambda u: math.copysign(
        IS * math.exp((max(u, 0.0) - V_off) / a) * -math.expm1(-abs(u) / a), u
    )


def antiparallel(IS: float, a: float, V_off: float) -> Current:  # noqa: N803
    """Return the law of an antiparallel pair likewise."""
    return lambda u: math.copysign(
        IS * math.exp((abs(u) - V_off) / a) * -math.expm1(-2 * abs(u) / a), u
    )


def ramp(VTH: float, RON: float, ROFF: float) -> Current:  # noqa: N803
    """Return two straight lines."""
    return lambda u: max((u - VTH) / RON, (u - VTH) / ROFF)


LAWS: Mapping[str, Callable[..., Current]] = {
    "real": junction,
    "shockley": shockley,
    "antiparallel": antiparallel,
    "behavioral": ramp,
}


def drawn(kind: str, rng: np.random.Generator) -> dict[str, float]:
    """Return numbers of a diode of a kind, over all decades that people use."""

    def decades(low: float, high: float) -> float:
        return float(10 ** rng.uniform(low, high))

    if kind == "real":
        resistance = decades(-4, 0) if rng.random() < 0.7 else 0.0
        return {"IS": decades(-30, -3), "N": float(rng.uniform(1, 4)), "RS": resistance}
    if kind == "behavioral":
        return {"VTH": float(rng.uniform(0, 1)), "RON": decades(0, 3), "ROFF": decades(6, 20)}
    offset = float(rng.uniform(0, 5)) if rng.random() < 0.5 else 0.0
    return {"IS": decades(-30, -3), "a": decades(-2, -0.7), "V_off": offset}


def voltage(kind: str, param: Mapping[str, float], conductance: float, drive: float) -> float:
    """Return the voltage of a diode to ground behind a conductance and a source, V.

    Bisection on the drop behind the series resistance, on which everything depends increasingly.
    """
    current, series = LAWS[kind](**param), param.get("RS", 0.0)
    low, high = -abs(drive) - 1, abs(drive) + 1
    for _ in range(200):
        middle = (low + high) / 2
        try:
            excess = middle + (series + 1 / conductance) * current(middle) - drive
        except OverflowError:
            excess = middle
        low, high = (low, middle) if excess > 0 else (middle, high)
    return middle + (series * current(middle) if series else 0.0)


def model(kind: str, param: Mapping[str, float], conductance: float) -> Model:
    """Return a source, a conductance and a diode to ground."""
    x = InputVoltageLayer(units=1, name="x")
    d = DenseLayer(units=1, name="d", initializer=initializers.Given(conductance))(x)
    direction = None if kind == "antiparallel" else "down"
    d = DiodeLayer(name="q", kind=kind, direction=direction, param=dict(param))(d)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(d)], seed=0)
