"""The diode-connected MOS transistor of a model from a SPICE file."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array, Values
from ebana_core.laws import Law
from ebana_core.laws.spice import Element, ModelCard, Mosfet, Resistor
from ebana_core.laws.transistor_branch import FACTOR, OFFSET, TransistorBranch
from ebana_diode_mos.transistor_models import transistor_law, words_of_file

DRAIN, SOURCE = range(2)
"""Terminals of the transistor."""
GATE = np.zeros(())
"""Voltage of the gate against the drain that it is tied to, V."""
RESISTANCES = ("rd", "rs", "rsh")


@final
@attrs.frozen(eq=False)
class CardMos(Law):
    """A MOS transistor of level 1 with gate tied to drain and bulk to source, by its model.

    The drop runs from drain to source for n channels and from source to drain for p channels, so
    that both conduct at positive drops.

    Values: ``vto_offset`` (V) and ``kp_factor``, by which single transistors differ.

    Args:
        transistor: All that its model says, sizes and temperature.
    """

    symbol = "diode"

    transistor: TransistorBranch

    values = (OFFSET, FACTOR)

    def with_gmin(self, gmin: float) -> "CardMos":
        transistor = self.transistor.with_gmin(gmin)
        return self if transistor is self.transistor else CardMos(transistor)

    @property
    def _head(self) -> int:
        """The terminal that is the head of the branch."""
        return DRAIN if self.transistor.mosfet.sign > 0 else SOURCE

    def _at(self, drop: Array) -> Array:
        voltages = np.zeros((*np.shape(drop), 2))
        voltages[..., self._head] = drop
        return voltages

    def current(self, drop: Array, values: Values) -> Array:
        state = self.transistor.at(self._at(drop), {**values, "gate": GATE})
        return state.currents[..., self._head]

    def slope(self, drop: Array, values: Values) -> Array:
        state = self.transistor.at(self._at(drop), {**values, "gate": GATE})
        return state.slopes.dense()[..., self._head, self._head]

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        own = self.transistor
        drain, source = (head, tail) if self._head == DRAIN else (tail, head)
        card = own.spice_card({name: float(values[name]) for name in ("vto_offset", "kp_factor")})
        elements: list[Element] = []
        ends = []
        # Outside of ngspice's transistor: the circuit's shunts load no node within it.
        for key, outer in (("rd", drain), ("rs", source)):
            ohms = float(own.mosfet.number[key])
            inner = f"{branch}__{key}" if ohms else outer
            if ohms:
                elements.append(Resistor(f"r{branch}__{key}", outer, inner, ohms))
            ends.append(inner)
        numbers = tuple(item for item in card.numbers if item[0] not in RESISTANCES)
        plain: ModelCard = attrs.evolve(card, numbers=numbers)
        size = (own.width, own.length, float(own.mosfet.number["temperature"]))
        transistor = Mosfet(
            f"m{branch}", ends[0], drain, ends[1], source, plain, *size, own.settings
        )
        return [*elements, transistor]


def card_mos(
    layer: str, model_name: str, path: str | os.PathLike[str], param: Mapping[str, Any]
) -> CardMos:
    """Return the law of a model in a SPICE file.

    Args:
        layer: For errors.
        model_name: Name in a ``.model`` line of SPICE type ``nmos`` or ``pmos``.
        path: The file.
        param: ``W``, ``L`` (m) and ``temperature`` (K), where they are given.

    Raises:
        StorageError: The file cannot be read.
        UnknownNameError: It holds no such model; lists those it holds.
        CircuitError: The model cannot be read; names the line and the word.
        ParameterError: It is of another level, or a word or a number that no transistor has.
    """
    words = words_of_file(layer, path, str(model_name))
    sizes = {key.lower(): value for key, value in param.items()}
    law = transistor_law(layer, words, sizes, body="source", gate_reference="drain")
    return CardMos(law)
