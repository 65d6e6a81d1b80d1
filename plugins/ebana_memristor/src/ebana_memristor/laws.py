"""Current-voltage laws of memristor cells: a state times a hyperbolic sine of the drop."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import final

import attrs

from ebana_core.arrays import Array, Values, namespace
from ebana_core.laws import Law
from ebana_core.laws.spice import BehaviouralCurrent, Element
from ebana_core.quantities import quantity


class SinhLaw(Law):
    r"""A cell, :math:`i(v) = I_p \sinh(v/V_0)`, whose prefactor its state sets.

    Odd and strictly increasing. A subclass says the prefactor and how it moves with the state.
    """

    follows_array_api = True
    always_conducts = True

    @abstractmethod
    def prefactor(self, values: Values) -> Array:
        """Return the prefactor, A. Shape of the values."""

    @abstractmethod
    def by_state(self, name: str, values: Values) -> Array | None:
        """Return the derivative of the prefactor by a value; None where it is no state."""

    def current(self, drop: Array, values: Values) -> Array:
        return self.prefactor(values) * namespace(drop).sinh(drop / values["V0"])

    def slope(self, drop: Array, values: Values) -> Array:
        v0 = values["V0"]
        return self.prefactor(values) / v0 * namespace(drop).cosh(drop / v0)

    def co_content(self, drop: Array, values: Values) -> Array:
        v0 = values["V0"]
        return 2 * self.prefactor(values) * v0 * namespace(drop).sinh(drop / (2 * v0)) ** 2

    def current_change(self, drop: Array, change: Array, values: Values) -> Array:
        xp, v0 = namespace(drop), values["V0"]
        middle, half = (drop + change / 2) / v0, change / (2 * v0)
        return 2 * self.prefactor(values) * xp.cosh(middle) * xp.sinh(half)

    def contrast(self, name: str, drop: Array, change: Array, values: Values) -> Array:
        derivative = self.by_state(name, values)
        if derivative is None:
            return super().contrast(name, drop, change, values)
        xp, v0 = namespace(drop), values["V0"]
        middle, half = (drop + change / 2) / v0, change / (2 * v0)
        return 2 * derivative * v0 * xp.sinh(middle) * xp.sinh(half)


@final
@attrs.frozen
class SinhCell(SinhLaw):
    r"""A cell, :math:`i(v) = G V_0 \sinh(v/V_0)`.

    Values: ``conductance`` at no drop, S, the state; ``V0``, V: the cell bends beyond it.
    """

    values = (
        quantity("conductance", "S", above=0.0, meaning="conductance at no drop"),
        quantity("V0", "V", default=0.25, above=0.0, meaning="drop beyond which the cell bends"),
    )

    def prefactor(self, values: Values) -> Array:
        return values["conductance"] * values["V0"]

    def by_state(self, name: str, values: Values) -> Array | None:
        return values["V0"] if name == "conductance" else None

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        expression = "{conductance}*{V0}*sinh({drop}/{V0})"
        return [BehaviouralCurrent(f"b{branch}", head, tail, expression, dict(values))]


@final
@attrs.frozen
class StanfordCell(SinhLaw):
    r"""The static law of the Stanford RRAM model, :math:`i(v) = I_0 e^{-w/g_0} \sinh(v/V_0)`.

    Values: ``gap`` w between filament and electrode, m, the state; ``I0``, A; ``g0``, m;
    ``V0``, V.

    Source:
        Jiang et al., IEEE Trans. Electron Devices 63(5), 2016; Verilog-A at nanoHUB
        publication 19.
    """

    values = (
        quantity("gap", "m", at_least=0.0, meaning="between filament and electrode"),
        quantity("I0", "A", default=1e-3, above=0.0, meaning="current without a gap"),
        quantity("g0", "m", default=0.25e-9, above=0.0, meaning="gap over which it falls by e"),
        quantity("V0", "V", default=0.25, above=0.0, meaning="drop beyond which the cell bends"),
    )

    def prefactor(self, values: Values) -> Array:
        xp = namespace(values["gap"])
        return values["I0"] * xp.exp(-values["gap"] / values["g0"])

    def by_state(self, name: str, values: Values) -> Array | None:
        return -self.prefactor(values) / values["g0"] if name == "gap" else None

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        expression = "{I0}*exp(-{gap}/{g0})*sinh({drop}/{V0})"
        return [BehaviouralCurrent(f"b{branch}", head, tail, expression, dict(values))]
