"""Batches as others keep them, a `DataLoader` of PyTorch or a generator, as a `BatchGenerator`."""

import sys
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ebana_core.arrays import host
from ebana_core.checking import checked_whole, n_hidden, shown
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import DataError, ParameterError
from ebana_core.memory import require_memory
from ebana_core.network.given import inputs_of, is_array, is_table, plain
from ebana_core.network.graph import Network
from ebana_core.network.targets import targets_of

SAMPLES = "give (x, y), a DataSet, a BatchGenerator, or an iterable of pairs (x, y)"
"""What errors say to do."""


def as_dataset(network: Network, given: Any, path: str, *, alone: bool = False) -> DataSet:
    """Return samples that a user gave as a data set.

    Args:
        network: Whose layers they are for.
        given: A `DataSet`, a pair (x, y), or whatever else `as_batches` takes.
        path: What the errors call it.
        alone: Inputs without targets are enough, and a pair is not one.

    Raises:
        DataError: It is none of these.
    """
    if isinstance(given, DataSet):
        return given
    if isinstance(given, BatchGenerator):
        return given.dataset
    if alone and (isinstance(given, Mapping) or is_array(given)):
        return DataSet(inputs_of(network, given, path))
    if isinstance(given, tuple) and len(given) == 2 and not alone:
        return _dataset(network, *given, path)
    return as_batches(network, given, path).dataset


def as_batches(
    network: Network, given: Any, path: str, batch_size: int | None = None
) -> BatchGenerator:
    """Return what describes the batches of an epoch.

    The samples of others' batches are read once, in order. Batches are made of them anew: with
    ``shuffle=True`` of a `DataLoader` in an order that follows from (seed, epoch), so that a run
    can be resumed.

    Args:
        network: Whose layers the samples are for.
        given: A `BatchGenerator`; samples, a `DataSet` or a pair (x, y); a `DataLoader` of
            PyTorch; or an iterable of batches, pairs or data sets of one size.
        path: What the errors call it.
        batch_size: Of samples that are not in batches yet; None: the default of `BatchGenerator`.

    Raises:
        DataError: It is none of these; or the loader draws, weighs or drops samples.
        ParameterError: `batch_size` stands beside batches.
    """
    if batch_size is not None:
        checked_whole(batch_size, "batch_size")
    if isinstance(given, DataSet) or (isinstance(given, tuple) and len(given) == 2):
        data = as_dataset(network, given, path)
        return BatchGenerator(data) if batch_size is None else BatchGenerator(data, batch_size)
    if batch_size is not None:
        raise ParameterError(
            f"batch_size={batch_size} stands beside {path}, which comes in batches.",
            "leave it out: batches have a size already",
        )
    if isinstance(given, BatchGenerator):
        return given
    torch = sys.modules.get("torch.utils.data")  # who holds a loader has imported it
    if torch is not None and isinstance(given, torch.DataLoader):
        return _of_loader(network, given, path, torch)
    is_text = isinstance(given, str | bytes | type)
    if hasattr(given, "__array__") or is_text or not isinstance(given, Iterable):
        raise DataError(f"{path} is {shown(given)}.", SAMPLES)
    return _of_iterable(network, given, path)


