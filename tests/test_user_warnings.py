"""Warnings point to the line of the user's program, whatever lies between."""

import linecache
import warnings
from collections.abc import Callable

import attrs
import pytest
from ebana_diode_mos import DiodeLayer, TransistorCrossbarLayer
from ebana_memristor import Linear, MemristorLayer, Wires

from ebana_core import Model, losses, optimizers
from ebana_core.backends import NativeBackend
from ebana_core.initializers import LogUniform
from ebana_core.layers import CurrentLayer, InputVoltageLayer
from ebana_core.rules import EquilibriumPropagation
from tests.support.networks import layered_model, samples

COLD = {"temperature": 27.0}
RULE = EquilibriumPropagation(1e-9)


@attrs.frozen(kw_only=True, eq=False)
class Own(TransistorCrossbarLayer):
    """A layer of a user, whose initialisation attrs writes."""


def around_an_amplifier(*, fits: bool) -> None:
    model = layered_model((3, 4, 4), (4.0,), seed=5, skip=True)
    data = samples(model, 5)
    if fits:
        model.fit(data, losses.MSE(), optimizers.SGD(model), epochs=1, rule=RULE)  # here
    else:
        model.gradients(data, losses.MSE(), RULE)  # here


def in_float32() -> None:
    x = InputVoltageLayer(units=4, name="x")
    cell, cells = Linear(window=(1e-7, 1e-5)), LogUniform(1e-7, 1e-5)
    wired = MemristorLayer(name="m", units=4, cell=cell, wires=Wires(), initializer=cells)(x)
    model = Model([x], [CurrentLayer(name="y")(wired)], seed=0)
    model.predict([[0.3, -0.3, 0.1, 0.2]], NativeBackend(dtype="float32"))  # here


def transistors(kind: type[TransistorCrossbarLayer]) -> None:
    kind(name="q", units=2, initializer=2.0, param=COLD)  # here


WAYS: dict[str, Callable[[], object]] = {
    "gradients": lambda: around_an_amplifier(fits=False),
    "fit": lambda: around_an_amplifier(fits=True),
    "float32": in_float32,
    "a layer": lambda: transistors(TransistorCrossbarLayer),
    "a layer of the user's": lambda: transistors(Own),
    "a diode": lambda: DiodeLayer(name="d", direction="up", kind="real", param=COLD),  # here
}


@pytest.mark.parametrize("way", WAYS)
def test_a_warning_names_the_line_of_the_user(way: str) -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        WAYS[way]()
    assert told
    for one in told:
        assert one.filename == __file__
        assert linecache.getline(one.filename, one.lineno).rstrip().endswith("# here")
