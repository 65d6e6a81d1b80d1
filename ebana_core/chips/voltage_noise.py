"""Noise of readings: what an instrument adds whenever it reads the voltage of a node."""

from typing import final

import attrs

from ebana_core.checking import own_settings
from ebana_core.validators import number, whole

_SCALE = attrs.validators.optional(
    number("give the full scale of the instrument, above 0 V, or None", above=0.0)
)


@final
@attrs.frozen
class VoltageNoise:
    """Gaussian noise of every reading of every node, ground excepted.

    A phase is read once: all that is made of it (loss, clamp, rule) sees one noise. Each phase and
    each evaluation is another reading. In a fit the noise follows from the seeds, the number
    of the epoch and that of the batch, whatever the shards and workers.

    Args:
        noise: Standard deviation of one reading, V; with `full_scale` a share of it.
        full_scale: Of the instrument, V; None: `noise` is in V.
        seed: Another seed draws another noise.

    Raises:
        ParameterError: Not in these ranges.

    Examples:
        >>> VoltageNoise(0.01, full_scale=2.0).volts  # a hundredth of 2 V
        0.02
    """

    noise: float = attrs.field(
        validator=number("give a standard deviation of at least 0", at_least=0.0)
    )
    full_scale: float | None = attrs.field(default=None, validator=_SCALE)
    seed: int = attrs.field(default=0, validator=whole(at_least=0), kw_only=True)

    def __attrs_post_init__(self) -> None:
        own_settings(self)

    @property
    def volts(self) -> float:
        """Standard deviation of one reading of a node, V."""
        return self.noise * (1.0 if self.full_scale is None else self.full_scale)
