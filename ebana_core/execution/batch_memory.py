"""Whether a batch fits into memory, asked before any of it is solved."""

from collections.abc import Hashable, Mapping
from typing import Any, final

from ebana_core.arrays import Array
from ebana_core.backends import Simulator
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.execution.shards import largest_shard
from ebana_core.execution.work import Work
from ebana_core.memory import UNCHECKED, require_samples

LIGHT = 100_000
"""A batch is not examined while samples times nodes, nodes squared and values stay below this."""
MARGIN = 4
"""Factor by which the needs of a batch stay below what every machine has, to be asked for once:
they change a little with what a simulator keeps."""


@final
class Examined:
    """The kinds of work and sizes of batches that fit into the memory of any machine."""

    def __init__(self) -> None:
        self._small: set[tuple[Hashable, int]] = set()

    def require(
        self,
        work: Work[Any, Any],
        simulator: Simulator | None,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        n_samples: int,
    ) -> None:
        """Do what `require_batch` does, once for small batches that are alike."""
        kind = work.kind, n_samples
        if kind in self._small:
            return
        require_batch(work, simulator, compiled, parameters, n_samples)
        if MARGIN * batch_memory(work, simulator, compiled, parameters, n_samples) <= UNCHECKED:
            self._small.add(kind)


def require_batch(
    work: Work[Any, Any],
    simulator: Simulator | None,
    compiled: CompiledCircuit,
    parameters: Mapping[str, Array],
    n_samples: int,
) -> None:
    """Refuse a batch that does not fit into memory.

    Args:
        work: What is done on every shard.
        simulator: Solves here; None where workers solve.
        compiled: The circuit.
        parameters: Parameter name to array.
        n_samples: Size of the batch.

    Raises:
        NotEnoughMemoryError: Says how much is needed and how many samples fit.
    """
    n_nodes = compiled.circuit.n_nodes
    n_values = sum(array.size for array in parameters.values())
    if max(n_samples * n_nodes, n_nodes**2, n_values) <= LIGHT:
        return

    advice = "give at most {} samples at a time: in parts, or as batch_size"
    require_samples(
        lambda n: batch_memory(work, simulator, compiled, parameters, n),
        n_samples,
        f"A batch of {n_samples} samples",
        advice,
    )


def batch_memory(
    work: Work[Any, Any],
    simulator: Simulator | None,
    compiled: CompiledCircuit,
    parameters: Mapping[str, Array],
    n_samples: int,
) -> int:
    """Return about how many bytes a batch takes at its peak; see `require_batch`."""
    # One shard is solved at a time, however large the batch is.
    shard = largest_shard(max(n_samples, 1))
    solving = 0 if simulator is None else work.solving_memory(simulator, parameters, shard)
    beside, after = work.memory(compiled, parameters, shard, n_samples)
    return max(solving + beside, after)
