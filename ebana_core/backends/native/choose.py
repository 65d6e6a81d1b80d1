"""The one table that says which solver takes a circuit, and why.

Rows are asked from top to bottom: the first one that can solve the circuit and has a reason to be
taken is. Whoever needs to know which method runs (the simulator, estimates of memory, `explain`,
the documentation) asks this table; nobody else looks at the same facts again. Compiled code that
goes ahead of a row, in networks of transistors, has its own rows in `ahead`.
"""

from collections.abc import Mapping

import attrs

from ebana_core.backends.native import conditions as when
from ebana_core.backends.native.method import Method
from ebana_core.backends.native.partition import Partition
from ebana_core.backends.native.solvers.compiled import MOST_PRODUCTS
from ebana_core.backends.native.sparse_orders import Order
from ebana_core.backends.native.structure import Structure
from ebana_core.errors import ParameterError, UnsupportedError

METHODS: Mapping[str, Method] = {
    row.name: row
    for row in (
        Method(
            name="wired",
            how="what is inside of wired crossbars is eliminated once per set of parameters; the "
            "circuit between their ports is solved by another method",
            cannot=when.no_lattices,
            wins=when.wins_by_lattices,
        ),
        Method(
            name="terminal_sparse",
            how="the Jacobian of every sample as a sparse matrix, at pivots that are chosen once "
            "per circuit; transistors that are branches, and junctions, in compiled code",
            cannot=when.no_planned_pivots,
            wins=when.few_couplings,
        ),
        Method(
            name="multi_terminal",
            how="the Jacobian of every sample, dense, once every device has eliminated what is "
            "inside of it",
            cannot=lambda c: None if c.n_terminal_devices else "no device has several terminals",
            wins=when.several_terminals,
        ),
        Method(
            name="chained",
            how="chains of resistors are solved exactly, those of one kind by conjugate gradients "
            "on what the other kind leaves of them",
            cannot=when.no_chains,
            wins=when.wins_by_chains,
            order=lambda c: c.sparse_orders.chained,
            needs_reciprocity=True,
            instead=("sparse",),
        ),
        Method(
            name="transfer",
            how="nodes without devices are eliminated once per set of parameters by a sparse "
            "factorisation; the others are solved as one dense matrix per sample",
            cannot=when.no_transfer,
            wins=when.wins_among_sparse("transfer", when.touched),
            order=lambda c: c.sparse_orders.transfer,
        ),
        Method(
            name="sparse",
            how="the Jacobian of every sample, factored as a sparse matrix",
            cannot=when.no_sparse_matrices,
            wins=when.wins_among_sparse("sparse", when.touched),
            order=lambda c: c.sparse_orders.direct,
        ),
        Method(
            name="sparse_iterative",
            how="conjugate gradients on sparse matrices, all samples together",
            cannot=when.no_sparse_matrices,
            wins=when.wins_among_sparse("sparse_iterative", when.few_products),
            order=lambda c: c.sparse_orders.iterative,
            needs_reciprocity=True,
            instead=("transfer", "sparse"),
        ),
        Method(
            name="compiled",
            how="Newton's method in compiled code (numba), one sample after the other",
            cannot=when.no_compiled_code,
            wins=when.small,
            instead=("layered", "dense_schur"),
        ),
        Method(
            name="linear",
            how="all unknowns, or those left once layers without couplings inside are eliminated, "
            "as one dense matrix that is factored once per set of parameters",
            cannot=when.has_devices,
            wins=when.only_resistors,
        ),
        Method(
            name="layered",
            how="layers settle in turn, with one matrix product of all samples for each crossbar, "
            "and the last turns are mixed",
            cannot=when.no_layers,
            wins=when.many_left,
            needs_reciprocity=True,
            instead=("dense_schur",),
        ),
        Method(
            name="dense_schur",
            how="layers without couplings inside are eliminated; the rest, their Schur complement, "
            "is factored sample by sample",
            cannot=when.several_terminals,
            wins=when.few_left,
        ),
    )
}
"""The table, from top to bottom, in the order in which its rows are asked."""


