"""The core's own plugin: it registers through the hooks that strangers use."""

from collections.abc import Sequence

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
    SimplexVoltageLayer,
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
        SimplexVoltageLayer,
        StackLayer,
    ]


@hookimpl
def ebana_backends() -> Sequence[type[Backend]]:
    """Provide the backends of the core."""
    return [NativeBackend, NgspiceBackend]
