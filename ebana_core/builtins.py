"""The core's own plugin: it registers through the hooks that strangers use."""

from collections.abc import Sequence

from ebana_core.backends import Backend, NativeBackend, NgspiceBackend
from ebana_core.hookspecs import hookimpl
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
)


@hookimpl
def ebana_devices() -> Sequence[type[Layer]]:
    """Provide the layers of the core."""
    return [
        AmplificationLayer,
        BiasVoltageLayer,
        ConcatenateLayer,
        CurrentLayer,
        DenseLayer,
        InputVoltageLayer,
    ]


@hookimpl
def ebana_backends() -> Sequence[type[Backend]]:
    """Provide the backends of the core."""
    return [NativeBackend, NgspiceBackend]
