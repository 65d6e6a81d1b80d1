"""What devices add to a Jacobian is the same, whoever asks for it and in whichever form."""

import numpy as np
import pytest
from ebana_diode_mos.exponential import Shockley

from ebana_core.arrays import DOUBLE, Array
from ebana_core.backends.linearized import Linearized
from ebana_core.backends.native.array_library import ArrayLibrary
from ebana_core.backends.native.conditioning import blocks_of
from ebana_core.backends.native.devices import DevicePlan
from ebana_core.backends.native.digits import SparseComparison
from ebana_core.backends.native.linear_plan import LinearPlan
from ebana_core.backends.native.partition import partition_unknowns
from ebana_core.backends.native.sparse_linear import SparseLinearPlan
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.circuit import (
    GROUND,
    Amplifiers,
    Branches,
    CircuitBuilder,
    Constant,
    Crossbar,
    ElementArray,
    Input,
    Parameter,
    VoltageSources,
)
from ebana_core.circuit.compiled import CompiledCircuit, compile_circuit
from ebana_core.laws import Ohm

EXACT = 1e-12
"""Relative: sums of a dozen conductances in another order."""


def circuit(*, has_second_layer: bool) -> CompiledCircuit:
    """Return a crossbar behind sources and diodes to ground, alone or before another layer.

    The other layer stands behind amplifiers, and diodes join its nodes, one of them across an
    amplifier.
    """
    builder = CircuitBuilder()
    inputs, nodes = builder.nodes("x", (2,)), builder.nodes("n", (4,))
    builder.add(
        VoltageSources(name="x", layer="x", heads=inputs, tails=[GROUND] * 2, voltage=Input("x"))
    )
    crossbars, ends = [("d1", Crossbar(inputs, nodes))], [(nodes, [GROUND] * 4)]
    if has_second_layer:
        amplified, last = builder.nodes("a", (4,)), builder.nodes("m", (3,))
        builder.add(
            Amplifiers(
                name="a",
                layer="a",
                inputs=nodes,
                outputs=amplified,
                gain=Constant(np.array([2.0, -3.0, 4.0, 2.0])),
                shift=Constant(np.zeros(4)),
            )
        )
        crossbars.append(("d2", Crossbar(amplified, last)))
        ends.append(([last[0], last[1], amplified[2]], [last[1], GROUND, nodes[2]]))
    for name, topology in crossbars:
        values = {"conductance": Parameter(name)}
        builder.add(
            ElementArray(name=name, layer=name, topology=topology, law=Ohm(), values=values)
        )
    for k, (heads, tails) in enumerate(ends):
        values = {v.name: Constant(np.array([v.default])) for v in Shockley.values}
        topology = Branches(heads, tails)
        builder.add(
            ElementArray(
                name=f"diodes{k}", layer="d", topology=topology, law=Shockley(), values=values
            )
        )
    return compile_circuit(builder.circuit())


def at_rest(compiled: CompiledCircuit) -> OperatingPoints:
    rng = np.random.default_rng(0)
    parameters = {"d1": rng.uniform(1e-6, 1e-4, (2, 4)), "d2": rng.uniform(1e-6, 1e-4, (4, 3))}
    return OperatingPoints(
        compiled=compiled,
        parameters=parameters,
        inputs={"x": np.zeros((1, 2))},
        nudge={},
        free_voltages=np.zeros((1, compiled.circuit.n_nodes)),
    )


def jacobian(points: OperatingPoints, nodes: Array) -> Array:
    """Return the Jacobian as sensitivities are computed with it, for root nodes in some order."""
    linearized = Linearized(points)
    place = {int(node): k for k, node in enumerate(linearized.unknown_nodes)}
    order = [place[int(node)] for node in nodes]
    return linearized.matrix.dense()[0][np.ix_(order, order)]


@pytest.mark.parametrize("has_second_layer", [False, True])
def test_dense_and_sparse_bounds_and_sensitivities_see_one_jacobian(has_second_layer: bool) -> None:
    compiled = circuit(has_second_layer=has_second_layer)
    points, partition = at_rest(compiled), partition_unknowns(compiled)
    assert (partition.n_first < partition.n_unknowns) == has_second_layer
    dense = LinearPlan(compiled, partition).reduce(points.parameters)
    sparse = SparseLinearPlan(compiled, partition).reduce(points.parameters)
    library = ArrayLibrary(np, np.float64, "cpu", DOUBLE)
    devices = DevicePlan(compiled, partition, library).at(dense.scale, points.parameters)
    slopes = [
        array.law.slope(np.zeros((1, len(array.heads))), array.values)[0] for array in devices
    ]
    expected = jacobian(points, partition.nodes)
    diagonal = expected.diagonal()
    sizes = np.random.default_rng(1).uniform(1.0, 2.0, partition.n_unknowns)
    beside = np.abs(expected - np.diag(diagonal)) @ sizes
    for found in (blocks_of(dense, devices, slopes), SparseComparison(sparse, devices, slopes)):
        assert found.diagonal_times(sizes) == pytest.approx(diagonal * sizes, rel=EXACT, abs=0)
        assert found.beside(sizes) == pytest.approx(beside, rel=EXACT, abs=0)
