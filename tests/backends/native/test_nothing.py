"""Where nothing flows, Newton's method ends at the current that a judge counts as none."""

import numpy as np

from ebana_core.backends import NativeBackend
from ebana_core.circuit.compiled import compile_circuit
from ebana_core.circuit.kirchhoff import NOTHING
from tests.support.spice_blocks import body, driven


def test_an_undriven_circuit_is_solved_to_the_current_that_counts_as_none() -> None:
    text = body("r1 a b 1k", "d1 a 0 dd", ".model dd d(is=1e-14)")
    act, circuit = driven(text)
    simulator = NativeBackend().compile(compile_circuit(circuit))
    values = {act.parameter(item.name): np.array(item.default) for item in act.law.values}
    reduced, sample = simulator.reduced_at(values), np.zeros(1, dtype=np.intp)
    phase = reduced.free_phase(np.zeros((1, circuit.n_nodes)))
    x = np.zeros((1, simulator.plan.partition.n_unknowns))
    # Every term of the tolerance is a rounding of some current or voltage, and all are zero; what
    # each step leaves of the one before would be above it for ever.
    tolerance = phase.tolerance(x, sample, phase.evaluate(x, sample))
    assert (tolerance >= NOTHING).all()
    assert tolerance.min() == NOTHING
