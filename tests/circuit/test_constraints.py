"""Ideal constraints of circuits that no layer draws."""

import numpy as np
import pytest

from ebana_core.backends import NativeBackend
from ebana_core.circuit import GROUND, Branches, CircuitBuilder, ElementArray
from ebana_core.circuit.compiled import compile_circuit
from ebana_core.circuit.elements import Constant, VoltageSources
from ebana_core.laws import Ohm


def test_groups_of_floating_sources_have_one_unknown_each() -> None:
    builder = CircuitBuilder()
    first, second, third = np.split(builder.nodes("n", (300,)), 3)
    for name, heads, tails in (("e1", first, second), ("e2", second, third)):
        builder.add(
            VoltageSources(
                name=name, layer=name, heads=heads, tails=tails, voltage=Constant(np.ones(100))
            )
        )
    ends = np.concatenate([first, third])
    builder.add(
        ElementArray(
            name="r",
            layer="r",
            topology=Branches(ends, np.full(200, GROUND)),
            law=Ohm(),
            values={"conductance": Constant(np.full(200, 1e-6))},
        )
    )
    compiled = compile_circuit(builder.circuit())
    assert len(compiled.constraints.unknowns) == 100
    assert len(compiled.constraints.ties) == 2
    points = NativeBackend().compile(compiled).operating_points({}, {})
    assert points.residual <= 1e-12
    for nodes, expected in ((first, 1.0), (second, 0.0), (third, -1.0)):
        assert points.node_voltages[0, nodes] == pytest.approx(expected, abs=1e-12)
