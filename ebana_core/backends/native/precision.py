"""Circuits that float32 does not hold, or solves more slowly, are solved in float64."""

from collections.abc import Callable, Mapping
from functools import cached_property

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.backend import PrecisionWarning, Simulator
from ebana_core.backends.native.conditioning import Reach, steepest_at
from ebana_core.backends.native.conditions import prefers_sparse
from ebana_core.backends.native.plan import Plan
from ebana_core.backends.native.reduced_circuit import ReducedCircuit
from ebana_core.backends.native.structure import Structure
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.memory import lacking
from ebana_core.user_warnings import warn


def is_finer_faster(compiled: CompiledCircuit) -> bool:
    """Tell of a circuit that NumPy solves faster in float64, and warn that it does.

    Float32 knows dense matrices alone: for a wired crossbar of 64 x 64 cells they would be of
    8192 x 8192 numbers, where sparse ones hold eight times 8192.
    """
    in_float64 = Structure(compiled)
    if not prefers_sparse(in_float64):
        return False
    warn(
        f"A circuit of {in_float64.n_unknowns} nodes with few branches each is solved in float64, "
        'as dtype="float32" knows dense matrices alone; use dtype="float64".',
        PrecisionWarning,
    )
    return True


class Finer:
    """A simulator of the same circuit in float64, made when it is first asked for.

    Args:
        make: Makes it; None: there is none, as all is float64.
        plan: The structure of the circuit.
    """

    def __init__(self, make: Callable[[], Simulator] | None, plan: Plan) -> None:
        self._make, self._plan = make, plan
        self._told = False

    @property
    def is_there(self) -> bool:
        """Whether there is one, made or not."""
        return self._make is not None

    @cached_property
    def simulator(self) -> Simulator | None:
        """The simulator; None: there is none."""
        return None if self._make is None else self._make()

    def told(self, why: str) -> Simulator | None:
        """Return it, and warn that it is needed, once; None: there is none."""
        if self.is_there and not self._told:
            self._told = True
            tell_of(why)
        return self.simulator

    def than(self, reduced: ReducedCircuit) -> Simulator | None:
        """Return what solves a circuit at its values where this precision does not hold them."""
        rounding = reduced.rounding
        return None if rounding is None else self.beyond(rounding.reach, reduced.parameters)

    def beyond(self, reach: Reach, parameters: Mapping[str, Array]) -> Simulator | None:
        """Return it, and warn, where rounding moves voltages too far; None: float32 holds them."""
        return self.told(reason(self._plan, reach, parameters)) if reach.is_too_far else None


def holds_all(reduce: Callable[[], ReducedCircuit], to_reduce: int) -> bool:
    """Tell whether float32 holds a circuit at all samples, as far as that can be known.

    Args:
        reduce: Returns the circuit at its parameters.
        to_reduce: Bytes that it takes to find out; what does not fit is not tried.
    """
    if lacking(to_reduce) is not None:
        return True  # its own memory says enough
    rounding = reduce().rounding
    return rounding is None or rounding.holds_all


def tell_of(why: str) -> None:
    """Warn that float32 is not enough."""
    warn(
        f"float32 is not enough: {why}. What it does not hold is solved in float64; "
        'use dtype="float64", or values that differ by fewer decades.',
        PrecisionWarning,
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
