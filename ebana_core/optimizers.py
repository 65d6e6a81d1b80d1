"""Optimizers: from gradients to the changes that devices are asked to make.

A change is ``-lr(step) * direction``, steps counted from 1 over the run. What a device makes
of it (step limits, clipping, pulses) is the device's own business.
"""

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, final

import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import DataError, ParameterError, ShapeError, UnknownNameError
from ebana_core.storage.state import read_state, write_state


class TrainableModel(Protocol):
    """What an optimizer needs of a model."""

    @property
    def parameters(self) -> Mapping[str, Array]:
        """Parameter name to array."""
        ...

    def trainable_parameters(self) -> tuple[str, ...]:
        """Return the names of the parameters that learning changes now."""
        ...

    def parameter_units(self) -> dict[str, str]:
        """Return parameter name to SI unit."""
        ...

    def learning_rate(self, name: str, step: int) -> float:
        """Return the learning rate of a parameter at a step."""
        ...

    def program(self, changes: Mapping[str, Array]) -> object:
        """Ask the devices for changes, all or none."""
        ...

    def restore(self, values: Mapping[str, Array]) -> None:
        """Assign parameters, all or none."""
        ...


class Optimizer(ABC):
    """Turns gradients into changes of a model's trainable parameters.

    Args:
        model: The model to train.
        beta: Nudging strength, S; may be left to `fit` or to the rule.
    """

    slot_names: tuple[str, ...] = ()
    """What it remembers per parameter."""

    def __init__(self, model: TrainableModel, beta: float | None = None) -> None:
        self.model = model
        self.beta = beta
        self.n_steps = 0
        self._slots: dict[str, Array] = {}

    def step(self, gradients: Mapping[str, Array]) -> None:
        """Make one update; nothing changes when it raises.

        Args:
            gradients: Parameter name to mean gradient, shape of the parameter; every trainable
                parameter is named.

        Raises:
            UnknownNameError: A trainable parameter is missing.
            ShapeError: A gradient has the wrong shape.
            DataError: A gradient is not finite.
        """
        names = self.model.trainable_parameters()
        for name in names:
            self._check(name, gradients)
        step = self.n_steps + 1
        changes, slots = {}, dict(self._slots)
        for name in names:
            own = {slot: self.slot(name, slot) for slot in self.slot_names}
            direction, new = self.direction(np.asarray(gradients[name]), own, step)
            changes[name] = -self.model.learning_rate(name, step) * direction
            slots |= {f"{name}/{slot}": value for slot, value in new.items()}
        self.model.program(changes)
        self._slots, self.n_steps = slots, step

    @abstractmethod
    def direction(
        self, gradient: Array, slots: Mapping[str, Array], step: int
    ) -> tuple[Array, dict[str, Array]]:
        """Return the direction of the update, in the gradient's unit, and the new slots."""

    def slot(self, name: str, slot: str) -> Array:
        """Return what is remembered of a parameter; zeros before the first step."""
        key = f"{name}/{slot}"
        if key not in self._slots:
            return np.zeros_like(self.model.parameters[name])
        return self._slots[key]

    @property
    def slots(self) -> dict[str, Array]:
        """All that is remembered, ``"d1.conductance/momentum"`` to array."""
        return {
            f"{name}/{slot}": self.slot(name, slot)
            for name in self.model.trainable_parameters()
            for slot in self.slot_names
        }

    def restore(self, slots: Mapping[str, Array], n_steps: int) -> None:
        """Continue from remembered slots after `n_steps` steps."""
        self._slots, self.n_steps = dict(slots), n_steps

    def save_state(self, path: str | os.PathLike[str]) -> None:
        """Write parameters, slots and step to an HDF5 file, whatever its suffix.

        Raises:
            StorageError: The file cannot be written.
        """
        write_state(
            path,
            parameters=self.model.parameters,
            slots=self.slots,
            step=self.n_steps,
            units=self.model.parameter_units(),
        )

    def load_state(self, path: str | os.PathLike[str], layers: Iterable[str] | None = None) -> None:
        """Restore parameters and slots by layer name; nothing changes when it raises.

        Args:
            path: A file of `save_state`.
            layers: Only these layers, and not the step; None: all of the file, and the step.

        Raises:
            StorageError: The file cannot be read.
            FormatError: It is not a state file.
            UnknownNameError: Model or file lacks a layer.
            ShapeError: A parameter has another shape in the model.
        """
        state = read_state(path)
        wanted = None if layers is None else set(layers)
        stored = {name.split(".")[0] for name in state.parameters}
        for layer in sorted((wanted or set()) - stored):
            raise UnknownNameError(
                f"{os.fspath(path)} holds no layer {layer!r}; it holds {sorted(stored)}.",
                "name layers that it holds",
            )
        chosen = {
            name: value
            for name, value in state.parameters.items()
            if wanted is None or name.split(".")[0] in wanted
        }
        slots = {k: v for k, v in state.slots.items() if k.split("/")[0] in chosen}
        for name, value in chosen.items():
            self._check_stored(name, value, path)
        self.model.restore(chosen)
        kept = slots if wanted is None else {**self._slots, **slots}
        self.restore(kept, state.step if wanted is None else self.n_steps)

    def _check(self, name: str, gradients: Mapping[str, Array]) -> None:
        if name not in gradients:
            raise UnknownNameError(
                f"No gradient for {name!r}; there are gradients for {sorted(gradients)}.",
                f"give one, or freeze it: model.trainable[{name.split('.')[0]!r}] = False",
            )
        gradient, expected = np.asarray(gradients[name]), self.model.parameters[name].shape
        if gradient.shape != expected:
            raise ShapeError(
                f"The gradient of {name!r} has shape {gradient.shape}, the parameter {expected}.",
                "give the gradient as model.gradients returns it",
            )
        if not np.isfinite(gradient.sum()) and not np.isfinite(gradient).all():
            place = np.argwhere(~np.isfinite(gradient))[0].tolist()
            raise DataError(
                f"The gradient of {name!r} is {gradient[tuple(place)]!r} at {place}.",
                "check beta, the rule and the data; nothing was changed",
            )

    def _check_stored(self, name: str, value: Array, path: Any) -> None:
        if name not in self.model.parameters:
            raise UnknownNameError(
                f"{os.fspath(path)} holds {name!r}, which the model lacks.",
                f"name the layers to restore: layers=[...] without {name.split('.')[0]!r}",
            )
        if value.shape != self.model.parameters[name].shape:
            raise ShapeError(
                f"{name!r} has shape {value.shape} in {os.fspath(path)} and "
                f"{self.model.parameters[name].shape} in the model.",
                "build the layer with the same width, or leave it out of layers=[...]",
            )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(beta={self.beta!r}, n_steps={self.n_steps})"


