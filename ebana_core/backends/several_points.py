"""Circuits that may have several operating points: which they are, and what users are told."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from ebana_core.arrays import BoolArray


@attrs.frozen(eq=False)
class Stability:
    """Stability of the points of a circuit that may have several, as its Jacobians tell.

    A point is unstable where a small disturbance grows, with equal capacitances at the nodes that
    devices touch and at those whose voltage steers a source or an amplifier.

    Args:
        is_stable: Shape ``(n_samples,)``.
        has_several: With these inputs the circuit has several operating points: the one that was
            found first is unstable, and another was found beside it. Same shape.

    Examples:
        >>> import numpy
        >>> both = numpy.array([True, True])
        >>> print(Stability(is_stable=numpy.array([True, False]), has_several=both))
        , several operating points in 2 samples, unstable in 1
    """

    is_stable: BoolArray
    has_several: BoolArray

    def subset(self, rows: Any) -> "Stability":
        """Return that of some samples, which a slice, mask or numbers choose."""
        return Stability(self.is_stable[rows], self.has_several[rows])

    @classmethod
    def joined(cls, parts: Sequence["Stability"]) -> "Stability | None":
        """Return that of the shards of one batch; None where none was examined."""
        if not parts:
            return None
        return cls(
            np.concatenate([part.is_stable for part in parts]),
            np.concatenate([part.has_several for part in parts]),
        )

    def __str__(self) -> str:
        told = ""
        if self.has_several.any():
            told = f", several operating points in {int(self.has_several.sum())} samples"
        if not self.is_stable.all():
            told += f", unstable in {int((~self.is_stable).sum())}"
        return told


class SeveralPointsWarning(UserWarning):
    """A circuit has several operating points; one of them was taken."""
