"""A right device for the kit, and what makes it wrong."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from ebana_core.arrays import Array, Values, namespace
from ebana_core.laws import Law
from ebana_core.laws.spice import BehaviouralCurrent, Element
from ebana_core.layers import ShuntLayer
from ebana_core.quantities import quantity
from ebana_core.testing.asking import Device
from ebana_core.testing.networks import Bench, found_device, kit_model

DROPS = np.linspace(-0.8, 0.8, 161) + 0.00123


class Bent(Law):
    """A conductance that shrinks with its drop, ``G*V0*asinh(v/V0)``; by its current alone."""

    values = (
        quantity("G", "S", default=1e-6, above=0.0),
        quantity("V0", "V", default=0.1, above=0.0),
    )
    expression = "{G}*{V0}*asinh({drop}/{V0})"

    def current(self, drop: Array, values: Values) -> Array:
        return values["G"] * values["V0"] * namespace(drop).asinh(drop / values["V0"])

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        return [BehaviouralCurrent(f"b{branch}", head, tail, self.expression, dict(values))]


def law(base: type[Law] = Bent, **changes: Any) -> Law:
    """Return a law with other methods or claims."""
    return type("Wrong", (base,), changes)()


def of_current(current: Callable[[Array], Array], **changes: Any) -> Law:
    """Return a law of one value ``G`` times a function of the drop."""
    values = (quantity("G", "S", default=1e-6, above=0.0),)

    def scaled(self: Law, drop: Array, values: Values) -> Array:
        return values["G"] * current(drop)

    return law(values=values, current=scaled, **changes)


def device(law: Law, drops: Array = DROPS, **values: float) -> Device:
    """Return a device of a law at its defaults."""
    defaults = {item.name: item.default for item in law.values}
    return Device(law, {**defaults, **values}, drops)


def bench(examined: Law, trained: tuple[str, ...] = (), **values: float) -> Bench:
    """Return the kit's network around a layer of a law."""

    @attrs.frozen(kw_only=True, eq=False)
    class BentLayer(ShuntLayer):
        device = "bent"
        law = examined

    layer = BentLayer(name="act", param=values, trainable=trained)
    model = kit_model(layer)
    return Bench(model, layer, found_device(model, layer, DROPS))
