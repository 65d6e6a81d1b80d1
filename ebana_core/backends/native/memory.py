"""How much memory the embedded solver takes, from the structure of a circuit.

The numbers of arrays are counted at the peak of memory, over circuits of all kinds.
"""

from ebana_core.backends import stability
from ebana_core.backends.native.reduced import Plan
from ebana_core.backends.native.solvers import dense_schur, multi_terminal, transfer
from ebana_core.backends.native.sparse_linear import SparseLinearPlan
from ebana_core.laws import Ohm

DOUBLE = 8
"""Bytes."""
PER_UNKNOWN, PER_BRANCH, PER_NODE = 14, 6, 1
"""Numbers that an iteration holds for every sample: per unknown, per nonlinear branch, per node."""
PER_BOUND = 2
"""More of them per unknown where ideal diodes are."""
COPIES = 2.5
"""Times that a matrix of the linear part is held: with its absolute values and parts of it."""
MATRICES = 3
"""Times that a matrix of every sample is held while it is factored."""
PER_SLOPE = 6
"""Times that the slopes of devices of several terminals are held: at points, trials, condensed."""
PER_FILL = 20
"""Bytes per entry of sparse factors, while they grow."""


def reduced_memory(plan: Plan) -> tuple[int, int]:
    """Return the bytes that the circuit takes at one set of parameters, and those to reduce it."""
    n, n_first = plan.partition.n_unknowns, plan.partition.n_first
    n_second = n - n_first
    order = plan.choice.order
    if order is None:
        product = n_first * n_second**2
        extra = product if product <= dense_schur.TENSOR_ENTRIES else 0
        kept = int(DOUBLE * (COPIES * plan.choice.circuit.dense_entries + extra))
        return kept, kept
    assert isinstance(plan.linear, SparseLinearPlan)
    ports = n_second**2 if n_first else 0
    kept = int(DOUBLE * (COPIES * len(plan.linear.pattern) + ports))
    kept += PER_FILL * int(order.fill)
    return kept, kept + DOUBLE * MATRICES * min(n_second, transfer.COLUMNS) * n_first


def solving_memory(plan: Plan, n_samples: int, *, is_reciprocal: bool) -> int:
    """Return the bytes that solving a batch takes beside `reduced_memory`."""
    n, n_first = plan.partition.n_unknowns, plan.partition.n_first
    circuit = plan.compiled.circuit
    devices = [array for array in circuit.element_arrays if not isinstance(array.law, Ohm)]
    n_branches = sum(array.topology.size for array in devices)
    per_unknown = PER_UNKNOWN + (PER_BOUND if circuit.clamps else 0)
    each = per_unknown * n + PER_BRANCH * n_branches + PER_NODE * circuit.n_nodes
    slopes = sum(len(item.nodes) * item.law.n_terminals**2 for item in circuit.terminal_devices)
    each += PER_SLOPE * slopes
    method, kept = plan.choice.interpreted(is_reciprocal=is_reciprocal), 0
    size, chunk = _matrix(method, n, n - n_first)
    if method == "multi_terminal":  # whose steps are judged by the matrices of all samples
        kept = n_samples * n**2
    matrices = min(n_samples * size, max(chunk, size))
    if not is_reciprocal and n <= stability.LARGEST:
        matrices = max(matrices, min(n_samples * n**2, max(stability.CHUNK, n**2)))
    return DOUBLE * (n_samples * each + kept + MATRICES * matrices)


def _matrix(method: str, n: int, n_rest: int) -> tuple[int, int]:
    """Return the numbers of one sample's matrix, and how many are held at once in any case."""
    return {
        "multi_terminal": (n**2, multi_terminal.HELD_AT_ONCE),
        "transfer": (n_rest**2, transfer.HELD_AT_ONCE),
        "sparse": (0, 0),
        "sparse_iterative": (0, 0),
        "layered": (0, 0),
        "dense_schur": (n_rest**2, dense_schur.HELD_AT_ONCE),
    }[method]
