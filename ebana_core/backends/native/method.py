"""One row of the table that says which solver takes a circuit."""

from collections.abc import Callable

import attrs

from ebana_core.backends.native.sparse_orders import Order
from ebana_core.backends.native.structure import Structure


@attrs.frozen(kw_only=True, eq=False)
class Method:
    """One row of the table.

    Args:
        name: What `NativeBackend(method=...)` calls it.
        how: How it solves a step of Newton's method, or a phase.
        cannot: Returns why it cannot solve a circuit; None: it can.
        wins: Returns why it is the one to take if no row above it is; None: another one is faster.
        order: Returns the order in which sparse matrices eliminate; None: it has dense ones.
        needs_reciprocity: It cannot solve circuits without an energy, which gains decide.
        instead: Names of rows that take what this one leaves, in this order.
    """

    name: str
    how: str
    cannot: Callable[[Structure], str | None]
    wins: Callable[[Structure], str | None]
    order: Callable[[Structure], Order] | None = None
    needs_reciprocity: bool = False
    instead: tuple[str, ...] = ()
