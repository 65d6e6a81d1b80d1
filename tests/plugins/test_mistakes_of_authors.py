"""What a plugin's author gets wrong is said of the plugin, before it becomes a wrong voltage."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ebana_core import Model
from ebana_core.errors import EbanaError, ModelError, ParameterError, ShapeError
from ebana_core.laws import Law
from ebana_core.laws.spice import BehaviouralCurrent
from ebana_core.layers import CurrentLayer, InputVoltageLayer, ShuntLayer
from ebana_core.optimizers import Optimizer
from ebana_core.quantities import quantity
from tests.support.mistakes import network

CURRENT: dict[str, tuple[Callable[[Any, Any], Any], type[Exception], str]] = {
    "none": (lambda v, k: None, ParameterError, "current of Own of layer 'act' returned None"),
    "a list": (lambda v, k: [0.0], ParameterError, "not an array"),
    "a number": (lambda v, k: 1e-6, ParameterError, "not an array"),
    "one for all": (lambda v, k: k * v.sum(), ShapeError, r"shape \(1,\)"),
    "another shape": (lambda v, k: np.ravel(k * v), ShapeError, r"shape \(3,\)"),
    "few digits": (lambda v, k: (k * v).astype(np.float32), ParameterError, "float32"),
    "nan": (lambda v, k: k * np.sqrt(v), ParameterError, "nan at a drop of -0.001 V"),
}


def own(
    current: Callable[[Any, Any], Any], *, device: str | None = "own", **methods: Any
) -> ShuntLayer:
    """Return a layer of a law with one value, k, as a plugin would make it."""

    def spice(self: Any, branch: str, head: str, tail: str, values: Any) -> Any:
        return [BehaviouralCurrent(f"b{branch}", head, tail, "{k}*{drop}", dict(values))]

    law = {
        "values": (quantity("k", "S", default=1e-4, above=0.0),),
        "current": lambda self, drop, values: current(drop, values["k"]),
        "spice": spice,
        **methods,
    }
    own_law = type("Own", (Law,), law)()
    layer = {"law": own_law} if device is None else {"law": own_law, "device": device}
    made: Any = type("OwnLayer", (ShuntLayer,), layer)
    return made(name="act")


@pytest.mark.parametrize("mistake", CURRENT)
def test_a_law_that_returns_no_currents_is_named_when_the_network_is_built(mistake: str) -> None:
    current, kind, text = CURRENT[mistake]
    with pytest.raises(kind, match=text):
        network(own(current))


def test_a_law_may_not_write_into_its_drops() -> None:
    def current(drop: Any, k: Any) -> Any:
        drop *= k
        return drop

    with pytest.raises(ValueError, match="read-only") as caught:
        network(own(current))
    assert "Own of layer 'act' was asked for its current" in str(caught.value.__notes__)


def test_what_a_law_raises_is_told_with_what_it_was_asked() -> None:
    with pytest.raises(KeyError) as caught:
        network(own(lambda v, k: v, slope=lambda self, drop, values: values["K"]))
    assert "its slope" in str(caught.value.__notes__)
    assert "with the values ['k']" in str(caught.value.__notes__)


def test_a_slope_of_the_wrong_sign_is_told() -> None:
    with pytest.raises(ParameterError, match="slope of Own of layer 'act' is -3e-10 S"):
        network(
            own(
                lambda v, k: k * v**3,
                slope=lambda self, drop, values: -3 * values["k"] * drop**2,
            )
        )


def test_a_law_that_falls_is_built() -> None:
    assert network(own(lambda v, k: -k * v, may_fall=True)).parameters["act.k"] == 1e-4


def test_a_law_that_is_flat_at_zero_is_built() -> None:
    assert network(own(lambda v, k: k * v**3)).parameters["act.k"] == 1e-4


@pytest.mark.parametrize("written", [None, "R1 a b 1k", ["R1 a b 1k"], 3])
def test_a_law_that_writes_no_elements_is_named(written: Any) -> None:
    x = InputVoltageLayer(units=2, name="x")
    act = own(lambda v, k: k * v, spice=lambda self, *given: written)
    model = Model([x], [CurrentLayer(name="y")(act(x))], seed=0)
    with pytest.raises(ParameterError, match=r"spice of Own returned .*\n.*list of elements"):
        model.write_netlist("never.cir", inputs={"x": [1.0, 0.5]})


def test_a_layer_without_a_device_is_named() -> None:
    with pytest.raises(ModelError, match=r"Layer class OwnLayer has no device"):
        own(lambda v, k: k * v, device=None)


@pytest.mark.parametrize("settings", [{"default": -1.0, "above": 0.0}, {"default": "one"}])
def test_a_default_that_no_user_could_give_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match="default of quantity 'k'"):
        quantity("k", "S", **settings)


DIRECTION: dict[str, tuple[Callable[[Any, Any], Any], str]] = {
    "nothing": (lambda g, b: None, "returned NoneType"),
    "no slots": (lambda g, b: g, "returned ndarray"),
    "a number": (lambda g, b: (1.0, b), "returned tuple"),
    "another shape": (lambda g, b: (g[:1], b), r"direction in shape \(1, 2\)"),
    "a slot too few": (lambda g, b: (g, {}), r"slots \[\]; it has \['kept'\]"),
    "a slot too many": (lambda g, b: (g, {**b, "more": g}), r"it has \['kept'\]"),
    "a bent slot": (lambda g, b: (g, {"kept": g[:1]}), r"kept in shape \(1, 2\)"),
}


@pytest.mark.parametrize("mistake", DIRECTION)
def test_an_optimizer_that_returns_no_direction_is_named(mistake: str) -> None:
    direction, text = DIRECTION[mistake]
    made: Any = type(
        "Own",
        (Optimizer,),
        {
            "slot_names": ("kept",),
            "direction": lambda self, gradient, slots, step: direction(gradient, dict(slots)),
        },
    )
    with pytest.raises(EbanaError, match=rf"direction of Own.*{text}"):
        made(network()).step({"d.conductance": np.ones((2, 2))})