@attrs.frozen(eq=False)
class Choice:
    """The method of one circuit.

    Args:
        circuit: What the table was asked about.
        method: The row that was taken.
        reason: Why.
        is_asked: The user asked for it by name.
    """

    circuit: Structure
    method: Method
    reason: str
    is_asked: bool

    order: Order | None = attrs.field(init=False)
    """Order in which sparse matrices eliminate; None: the matrices are dense."""

    @order.default
    def _order(self) -> Order | None:
        return None if self.method.order is None else self.method.order(self.circuit)

    @property
    def has_sparse_currents(self) -> bool:
        """Whether the linear currents come from sparse matrices."""
        return self.order is not None or self.circuit.n_terminal_devices > 0

    @property
    def partition(self) -> Partition:
        """The numbering of the unknowns."""
        return self.circuit.dense if self.order is None else self.order.partition

    def compiles(self, n_samples: int) -> bool:
        """Tell whether compiled code solves a batch of this size."""
        # With its products at hand a sample costs little more than reading them, in any batch.
        is_worth = self.circuit.products <= MOST_PRODUCTS
        is_worth = is_worth or n_samples * self.circuit.work <= when.WORTH
        return self.method.name == "compiled" and (self.is_asked or is_worth)

    def interpreted(self, *, is_reciprocal: bool) -> str:
        """Return the method of what compiled code leaves, or of everything.

        Args:
            is_reciprocal: Whether the circuit has an energy at the present gains.

        Raises:
            UnsupportedError: The method that was asked for needs one.
        """
        for name in (self.method.name, *self.method.instead):
            row = METHODS[name]
            # What compiled code leaves goes to a row that works in the same numbering.
            if name == "compiled" or (name != self.method.name and not self._takes_over(row)):
                continue
            if is_reciprocal or not row.needs_reciprocity:
                return name
            if self.is_asked and name == self.method.name:
                raise self.refusal("its gains leave it without an energy")
        raise AssertionError(self.method.name)  # every row ends at one that needs nothing

    def refusal(self, reason: str) -> UnsupportedError:
        """Return the error of a method that cannot solve the circuit after all."""
        return _refused(self.method, reason, self.circuit)

    def _takes_over(self, row: Method) -> bool:
        """Tell whether a row solves what the one that was taken leaves, in the same numbering."""
        if self.order is not None:
            return row.name == "sparse" or self.order.partition.n_first > 0
        return row.wins(self.circuit) is not None and row.cannot(self.circuit) is None


def choose(circuit: Structure, asked: str | None = None) -> Choice:
    """Return the method of a circuit.

    Args:
        circuit: Its structure.
        asked: Name of the method that it has to be; None: the first that wins.

    Raises:
        UnsupportedError: The method that was asked for cannot solve the circuit; says why.
    """
    if asked is not None:
        row = METHODS[asked]
        refusal = row.cannot(circuit)
        if refusal is not None:
            raise _refused(row, refusal, circuit)
        return Choice(circuit, row, "it was asked for", True)
    for row in METHODS.values():
        # Whether a row wins is known sooner than whether it can.
        if (reason := row.wins(circuit)) is not None and row.cannot(circuit) is None:
            return Choice(circuit, row, reason, False)
    raise AssertionError("the last row takes every circuit that the first one leaves")


def is_condensed(circuit: Structure, asked: str | None) -> bool:
    """Tell whether the row "wired" takes a circuit; rows below, which ask for more, wait."""
    row = METHODS["wired"]
    wins = asked is None and row.wins(circuit) is not None and row.cannot(circuit) is None
    return wins or asked == row.name


def check_method(name: object) -> None:
    """Refuse what names no row of the table.

    Raises:
        ParameterError: Lists the names.
    """
    if name is not None and not (isinstance(name, str) and name in METHODS):
        raise ParameterError(
            f"NativeBackend has method={name!r}.",
            f"use one of {sorted(METHODS)}, or leave out `method`",
        )


def _refused(row: Method, reason: str, circuit: Structure) -> UnsupportedError:
    able = [other.name for other in METHODS.values() if other.cannot(circuit) is None]
    return UnsupportedError(
        f"The method {row.name!r} cannot solve this circuit: {reason}.",
        f"leave out `method`, or use one of {sorted(able)}",
    )
