"""Compiled code that goes ahead of the method that `choose` takes, and why it may not.

It leads samples to their operating points, as far as it finds them; what it does not find is left
to the method. Each row says what a circuit needs to have it.
"""

from collections.abc import Callable, Mapping

import attrs
import numpy as np

from ebana_core.backends.native.structure import Structure
from ebana_core.circuit.circuit import GROUND
from ebana_core.laws.transistor_branch import TransistorBranch

MOST_UNKNOWNS = 5_000
"""More are left to methods that solve many samples together."""


@attrs.frozen(kw_only=True, eq=False)
class Ahead:
    """One row.

    Args:
        what: The samples that it leads.
        how: How it does so.
        cannot: Returns why it cannot lead samples of a circuit; None: it can.
    """

    what: str
    how: str
    cannot: Callable[[Structure], str | None]


def no_branches(circuit: Structure) -> str | None:
    """Say why no compiled code takes networks of transistors that are branches."""
    found = circuit.compiled.circuit
    if not found.terminal_devices:
        return "it has no transistors that are branches"
    if not all(isinstance(devices.law, TransistorBranch) for devices in found.terminal_devices):
        return "some devices are no transistors that are branches"
    if found.clamps or not all(array.is_ohmic for array in found.element_arrays):
        return "it has nonlinear devices of two terminals"
    return None if circuit.may_compile else "compiled code is not wanted, or not installed"


def no_singles(circuit: Structure) -> str | None:
    """Say why single samples of a circuit are solved as batches are."""
    if (reason := no_branches(circuit)) is not None:
        return reason
    constraints = circuit.compiled.constraints
    root, unknowns = constraints.root, constraints.unknowns
    if circuit.compiled.circuit.amplifiers or not np.array_equal(root[unknowns], unknowns):
        return "some nodes follow others"
    if (root != GROUND).sum() > len(unknowns):
        return "some nodes follow others"
    return None if 0 < len(unknowns) <= MOST_UNKNOWNS else "it has no nodes to solve for, or many"


AHEAD: Mapping[str, Ahead] = {
    "singles": Ahead(
        what="Single samples, free and clamped",
        how="compiled code of their own; what it does not find is left to the method",
        cannot=no_singles,
    ),
    "branches": Ahead(
        what="Batches",
        how="Newton's method in compiled code, sample after sample, each from the nearest one "
        "before it where there is one point; what it does not find is left to the method",
        cannot=no_branches,
    ),
}
"""The rows, by name."""


def ahead_of(circuit: Structure, asked: str | None, taken: str) -> Mapping[str, str | None]:
    """Return why each row does not lead samples of a circuit; None: it does.

    Args:
        circuit: Its structure.
        asked: The method that the user asked for by name, which single samples then get too.
        taken: The method that was taken.
    """
    found = {name: row.cannot(circuit) for name, row in AHEAD.items()}
    if asked is not None:
        found["singles"] = found["singles"] or "a method was asked for by name"
    if taken != "terminal_sparse":
        found["branches"] = found["branches"] or f"it leads to sparse matrices, not to {taken!r}"
    return found
