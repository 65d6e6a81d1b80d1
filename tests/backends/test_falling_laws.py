"""Devices whose current falls somewhere: of several points a stable one is taken."""

from collections.abc import Mapping, Sequence
from typing import Any, final

import attrs
import numpy as np
import pytest

from ebana_core.arrays import Array, Values
from ebana_core.backends import NativeBackend, NgspiceBackend
from ebana_core.circuit import (
    GROUND,
    Branches,
    CircuitBuilder,
    Constant,
    ElementArray,
    Input,
    VoltageSources,
)
from ebana_core.circuit.compiled import compile_circuit
from ebana_core.laws import Law, Ohm, spice
from ebana_core.laws.spice import Element

LOAD = 2e-4
"""Of the source, S: flatter than the device where its current falls."""
BACKENDS = [NativeBackend(), pytest.param(NgspiceBackend(), marks=pytest.mark.ngspice)]


@final
@attrs.frozen
class Tunnel(Law):
    """A current, mA, of ``4 v^3 - 6 v^2 + 2.4 v``: it falls between 0.28 and 0.72 V."""

    may_fall = True

    def current(self, drop: Array, values: Values) -> Array:
        return 1e-3 * drop * (2.4 + drop * (4 * drop - 6))

    def spice(
        self, device: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        v = f"v({head},{tail})"
        text = f"1e-3*{v}*(2.4+{v}*(4*{v}-6))"
        return [spice.BehaviouralSource(f"b{device}", head, tail, "i", text, (head, tail))]


def solved(volts: Sequence[float], backend: Any) -> Any:
    """Return the operating points of a tunnel diode behind a source of `volts`."""
    builder = CircuitBuilder()
    (source,), (node,) = builder.nodes("x", (1,)), builder.nodes("device", (1,))
    builder.add(
        VoltageSources(name="x", layer="x", heads=[source], tails=[GROUND], voltage=Input("x"))
    )
    for name, ends, law, values in (
        ("load", ([source], [node]), Ohm(), {"conductance": Constant(np.array(LOAD))}),
        ("tunnel", ([node], [GROUND]), Tunnel(), {}),
    ):
        builder.add(
            ElementArray(
                name=name, layer="device", topology=Branches(*ends), law=law, values=values
            )
        )
    simulator = backend.compile(compile_circuit(builder.circuit()))
    try:
        return simulator.operating_points({}, {"x": np.array(volts)[:, None]})
    finally:
        simulator.close()


def all_points(volts: float) -> list[float]:
    """Return the voltages at which the device takes what the load gives, V."""
    roots = np.roots([4e-3, -6e-3, 2.4e-3 + LOAD, -LOAD * volts])
    return sorted(float(root.real) for root in roots if abs(root.imag) < 1e-9)


@pytest.mark.parametrize("backend", BACKENDS, ids=["native", "ngspice"])
def test_a_load_line_that_meets_the_device_once_has_one_point(backend: Any) -> None:
    # At 1.75 V the load line has just left the peak, where a search along steps would stay.
    volts = [-1.0, 0.1, 1.75, 1.9]
    points = solved(volts, backend)
    expected = [all_points(each)[0] for each in volts]
    # V: ngspice stops where a step falls below its reltol of 1e-9.
    assert points.node_voltages[:, -1] == pytest.approx(expected, abs=1e-9)
    assert points.stability is not None
    assert points.stability.is_stable.all()


@pytest.mark.parametrize("backend", BACKENDS, ids=["native", "ngspice"])
def test_of_three_points_one_on_a_rising_branch_is_taken(backend: Any) -> None:
    for each in (1.3, 1.45, 1.5, 1.6, 1.7):
        low, _, high = all_points(each)
        points = solved([each], backend)
        assert points.stability is not None
        assert points.stability.is_stable.all()
        found = points.node_voltages[0, -1]
        assert min(abs(found - low), abs(found - high)) <= 1e-9
