"""The state files of optimizers: parameters, slots and step, out and in again."""

import os
from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from ebana_core.arrays import Array
from ebana_core.checking import check_truth
from ebana_core.objects import checked_names
from ebana_core.optimizers.trainable_model import TrainableModel
from ebana_core.storage.state import is_of, read_state, write_state
from ebana_core.storage.whole import check_arrays


class Stored(Protocol):
    """What of an optimizer a state file holds; see `Optimizer`."""

    model: TrainableModel
    n_steps: int
    rate_factor: float

    @property
    def slots(self) -> Mapping[str, Array]: ...

    def restore(self, slots: Mapping[str, Array], n_steps: int) -> None: ...

    def check_slots(
        self,
        slots: Mapping[str, Array],
        place: str,
        layers: Collection[str] | None = None,
        *,
        strict: bool = True,
    ) -> None: ...


def save(optimizer: Stored, path: str | os.PathLike[str]) -> None:
    """Write a state file; see `Optimizer.save_state`."""
    write_state(
        path,
        parameters=optimizer.model.parameters,
        slots=optimizer.slots,
        step=optimizer.n_steps,
        rate_factor=optimizer.rate_factor,
        units=optimizer.model.parameter_units(),
    )


def load(
    optimizer: Stored,
    path: str | os.PathLike[str],
    layers: Iterable[str] | None,
    *,
    strict: bool,
    remembered: Mapping[str, Array],
) -> None:
    """Restore a state file; see `Optimizer.load_state`.

    Args:
        optimizer: The optimizer.
        path: A file of `save`.
        layers: Only these layers, and not the step; None: all of the file, and the step.
        strict: Refuse a file that lacks an array, or holds an unknown one.
        remembered: Slots as they are, those of frozen layers among them.
    """
    check_truth(strict, "strict")
    fix = "give a list of names of layers, or None"
    wanted = None if layers is None else set(checked_names(layers, "layers", fix))
    state, file, model = read_state(path, wanted), os.fspath(path), optimizer.model
    shapes = {n: v.shape for n, v in model.parameters.items() if is_of(n, wanted)}
    check_arrays(state.parameters, shapes, f"{file}:/parameters", strict=strict)
    optimizer.check_slots(state.slots, f"{file}:/slots", wanted, strict=strict)
    model.restore({n: v for n, v in state.parameters.items() if n in shapes})
    known = {n: v for n, v in state.slots.items() if n in optimizer.slots}
    # A part of a file says nothing of other slots, which stay as they are.
    is_partly = wanted is not None or not strict
    kept = {**remembered, **known} if is_partly else known
    optimizer.restore(kept, state.step if wanted is None else optimizer.n_steps)
    if wanted is None:
        optimizer.rate_factor = state.rate_factor
