"""Layers whose values learning changes: their settings, the same for all of them."""

import math
from collections.abc import Mapping
from typing import Any

import attrs

from ebana_core.checking import checked_number
from ebana_core.errors import ParameterError
from ebana_core.layers.declaration import WeightUpdateFunc
from ebana_core.layers.layer import Layer
from ebana_core.local_rules import GradFunc
from ebana_core.schedules import LearningRate

Rates = LearningRate | Mapping[str, LearningRate]
"""One learning rate, or value name to learning rate."""


def _check_function(layer: "TrainableLayer", field: Any, value: object) -> None:
    if value is None:
        return
    if not callable(value):
        raise ParameterError(
            f"Layer {layer.name!r} has {field.name}={value!r}, which cannot be called.",
            "give a function, for example ebana_core.rules.ep_mult as grad_func",
        )
    if not layer.trainable:
        raise ParameterError(
            f"Layer {layer.name!r} has {field.name}={value!r} and nothing to train.",
            f"set trainable=True, or leave {field.name} out",
        )


def _check_rates(layer: "TrainableLayer", _: object, rates: Any) -> None:
    """Refuse what is neither a rate, a schedule, nor a mapping of names to these.

    Raises:
        ParameterError: Names the layer.
    """
    for rate in rates.values() if isinstance(rates, Mapping) else [rates]:
        if rate is not None and not callable(rate):
            path = f"Layer {layer.name!r} has lr"
            fix = "give a number of at least 0, without a unit, or a schedule of the step"
            checked_number(rate, path, fix, at_least=0.0)


def check_relative_step(layer: Layer, _: object, value: float | None) -> None:
    """Refuse anything but a share of a value (an attrs validator).

    Raises:
        ParameterError: Names the layer.
    """
    if value is not None:
        fix = "give a number between 0 and 1 (exclusive), or None for no limit"
        path = f"Layer {layer.name!r} has max_relative_step"
        checked_number(value, path, fix, above=0.0, at_most=math.nextafter(1.0, 0.0))


@attrs.frozen(kw_only=True, eq=False)
class TrainableLayer(Layer):
    """A layer with values that learning changes.

    Args:
        name: See `Layer`.
        lr: Learning rate: the change is ``-lr * gradient``; a number or a callable of the step.
            None: none is given, and nothing can be trained; 0: the values stay.
        trainable: Learning changes the values.
        grad_func: Local rule of the layer, such as `ebana_core.rules.ep_mult`: a function
            ``(free, nudged) -> per-sample array`` of drops ``(n_samples, *parameter shape)``, V,
            that stands for ``q_nudged - q_free`` (centered: (minus, plus)); None: exact.
        weight_update_func: ``(values, change) -> values``: what becomes of a wished change
            before the device programs it.

    Examples:
        >>> from ebana_core.initializers import RandomUniform
        >>> from ebana_core.layers import DenseLayer
        >>> layer = DenseLayer(units=2, name="d", lr=1e-7, initializer=RandomUniform(1e-6, 1e-5))
        >>> isinstance(layer, TrainableLayer), layer.trainable
        (True, True)
    """

    lr: Rates | None = attrs.field(default=None, validator=_check_rates)
    trainable: bool | tuple[str, ...] = False
    grad_func: GradFunc | None = attrs.field(default=None, validator=_check_function)
    weight_update_func: WeightUpdateFunc | None = attrs.field(
        default=None, validator=_check_function
    )

    @property
    def learning(self) -> Mapping[str, Any]:
        """Settings of this layer that a `Declaration` of a trainable value takes."""
        return {
            "lr": self.lr,
            "trainable": self.trainable,
            "grad_func": self.grad_func,
            "weight_update_func": self.weight_update_func,
        }
