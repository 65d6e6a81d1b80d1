"""Networks whose transistors are just above their thresholds: where rounding of gates is all."""

from decimal import Decimal
from typing import Any

import attrs
import numpy as np
import pytest
from ebana_diode_mos import TransistorNetworkLayer

from ebana_core import Model
from ebana_core.arrays import DOUBLE, Array
from ebana_core.backends import NativeBackend
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.circuit import kirchhoff
from ebana_core.laws.transistor_branch import TransistorBranch
from ebana_core.layers import CurrentLayer, InputVoltageLayer
from tests.support.exact_transistors import exact_channel, exact_threshold, exact_zero
from tests.support.transistors import torus, transistor_model, transistor_text

LAST_BITS = 1e-15
"""V, of voltages up to 0.4 V."""
OFF_BY = 1e-9
"""V, by which a node is put where it does not belong."""
NOTICED = 1e-11
"""Residual at least, ten times that of a right point."""
HIGH, LOW = 0.4, 0.0
"""Of the inputs of a pair, V."""
OVERDRIVES = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1.0]
BACKENDS = pytest.mark.parametrize(
    "backend",
    [NativeBackend(), NativeBackend(compiled=False)],
    ids=["compiled", "interpreted"],
)


def network(
    branches: list[tuple[int, int]], inputs: list[int], gates: Any, *, gamma: float, channel: str
) -> Model:
    """Return transistors whose bulks are at ground, and that nothing else loads."""
    sign = 1.0 if channel == "n" else -1.0
    card = {"vto": 0.75 * sign, "kp": 6e-5, "gamma": gamma, "phi": 0.95, "is": 1e-30}
    x = InputVoltageLayer(units=len(inputs), name="x")
    layer = TransistorNetworkLayer(
        name="net",
        branches=branches,
        inputs=inputs,
        outputs=[1],
        channel=channel,
        initializer=sign * np.asarray(gates),
        param={**card, "w": 1.4e-4, "l": 8e-6},
    )
    out = CurrentLayer(name="out", fold=False)(layer(x))
    return Model([x], [out], seed=0, gmin=1e-24, shunt=0.0)


def pair(over: float, gamma: float, channel: str) -> tuple[Model, dict[str, Any], Decimal]:
    """Return two transistors in series, their inputs, and the exact voltage of the node between.

    Args:
        over: How far their gates are above what the lower one needs, V.
        gamma: As of `network`.
        channel: Likewise.
    """
    sign, ends = (1.0 if channel == "n" else -1.0), [(0, 1), (1, 2)]
    any_gates = network(ends, [0, 2], [1.0, 1.0], gamma=gamma, channel=channel)
    (devices,) = any_gates.network.compiled.circuit.terminal_devices
    assert isinstance(devices.law, TransistorBranch)
    number = devices.law.mosfet.number
    gate = float(exact_threshold(number, LOW, 0.0)) + over
    model = network(ends, [0, 2], [gate, gate], gamma=gamma, channel=channel)

    def left(node: Decimal) -> Decimal:
        falling, rising = (
            exact_channel(number, gate, *ends, 0.0) for ends in ((HIGH, node), (node, LOW))
        )
        return rising - falling

    exact = exact_zero(left, LOW, HIGH)
    return model, {"x": [[sign * HIGH, sign * LOW]]}, Decimal(sign) * exact


def put(points: OperatingPoints, node: int, volts: float | Array) -> OperatingPoints:
    """Return the points with a node elsewhere."""
    voltages = points.free_voltages.copy()
    voltages[:, node] = volts
    return attrs.evolve(points, free_voltages=voltages)


@BACKENDS
@pytest.mark.parametrize("channel", ["n", "p"])
@pytest.mark.parametrize("gamma", [0.0, 1.09])
@pytest.mark.parametrize("over", OVERDRIVES)
def test_a_node_between_two_transistors_is_found_and_known_to_be_right(
    over: float, gamma: float, channel: str, backend: NativeBackend
) -> None:
    model, x, exact = pair(over, gamma, channel)
    points = model.operating_points(x, backend)
    (node,) = points.compiled.constraints.unknowns
    assert abs(Decimal(float(points.free_voltages[0, node])) - exact) <= LAST_BITS
    assert points.residual <= DOUBLE.imbalance
    # The voltage that is right to its last bit is right, and those beside it are not.
    assert put(points, node, float(exact)).residual <= DOUBLE.imbalance
    for off in (-OFF_BY, OFF_BY):
        assert put(points, node, float(exact) + off).residual >= NOTICED


NETWORKS = {
    "at threshold": network(
        torus(3), [0, 8], 0.75 + 1e-6 * np.arange(1, 19), gamma=0.0, channel="n"
    ),
    "on": network(torus(3), [0, 8], np.linspace(2, 5, 18), gamma=1.09, channel="n"),
    "some off": network(torus(3), [0, 8], np.linspace(0.4, 2, 18), gamma=1.09, channel="n"),
    "four terminals": transistor_model(transistor_text(torus(3), 2, 1), 2, 1),
}


@BACKENDS
@pytest.mark.parametrize("kind", list(NETWORKS))
def test_a_node_that_is_off_by_a_nanovolt_is_refused(kind: str, backend: NativeBackend) -> None:
    points = NETWORKS[kind].operating_points({"x": [[0.3, 0.0], [0.0, 0.4]]}, backend)
    assert points.residual <= DOUBLE.imbalance
    for node in points.compiled.constraints.unknowns:
        for off in (-OFF_BY, OFF_BY):
            moved = points.free_voltages[:, node] + off
            assert (put(points, node, moved).balance("magnitudes").imbalance() >= NOTICED).all()


@pytest.mark.parametrize(("over", "is_seen"), [(1e-6, True), (0.3, False), (2.0, False)])
def test_away_from_the_threshold_no_floor_changes(
    over: float, is_seen: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a gate loses there is far below the tolerance of the currents."""
    model, x, _ = pair(over, 1.09, "n")
    points = model.operating_points(x)
    floor = points.balance("magnitudes").floor
    monkeypatch.setattr(kirchhoff, "COVERED", 1e300)  # nothing exceeds it
    assert (points.balance("magnitudes").floor != floor).any() == is_seen
