"""When a method can solve a circuit, and when it is the fastest: the conditions of the table.

Each condition answers in words, which `explain` and errors repeat; None says that it does not hold.
Times and limits were measured on one core.
"""

from collections.abc import Callable

from ebana_core.backends.native.structure import Structure

FEWEST = 100
"""Unknowns below which dense matrices are faster whatever they hold."""
SPARSITY = 10
"""Dense entries per sparse one from which on sparse matrices are faster."""
SMALL, DENSITY = 100, 8
"""Unknowns up to which a matrix that is full is factored as a sparse one all the same; beyond, one
in so many entries may differ from zero."""
FEWEST_OF_ONE = 300
"""Unknowns from which on SuperLU, sample by sample, is faster than dense matrices of a batch."""
MOST_TOUCHED = 2000
"""Nodes with devices up to which one dense matrix of them is considered."""
DIRECT = 96
"""Unknowns left after elimination up to which factoring them sample by sample is faster than
letting layers settle in turn."""
WORTH = 1_000_000
"""Multiplications of a step, times samples, up to which compiled loops win: beyond, NumPy's matrix
products do."""
FEWEST_CHAINED, SHORTEST = 400, 6
"""Unknowns, and mean length of chains, from which on it is faster to solve along them."""
FEWEST_INSIDE = 100
"""Nodes inside of wired crossbars from which on it is faster to eliminate them first."""


def no_lattices(circuit: Structure) -> str | None:
    """Say why nothing inside of crossbars can be eliminated once for all samples."""
    if circuit.is_whole:
        return "all nodes are asked for as unknowns"
    if not circuit.is_plain:
        return "nodes inside of crossbars are eliminated on NumPy, in float64"
    if circuit.compiled.circuit.shunt:
        return "a shunt leads to ground from every node inside of crossbars"
    if not circuit.lattices:
        return "it has no crossbar with wires along rows and columns whose cells are linear"
    return None


def wins_by_lattices(circuit: Structure) -> str | None:
    """Say how many nodes are inside of crossbars, if that is worth it."""
    if not circuit.is_plain or circuit.is_whole or circuit.n_inside < FEWEST_INSIDE:
        return None
    if wins_by_chains(circuit) is not None:  # other crossbars have devices inside
        return None
    names = [lattice.cells.layer for lattice in circuit.lattices]
    return f"{circuit.n_inside:,} nodes are inside of the wired crossbars {names}"


def has_devices(circuit: Structure) -> str | None:
    """Say why one factorisation does not serve all samples."""
    if not circuit.is_plain:
        return "one factorisation for all samples is NumPy's, in float64"
    return "it has devices, whose slopes differ between samples" if circuit.has_devices else None


def only_resistors(circuit: Structure) -> str | None:
    """Say that a circuit has no devices."""
    return None if circuit.has_devices else "all of its branches are resistors"


def several_terminals(circuit: Structure) -> str | None:
    """Say that devices have several terminals, if some have."""
    n = circuit.n_terminal_devices
    return f"{n} of its devices have more than two terminals" if n else None


def no_planned_pivots(circuit: Structure) -> str | None:
    """Say why no pivots can be chosen beforehand for devices of several terminals."""
    if not circuit.n_terminal_devices:
        return "no device has several terminals"
    if circuit.compiled.circuit.clamps:
        return "ideal diodes hold unknowns at bounds, which other pivots are needed for"
    return None


def few_couplings(circuit: Structure) -> str | None:
    """Say that devices of several terminals leave a sparse matrix, if some do."""
    couplings, n = circuit.sparse_entries + circuit.n_slopes, circuit.n_unknowns
    is_full = n > SMALL and couplings > n**2 / DENSITY
    if not circuit.n_terminal_devices or is_full:
        return None
    if n < FEWEST_OF_ONE and not circuit.may_compile:
        return None
    return (
        f"{several_terminals(circuit)}; about {couplings:,} of {n**2:,} entries of a Jacobian may "
        "differ from zero"
    )


def no_sparse_matrices(circuit: Structure) -> str | None:
    """Say why the matrices of a circuit cannot be sparse."""
    if not circuit.is_plain:
        return "sparse matrices are NumPy's, in float64"
    return several_terminals(circuit)


def no_chains(circuit: Structure) -> str | None:
    """Say why a circuit cannot be solved along chains of resistors."""
    refusal = no_sparse_matrices(circuit)
    if refusal is None and circuit.compiled.circuit.clamps:
        return "ideal diodes may hold its nodes"
    if refusal is None and any(a.law.may_fall for a in circuit.compiled.circuit.element_arrays):
        return "currents of its devices may fall as their drops rise"
    if refusal is None and circuit.sparse_orders.chains is None:
        return "its resistors are no chains of two kinds, which everything else joins"
    return refusal