@final
class SGD(Optimizer):
    """Steepest descent: the direction is the gradient."""

    def direction(
        self, gradient: Array, slots: Mapping[str, Array], step: int
    ) -> tuple[Array, dict[str, Array]]:
        return gradient, {}


@final
class SGDMomentum(Optimizer):
    """Steepest descent with momentum, ``velocity = momentum*velocity + gradient``.

    Args:
        model: The model to train.
        beta: Nudging strength, S.
        momentum: In [0, 1).
    """

    slot_names = ("velocity",)

    def __init__(
        self, model: TrainableModel, beta: float | None = None, *, momentum: float = 0.9
    ) -> None:
        super().__init__(model, beta)
        self.momentum = _fraction("momentum", momentum)

    def direction(
        self, gradient: Array, slots: Mapping[str, Array], step: int
    ) -> tuple[Array, dict[str, Array]]:
        velocity = self.momentum * slots["velocity"] + gradient
        return velocity, {"velocity": velocity}


@final
class Adam(Optimizer):
    """Adaptive moments, with bias correction.

    Args:
        model: The model to train.
        beta: Nudging strength, S.
        beta_1: Decay of the first moment, in [0, 1).
        beta_2: Decay of the second moment, in [0, 1).
        epsilon: Added to the root of the second moment, in the gradient's unit.

    Source:
        Kingma and Ba 2015, arXiv:1412.6980, algorithm 1.
    """

    slot_names = ("first_moment", "second_moment")

    def __init__(
        self,
        model: TrainableModel,
        beta: float | None = None,
        *,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> None:
        super().__init__(model, beta)
        self.beta_1, self.beta_2 = _fraction("beta_1", beta_1), _fraction("beta_2", beta_2)
        if not epsilon > 0:
            raise ParameterError(f"Adam has epsilon={epsilon!r}.", "give a number above zero")
        self.epsilon = epsilon

    def direction(
        self, gradient: Array, slots: Mapping[str, Array], step: int
    ) -> tuple[Array, dict[str, Array]]:
        first = self.beta_1 * slots["first_moment"] + (1 - self.beta_1) * gradient
        second = self.beta_2 * slots["second_moment"] + (1 - self.beta_2) * gradient**2
        root = np.sqrt(second / (1 - self.beta_2**step))
        direction = first / (1 - self.beta_1**step) / (root + self.epsilon)
        return direction, {"first_moment": first, "second_moment": second}


def _fraction(name: str, value: float) -> float:
    if not 0 <= value < 1:
        raise ParameterError(f"{name} is {value!r}.", "give a number from 0 to below 1")
    return value
