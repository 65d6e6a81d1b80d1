"""Bytes that travel to a worker and back.

They are pickles, since laws and losses are the user's own classes. Workers are processes that the
user started, and run that code anyway; what comes from files is never read so.
"""

import hashlib
import io
import pickle
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import attrs

from ebana_core.arrays import Array
from ebana_core.backends import Backend
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.errors import WorkerError
from ebana_core.execution.drive import Divisible
from ebana_core.execution.work import Learn, Work
from ebana_core.rules import Samples

NOTHING: Mapping[str, Any] = MappingProxyType({})


def packed(thing: Any, known: Mapping[str, Any] = NOTHING) -> bytes:
    """Return a thing as bytes, the objects in `known` by their names."""
    file = io.BytesIO()
    _Pickler(file, known).dump(thing)
    return file.getvalue()


def unpacked(data: bytes, known: Mapping[str, Any] = NOTHING) -> Any:
    """Return the thing that `packed` made bytes of, with the receiver's own `known` objects."""
    return _Unpickler(io.BytesIO(data), known).load()


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, known: Mapping[str, Any]) -> None:
        super().__init__(file, protocol=5)
        # By identity: both sides hold these very objects.
        self._names = {id(thing): name for name, thing in known.items()}

    def persistent_id(self, thing: Any) -> str | None:
        return self._names.get(id(thing))

    def reducer_override(self, thing: Any) -> Any:
        if isinstance(thing, MappingProxyType):  # frozen mappings, which pickle refuses
            return _frozen, (dict(thing),)
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, known: Mapping[str, Any]) -> None:
        super().__init__(file)
        self._known = known

    def persistent_load(self, name: str) -> Any:
        return self._known[name]


def _frozen(items: dict[Any, Any]) -> Mapping[Any, Any]:
    return MappingProxyType(items)


@attrs.frozen(eq=False)
class PackedCircuit:
    """A circuit and the backend to compile it with.

    Args:
        key: Digest of `data`, by which workers remember it.
        data: Compiled circuit and backend.
    """

    key: str
    data: bytes


def pack_circuit(compiled: CompiledCircuit, backend: Backend) -> PackedCircuit:
    """Pack a circuit for workers.

    Raises:
        WorkerError: A law, its values or the backend cannot be pickled; names the layer.
    """
    parts = [(f"layer {e.layer!r}", e) for e in compiled.circuit.elements]
    laws = [
        (f"the law {type(array.law).__name__} of layer {array.layer!r}", array.law)
        for array in compiled.circuit.element_arrays
    ]
    backends = [(f"the backend {type(backend).__name__}", backend)]
    data = _packed_or_refused((compiled, backend), [*laws, *parts, *backends])
    return PackedCircuit(hashlib.sha256(data).hexdigest(), data)


def pack_task(work: Work[Any, Any], parameters: Mapping[str, Array]) -> bytes:
    """Pack what all shards of a batch share.

    Raises:
        WorkerError: The rule or a grad_func cannot be pickled; names it.
    """
    suspects: list[tuple[str, Any]] = []
    if isinstance(work, Learn):
        suspects += [
            (f"the grad_func of parameter {name!r}", local)
            for name, local in work.trainable.items()
        ]
        suspects.append((f"the rule {type(work.rule).__name__}", work.rule))
    return _packed_or_refused((work, dict(parameters)), suspects)


def pack_shard(shard: Divisible) -> bytes:
    """Pack the samples of a shard, and the losses that a learning rule takes of them.

    Raises:
        WorkerError: A loss cannot be pickled; names it.
    """
    losses = shard.losses if isinstance(shard, Samples) else {}
    suspects = [
        (f"the loss {type(loss).__name__} of output {name!r}", loss)
        for name, loss in losses.items()
    ]
    return _packed_or_refused(shard, suspects)


def _packed_or_refused(thing: Any, suspects: Iterable[tuple[str, Any]]) -> bytes:
    """Pack, or name the first suspect that cannot be packed on its own."""
    try:
        return packed(thing)
    except Exception as error:  # pickle raises whatever a user's class raises
        culprit = next((name for name, part in suspects if not _is_packable(part)), "the circuit")
        raise WorkerError(
            f"An executor's workers cannot be sent {culprit}: {type(error).__name__}: {error}.",
            "define its class at the top of a module that workers can import, without "
            "functions or handles inside, or leave `executor` out",
        ) from error


def _is_packable(thing: Any) -> bool:
    try:
        packed(thing)
    except Exception:  # whatever a user's class raises: it is asked only whether it does
        return False
    return True
