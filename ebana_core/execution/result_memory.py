"""How much memory results and what follows from them take, from the structure of a circuit.

The numbers of arrays are counted at the peak of memory, over circuits of all kinds.
"""

from collections.abc import Mapping

from ebana_core.arrays import Array
from ebana_core.circuit.branches import CHUNK
from ebana_core.circuit.circuit import Circuit
from ebana_core.circuit.elements import Branches
from ebana_core.memory import PER_NUMBER

BALANCE_PER_NODE, BALANCE_PER_BRANCH = 13, 5
"""Numbers that are held while Kirchhoff's laws are checked on solved voltages: per node and sample,
and per branch of the largest element array."""
CONTRAST_PER_NODE, CONTRAST_PER_BRANCH = 4, 7
"""Numbers that are held while the contrasts of two phases are computed, counted likewise."""
RECORDED_PER_NODE, POWER_PER_NODE = 7, 5
"""Numbers per node, sample and phase of an epoch that is recorded, and more for powers."""
NODES_AT_ONCE = 4_000_000
"""Voltages of nodes whose currents are looked at together."""
MOST_PHASES = 3
"""Node voltages that a learning rule holds per sample: of a free phase and two changes."""
STORED = 2
"""The values in force in a batch are held twice: gathered, and on the way to the file."""
CROSSBAR = 2
"""The gradient of a crossbar is held twice while it is summed."""


def voltage_memory(circuit: Circuit, n_samples: int, *, n_phases: int = 1) -> int:
    """Return the bytes of all node voltages."""
    return PER_NUMBER * n_phases * n_samples * circuit.n_nodes


def input_memory(circuit: Circuit, n_samples: int) -> int:
    """Return the bytes of the voltages that sources hold."""
    return PER_NUMBER * n_samples * sum(len(source.heads) for source in circuit.voltage_sources)


def balance_memory(circuit: Circuit, n_samples: int) -> int:
    """Return the bytes that currents and powers of operating points take."""
    at_nodes = BALANCE_PER_NODE * n_samples * circuit.n_nodes
    return PER_NUMBER * (at_nodes + BALANCE_PER_BRANCH * _chunk(circuit, n_samples))


def power_step(circuit: Circuit) -> int:
    """Return how many samples are looked at together for what they take of power."""
    return max(1, NODES_AT_ONCE // circuit.n_nodes)


def contrast_memory(circuit: Circuit, n_samples: int) -> int:
    """Return the bytes that the contrasts of a shard take beside their results."""
    at_nodes = CONTRAST_PER_NODE * n_samples * circuit.n_nodes
    return PER_NUMBER * (at_nodes + CONTRAST_PER_BRANCH * _chunk(circuit, n_samples))


def gradient_memory(parameters: Mapping[str, Array], trainable: tuple[str, ...]) -> int:
    """Return the bytes of the sums that a learning rule gives."""
    return PER_NUMBER * sum(parameters[name].size for name in trainable)


def recording_memory(
    circuit: Circuit,
    parameters: Mapping[str, Array],
    n_samples: int,
    n_batches: int,
    *,
    power: bool,
) -> int:
    """Return the bytes of the phases of an epoch that are kept for a run.

    Args:
        circuit: The circuit.
        parameters: Parameter name to array.
        n_samples: Recorded samples.
        n_batches: Batches that hold them; the values of each are kept.
        power: Powers or branch currents are recorded.
    """
    per_node = RECORDED_PER_NODE + (POWER_PER_NODE if power else 0)
    values = STORED * n_batches * gradient_memory(parameters, tuple(parameters))
    return values + per_node * voltage_memory(circuit, n_samples, n_phases=MOST_PHASES)


def _chunk(circuit: Circuit, n_samples: int) -> int:
    """Return how many branch values are held at once; crossbars of resistors need none."""
    largest = max(
        (
            array.topology.size
            for array in circuit.element_arrays
            if isinstance(array.topology, Branches) or not array.is_ohmic
        ),
        default=0,
    )
    return min(n_samples * largest, max(CHUNK, largest))
