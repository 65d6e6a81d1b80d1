"""What the networks of the zoo are made of beside the core: devices and settings of plugins."""

from typing import Any

from ebana_core.errors import MissingLibraryError, UnknownDeviceError, UnknownNameError
from ebana_core.registry import load_registry

DISTRIBUTIONS = {
    "ebana-diode-mos": ("diode", "transistor_crossbar", "transistor_network", "UniformVoltage"),
    "ebana-memristor": ("memristor",),
}
"""Distribution to the parts that the zoo takes of it."""


def device(name: str) -> type[Any]:
    """Return the layer class of a device by its name.

    Raises:
        UnknownDeviceError: No plugin provides it; says what to install.
    """
    return _found("ebana_devices", name)


def part(hook: str, name: str) -> type[Any]:
    """Return a class that a plugin provides.

    Raises:
        UnknownNameError: No plugin provides it; says what to install.
    """
    return _found(hook, name)


def _found(hook: str, name: str) -> type[Any]:
    try:
        found: type[Any] = load_registry().find(hook, name)
        return found
    except (UnknownDeviceError, UnknownNameError) as error:
        raise type(error)(
            f"The network needs {name!r}, which no plugin provides: {error.problem}", _fix(name)
        ) from error


def _fix(name: str) -> str:
    for distribution, names in DISTRIBUTIONS.items():
        if name in names:
            return f"type: pip install {distribution} (in a clone: see README.md)"
    return "install the plugin that provides it: pip install ebana-memristor ebana-diode-mos"


def check_scikit_learn(what: str) -> None:
    """Refuse data sets of scikit-learn, which the core does without, where it is not installed.

    Args:
        what: Is read or divided by it, in the plural: ``"The digits"``.

    Raises:
        MissingLibraryError: Says what to install.
    """
    try:
        import sklearn.datasets  # noqa: F401 (whether it can be imported is the question)
    except ImportError as error:
        raise MissingLibraryError(
            f"{what} need scikit-learn, which is not installed.",
            "type: pip install scikit-learn (or 'ebana-core[examples]')",
        ) from error
