"""A junction diode whose model comes from a SPICE file."""

from collections.abc import Mapping, Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, Values, like
from ebana_core.laws import Law
from ebana_core.laws.charges import charges_of
from ebana_core.laws.diode_numbers import diode_terms
from ebana_core.laws.diode_words import DiodeCard
from ebana_core.laws.junction import Junction
from ebana_core.laws.spice import Element, JunctionDiode
from ebana_core.laws.spice_constants import TEMPERATURE


@final
@attrs.frozen
class CardJunction(Law):
    """A junction whose model comes from a SPICE file; only its temperature stays a value.

    Args:
        diode: The model's numbers.
    """

    symbol = "diode"

    diode: DiodeCard

    follows_array_api = True
    values = (TEMPERATURE,)

    @property
    def stores(self) -> str:  # type: ignore[override]  # Law has a class's constant here, and this follows from the card
        """The numbers of its card that give it charge."""
        found = charges_of(self.diode.card).items()
        return ", ".join(f"{name.upper()}={value:g}" for name, value in found)

    def with_gmin(self, gmin: float) -> "CardJunction":
        if gmin == self.diode.numbers.gmin:
            return self
        numbers = attrs.evolve(self.diode.numbers, gmin=gmin)
        return CardJunction(attrs.evolve(self.diode, numbers=numbers))

    @property
    def _junction(self) -> Junction:
        return Junction(self.diode.numbers)

    def current(self, drop: Array, values: Values) -> Array:
        return self._junction.current(drop, self._with_numbers(values))

    def slope(self, drop: Array, values: Values) -> Array:
        return self._junction.slope(drop, self._with_numbers(values))

    def current_and_slope(self, drop: Array, values: Values) -> tuple[Array, Array]:
        return self._junction.current_and_slope(drop, self._with_numbers(values))

    def near(self, drop: Array, before: Array | None, values: Values) -> tuple[Array, Array]:
        return self._junction.near(drop, before, self._with_numbers(values))

    def co_content(self, drop: Array, values: Values) -> Array:
        return self._junction.co_content(drop, self._with_numbers(values))

    def current_change(self, drop: Array, change: Array, values: Values) -> Array:
        return self._junction.current_change(drop, change, self._with_numbers(values))

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        temperature = values["temperature"]
        numbers = self._with_numbers({"temperature": np.array(temperature)})
        resistance = float(diode_terms(self.diode.numbers, numbers).resistance)
        card = self.diode.card
        return [JunctionDiode(f"d{branch}", head, tail, card, temperature, resistance=resistance)]

    def _with_numbers(self, values: Values) -> Values:
        temperature = values["temperature"]
        numbers = {name: like(np.array(value), temperature) for name, value in self.diode.values}
        return {**values, **numbers}