def wins_by_chains(circuit: Structure) -> str | None:
    """Say how long the chains are, if devices join many of their nodes."""
    if not circuit.is_plain or not circuit.has_devices_between or circuit.n_terminal_devices:
        return None
    n, orders = circuit.n_unknowns, circuit.sparse_orders
    if n < FEWEST_CHAINED or no_chains(circuit) is not None or orders.chains is None:
        return None
    length = n / orders.chains.n_chains
    if length < SHORTEST:
        return None
    return f"its {n:,} unknowns are {orders.chains.n_chains:,} chains, which devices join"


def no_transfer(circuit: Structure) -> str | None:
    """Say why no unknowns can be eliminated once for all samples."""
    refusal = no_sparse_matrices(circuit)
    if refusal is None and circuit.sparse_orders.n_touched == circuit.n_unknowns:
        return "a device touches every unknown node, so that none could be eliminated for all"
    return refusal


def no_compiled_code(circuit: Structure) -> str | None:
    """Say why compiled code cannot solve a circuit."""
    if circuit.bending is not None:
        return f"the devices of layer {circuit.bending!r} are not two straight lines"
    why = several_terminals(circuit)
    if why is None and not circuit.compiles_steps:
        return "numba cannot be had, or arrays are not NumPy's"
    return why


def no_layers(circuit: Structure) -> str | None:
    """Say why the samples of a circuit cannot share the matrices of its layers."""
    if circuit.has_devices_between:
        return "a nonlinear branch joins two unknown nodes, so that samples share no matrix"
    if circuit.falling is not None:
        return f"the current of devices of layer {circuit.falling!r} may fall while the drop rises"
    if not circuit.n_rest:
        return "once layers without couplings inside are eliminated, nothing is left to iterate on"
    return several_terminals(circuit)


def prefers_sparse(circuit: Structure) -> bool:
    """Tell whether sparse matrices are faster for a circuit."""
    if not circuit.is_plain or circuit.n_terminal_devices or circuit.n_unknowns < FEWEST:
        return False
    return circuit.dense_entries >= SPARSITY * circuit.sparse_entries


def sparse_times(circuit: Structure) -> dict[str, float]:
    """Return the seconds that the sparse methods worth trying take for a step of one sample."""
    orders = circuit.sparse_orders
    times = {"sparse_iterative": orders.iterative.seconds}
    # Where factors fill up, not even the search for an order of elimination pays.
    if not orders.fills_up:
        if orders.n_touched < min(circuit.n_unknowns, MOST_TOUCHED):
            times["transfer"] = orders.transfer.seconds
        if orders.n_touched:
            times["sparse"] = orders.direct.seconds
    return times


def wins_among_sparse(name: str, because: Callable[[Structure], str]) -> Callable[..., str | None]:
    """Return what says that a sparse method is the fastest one.

    Args:
        name: The method.
        because: Says what decides it.
    """

    def wins(circuit: Structure) -> str | None:
        if not prefers_sparse(circuit):
            return None
        times = sparse_times(circuit)
        if min(times, key=lambda other: times[other]) != name:
            return None
        listed = ", ".join(f"{other} {1e3 * time:.2g}" for other, time in times.items())
        return (
            f"dense matrices would hold {circuit.dense_entries:,} numbers, sparse ones "
            f"{circuit.sparse_entries:,}; {because(circuit)} (ms of a step, about: {listed})"
        )

    return wins


def touched(circuit: Structure) -> str:
    """Say how many unknowns devices touch."""
    return f"devices touch {circuit.sparse_orders.n_touched} of {circuit.n_unknowns} unknowns"


def few_products(circuit: Structure) -> str:
    """Say why products with the matrix take less time than its factors."""
    orders = circuit.sparse_orders
    if orders.fills_up:
        return "factors would fill up"
    far = orders.length - 1
    return f"few products carry voltages across, at most {far} couplings from its widest node"


def small(circuit: Structure) -> str | None:
    """Say that a step takes less arithmetic than it takes Python to call it."""
    if circuit.work > WORTH:
        return None
    return (
        f"{circuit.n_unknowns} unknowns, of which {circuit.n_rest} couple: a step is so short that "
        "Python's own overhead would outweigh it"
    )


def many_left(circuit: Structure) -> str | None:
    """Say that too many unknowns are left to factor them sample by sample."""
    if circuit.n_rest <= DIRECT:
        return None
    return (
        f"{circuit.n_rest} of {circuit.n_unknowns} unknowns are left after elimination, more than "
        f"the {DIRECT} up to which factoring each sample is faster"
    )


def few_left(circuit: Structure) -> str:
    """Say how many unknowns are left."""
    return f"{circuit.n_rest} of {circuit.n_unknowns} unknowns are left after elimination"
