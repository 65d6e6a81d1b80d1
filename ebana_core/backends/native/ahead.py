"""Compiled code that goes ahead of the method that `choose` takes, and why it may not.

It leads samples to their operating points, as far as it finds them; what it does not find is left
to the method. Each row says what a circuit needs to have it.
"""

from collections.abc import Callable, Mapping

import attrs
import numpy as np

from ebana_core.backends.native.conditions import few_couplings
from ebana_core.backends.native.structure import Structure
from ebana_core.circuit.circuit import GROUND, Circuit
from ebana_core.laws.transistor_branch import TransistorBranch

SPARSE = "terminal_sparse"
"""The method whose Jacobian compiled code leads samples along."""
MOST_UNKNOWNS = 5_000
"""More are left to methods that solve many samples together."""


@attrs.frozen(kw_only=True, eq=False)
class Ahead:
    """One row of `AHEAD`.

    Args:
        what: The samples that it leads.
        how: How it does so.
        otherwise: What is done to them where it cannot.
        cannot: Returns why it cannot lead samples of a circuit; None: it can.
    """

    what: str
    how: str
    otherwise: str
    cannot: Callable[[Structure], str | None]


def no_branches(circuit: Structure) -> str | None:
    """Say why no compiled code takes networks of transistors that are branches."""
    found = circuit.compiled.circuit
    if not found.terminal_devices:
        return "it has no transistors that are branches"
    if not all(isinstance(devices.law, TransistorBranch) for devices in found.terminal_devices):
        return "devices of three or more terminals are no transistors that are branches"
    return None if circuit.may_compile else "compiled code is not wanted, or not installed"


def no_singles(circuit: Structure) -> str | None:
    """Say why single samples of a circuit are solved as batches are."""
    if (reason := no_branches(circuit)) is not None:
        return reason
    found, constraints = circuit.compiled.circuit, circuit.compiled.constraints
    if not _has_no_others(found):
        return "it has nonlinear devices of two terminals"
    root, unknowns = constraints.root, constraints.unknowns
    if found.amplifiers or not np.array_equal(root[unknowns], unknowns):
        return "some nodes follow others"
    if (root != GROUND).sum() > len(unknowns):
        return "some nodes follow others"
    return None if 0 < len(unknowns) <= MOST_UNKNOWNS else "it has no nodes to solve for, or many"


AHEAD: Mapping[str, Ahead] = {
    "singles": Ahead(
        what="Single samples, and clamped phases",
        how="compiled code of their own; what it does not find is left to the method",
        otherwise="as batches",
        cannot=no_singles,
    ),
    "branches": Ahead(
        what="Batches",
        how="Newton's method in compiled code, sample after sample, each from the nearest one "
        "before it where there is one point; what it does not find is left to the method",
        otherwise="by the method alone",
        cannot=no_branches,
    ),
    "among": Ahead(
        what="Batches",
        how="Newton's method in compiled code, step by step for some samples together, with the "
        "laws of devices of two terminals in NumPy; what it does not find is left to the method",
        otherwise="by the method alone",
        cannot=no_branches,
    ),
}
"""The rows, by name."""


def no_sparse_lead(circuit: Structure, asked: str | None) -> str | None:
    """Say why no compiled code leads samples of a circuit along its sparse Jacobian.

    Args:
        circuit: Its structure.
        asked: The method that the user asked for by name.
    """
    if asked not in (None, SPARSE):
        return f"it leads by sparse matrices, and {asked!r} was asked for by name"
    if asked is None and few_couplings(circuit) is None:
        return "its Jacobian is full, or compiled code cannot be had"
    return None


def ahead_of(circuit: Structure, asked: str | None) -> Mapping[str, str | None]:
    """Return why each row does not lead samples of a circuit; None: it does.

    Of the two rows for batches only the one that is meant for the circuit's devices is there.

    Args:
        circuit: Its structure.
        asked: The method that the user asked for by name, which single samples then get too.
    """
    singles = no_singles(circuit)
    if singles is None and asked is not None:
        singles = "a method was asked for by name"
    batches = "branches" if _has_no_others(circuit.compiled.circuit) else "among"
    return {
        "singles": singles,
        batches: AHEAD[batches].cannot(circuit) or no_sparse_lead(circuit, asked),
    }


def _has_no_others(circuit: Circuit) -> bool:
    """Tell whether all devices of two terminals are resistors."""
    return not circuit.clamps and all(array.is_ohmic for array in circuit.element_arrays)
