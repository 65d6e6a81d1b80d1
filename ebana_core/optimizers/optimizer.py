"""Optimizers: from gradients to the changes that devices are asked to make.

A change is ``-lr(step) * direction``, steps counted from 1 over the run. What a device makes
of it (step limits, clipping, pulses) is the device's own business.
"""

import os
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import checked_number
from ebana_core.objects import checked_mapping, checked_name
from ebana_core.optimizers.fused import Fused
from ebana_core.optimizers.gradients import check_finite, checked_direction, checked_gradient
from ebana_core.optimizers.reports import added, arrays_of
from ebana_core.optimizers.stored import load, save
from ebana_core.optimizers.subset import RandomSubset, checked_subset, taken
from ebana_core.optimizers.trainable_model import TrainableModel
from ebana_core.outer import Outer, multiplied_out
from ebana_core.papers import Citing
from ebana_core.storage.state import is_of
from ebana_core.storage.whole import check_arrays, check_signs


class Optimizer(Citing, ABC):
    """Turns gradients into changes of a model's trainable parameters.

    Args:
        model: The model to train.
        beta: Nudging strength, S; may be left to `fit` or to the rule.
        subset: Which devices take part in a step; None: all of them.

    Examples:
        >>> from ebana_core import crossbar_network, optimizers
        >>> model = crossbar_network(inputs=1, hidden=2, outputs=1, lr=1e-7, seed=0)
        >>> isinstance(optimizers.Adam(model, beta=1e-7), Optimizer)
        True
    """

    slot_names: tuple[str, ...] = ()
    """Names of the arrays that it keeps for each parameter, such as a velocity."""

    nonnegative_slots: tuple[str, ...] = ()
    """Names of those arrays that cannot be below zero, such as a mean of squares."""

    subset: RandomSubset | None = None

    def __init__(
        self,
        model: TrainableModel,
        beta: float | None = None,
        *,
        subset: RandomSubset | None = None,
    ) -> None:
        self.model = model
        # Kept only where there is one: files hold it as a setting then, and optimizers of plugins
        # whose constructors do not know it stay as they are.
        if subset is not None:
            self.subset = checked_subset(subset)
        path, fix = f"beta of {type(self).__name__}", "give a finite number above zero, S, or None"
        self.beta = None if beta is None else checked_number(beta, path, fix, above=0.0)
        self.n_steps, self._rate_factor = 0, 1.0
        self._slots: dict[str, Array] = {}

    @property
    def papers(self) -> tuple[str, ...]:
        return () if self.subset is None else self.subset.papers

    @property
    def rate_factor(self) -> float:
        """Factor of every learning rate, at least 0."""
        return self._rate_factor

    @rate_factor.setter
    def rate_factor(self, value: float) -> None:
        path, fix = f"{type(self).__name__}.rate_factor", "give a finite number of at least 0"
        self._rate_factor = checked_number(value, path, fix, at_least=0.0)

    def step(self, gradients: Mapping[str, Array], *, scale: float = 1.0) -> dict[str, Any]:
        """Make one update; nothing changes when it raises.

        Args:
            gradients: Parameter name to mean gradient, shape of the parameter; every trainable
                parameter is named.
            scale: Multiplies every gradient: 1/n for sums over n samples.

        Returns:
            Sums of what the devices report, and the arrays among it, by ``layer.name``.

        Raises:
            UnknownNameError, ShapeError: A trainable parameter is missing, or has another shape.
            DataError, ParameterError: A gradient is not finite, or `scale` no number.
        """
        scale = checked_number(scale, "scale", "give a finite number")
        checked_mapping(gradients, "gradients", "give what model.gradients returns")
        names = self.model.trainable_parameters()
        shapes = {name: self.model.parameters[name].shape for name in names}
        found = {name: checked_gradient(name, gradients, shapes[name]) for name in names}
        values, slots, records = dict[str, Array](), dict(self._slots), dict[str, Any]()
        for name in names:
            values[name], own, record = self._update(name, found[name], scale)
            slots |= {f"{name}/{slot}": array for slot, array in own.items()}
            records = added(records, record) | arrays_of(record)
        for array in slots.values():
            array.flags.writeable = False  # a run holds them until its next commit
        # Last, when nothing can fail any more: an update is made whole or not at all.
        self.model.adopt(values)
        self._slots, self.n_steps = slots, self.n_steps + 1
        return records

    def _update(
        self, name: str, gradient: Array | Outer, scale: float
    ) -> tuple[Array, dict[str, Array], dict[str, Any]]:
        """Return new values, new slots, and what the device reports."""
        step = self.n_steps + 1
        rate = -self.rate_factor * self.model.learning_rate(name, step)
        slots = {slot: self.slot(name, slot) for slot in self.slot_names}
        fused, steps = self.fused(step), self.model.plain_steps(name)
        if fused is not None and steps is not None and self.subset is None:
            values = self.model.parameters[name]
            found = fused.update(gradient, scale, rate, values, slots, steps)
            if found is not None:
                return *found, {}
        return self._programmed(name, multiplied_out(gradient), scale, rate, slots)

    def _programmed(
        self, name: str, gradient: Array, scale: float, rate: float, slots: Mapping[str, Array]
    ) -> tuple[Array, dict[str, Array], dict[str, Any]]:
        """Return what `_update` does, for any direction, in blocks that stay in caches.

        Raises:
            DataError: The gradient is not finite.
        """
        values, step = self.model.parameters[name], self.n_steps + 1
        every = None if self.subset is None else self.subset.chosen(name, step, values.shape)
        new, own = np.empty_like(values), {slot: np.empty_like(values) for slot in slots}
        records: dict[str, Any] = {}
        for block in self.model.blocks(name):
            place = block if values.ndim else ...
            # Values are float64: a gradient of float32 has its digits, its changes have more.
            part = np.asarray(np.multiply(gradient[place], scale, dtype=np.float64))
            # A sum is cheap; as one of finite numbers may overflow, the numbers decide.
            if not np.isfinite(part.sum()):
                check_finite(name, gradient)
            before = {slot: array[place] for slot, array in slots.items()}
            found = self.direction(part, before, step)
            direction, after = checked_direction(found, part, before, self)
            chosen = None if every is None else every[place]
            for slot, array in taken(after, before, chosen).items():
                own[slot][place] = array
            into = part if direction is part else None
            change = np.asarray(np.multiply(rate, direction, out=into))
            new[place], record = self.model.programmed(name, values[place], change, chosen)
            records = added(records, record) | arrays_of(record)
        return new, own, records

    @abstractmethod
    def direction(
        self, gradient: Array, slots: Mapping[str, Array], step: int
    ) -> tuple[Array, dict[str, Array]]:
        """Return the direction of the update, in the gradient's unit, and the new slots."""

    def fused(self, step: int) -> Fused | None:
        """Return compiled code that does the same as `direction`; None: there is none."""
        del step
        return None

    def slot(self, name: str, slot: str) -> Array:
        """Return an array that is kept for a parameter; zeros before the first step."""
        checked_name(slot, self.slot_names, "slot")
        key = f"{name}/{slot}"
        if key not in self._slots:
            return np.zeros_like(self.model.parameters[name])
        return self._slots[key]

    @property
    def slots(self) -> dict[str, Array]:
        """All arrays that are kept, by names such as ``"d1.conductance/momentum"``."""
        names = self.model.trainable_parameters()
        return {f"{n}/{slot}": self.slot(n, slot) for n in names for slot in self.slot_names}

    def restore(self, slots: Mapping[str, Array], n_steps: int) -> None:
        """Continue from slots as they were after `n_steps` steps."""
        self._slots, self.n_steps = dict(slots), n_steps

    def save_state(self, path: str | os.PathLike[str]) -> None:
        """Write parameters, slots and step to an HDF5 file, whatever its suffix.

        Raises:
            StorageError: The file cannot be written.
        """
        save(self, path)

    def load_state(
        self,
        path: str | os.PathLike[str],
        layers: Iterable[str] | None = None,
        *,
        strict: bool = True,
    ) -> None:
        """Restore parameters and slots by layer name; nothing changes when it raises.

        Args:
            path: A file of `save_state`.
            layers: Only these layers, and not the step; None: all of the file, and the step.
            strict: Refuse a file that lacks an array of these layers, or holds one that the model
                or the optimizer does not know; False: what the file lacks stays as it is, and
                what is unknown is left out.

        Raises:
            StorageError: The file cannot be read.
            FormatError: It is not a state file, or lacks an array, or holds a bent one.
            UnknownNameError: Model, optimizer or file lack a layer or an array.
            ShapeError, ParameterError: An array has another shape, or a value is out of bounds.
        """
        load(self, path, layers, strict=strict, remembered=self._slots)

    def check_slots(
        self,
        slots: Mapping[str, Array],
        place: str,
        layers: Collection[str] | None = None,
        *,
        strict: bool = True,
    ) -> None:
        """Refuse slots that are not those of this optimizer; see `check_arrays`.

        Args:
            slots: ``"d1.conductance/momentum"`` to array.
            place: Where they come from, for errors.
            layers: Whose slots there should be; None: those of all layers.
            strict: Refuse missing and unknown ones too.

        Raises:
            FormatError: One is missing, not finite, or below zero where it cannot be.
            UnknownNameError: One is unknown.
            ShapeError: One has another shape.
        """
        own = {name: value.shape for name, value in self.slots.items() if is_of(name, layers)}
        check_arrays(slots, own, place, strict=strict)
        squares = [name for name in own if name.split("/")[1] in self.nonnegative_slots]
        check_signs(slots, squares, place)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(beta={self.beta!r}, n_steps={self.n_steps})"
