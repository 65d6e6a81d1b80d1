"""Of circuits whose points are all finished, ngspice is asked only for what does not follow."""

import attrs
import numpy as np
import pytest

from ebana_core.arrays import BoolArray
from ebana_core.backends import NativeBackend, NgspiceBackend
from ebana_core.backends.ngspice.own_equations import OwnEquations
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.circuit.compiled import compile_circuit
from tests.support.spice_blocks import DRIVES, body, driven

pytestmark = pytest.mark.ngspice

TEXT = body(
    "V1 g 0 2",
    "V2 h g 0.5",
    "V3 t u 0.1",
    "M1 a g u 0 n",
    "M2 t h b 0 n",
    "R1 u 0 1meg",
    ".model n nmos(vto=0.7 kp=1e-4)",
)
"""Sources that hold nodes one behind the other, and one between nodes that nothing holds."""


def test_only_nodes_that_follow_no_other_are_read() -> None:
    act, circuit = driven(TEXT)
    values = {act.parameter(item.name): np.array(item.default) for item in act.law.values}
    compiled = compile_circuit(circuit)
    simulator = NgspiceBackend().compile(compiled)
    points = simulator.operating_points(values, {"q": DRIVES})
    names = {circuit.node_names[node] for node in simulator._loaded.netlist.read}
    assert names == {"p[0]", "p[1]", "act.in_t[0]", "act.in_u[0]"}
    expected = NativeBackend().compile(compiled).operating_points(values, {"q": DRIVES})
    # Voltages and, in amperes, the currents that are unknowns: both to rounding of 10 V.
    assert points.free_voltages == pytest.approx(expected.free_voltages, rel=1e-11, abs=1e-13)
    assert points.residual <= 1e-12
    told = simulator.as_found(values, {"q": DRIVES})
    # What ngspice itself says where it stops, of all of them.
    assert told.free_voltages == pytest.approx(expected.free_voltages, abs=1e-8)
    simulator.close()


def test_a_verdict_of_compiled_code_that_the_laws_deny_does_not_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    act, circuit = driven(TEXT)
    values = {act.parameter(item.name): np.array(item.default) for item in act.law.values}
    own = OwnEquations(compile_circuit(circuit))
    expected = NativeBackend().compile(own.compiled).operating_points(values, {"q": DRIVES})

    def lie(points: OperatingPoints) -> tuple[OperatingPoints, BoolArray]:
        wrong = attrs.evolve(points, free_voltages=points.free_voltages * 1.01)
        return wrong, np.ones(points.n_samples, dtype=bool)

    monkeypatch.setattr(own._native, "finished", lie)
    points, is_right = own.polished(expected)
    assert is_right.all()
    # Found anew, from 0 V, so that rounding may differ.
    assert points.free_voltages == pytest.approx(expected.free_voltages, rel=1e-11, abs=1e-13)
