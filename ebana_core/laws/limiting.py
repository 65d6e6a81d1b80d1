"""How far a junction's voltage may move before its law is evaluated anew.

Newton's method aims a junction that has just begun to conduct at voltages where an exponential
overflows. SPICE evaluates the device at a voltage nearer by: it takes the current that the last
tangent promised, and the logarithm of that current gives the voltage. From there it follows the
new tangent to the voltages of the nodes.

Source:
    Nagel 1975, SPICE2, UCB/ERL M520, section 5.3; ngspice 39, src/spicelib/devices/devsup.c,
    DEVpnjlim.
"""

from collections.abc import Callable, Sequence
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray

REVERSE_ROOM = 1.0
"""A reverse voltage may grow to twice its last value and this much more, V."""
HALVINGS = 40
"""How often the way from the last evaluation is halved: from 1 kV down to a nanovolt."""
FINE = 0.02
"""How exactly a way is found, relative to its length: the next tangent leads on from its end."""


def critical_voltage(saturation: Any, scale: Any) -> Any:
    """Return the voltage of a junction beyond which its exponential is steep, V.

    Args:
        saturation: Saturation current, A; where it is zero, the voltage is infinite.
        scale: What the exponent is divided by, V.
    """
    with np.errstate(divide="ignore"):
        return scale * np.log(scale / (np.sqrt(2) * np.asarray(saturation)))


def limited(wished: Array, before: Array, critical: Any, scale: Any) -> Array:
    """Return the voltage at which to evaluate a junction, V.

    Args:
        wished: Voltage across it by the nodes' voltages, V.
        before: Voltage at which it was evaluated last, V.
        critical: See `critical_voltage`.
        scale: What its exponent is divided by, V.
    """
    rise = wished - before
    is_far = (wished > critical) & (np.abs(rise) > 2 * scale)
    # What conducts already moves by a logarithm of the wish; what was off goes to the drop of the
    # current that the wish stands for.
    step = scale * (2 + np.log(np.maximum(np.abs(rise) / scale - 2, 1.0)))
    from_off = scale * np.log(np.maximum(wished / scale, 1.0))
    forward = np.where(before > 0, before + np.sign(rise) * step, from_off)
    # In reverse the law is flat, and voltages may grow fast, but not in one step.
    lowest = np.where(before > 0, -before, 2 * before) - REVERSE_ROOM
    return np.where(is_far, forward, np.maximum(wished, lowest))


def kept_promise(
    current: Callable[[Array], Array], slope: Array, start: Array, wished: Array
) -> Array:
    """Return the wished drop, or one on the way to it where the current grows too fast, V.

    That is where the current changes by more than twice what the tangent promised. Such a device is
    evaluated just short of the drop at which its current has changed by twice the promise; for an
    exponential, that drop is a logarithm.

    Args:
        current: The law, of drops to amperes.
        slope: At the start, S.
        start: Drop at which it was evaluated last, V. Shape of `slope`.
        wished: Drop by the nodes' voltages, V. Same shape.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        first = current(start)
        promised = np.abs(slope * (wished - start))

        def keeps(drop: Array) -> BoolArray:
            moved = np.abs(current(drop) - first)
            kept: BoolArray = np.isfinite(moved) & (moved <= 2 * promised)
            return kept

        is_far = ~keeps(wished)
        if not is_far.any():
            return wished
        near, far = start, wished
        for _ in range(HALVINGS):
            middle = (near + far) / 2
            holds = keeps(middle)
            near, far = np.where(holds, middle, near), np.where(holds, far, middle)
            if not (is_far & (np.abs(far - near) > FINE * np.abs(near - start))).any():
                break
        return np.where(is_far, near, wished)


@final
@attrs.frozen
class LimitedJunction:
    """A junction of a device of several terminals.

    Args:
        head: Terminal from which a forward current flows.
        tail: Terminal to which it flows.
        follows: The one of both that is moved when the voltage is limited; the other one stays.
        scale: What its exponent is divided by, V; one number, or one per device.
        saturation: Its saturation current, A, likewise.
        conducts: Whether a search begins with it at the edge of conduction; False: at 0 V.
    """

    head: int
    tail: int
    follows: int
    scale: Any
    saturation: Any
    conducts: bool = False

    @property
    def critical(self) -> Any:
        """See `critical_voltage`."""
        return critical_voltage(self.saturation, self.scale)

    @property
    def first(self) -> Any:
        """Junction voltage at which a search begins, V."""
        critical = self.critical
        return np.where(self.conducts & np.isfinite(critical), critical, 0.0)


def limited_junction(
    sign: int, base: int, other: int, scale: Any, saturation: Any, *, conducts: bool = False
) -> LimitedJunction:
    """Return the junction from `base` to `other`, or back where `sign` is negative.

    Args:
        sign: Of the device: 1 for n, -1 for p.
        base: Terminal that stays when the voltage is limited.
        other: Terminal that is moved.
        scale: What its exponent is divided by, V.
        saturation: Its saturation current, A.
        conducts: Whether a search begins at its edge of conduction.
    """
    head, tail = (base, other) if sign > 0 else (other, base)
    return LimitedJunction(head, tail, other, scale, saturation, conducts)


def limited_voltages(
    junctions: Sequence[LimitedJunction], voltages: Array, before: Array | None
) -> tuple[Array, Array]:
    """Return where to evaluate a device: voltages of its terminals and of its junctions, V.

    Args:
        junctions: In an order in which each moves a terminal that those before it leave alone.
        voltages: Of the nodes. Shape ``(..., n_terminals)``.
        before: Voltages of the junctions where the device was evaluated last. Shape ``(...,
            n_junctions)``; None: this is the first time.
    """
    result = voltages.copy()
    found = np.empty((*voltages.shape[:-1], len(junctions)))
    for k, item in enumerate(junctions):
        wished = voltages[..., item.head] - voltages[..., item.tail]
        own: Any = item.first
        if before is not None:
            own = limited(wished, before[..., k], item.critical, item.scale)
        found[..., k] = own
        stands, sign = (item.tail, 1.0) if item.follows == item.head else (item.head, -1.0)
        moved = result[..., stands] + sign * own
        # A voltage that is not limited keeps its digits.
        is_same = (found[..., k] == wished) & (result[..., stands] == voltages[..., stands])
        result[..., item.follows] = np.where(is_same, voltages[..., item.follows], moved)
    return result, found
