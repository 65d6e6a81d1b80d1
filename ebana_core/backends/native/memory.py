"""How much memory the embedded solver takes, from the structure of a circuit.

The numbers of arrays are counted at the peak of memory, over circuits of all kinds.
"""

from ebana_core.backends import examining, stability
from ebana_core.backends.native.plan import Plan
from ebana_core.backends.native.solvers import dense_schur, multi_terminal, transfer
from ebana_core.backends.native.sparse_linear import SparseLinearPlan
from ebana_core.backends.native.together import n_together
from ebana_core.memory import PER_NUMBER

PER_UNKNOWN, PER_BRANCH, PER_NODE = 14, 6, 1
"""Numbers that an iteration holds for every sample: per unknown, per nonlinear branch, per node."""
PER_BOUND = 2
"""Numbers per unknown that circuits with ideal diodes hold in addition."""
COPIES = 2.5
"""Number of copies of a matrix of the linear part: with its absolute values and parts of it."""
MATRICES, COMPLEMENTS = 3, 2
"""Number of copies of the matrix of every sample, and of a Schur complement, during a solve."""
COMPILED_UNKNOWN, COMPILED_BRANCH = 5, 3
"""Numbers that compiled code is handed for every sample: per unknown and per nonlinear branch."""
CHAINED_UNKNOWN, CHAINED_BRANCH = 4, 4
"""The same of compiled code along chains, which works on one sample at a time."""
PER_SLOPE = 6
"""Number of copies of the slopes of devices of several terminals: at points, trials, condensed."""
PER_ENTRY, PER_FACTOR = 4, 2
"""Times that the entries of sparse Jacobians of all samples, and of their factors, are held."""
JOINED = 2
"""Number of copies of the voltages of a batch that is solved part by part, while it is joined."""
PER_FILL = 20
"""Bytes per entry of sparse factors, while they grow."""


def reduced_memory(plan: Plan, *, is_reciprocal: bool) -> tuple[int, int]:
    """Return the bytes that the circuit takes at one set of parameters, and those to reduce it."""
    n, n_first = plan.partition.n_unknowns, plan.partition.n_first
    n_second = n - n_first
    order = plan.choice.order
    if order is None:
        method = plan.choice.interpreted(is_reciprocal=is_reciprocal)
        product = n_first * n_second**2 if method == "dense_schur" else 0
        extra = product if product <= dense_schur.TENSOR_ENTRIES else 0
        kept = int(PER_NUMBER * (COPIES * plan.choice.circuit.dense_entries + extra))
        return kept, kept
    assert isinstance(plan.linear, SparseLinearPlan)
    terminals = n_second**2 if plan.choice.method.name == "transfer" else 0
    kept = int(PER_NUMBER * (COPIES * len(plan.linear.pattern) + terminals))
    kept += PER_FILL * int(order.fill)
    at_once = min(n_second, transfer.COLUMNS) if terminals else 0
    return kept, kept + PER_NUMBER * MATRICES * at_once * n_first


def solving_memory(plan: Plan, n_samples: int, *, is_reciprocal: bool) -> int:
    """Return the bytes that solving a batch takes beside `reduced_memory`."""
    circuit, choice = plan.compiled.circuit, plan.choice
    if n_samples > (most := n_together(choice)):
        one_by_one = solving_memory(plan, most, is_reciprocal=is_reciprocal)
        return one_by_one + JOINED * PER_NUMBER * n_samples * circuit.n_nodes
    if choice.compiles(n_samples):
        kept = (plan.partition.n_unknowns - plan.partition.n_first) ** 2
        return PER_NUMBER * n_samples * (_each(plan, COMPILED_UNKNOWN, COMPILED_BRANCH) + kept)
    if choice.method.name == "chained" and choice.circuit.may_compile:
        return PER_NUMBER * n_samples * _each(plan, CHAINED_UNKNOWN, CHAINED_BRANCH)
    per_unknown = PER_UNKNOWN + (PER_BOUND if circuit.clamps else 0)
    each = _each(plan, per_unknown, PER_BRANCH)
    each += PER_SLOPE * choice.circuit.n_slopes
    method = choice.interpreted(is_reciprocal=is_reciprocal)
    matrices = _matrices(method, plan, n_samples)
    n = plan.partition.n_unknowns
    # Points that are examined, by dense matrices where no code is compiled.
    if not is_reciprocal and n <= stability.LARGEST and not choice.circuit.may_compile:
        examined = MATRICES * min(n_samples * n**2, max(examining.CHUNK, n**2))
        matrices = max(matrices, examined)
    return PER_NUMBER * (n_samples * each + matrices)


def _each(plan: Plan, per_unknown: int, per_branch: int) -> int:
    """Return how many numbers a sample holds beside its matrices."""
    circuit = plan.compiled.circuit
    n_branches = sum(a.topology.size for a in circuit.element_arrays if not a.is_ohmic)
    n = plan.partition.n_unknowns
    return per_unknown * n + per_branch * n_branches + PER_NODE * circuit.n_nodes


def _matrices(method: str, plan: Plan, n_samples: int) -> int:
    """Return how many numbers the matrices of a batch hold."""
    n, n_first = plan.partition.n_unknowns, plan.partition.n_first
    rest = (n - n_first) ** 2
    if method == "multi_terminal":  # steps are judged by the matrices of all samples
        return n_samples * n**2 + MATRICES * _at_once(n_samples, n**2, multi_terminal.HELD_AT_ONCE)
    if method == "terminal_sparse":
        jacobian = plan.terminal_jacobian
        factors = jacobian.factors if plan.choice.circuit.may_compile else None
        fill = 0 if factors is None else len(factors.indices)
        return n_samples * (PER_ENTRY * len(jacobian.pattern) + PER_FACTOR * fill)
    if method == "transfer":
        return MATRICES * _at_once(n_samples, rest, transfer.HELD_AT_ONCE)
    if method == "dense_schur":
        held = COMPLEMENTS * rest
        if n_first * rest > dense_schur.TENSOR_ENTRIES:  # then every sample scales its own block
            held += n_first * (n - n_first)
        n_held = max(1, dense_schur.HELD_AT_ONCE // max(1, rest))
        return min(n_samples, n_held) * held
    return 0  # iterations hold vectors, and sparse factors are of one sample


def _at_once(n_samples: int, size: int, most: int) -> int:
    return min(n_samples * size, max(most, size))
