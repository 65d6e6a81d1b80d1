"""The random numbers of a model: each purpose draws from a stream of its own."""

from collections.abc import Mapping
from typing import Any, final
from zlib import crc32

import numpy as np

from ebana_core.checking import check_word, checked_whole, shown
from ebana_core.errors import ParameterError
from ebana_core.objects import checked_mapping

READINGS = ("training", "validation", "user", "read noise")
"""Purposes of readings; each has a random stream of its own, so that none disturbs another."""

RECORDED = ("training", "validation")
"""Readings that belong to an epoch, and go on where a resumed run left it."""


def checked_seed(seed: object) -> int:
    """Return a seed.

    Raises:
        ParameterError: Not a whole number from 0 to 2**63 - 1, which run files can hold.
    """
    return checked_whole(seed, "seed", at_least=0)


@final
class RandomStreams:
    """Random streams that a seed starts, and that every epoch starts anew.

    Streams are told apart by the numbers behind the seed: 0 programming before any epoch, 1 of an
    epoch, 2 readings before any epoch, 3 and 4 readings of an epoch.

    Args:
        seed: Of the model.

    Attributes:
        programming: Draws what devices add to an update.
    """

    def __init__(self, seed: int) -> None:
        self.programming = np.random.default_rng([seed, 0])
        self._readings = {
            purpose: np.random.default_rng([seed, 2, crc32(purpose.encode())])
            for purpose in READINGS
        }

    def of_readings(self, purpose: str) -> np.random.Generator:
        """Return what draws the fluctuations of readings for a purpose, one of `READINGS`.

        Raises:
            ParameterError: Another word.
        """
        check_word(purpose, "purpose", READINGS)
        return self._readings[purpose]

    def start_epoch(self, seed: int, epoch: int) -> None:
        """Start the streams of an epoch; they depend on (seed, epoch) alone."""
        self.programming = np.random.default_rng([seed, 1, epoch])
        for place, purpose in enumerate(RECORDED, start=3):
            self._readings[purpose] = np.random.default_rng([seed, place, epoch])

    def state(self) -> dict[str, Any]:
        """Return where the streams of an epoch stand, as plain data."""
        return {name: stream.bit_generator.state for name, stream in self._of_epoch().items()}

    def restore(self, states: Mapping[str, Any]) -> None:
        """Let the streams of an epoch go on from what `state` returned.

        Raises:
            ParameterError: `states` came from elsewhere; nothing is changed.
        """
        fix = "give what noise_state of this model returned"
        checked_mapping(states, "states", fix)
        streams = {name: np.random.default_rng(0) for name in self._of_epoch()}
        try:
            for name, stream in streams.items():
                stream.bit_generator.state = states[name]
        except (KeyError, TypeError, ValueError) as error:
            raise ParameterError(f"states is {shown(states)}.", fix) from error
        self.programming = streams.pop("programming")
        self._readings |= streams

    def _of_epoch(self) -> dict[str, np.random.Generator]:
        own = {name: self._readings[name] for name in RECORDED}
        return {"programming": self.programming, **own}
