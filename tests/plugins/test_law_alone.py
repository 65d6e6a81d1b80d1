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
from ebana_core.testing.networks import Bench, found_device, kit_model
from ebana_core.testing.training import check_training


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


class Limiter(Tube):
    """A device that saturates, so that large currents change little."""

    def current(self, drop: Array, values: Values) -> Array:
        return values["strength"] * values["bend"] * np.tanh(drop / values["bend"])

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        expression = "{strength}*{bend}*tanh({drop}/{bend})"
        return [BehaviouralCurrent(f"b{branch}", head, tail, expression, dict(values))]


class SlopedLimiter(Limiter):
    """The same with a formula for its slope."""

    def slope(self, drop: Array, values: Values) -> Array:
        return values["strength"] / np.cosh(drop / values["bend"]) ** 2


class NoisyLimiter(SlopedLimiter):
    """The same whose change is a difference of rounded currents, and says not so."""

    def current_change(self, drop: Array, change: Array, values: Values) -> Array:
        return self.current(drop + change, values) - self.current(drop, values)


@attrs.frozen(kw_only=True, eq=False)
class LimiterLayer(ShuntLayer):
    device = "limiter_alone"
    law = Limiter()
    trained = ("strength",)


@attrs.frozen(kw_only=True, eq=False)
class SlopedLimiterLayer(ShuntLayer):
    device = "limiter_with_slope"
    law = SlopedLimiter()
    trained = ("strength",)


@attrs.frozen(kw_only=True, eq=False)
class NoisyLimiterLayer(ShuntLayer):
    device = "limiter_with_noise"
    law = NoisyLimiter()


class TestLimiter(DeviceConformance):
    @pytest.fixture
    def layer(self) -> LimiterLayer:
        return LimiterLayer(name="limiter", trainable=True)


class TestSlopedLimiter(DeviceConformance):
    @pytest.fixture
    def layer(self) -> SlopedLimiterLayer:
        return SlopedLimiterLayer(name="limiter", trainable=True)


def test_the_kit_tells_a_law_whose_changes_are_noise() -> None:
    layer = NoisyLimiterLayer(name="limiter")
    model = kit_model(layer)
    bench = Bench(model, layer, found_device(model, layer, np.linspace(-0.8, 0.8, 161)))
    with pytest.raises(AssertionError, match=r"in a network of|a network of .* does not train"):
        check_training(bench)


@pytest.mark.parametrize("drop", [-0.9, -0.05, 0.3, 1.2])
def test_the_defaults_are_right_to_nine_digits(drop: float) -> None:
    law, values = Tube(), {"strength": np.array(2e-6), "bend": np.array(0.1)}
    v = np.array([drop])
    slope = 2e-6 * (1 + 1 / np.cosh(drop / 0.1) ** 2)
    co_content = 2e-6 * (drop**2 / 2 + 0.01 * np.log(np.cosh(drop / 0.1)))
    assert law.slope(v, values) == pytest.approx(slope, rel=1e-9, abs=0)
    assert law.co_content(v, values) == pytest.approx(co_content, rel=1e-9, abs=0)
    change = law.current_change(v, np.array([1e-13]), values)
    assert change == pytest.approx(1e-13 * slope, rel=1e-8, abs=0)
