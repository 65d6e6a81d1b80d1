"""The junction diode by ngspice's own law: series resistance, breakdown, knees, temperature."""

from collections.abc import Mapping, Sequence

import attrs
import numpy as np

from ebana_core.arrays import Array, Values
from ebana_core.laws.diode_numbers import NUMBERS, DiodeNumbers, diode_terms
from ebana_core.laws.diode_series import (
    inner_change,
    inner_drop,
    series_change,
    series_current,
)
from ebana_core.laws.diode_sums import diode_content, diode_current, diode_slope
from ebana_core.laws.law import Law
from ebana_core.laws.limiting import critical_voltage, limited
from ebana_core.laws.spice import Element, JunctionDiode, ModelCard
from ebana_core.laws.spice_constants import TEMPERATURE
from ebana_core.quantities import quantity

BEFORE_BREAKDOWN = 10
"""A search treats a junction as broken down from this many b above the breakdown voltage."""


@attrs.frozen
class Junction(Law):
    r"""A pn junction behind a series resistance.

    The current follows from the drop u across the junction and :math:`a = N k T / q`: above
    :math:`-3a` it is :math:`I_S(e^{u/a} - 1)`, below :math:`-I_S(1 + (3a/(e u))^3)`, plus gmin
    times u, and the further terms of the model: see `DiodeNumbers`. The saturation current follows
    SPICE's temperature law. The current strictly increases with the drop, except for models with
    ISR or IKR: theirs steps down where u rises past :math:`-3a`, so that a circuit may have two
    operating points there.

    Values: ``IS`` saturation current, A; ``N`` emission coefficient; ``RS`` series resistance,
    ohms; ``temperature``, K.

    Args:
        numbers: The numbers of the model that are not among the values.

    Source:
        ngspice 39, src/spicelib/devices/dio: dioload.c, diotemp.c.
    """

    symbol = "diode"
    follows_array_api = True
    numbers: DiodeNumbers = NUMBERS

    values = (
        quantity("IS", "A", default=1e-14, above=0.0, meaning="saturation current"),
        quantity("N", "1", default=1.0, above=0.0, meaning="emission coefficient"),
        quantity("RS", "ohm", default=0.0, at_least=0.0, meaning="series resistance"),
        TEMPERATURE,
    )

    def with_gmin(self, gmin: float) -> "Junction":
        if gmin == self.numbers.gmin:
            return self
        return Junction(attrs.evolve(self.numbers, gmin=gmin))

    def current(self, drop: Array, values: Values) -> Array:
        terms = diode_terms(self.numbers, values)
        return series_current(terms, inner_drop(terms, drop), drop)

    def slope(self, drop: Array, values: Values) -> Array:
        return self.current_and_slope(drop, values)[1]

    def current_and_slope(self, drop: Array, values: Values) -> tuple[Array, Array]:
        terms = diode_terms(self.numbers, values)
        inner = inner_drop(terms, drop)
        slope = diode_slope(inner, terms)
        return series_current(terms, inner, drop), slope / (1 + terms.resistance * slope)

    def co_content(self, drop: Array, values: Values) -> Array:
        terms = diode_terms(self.numbers, values)
        inner = inner_drop(terms, drop)
        # The co-content of a resistance is half of its heat.
        heat = terms.resistance * series_current(terms, inner, drop) ** 2
        return diode_content(inner, terms) + heat / 2

    def current_change(self, drop: Array, change: Array, values: Values) -> Array:
        terms = diode_terms(self.numbers, values)
        inner = inner_drop(terms, drop)
        moved = inner_change(terms, inner, drop, change)
        return series_change(terms, inner, moved, change)

    def near(self, drop: Array, before: Array | None, values: Values) -> tuple[Array, Array]:
        terms = diode_terms(self.numbers, values)
        first = terms.diffusions[0]
        critical = critical_voltage(first.saturation, first.voltage)
        if before is None:
            # A search begins with every diode at the edge of conduction, as SPICE does.
            inner = critical + 0 * drop
            return inner, inner + terms.resistance * diode_current(inner, terms)
        wished = inner_drop(terms, drop)
        inner = limited(wished, before, critical, first.voltage)
        if first.breakdown is not None:
            # Breakdown is an exponential like forward conduction: its depth is limited likewise.
            end, scale = -first.breakdown.voltage, first.breakdown.steepness
            start = critical_voltage(first.saturation, scale)
            is_beyond = wished < np.minimum(0.0, end + BEFORE_BREAKDOWN * scale)
            depth = limited(end - wished, end - before, start, scale)
            # A voltage that is not limited keeps its digits.
            beyond = np.where(depth == end - wished, wished, end - depth)
            inner = np.where(is_beyond, beyond, inner)
        whole = inner + terms.resistance * diode_current(inner, terms)
        return inner, np.where(inner == wished, drop, whole)

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        numbers = tuple((name.lower(), values[name]) for name in ("IS", "N", "RS"))
        card = ModelCard("d", (*numbers, ("eg", self.numbers.eg), ("xti", self.numbers.xti)))
        arrays = {name: np.array(value) for name, value in values.items()}
        resistance = float(diode_terms(self.numbers, arrays).resistance)
        temperature = values["temperature"]
        return [JunctionDiode(f"d{branch}", head, tail, card, temperature, resistance=resistance)]
