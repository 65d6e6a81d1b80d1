"""The words of SPICE models: which change the law at DC, in which bounds, and which do not."""

from collections.abc import Mapping
from typing import final

import attrs
import numpy as np

from ebana_core.errors import ParameterError
from ebana_core.laws.spice import ModelCard
from ebana_core.quantities import Quantity
from ebana_core.user_warnings import warn

Texts = tuple[tuple[str, str], ...]
"""Words of a model whose values are text, each with that text."""


def named(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


@final
@attrs.frozen
class KnownWords:
    """The words of one kind of model, and what they mean. All are in lower case.

    Args:
        device: The device with its article, for errors: ``"a diode"``.
        law: Words that change the law at DC, with units, bounds and defaults.
        whole: Those among them that must be whole numbers, because they choose between laws.
        other_names: Second names of words.
        silent: Words of ngspice's without effect at DC: charges, noise, ratings.
        left_out: Words of vendors and other simulators; ngspice leaves them out, and so does this.
        refused: Words that ask for another law, each with what it asks for, for errors.
    """

    device: str
    law: Mapping[str, Quantity]
    whole: frozenset[str] = frozenset()
    other_names: Mapping[str, str] = attrs.field(factory=dict)
    silent: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()
    refused: Mapping[str, str] = attrs.field(factory=dict)

    def numbers(self, card: ModelCard, place: str, texts: Texts = ()) -> dict[str, float]:
        """Return the numbers that count at DC; warn once of all words that are left out.

        Args:
            card: The model.
            place: What errors call it.
            texts: Its words whose values are text.

        Raises:
            ParameterError: A word that stands for another law, that nobody knows, or that has no
                number; a number out of bounds. Names the word.
        """
        found: dict[str, float] = {}
        for name, value in card.numbers:
            own = self.other_names.get(name, name)
            if own in self.law:
                found[own] = value
                self._check(own, value, f"{name} of {place}")
            elif name not in self.silent | self.left_out:
                self._refuse(name, place)
        for name, said in texts:
            if self.other_names.get(name, name) in self.law:
                raise ParameterError(f"{name} of {place} is {said!r}.", "give a number")
            if name in self.refused:
                self._refuse(name, place)
        self._warn([*(name for name, _ in card.numbers), *(name for name, _ in texts)], place)
        return found

    def written(self, card: ModelCard) -> ModelCard:
        """Return the model in words that ngspice knows."""
        known = {*self.law, *self.other_names, *self.silent}
        return attrs.evolve(
            card, numbers=tuple((name, value) for name, value in card.numbers if name in known)
        )

    def _check(self, name: str, value: float, path: str) -> None:
        self.law[name].require(np.array(value), path)
        if name in self.whole and value != int(value):
            raise ParameterError(f"{path} is {value!r}.", "give a whole number")

    def _refuse(self, name: str, place: str) -> None:
        if name in self.refused:
            raise ParameterError(
                f"{name} of {place} {self.refused[name]}, which {self.device} of ngspice does not "
                "have.",
                f"give a model without {name}",
            )
        raise ParameterError(
            f"{place} has the word {name!r}, which {self.device} does not have.",
            f"remove {name!r}, or give it the name that ngspice knows",
        )

    def _warn(self, names: list[str], place: str) -> None:
        extra = sorted({name for name in names if name in self.left_out or name not in self._known})
        if extra:
            warn(
                f"{place} has {', '.join(extra)}, which {self.device} of ngspice does not have; "
                "they count for nothing, as in ngspice."
            )

    @property
    def _known(self) -> set[str]:
        return {*self.law, *self.other_names, *self.silent}
