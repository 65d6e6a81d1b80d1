"""Noise of readings: random numbers that follow from the batch, the reading and the sample."""

from collections.abc import Mapping, Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.circuit.circuit import GROUND
from ebana_core.circuit.elements import CurrentSources

PER_BLOCK = 4
"""Random words that the generator makes at a time."""


@final
@attrs.frozen
class Reading:
    """What reads the voltages of one batch.

    A row of the batch has the same noise however the batch divides into shards: the generator
    counts, and each row has its own range of numbers.

    Args:
        noise: Standard deviation of one reading of one node, V.
        key: Two words of 64 bits: of this batch.
    """

    noise: float
    key: tuple[int, int]

    def of_nodes(self, number: int, first: int, shape: tuple[int, int]) -> Array:
        """Return the noise of reading all nodes of some samples once; ground has none.

        Args:
            number: Of the reading: another one has other noise.
            first: Row in the batch of the first sample.
            shape: ``(n_samples, n_nodes)``.
        """
        noise = self.noise * normal(self.key, number, first, shape)
        noise[:, GROUND] = 0.0
        return noise

    def of_outputs(
        self, outputs: Sequence[CurrentSources], predictions: Mapping[str, Array], first: int
    ) -> dict[str, Array]:
        """Return predictions as they are read: each node once, also where outputs share it.

        Args:
            outputs: Of the circuit.
            predictions: Output name to ``(n_samples, n_predictions)``, V.
            first: Row in the batch of the first sample.
        """
        nodes = np.unique(np.concatenate([[GROUND], *((o.heads, o.tails) for o in outputs)], None))
        n_samples = len(next(iter(predictions.values())))
        noise = self.of_nodes(0, first, (n_samples, len(nodes)))
        return {
            o.name: predictions[o.name]
            + noise[:, np.searchsorted(nodes, o.heads)]
            - noise[:, np.searchsorted(nodes, o.tails)]
            for o in outputs
        }


def normal(key: tuple[int, int], number: int, first: int, shape: tuple[int, int]) -> Array:
    """Return standard normal numbers of rows `first` and on of an endless table.

    Args:
        key: Of the table.
        number: Of a table beside it.
        first: First row.
        shape: Of what is returned.

    Source:
        Box and Muller 1958, Annals of Mathematical Statistics 29, 610: two uniform numbers give
        two normal ones, so that every row takes equally many; Salmon et al. 2011 (Philox).
    """
    n_rows, n_columns = shape
    n_blocks = -(-n_columns // PER_BLOCK)
    philox = np.random.Philox(
        key=np.array(key, np.uint64), counter=[first * n_blocks, 0, number, 0]
    )
    words = philox.random_raw(n_rows * n_blocks * PER_BLOCK).reshape(n_rows, n_blocks, 2, 2)
    # 53 bits each, above zero, so that their logarithm exists.
    uniform = ((words >> np.uint64(11)) + np.uint64(1)) * 2.0**-53
    radius, angle = np.sqrt(-2 * np.log(uniform[..., 0])), 2 * np.pi * uniform[..., 1]
    pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)
    return np.asarray(pairs.reshape(n_rows, -1)[:, :n_columns])
