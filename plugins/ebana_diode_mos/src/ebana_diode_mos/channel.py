"""The channel of a diode-connected level-1 MOS transistor.

The overdrive is ``o = v - t`` at positive drops v, where the drain is also the gate, with t the
threshold. At negative drops drain and source swap, which ties the gate to the source: ``o = -t``.
The channel carries ``beta*(1 + f*s)``, with f the factor lambda and s = abs(v), times ``o**2/2``
where ``0 < o <= s`` (saturation) and ``s*(o - s/2)`` where ``o > s`` (the ohmic region, which
only a negative threshold reaches).

Source:
    ngspice 39, src/spicelib/devices/mos1/mos1load.c (Shichman and Hodges 1968).
"""

from ebana_core.arrays import Array, BoolArray, namespace
from ebana_core.laws.numerical import by_parts


def _overdrive(drop: Array, threshold: Array) -> tuple[Array, Array, BoolArray]:
    """Return the overdrive (V, at least 0), the size of the drop, and whether it saturates."""
    xp = namespace(drop)
    size = abs(drop)
    overdrive = xp.clip(xp.clip(drop, 0.0, None) - threshold, 0.0, None)
    return overdrive, size, overdrive <= size


def channel_current(drop: Array, beta: Array, threshold: Array, factor: Array) -> Array:
    """Return the current of the channel, A."""
    xp = namespace(drop)
    overdrive, size, saturates = _overdrive(drop, threshold)
    shape = xp.where(saturates, overdrive**2 / 2, size * (overdrive - size / 2))
    return xp.sign(drop) * beta * (1 + factor * size) * shape


def channel_slope(drop: Array, beta: Array, threshold: Array, factor: Array) -> Array:
    """Return the derivative of the current by the drop, S."""
    xp = namespace(drop)
    overdrive, size, saturates = _overdrive(drop, threshold)
    shape = xp.where(saturates, overdrive**2 / 2, size * (overdrive - size / 2))
    # At a positive drop the gate rises with the drain, and the overdrive with it.
    follows = (drop >= 0) & (overdrive > 0)
    rise = xp.where(
        saturates,
        xp.where(follows, overdrive, 0.0),
        overdrive - size + xp.where(follows, size, 0.0),
    )
    return beta * (factor * shape + (1 + factor * size) * rise)


def channel_change(
    drop: Array, change: Array, beta: Array, threshold: Array, factor: Array
) -> Array:
    """Return the change of the current over a change of the drop, without cancellation, A.

    The current is a cubic between 0 V and the threshold, and on either side of them.
    """
    xp = namespace(drop)
    zero = 0 * threshold
    knots = (xp.minimum(zero, threshold), xp.maximum(zero, threshold))
    return by_parts(lambda v: channel_slope(v, beta, threshold, factor), knots, drop, change)


def channel_content(drop: Array, beta: Array, threshold: Array, factor: Array) -> Array:
    """Return the integral of the current from 0 to the drop, W."""
    xp = namespace(drop)
    overdrive, size, _ = _overdrive(drop, threshold)
    enhancement = overdrive**3 * ((1 + factor * threshold) / 6 + factor * overdrive / 8)
    ohmic = size**3 / 6 - threshold * size**2 / 2
    ohmic = ohmic + factor * (size**4 / 8 - threshold * size**3 / 3)
    positive = xp.where(threshold >= 0, enhancement, ohmic)
    return beta * xp.where(drop >= 0, positive, _content_below(size, threshold, factor))


def _content_below(size: Array, threshold: Array, factor: Array) -> Array:
    """Return the content at negative drops, over beta: ohmic up to the overdrive, then flat."""
    xp = namespace(size)
    overdrive = xp.clip(-threshold, 0.0, None)
    inner, outer = xp.minimum(size, overdrive), xp.maximum(size, overdrive)
    ohmic = overdrive * inner**2 / 2 - inner**3 / 6
    ohmic = ohmic + factor * (overdrive * inner**3 / 3 - inner**4 / 8)
    beyond = (outer - overdrive) + factor * (outer**2 - overdrive**2) / 2
    return ohmic + overdrive**2 / 2 * beyond
