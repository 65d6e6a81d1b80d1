"""Measurement of drops by a converter of finite range, resolution and noise."""

from typing import final
from zlib import crc32

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import own_settings
from ebana_core.errors import ParameterError
from ebana_core.validators import number, whole

_BITS = attrs.validators.optional(whole("give a whole number from 1 to 52, or None", at_most=52))
"""Float64 has 52 bits behind the leading one: more codes than that cannot be told apart."""
_RANGE = attrs.validators.optional(number("give the largest drop, above 0 V, or None", above=0.0))


@final
@attrs.frozen(kw_only=True)
class Measurement:
    """A converter that reads every drop once per phase.

    It adds Gaussian noise, clips at ``±range`` and rounds to one of ``2**bits`` codes. The noise
    follows from `seed` and the operating points: the same points read again give the same
    noise, on any number of workers.

    Args:
        noise: Standard deviation of one reading, V.
        bits: Resolution; None: no rounding.
        range: Largest drop it reads, V; None: no limit. Needed for `bits`.
        seed: Another seed draws another noise.

    Raises:
        ParameterError: Not in these ranges, or `bits` without `range`.

    Examples:
        >>> Measurement(bits=10, range=0.512).step
        0.001
    """

    noise: float = attrs.field(
        default=0.0, validator=number("give a standard deviation of at least 0 V", at_least=0.0)
    )
    bits: int | None = attrs.field(default=None, validator=_BITS)
    range: float | None = attrs.field(default=None, validator=_RANGE)
    seed: int = attrs.field(default=0, validator=whole(at_least=0))

    def __attrs_post_init__(self) -> None:
        own_settings(self)
        if self.bits is not None and self.range is None:
            raise ParameterError(
                f"Measurement has bits={self.bits} and no range.",
                "give range, the largest drop that the converter reads (V)",
            )

    @property
    def step(self) -> float:
        """Distance of two codes, V; 0 without rounding."""
        return 0.0 if self.bits is None or self.range is None else 2 * self.range / 2**self.bits

    def generator(self, parameter: str, *voltages: Array) -> np.random.Generator:
        """Return the noise source of one parameter at operating points."""
        content = [crc32(np.ascontiguousarray(array).data) for array in voltages]
        return np.random.default_rng([self.seed, crc32(parameter.encode()), *content])

    def seen(self, drop: Array, change: Array, rng: np.random.Generator) -> tuple[Array, Array]:
        """Return the readings of the first drops, and of the second minus the first, V."""
        # One reading of the first drop serves both: hardware, too, reads it once and keeps it.
        first = self.reading(drop, rng)
        return first, self.reading(drop + change, rng) - first

    def reading(self, drop: Array, rng: np.random.Generator) -> Array:
        """Return the converter's reading of drops, V."""
        value = drop + self.noise * rng.standard_normal(drop.shape) if self.noise else drop
        if self.range is None:
            return value
        if not self.step:
            return np.clip(value, -self.range, self.range)
        # Codes as two's complement: one more below zero than above.
        half = 2 ** (self.bits or 0) // 2
        return self.step * np.clip(np.round(value / self.step), -half, half - 1)
