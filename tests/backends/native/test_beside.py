"""What a circuit is beside its resistors is kept while it stays, and made anew where it changes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core import Model
from ebana_core.backends import NativeBackend, OperatingPoints
from ebana_core.backends.native.simulator import NativeSimulator
from ebana_core.initializers import RandomUniform
from ebana_core.layers import AmplificationLayer, CurrentLayer, DenseLayer, InputVoltageLayer

INPUTS = {"x": np.random.default_rng(1).uniform(-2, 2, (5, 3))}
METHODS = ("compiled", "dense_schur", "sparse")


def model() -> Model:
    drawn = RandomUniform(1e-6, 1e-5)
    x = InputVoltageLayer(units=3, name="x")
    layer: Any = DenseLayer(units=4, name="d1", initializer=drawn)(x)
    layer = DiodeLayer(name="q", kind="behavioral", direction="down")(layer)
    layer = AmplificationLayer(name="a", param={"gain": 4.0, "shift": 0.0})(layer)
    layer = DenseLayer(units=2, name="d2", initializer=drawn)(layer)
    return Model([x], [CurrentLayer(name="y", fold=False)(layer)], seed=2)


def solved(own: Model, method: str, values: Mapping[str, Any]) -> OperatingPoints:
    return own.operating_points(INPUTS, NativeBackend(method=method), values=values)


@pytest.mark.parametrize("method", METHODS)
def test_it_follows_the_values_of_devices_and_the_gains(method: str) -> None:
    own = model()
    parameters = own.parameters.snapshot()
    # One after the other on one simulator, and back again at last.
    others: list[dict[str, Any]] = [{}]
    others += [{name: 1.25 * array + 0.05} for name, array in parameters.items() if name[0] != "d"]
    others += [{}]
    assert len(others) >= 4  # at least a value of the diodes, and the gain
    seen = []
    for values in others:
        found = solved(own, method, values).node_voltages
        assert np.array_equal(found, solved(model(), method, values).node_voltages)
        seen.append(found.tobytes())
    assert seen[0] == seen[-1]
    assert seen[0] not in seen[1:-1]


def test_it_stays_where_resistors_alone_change() -> None:
    own = model()
    simulator = own.simulator(NativeBackend())
    assert isinstance(simulator, NativeSimulator)
    before = own.parameters.snapshot()
    conductance = 2 * before["d1.conductance"]
    conductance.flags.writeable = False
    after = {**before, "d1.conductance": conductance}
    first, second = simulator.reduced_at(before), simulator.reduced_at(after)
    assert first is not second
    assert first.beside is second.beside
