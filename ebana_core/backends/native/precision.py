"""Circuits that float32 does not hold, or solves more slowly, are solved in float64."""

import warnings
from collections.abc import Callable, Mapping
from functools import cached_property

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.backend import PrecisionWarning, Simulator
from ebana_core.backends.native.conditioning import Reach, steepest_at
from ebana_core.backends.native.conditions import prefers_sparse
from ebana_core.backends.native.plan import Plan
from ebana_core.backends.native.structure import Structure
from ebana_core.circuit.compiled import CompiledCircuit


def is_finer_faster(compiled: CompiledCircuit) -> bool:
    """Tell of a circuit that NumPy solves faster in float64, and warn that it does.

    Float32 knows dense matrices alone: for a wired crossbar of 64 x 64 cells they would be of
    8192 x 8192 numbers, where sparse ones hold eight times 8192.
    """
    in_float64 = Structure(compiled)
    if not prefers_sparse(in_float64):
        return False
    warnings.warn(
        f"A circuit of {in_float64.n_unknowns} nodes with few branches each is solved in float64, "
        'as dtype="float32" knows dense matrices alone; use dtype="float64".',
        PrecisionWarning,
        stacklevel=3,
    )
    return True


class Finer:
    """A simulator of the same circuit in float64, made when it is first asked for.

    Args:
        make: Makes it.
    """

    def __init__(self, make: Callable[[], Simulator]) -> None:
        self._make = make
        self._told = False

    @cached_property
    def simulator(self) -> Simulator:
        """The simulator."""
        return self._make()

    def tell(self, why: str) -> None:
        """Warn that it is needed, once."""
        if self._told:
            return
        self._told = True
        tell_of(why)


def tell_of(why: str) -> None:
    """Warn that float32 is not enough."""
    warnings.warn(
        f"float32 is not enough: {why}. What it does not hold is solved in float64; "
        'use dtype="float64", or values that differ by fewer decades.',
        PrecisionWarning,
        stacklevel=2,
    )


def reason(plan: Plan, reach: Reach, parameters: Mapping[str, Array]) -> str:
    """Return which node is not held, and which elements are the steepest there."""
    circuit, node = plan.compiled.circuit, plan.partition.nodes[reach.unknown]
    following = np.flatnonzero(plan.compiled.constraints.root == node)
    held = reach.conductance / reach.roundings
    steepest = steepest_at(circuit, following, parameters)
    who = "devices"
    if steepest is not None:
        array, conductance = steepest
        who = f"elements {array.name!r} of layer {array.layer!r} ({conductance:.3g} S)"
    return (
        f"{who} at node {circuit.node_names[node]!r} conduct {reach.conductance:.3g} S, where "
        f"{held:.3g} S hold its voltage"
    )
