"""The interface of a model to the optimizer that trains it."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ebana_core.arrays import Array, BoolArray
from ebana_core.layers.plain_steps import PlainSteps


class TrainableModel(Protocol):
    """The part of a model that an optimizer needs."""

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

    def plain_steps(self, name: str) -> PlainSteps | None:
        """Return what `programmed` does to a parameter, in numbers; None: it does otherwise."""
        ...

    def blocks(self, name: str) -> Sequence[slice]:
        """Return parts, along the first axis, that can be programmed one after the other."""
        ...

    def programmed(
        self, name: str, values: Array, change: Array, chosen: BoolArray | None = None
    ) -> tuple[Array, Mapping[str, Any]]:
        """Return new values after a device was asked for a change, and the device's report.

        The device may limit, clip or round the change. Only the `chosen` are asked; None: all.
        """
        ...

    def adopt(self, values: Mapping[str, Array]) -> None:
        """Assign parameters that `programmed` returned, all or none, without a copy."""
        ...

    def restore(self, values: Mapping[str, Array]) -> None:
        """Assign parameters, all or none."""
        ...
