"""Samples: voltages for input layers, targets for output layers, and the order of batches."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Self, final

import attrs
import numpy as np
from numpy.typing import ArrayLike

from ebana_core.arrays import Array
from ebana_core.checking import checked_number, checked_whole, own_settings, shown
from ebana_core.data.checks import Arrays, Handed, checked_arrays, checked_together
from ebana_core.errors import DataError
from ebana_core.objects import checked_rows
from ebana_core.validators import truth, whole

ORDER_STREAM = int.from_bytes(b"data", "big")
"""Key of the random stream for the order of samples, so that nothing else drawn from the same seed
depends on it."""


@final
@attrs.frozen(init=False, eq=False, repr=False)
class DataSet:
    """Samples for the inputs of a model, with targets for its outputs if they are known.

    Bias layers take no data. All arrays are float64 copies and read-only.

    Args:
        inputs: Input layer name to voltages. Shape ``(n_samples, units)``, volts.
        outputs: Output layer name to targets. Shape ``(n_samples, n_predictions)``; volts for
            a squared loss, probabilities for a cross entropy. None: no targets.

    Raises:
        ShapeError: An array is not two-dimensional or has no units.
        DataError: An array is not numeric or not finite, the arrays differ in their number of
            samples, or there are no samples at all.

    Examples:
        >>> DataSet.differential([[0.5, -1.0]]).inputs["xn"]
        array([[-0.5,  1. ]])
    """

    inputs: Mapping[str, Array]
    outputs: Mapping[str, Array] | None

    def __init__(
        self,
        inputs: Mapping[str, ArrayLike | Handed],
        outputs: Mapping[str, ArrayLike | Handed] | None = None,
    ) -> None:
        self._own(*checked_together(checked_arrays(inputs, "input"), outputs))

    @classmethod
    def differential(
        cls,
        x: ArrayLike,
        outputs: Mapping[str, ArrayLike] | None = None,
        midpoint: float = 0.0,
        names: tuple[str, str] = ("xp", "xn"),
    ) -> Self:
        """Return samples that reach the network twice, the second time mirrored.

        A conductance is positive; the mirrored copy lets a network weigh an input negatively.

        Args:
            x: Voltages. Shape ``(n_samples, units)``, volts.
            outputs: As of the class.
            midpoint: Voltage about which the mirror turns, V: ``xn = 2*midpoint - xp``.
            names: Input layers that get the voltages and the mirrored voltages.
        """
        if not isinstance(names, tuple | list) or len(names) != 2 or names[0] == names[1]:
            raise DataError(f"names is {shown(names)}.", "name two different input layers")
        middle = checked_number(midpoint, "midpoint", "give a finite voltage in V")
        direct, mirrored = names
        voltages = checked_arrays({direct: x}, "input")
        voltages[mirrored] = 2 * middle - voltages[direct]
        return cls._of_checked(*checked_together(voltages, outputs))

    @classmethod
    def _of_checked(cls, inputs: Arrays, outputs: Arrays | None) -> Self:
        """Return a data set of arrays that are checked already; it takes them over uncopied."""
        data = cls.__new__(cls)
        data._own(inputs, outputs)
        return data

    def _own(self, inputs: Arrays, outputs: Arrays | None) -> None:
        for array in (*inputs.values(), *(outputs or {}).values()):
            array.setflags(write=False)
        targets = None if outputs is None else MappingProxyType(outputs)
        self.__attrs_init__(MappingProxyType(inputs), targets)

    def __reduce__(self) -> tuple[Callable[..., Self], tuple[Any, ...]]:
        # a mapping proxy cannot be pickled, and an array forgets there that it is read-only
        outputs = None if self.outputs is None else dict(self.outputs)
        return self._of_checked, (dict(self.inputs), outputs)

    @property
    def n_samples(self) -> int:
        """Number of samples, at least 1."""
        return len(next(iter((self.inputs or self.outputs or {}).values())))

    def __len__(self) -> int:
        return self.n_samples

    def subset(self, indices: Any) -> Self:
        """Return the samples at `indices`, in that order, as a data set of its own.

        Args:
            indices: Sample numbers, a boolean mask of shape ``(n_samples,)``, or a slice.

        Raises:
            DataError: There is no such sample, or none is left.
        """
        rows = np.arange(self.n_samples)[checked_rows(indices, self.n_samples, "indices")]
        if not rows.size:
            raise DataError(f"indices={shown(indices)} chooses no sample.", "choose one at least")
        return self._take(rows)

    def _take(self, rows: Any) -> Self:
        inputs = {name: array[rows] for name, array in self.inputs.items()}
        outputs = {name: array[rows] for name, array in (self.outputs or {}).items()}
        return self._of_checked(inputs, None if self.outputs is None else outputs)

    def __repr__(self) -> str:
        parts = [f"{self.n_samples} samples", f"inputs: {_widths(self.inputs)}"]
        parts += [] if self.outputs is None else [f"outputs: {_widths(self.outputs)}"]
        return f"DataSet({'; '.join(parts)})"


def _check_dataset(generator: Any, field: Any, dataset: Any) -> None:
    if not isinstance(dataset, DataSet):
        problem = f"BatchGenerator has dataset={shown(dataset)}."
        raise DataError(problem, "give a DataSet(inputs, outputs)")


@final
@attrs.frozen
class BatchGenerator:
    """A data set and how to cut it into batches; it holds no state and can be used again.

    Args:
        dataset: The samples.
        batch_size: Samples of a batch, at least 1; the last batch of an epoch may be shorter.
        shuffle: Whether every epoch has an order of its own; if not, that of the data set.

    Examples:
        >>> from ebana_core.data import DataSet
        >>> BatchGenerator(DataSet({"x": [[0.1], [0.2], [0.3]]}), batch_size=2).n_batches
        2
    """

    dataset: DataSet = attrs.field(validator=_check_dataset)
    batch_size: int = attrs.field(default=128, validator=whole())
    shuffle: bool = attrs.field(default=True, validator=truth)

    def __attrs_post_init__(self) -> None:
        own_settings(self)

    @property
    def n_batches(self) -> int:
        """Number of batches of an epoch, at least 1."""
        return -(-self.dataset.n_samples // self.batch_size)

    @property
    def num_batches(self) -> int:
        """The same as `n_batches`, for those who know it by this name."""
        return self.n_batches

    def __len__(self) -> int:
        return self.n_batches

    def __iter__(self) -> Iterator[DataSet]:
        """Yield the batches of one epoch, each time in the order of seed 0 and epoch 0."""
        return self.batches(0, 0)

    def batches(self, seed: int, epoch: int) -> Iterator[DataSet]:
        """Yield the batches of one epoch; together they hold every sample once.

        Args:
            seed: Seed of the run, at least 0.
            epoch: Number of the epoch, at least 0. The order depends on `seed` and `epoch`
                alone, so an interrupted run finds it again.
        """
        order = self.order(seed, epoch)
        starts = range(0, len(order), self.batch_size)
        return (self.dataset._take(order[start : start + self.batch_size]) for start in starts)

    def order(self, seed: int, epoch: int) -> "np.ndarray[Any, np.dtype[np.int64]]":
        """Return the sample numbers in the order of one epoch. Shape ``(n_samples,)``."""
        entropy = checked_whole(seed, "seed", at_least=0, at_most=2**128)
        key = (ORDER_STREAM, checked_whole(epoch, "epoch", at_least=0))
        if not self.shuffle:
            return np.arange(self.dataset.n_samples, dtype=np.int64)
        rng = np.random.default_rng(np.random.SeedSequence(entropy, spawn_key=key))
        return rng.permutation(self.dataset.n_samples)


def _widths(arrays: Mapping[str, Array]) -> str:
    return ", ".join(f"{name} ({array.shape[1]})" for name, array in arrays.items())
