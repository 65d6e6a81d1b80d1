"""Layers of devices whose values are one number or one per unit, any of them trainable."""

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import checked_number
from ebana_core.errors import ParameterError, ShapeError
from ebana_core.layers.declaration import Declaration
from ebana_core.layers.trainable import TrainableLayer, check_relative_step
from ebana_core.layers.validators import as_texts, check_mapping, check_texts, given
from ebana_core.quantities import Quantity
from ebana_core.units import in_unit

Steps = float | Mapping[str, float] | None


def _names(trainable: Any) -> Any:
    """Return several names as a tuple, one as a tuple of it; anything else as it is."""
    return (trainable,) if isinstance(trainable, str) else as_texts(trainable)


def check_trainable(layer: "ValuedLayer", field: Any, trainable: Any) -> None:
    """Refuse anything but a truth value or names of values (an attrs validator).

    Raises:
        ParameterError: Names the layer.
    """
    if not isinstance(trainable, bool | np.bool_):
        check_texts(layer, field, trainable, "give True, False, or names of different values")


@attrs.frozen(kw_only=True, eq=False)
class ValuedLayer(TrainableLayer):
    """A layer of devices whose values are one number, or one per unit.

    A value that is one number for several units is trained as one, with the sum of their
    gradients. One step of a value that keeps its sign is limited to `max_relative_step` of it,
    that of others to `max_step`; then it is clipped to `limits`.

    Args:
        name: See `Layer`.
        trainable: Names of the values that learning changes; True: those that the device is
            usually trained by; False: none.
        lr: Learning rate, or value name to learning rate. Its unit is the square of the value's
            unit over the unit of the loss (V² for squared losses).
        max_relative_step: Largest change in one step of a value that keeps its sign, relative
            to the value; None: no limit.
        max_step: Largest change in one step of other values, in the value's unit; or value
            name to that; None: no limit.
        limits: Value name to its lower and upper bound while it is trained.
        grad_func: See `TrainableLayer`; for values of branches only.
        weight_update_func: See `TrainableLayer`.

    Examples:
        >>> from ebana_core.layers import BiasVoltageLayer
        >>> bias = BiasVoltageLayer(
        ...     units=2, name="bias", bias_voltage=[1, -1], trainable=True, lr=1e-3, max_step=0.05
        ... )
        >>> isinstance(bias, ValuedLayer), bias.max_step  # V
        (True, 0.05)
    """

    trained: ClassVar[tuple[str, ...]] = ()
    """Names of the values that ``trainable=True`` trains."""

    trainable: bool | tuple[str, ...] = attrs.field(
        default=False, converter=_names, validator=check_trainable
    )
    max_relative_step: float | None = attrs.field(default=0.5, validator=check_relative_step)
    max_step: Steps = None
    limits: Mapping[str, tuple[float, float]] = attrs.field(factory=dict, validator=check_mapping)

    @property
    @abstractmethod
    def quantities(self) -> Sequence[Quantity]:
        """Quantities that the devices take as values."""

    @property
    @abstractmethod
    def numbers(self) -> Mapping[str, Any]:
        """Value name to one number, or one per unit; defaults fill the rest."""

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        check_keys(self, self.quantities, self.numbers)
        known = {quantity.name: quantity for quantity in self.quantities}
        for name, quantity in known.items():
            if name in self.numbers:
                quantity.check(self.numbers[name], self.parameter(name))
        for setting, names in (
            ("trainable", self.trained_names),
            ("lr", self.lr if isinstance(self.lr, Mapping) else ()),
            ("max_step", self.max_step if isinstance(self.max_step, Mapping) else ()),
            ("limits", self.limits),
        ):
            for name in names:
                if name not in known:
                    raise ParameterError(
                        f"Layer {self.name!r} has {setting} of {name!r}; its values are "
                        f"{sorted(known)}.",
                        f"name one of {sorted(known)}",
                    )
        for name in known:
            self._check_step(known[name])
            self._check_limits(known[name])

    def _check_step(self, quantity: Quantity) -> None:
        step = self._of(self.max_step, quantity.name, None)
        if step is not None:
            path, fix = (
                f"Layer {self.name!r} has max_step",
                "give a number above zero, or None for no limit",
            )
            if isinstance(self.max_step, Mapping):
                step = in_unit(step, quantity.unit, path)
            checked_number(step, path, fix, above=0)

    def _check_limits(self, quantity: Quantity) -> None:
        limits = self.limits.get(quantity.name, (-math.inf, math.inf))
        path = f"Layer {self.name!r} has limits of {quantity.name!r}"
        low, high = in_unit(limits, quantity.unit, path)
        if not low < high:
            raise ParameterError(
                f"Layer {self.name!r} has limits {(low, high)} for {quantity.name!r}.",
                "give a lower and a higher bound",
            )

    @property
    def trained_names(self) -> tuple[str, ...]:
        """Names of the values that learning changes."""
        if isinstance(self.trainable, bool):
            return self.trained if self.trainable else ()
        return self.trainable

    @staticmethod
    def _of(setting: Any, name: str, default: Any) -> Any:
        return setting.get(name, default) if isinstance(setting, Mapping) else setting

    def declared(self, units: int) -> list[Declaration]:
        """Return the declarations of all values for a number of units.

        Raises:
            ParameterError: Out of bounds, or outside of `limits`.
            ShapeError: An array whose length is not `units`.
        """
        result = []
        for item in self.quantities:
            path = self.parameter(item.name)
            value = item.check(self.numbers.get(item.name, item.default), path)
            if value.shape not in ((), (units,)):
                raise ShapeError(
                    f"{path} has shape {value.shape} for {units} units.",
                    f"give one number or an array of length {units}",
                )
            settings: dict[str, Any] = {}
            if item.name in self.trained_names:
                low, high = self.limits.get(item.name, (-math.inf, math.inf))
                lr = self._of(self.lr, item.name, None)
                settings = {**self.learning, "trainable": True, "lr": lr}
                settings |= {"lower": max(low, item.at_least), "upper": min(high, item.at_most)}
            result.append(
                Declaration(quantity=item, shape=value.shape, draw=given(value), **settings)
            )
        return result

    def program(
        self,
        name: str,
        values: Array,
        change: Array,
        rng: np.random.Generator,
        others: Mapping[str, Array],
    ) -> tuple[Array, Mapping[str, float]]:
        quantity = next(item for item in self.quantities if item.name == name)
        # Steps relative to themselves keep the sign of values that cannot be zero; a voltage could
        # never leave zero so.
        if quantity.above >= 0 or quantity.least_size > 0:
            if self.max_relative_step is not None:
                limit = self.max_relative_step * np.abs(values)
                change = np.clip(change, -limit, limit)
        elif (step := self._of(self.max_step, name, None)) is not None:
            change = np.clip(change, -step, step)
        return values + change, {}


def check_keys(
    layer: ValuedLayer, quantities: Sequence[Quantity], given: Mapping[str, Any]
) -> None:
    """Refuse unknown and missing keys of a `param` mapping.

    Raises:
        ParameterError: Names the key and lists the known ones.
    """
    known = {item.name: item for item in quantities}
    for key in given:
        if key not in known:
            raise ParameterError(
                f"Layer {layer.name!r} has param key {key!r}; known keys: {sorted(known)}.",
                f"use one of {sorted(known)}",
            )
    for name, item in known.items():
        if name not in given and item.default is None:
            raise ParameterError(
                f"Layer {layer.name!r} has no param {name!r} ({item.unit}).", f"give {name!r}"
            )
