"""Which devices take part in an update, where each of them has a clock of its own."""

from collections.abc import Mapping
from typing import final
from zlib import crc32

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.checking import own_settings, shown
from ebana_core.errors import ParameterError
from ebana_core.papers import Citing
from ebana_core.papers.entries import WYCOFF_2022
from ebana_core.validators import number, whole

SUBSET_STREAM = 5
"""Tells these random numbers from all others that follow from the same seed."""


@final
@attrs.frozen
class RandomSubset(Citing):
    """Every device takes part in an update with a probability, by itself, and else sits it out.

    A device that sits out is asked for no change, and what the optimizer remembers of it stays as
    it was. On average a step goes `share` times as far, so that ``lr/share`` learns at the pace of
    all devices together.

    Which devices these are follows from the seed, the number of the step and the parameter's name
    alone: no other random number changes, and a resumed run goes on with the same ones.

    Args:
        share: Probability, above 0 and at most 1; 1: all devices in every step.
        seed: The same seed chooses the same devices.

    Examples:
        >>> int(RandomSubset(0.25, seed=0).chosen("d1.conductance", 1, (100, 100)).sum())
        2552

    Source:
        Wycoff, Dillavou, Stern, Liu and Durian 2022, The Journal of Chemical Physics 156, 144903.
    """

    share: float = attrs.field(
        validator=number("give a probability above 0 and at most 1", above=0.0, at_most=1.0)
    )
    seed: int = attrs.field(default=0, validator=whole(at_least=0))

    def __attrs_post_init__(self) -> None:
        own_settings(self)

    @property
    def papers(self) -> tuple[str, ...]:
        return (WYCOFF_2022,)

    def chosen(self, name: str, step: int, shape: tuple[int, ...]) -> BoolArray:
        """Tell which values of a parameter take part.

        Args:
            name: Of the parameter.
            step: Number of the step, counted from 1.
            shape: Of the parameter.
        """
        key = (SUBSET_STREAM, crc32(name.encode()), step)
        stream = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))
        return np.asarray(stream.random(shape) < self.share)


def taken(
    after: Mapping[str, Array], before: Mapping[str, Array], chosen: BoolArray | None
) -> Mapping[str, Array]:
    """Return slots after a step: those of devices that sat out are as they were.

    Args:
        after: Slot to array, had all devices taken part.
        before: Slot to array as it was.
        chosen: Which devices took part; None: all of them.
    """
    if chosen is None:
        return after
    return {slot: np.where(chosen, array, before[slot]) for slot, array in after.items()}


def checked_subset(subset: object) -> RandomSubset:
    """Return the subset that an optimizer was given.

    Raises:
        ParameterError: It is something else.
    """
    if not isinstance(subset, RandomSubset):
        raise ParameterError(
            f"An optimizer has subset={shown(subset)}.", "give RandomSubset(share), or None"
        )
    return subset
