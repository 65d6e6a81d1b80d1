"""A device given by its law alone passes the conformance kit: the rest is numerical."""

from collections.abc import Mapping, Sequence

import attrs
import numpy as np
import pytest

from ebana_core.arrays import Array, Values
from ebana_core.laws import Law
from ebana_core.laws.spice import BehaviouralCurrent, Element
from ebana_core.layers import ShuntLayer
from ebana_core.quantities import quantity
from ebana_core.testing import DeviceConformance


class Tube(Law):
    """A device that is said by its current only, ``strength*(drop + tanh(drop/bend)*bend)``."""

    values = (
        quantity("strength", "S", default=2e-6, above=0.0),
        quantity("bend", "V", default=0.1, above=0.0),
    )

    def current(self, drop: Array, values: Values) -> Array:
        bend = values["bend"]
        return values["strength"] * (drop + np.tanh(drop / bend) * bend)

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        expression = "{strength}*({drop}+tanh({drop}/{bend})*{bend})"
        return [BehaviouralCurrent(f"b{branch}", head, tail, expression, dict(values))]


@attrs.frozen(kw_only=True, eq=False)
class TubeLayer(ShuntLayer):
    """One of them at every node; both values can be trained."""

    device = "tube"
    law = Tube()
    trained = ("strength", "bend")


class TestTube(DeviceConformance):
    @pytest.fixture
    def layer(self) -> TubeLayer:
        return TubeLayer(name="tube", trainable=True)


@pytest.mark.parametrize("drop", [-0.9, -0.05, 0.3, 1.2])
def test_the_defaults_are_right_to_nine_digits(drop: float) -> None:
    law, values = Tube(), {"strength": np.array(2e-6), "bend": np.array(0.1)}
    v = np.array([drop])
    slope = 2e-6 * (1 + 1 / np.cosh(drop / 0.1) ** 2)
    co_content = 2e-6 * (drop**2 / 2 + 0.01 * np.log(np.cosh(drop / 0.1)))
    assert law.slope(v, values) == pytest.approx(slope, rel=1e-9)
    assert law.co_content(v, values) == pytest.approx(co_content, rel=1e-9)
    change = law.current_change(v, np.array([1e-13]), values)
    assert change == pytest.approx(1e-13 * slope, rel=1e-8)
