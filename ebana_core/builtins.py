"""The core's own plugin: it registers through the hooks that strangers use."""

from collections.abc import Sequence
from typing import Any

import attrs

from ebana_core import initializers, local_rules, schedules
from ebana_core.backends import Backend, NativeBackend, NgspiceBackend
from ebana_core.hookspecs import hookimpl
from ebana_core.layers import (
    AmplificationLayer,
    AveragePooling2DLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DCCurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    JoinLayer,
    Layer,
    LocallyConnected2DLayer,
    ReshapeLayer,
    ResistorNetworkLayer,
    SenseLayer,
    SimplexVoltageLayer,
    SpiceBlock,
    StackLayer,
)


@hookimpl
def ebana_devices() -> Sequence[type[Layer]]:
    """Provide the layers of the core."""
    return [
        AmplificationLayer,
        AveragePooling2DLayer,
        BiasVoltageLayer,
        ConcatenateLayer,
        CurrentLayer,
        DCCurrentLayer,
        DenseLayer,
        InputVoltageLayer,
        JoinLayer,
        LocallyConnected2DLayer,
        ReshapeLayer,
        ResistorNetworkLayer,
        SenseLayer,
        SimplexVoltageLayer,
        SpiceBlock,
        StackLayer,
    ]


@hookimpl
def ebana_settings() -> Sequence[type[Any]]:
    """Provide the initializers, schedules and local rules of the core."""
    return [
        item
        for module in (initializers, schedules, local_rules)
        for item in vars(module).values()
        if isinstance(item, type) and attrs.has(item) and item.__module__ == module.__name__
    ]


@hookimpl
def ebana_backends() -> Sequence[type[Backend]]:
    """Provide the backends of the core."""
    return [NativeBackend, NgspiceBackend]
