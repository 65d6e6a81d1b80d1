"""Samples that divide into shards, and the plainest of them: what drives a circuit."""

from collections.abc import Mapping
from typing import Protocol, Self, final

import attrs

from ebana_core.arrays import Array
from ebana_core.execution.shards import rows


class Divisible(Protocol):
    """Samples that divide into shards: of a solve, of a prediction, of a learning rule."""

    @property
    def inputs(self) -> Mapping[str, Array]:
        """Input name to ``(n_samples, n_elements)``, V."""
        ...

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        ...

    def part(self, samples: slice) -> Self:
        """Return some of the samples."""
        ...


@final
@attrs.frozen(eq=False, kw_only=True)
class Drive:
    """The drive of a circuit: voltages at its inputs, and currents injected at its outputs.

    Args:
        inputs: Input name to ``(n_samples, n_elements)``, V.
        nudge: Output name to injected current, ``(n_samples, n_predictions)``, A; None: no nudge.
        n_samples: Number of samples.
        first: Row in the batch of the first sample.
    """

    inputs: Mapping[str, Array]
    nudge: Mapping[str, Array] | None = None
    n_samples: int
    first: int = 0

    def part(self, samples: slice) -> "Drive":
        """Return some of the samples."""
        return Drive(
            inputs=rows(self.inputs, samples),
            nudge=None if self.nudge is None else rows(self.nudge, samples),
            n_samples=len(range(*samples.indices(self.n_samples))),
            first=self.first + samples.indices(self.n_samples)[0],
        )