def _of_loader(network: Network, given: Any, path: str, torch: Any) -> BatchGenerator:
    shuffles = type(given.sampler) is torch.RandomSampler and not given.sampler.replacement
    is_plain = shuffles or type(given.sampler) is torch.SequentialSampler
    is_whole = is_plain and len(given.sampler) == len(given.dataset)
    if not is_whole or given.batch_size is None or given.drop_last:
        raise DataError(
            f"{path} is a DataLoader that does not give every sample once an epoch, in batches.",
            "give DataLoader(dataset, batch_size, shuffle=True or False) without a sampler of "
            "another kind and without drop_last, on a dataset that has a length",
        )
    parts = [
        _pair(given.collate_fn([given.dataset[k] for k in rows]), path, list | tuple)
        for rows in np.array_split(
            np.arange(len(given.dataset)), -(-len(given.dataset) // given.batch_size)
        )
    ]
    return BatchGenerator(_whole(network, parts, path), given.batch_size, shuffle=shuffles)


def _of_iterable(network: Network, given: Iterable[Any], path: str) -> BatchGenerator:
    """Return the batches of an iterable, in its order."""
    parts, n_bytes = [], 0
    for batch in given:
        parts.append(_pair(batch, path, tuple))
        n_bytes += sum(int(getattr(side, "nbytes", 0)) for side in parts[-1])
        # A generator without an end would fill the memory.
        require_memory(2 * n_bytes, f"{path}, of which {len(parts)} batches were read,", SAMPLES)
    if not parts:
        raise DataError(f"{path} holds no batch.", SAMPLES)
    sizes = [_size(part, path) for part in parts]
    if len(set(sizes[:-1]) - {sizes[0]}) or sizes[-1] > sizes[0]:
        raise DataError(
            f"The batches of {path} have {shown(sizes)} samples.",
            "give batches of one size, of which the last may be shorter",
        )
    return BatchGenerator(_whole(network, parts, path), sizes[0], shuffle=False)


def _pair(batch: Any, path: str, kinds: Any) -> tuple[Any, Any]:
    if isinstance(batch, DataSet) and batch.outputs is not None:
        return dict(batch.inputs), dict(batch.outputs)
    if isinstance(batch, kinds) and len(batch) == 2:
        return batch[0], batch[1]
    raise DataError(
        f"A batch of {path} is {shown(batch)}.",
        f"let it be a pair (inputs, targets), in a tuple; or {SAMPLES}",
    )


def _size(pair: tuple[Any, Any], path: str) -> int:
    """Return the number of samples of a batch.

    Raises:
        DataError: Its arrays differ in it. Behind each other they might fit again, and samples
            would get the targets of others.
    """
    arrays = [item for side in pair for item in _arrays(side)]
    for array in arrays:
        if not is_array(array) or not (hasattr(array, "__len__") and _has_rows(array)):
            raise DataError(f"A batch of {path} holds {shown(array)}.", SAMPLES)
    sizes = [len(array) for array in arrays]
    if len(set(sizes)) != 1:
        raise DataError(
            f"The arrays of a batch of {path} have {sizes} samples.",
            "give every batch as many targets as inputs",
        )
    return sizes[0]


def _arrays(side: Any) -> list[Any]:
    return list(side.values()) if isinstance(side, Mapping) else [side]


def _has_rows(array: Any) -> bool:
    return isinstance(array, list | tuple) or is_table(array) or np.ndim(array) > 0


def _whole(network: Network, parts: list[tuple[Any, Any]], path: str) -> DataSet:
    inputs, targets = (_joined([part[side] for part in parts], path) for side in (0, 1))
    return _dataset(network, inputs, targets, path)


def _dataset(network: Network, x: Any, y: Any, path: str) -> DataSet:
    """Return inputs and targets as one data set.

    Raises:
        DataError: They are tables or columns whose rows have other names.
    """
    rows = [side.index for side in (x, y) if hasattr(getattr(side, "index", None), "equals")]
    if len(rows) == 2 and not rows[0].equals(rows[1]):
        raise DataError(
            f"The inputs and targets of {path} have rows of other names, or in another order.",
            "bring them in one order, y = y.loc[x.index], or give to_numpy() of both",
        )
    return DataSet(inputs_of(network, x, path), targets_of(network, y, path))


def _joined(parts: list[Any], path: str) -> Any:
    """Return the arrays of all batches, one behind the other: one array, or some by name."""
    if isinstance(parts[0], Mapping):
        names = list(parts[0])
        if any(not isinstance(part, Mapping) or list(part) != names for part in parts):
            raise DataError(f"The batches of {path} have other names than {names}.", SAMPLES)
        return {name: _joined([part[name] for part in parts], path) for name in names}
    if is_table(parts[0]):
        raise DataError(
            f"The batches of {path} are tables.",
            "give the whole table, fit(x, y, ..., batch_size=...), or arrays",
        )
    if any(map(n_hidden, parts)):  # NumPy would forget it
        raise DataError(
            f"The batches of {path} are masked arrays that hide numbers.", "fill or drop them"
        )
    try:
        return np.concatenate([host(plain(part)) for part in parts])
    except (TypeError, ValueError, RuntimeError, BufferError) as error:
        raise DataError(f"The batches of {path} do not fit together: {error}.", SAMPLES) from error
