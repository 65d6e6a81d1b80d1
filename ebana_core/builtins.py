"""The core's own plugin: it registers through the hooks that strangers use."""

import inspect
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import attrs

from ebana_core import initializers, local_rules, losses, optimizers, rules, schedules
from ebana_core.backends import Backend, NativeBackend, NgspiceBackend
from ebana_core.commands import OWN, Command
from ebana_core.experiments import Experiment
from ebana_core.hookspecs import hookimpl
from ebana_core.initializers import Initializer
from ebana_core.layers import (
    AmplificationLayer,
    AveragePooling2DLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    Conv2DLayer,
    CurrentLayer,
    DCCurrentLayer,
    DenseLayer,
    InputCurrentLayer,
    InputVoltageLayer,
    JoinLayer,
    Layer,
    LocallyConnected2DLayer,
    PotentiometerNetworkLayer,
    ReshapeLayer,
    ResistorNetworkLayer,
    SenseLayer,
    SimplexVoltageLayer,
    SpiceBlock,
    StackLayer,
)
from ebana_core.losses import Loss
from ebana_core.optimizers import Optimizer, RandomSubset
from ebana_core.rules import LearningRule, Measurement
from ebana_core.zoo import EXPERIMENTS
from ebana_core.zoo.drawing import RectifiedUniform, SparseUniform


@hookimpl
def ebana_devices() -> Sequence[type[Layer]]:
    """Provide the layers of the core."""
    return [
        AmplificationLayer,
        AveragePooling2DLayer,
        BiasVoltageLayer,
        ConcatenateLayer,
        Conv2DLayer,
        CurrentLayer,
        DCCurrentLayer,
        DenseLayer,
        InputCurrentLayer,
        InputVoltageLayer,
        JoinLayer,
        LocallyConnected2DLayer,
        PotentiometerNetworkLayer,
        ReshapeLayer,
        ResistorNetworkLayer,
        SenseLayer,
        SimplexVoltageLayer,
        SpiceBlock,
        StackLayer,
    ]


@hookimpl
def ebana_backends() -> Sequence[type[Backend]]:
    """Provide the backends of the core."""
    return [NativeBackend, NgspiceBackend]


@hookimpl
def ebana_settings() -> Sequence[type[Any]]:
    """Provide what layers, rules and optimizers of the core are set with."""
    own = [*_own(schedules, object), *_own(local_rules, object)]
    return [*(cls for cls in own if attrs.has(cls)), Measurement, RandomSubset]


@hookimpl
def ebana_initializers() -> Sequence[type[Initializer]]:
    """Provide the initializers of the core."""
    return [*_own(initializers, Initializer), RectifiedUniform, SparseUniform]


@hookimpl
def ebana_rules() -> Sequence[type[LearningRule]]:
    """Provide the learning rules of the core."""
    return _own(rules, LearningRule)


@hookimpl
def ebana_losses() -> Sequence[type[Loss]]:
    """Provide the losses of the core."""
    return _own(losses, Loss)


@hookimpl
def ebana_optimizers() -> Sequence[type[Optimizer]]:
    """Provide the optimizers of the core."""
    return _own(optimizers, Optimizer)


@hookimpl
def ebana_experiments() -> Sequence[Experiment]:
    """Provide the experiments of the zoo."""
    return EXPERIMENTS


@hookimpl
def ebana_commands() -> Sequence[Command]:
    """Provide the commands of the core."""
    return OWN


def _own(module: ModuleType, kind: type[Any]) -> list[type[Any]]:
    """Return the classes of a kind that a room of the core offers, without abstract ones."""
    return [
        item
        for item in (getattr(module, name) for name in dir(module))
        if isinstance(item, type)
        and issubclass(item, kind)
        and not inspect.isabstract(item)
        and item.__module__.startswith(module.__name__)
    ]
