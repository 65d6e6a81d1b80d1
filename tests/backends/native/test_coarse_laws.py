"""Laws whose currents are differences of large terms, rounded more coarsely than they are large."""

from collections.abc import Mapping, Sequence

import pytest

from ebana_core import Model
from ebana_core.arrays import Array, Values
from ebana_core.initializers import Given
from ebana_core.laws import Law
from ebana_core.laws.spice import BehaviouralCurrent, Element
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer, ShuntLayer
from ebana_core.quantities import quantity


class Shifted(Law):
    """A conductance of 10 mS, written as a user may: ``i = I*((1 + v/V) - 1)``."""

    values = (quantity("I", "A", default=1e-3, above=0.0), quantity("V", "V", default=0.1))

    def current(self, drop: Array, values: Values) -> Array:
        return values["I"] * ((1 + drop / values["V"]) - 1)

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        text = "{I}*((1+{drop}/{V})-1)"
        return [BehaviouralCurrent(f"b{branch}", head, tail, text, dict(values))]


class ShiftedLayer(ShuntLayer):
    device = "shifted"
    law = Shifted()


@pytest.mark.parametrize("excess", [1e-3, 1.234e-5, 3.21e-7])
def test_what_a_law_rounds_away_does_not_hide_a_right_point(excess: float) -> None:
    x = InputVoltageLayer(units=2, name="x")
    crossbar = DenseLayer(units=1, name="d", initializer=Given([[1e-6 * (1 + excess)], [1e-6]]))(x)
    model = Model([x], [CurrentLayer(name="y", fold=False)(ShiftedLayer(name="q")(crossbar))])
    points = model.operating_points({"x": [[1.0, -1.0]]})
    assert points.residual <= 1e-12
    # The current is rounded by eps*I = 2e-19 A, which at 10 mS moves the node by 2e-17 V.
    assert points.at("d")[0, 0] == pytest.approx(1e-6 * excess / 0.010002, rel=1e-5, abs=1e-16)
