"""Laws whose currents fall in between, as those of tunnel diodes: what is returned balances."""

from collections.abc import Mapping, Sequence

import attrs
import numpy as np
import pytest

from ebana_core import Model
from ebana_core.arrays import Array, IntArray, Values
from ebana_core.backends import NativeBackend
from ebana_core.circuit import CircuitBuilder
from ebana_core.initializers import RandomUniform
from ebana_core.laws import Law
from ebana_core.laws.spice import Element
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer, ShuntLayer

STEEPNESS = 1e-3
"""S."""


def current(drop: Array) -> Array:
    return np.asarray(STEEPNESS * (drop**3 - drop))


@attrs.frozen
class Falling(Law):
    """A current that falls from -0.58 V to 0.58 V."""

    def current(self, drop: Array, values: Values) -> Array:
        return current(drop)

    def slope(self, drop: Array, values: Values) -> Array:
        return np.asarray(STEEPNESS * (3 * drop**2 - 1))

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        raise NotImplementedError


class Bridges(ShuntLayer):
    """One from each node to the next."""

    device = "falling_bridges"
    law = Falling()

    def ends(self, builder: CircuitBuilder, nodes: IntArray) -> tuple[IntArray, IntArray]:
        return nodes[:-1], nodes[1:]


# Seeds whose first steps lead to where the device's slope is below zero.
@pytest.mark.parametrize("seed", [3, 11, 25, 35, 53])
def test_a_falling_current_makes_no_room_for_a_residual(seed: int) -> None:
    rng = np.random.default_rng(seed)
    low = 10 ** rng.uniform(-5, -2.5)
    units, source = int(rng.integers(2, 6)), InputVoltageLayer(units=2, name="x")
    dense = DenseLayer(units=units, name="d", initializer=RandomUniform(low, 3 * low))(source)
    output = CurrentLayer(name="y", fold=False)(Bridges(name="n")(dense))
    model = Model([source], [output], seed=seed)
    inputs = rng.uniform(-2, 2, (6, 2))
    points = model.operating_points({"x": inputs}, NativeBackend(compiled=False))
    nodes, conductance = points.at("d"), model.parameters["d.conductance"]
    through = current(nodes[:, :-1] - nodes[:, 1:])
    left = nodes * conductance.sum(axis=0) - inputs @ conductance
    left[:, :-1] += through
    left[:, 1:] -= through
    # A thousand roundings of the largest currents.
    assert np.abs(left).max() <= 1e-12 * STEEPNESS
    assert points.residual <= 1e-12
