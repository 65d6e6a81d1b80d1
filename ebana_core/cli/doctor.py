"""``ebana doctor``: is everything here that EBANA needs, and do both simulators agree?"""

import platform

import numpy as np
from rich.console import Console

from ebana_core.backends.ngspice.library import find_library, open_library
from ebana_core.cli.networks import xor
from ebana_core.errors import EbanaError
from ebana_core.registry import load_registry

AGREEMENT = 1e-8
"""Largest difference of a node voltage between the simulators, V."""


def examine(console: Console) -> bool:
    """Print what is found; tell whether everything is right."""
    console.print(f"Python {platform.python_version()} on {platform.platform()}")
    try:
        registry = load_registry()
    except EbanaError as error:
        console.print(f"plugins: {error}")
        return False
    plugins = sorted({f"{item.distribution} {item.version}" for item in registry.devices.values()})
    console.print(f"plugins: {', '.join(plugins)}")
    try:
        library = find_library()
        if library is None:
            open_library()  # raises and says what to install
        console.print(f"libngspice: {library}, version {open_library().version}")
        return _simulators_agree(console)
    except EbanaError as error:
        console.print(str(error))
        return False


def _simulators_agree(console: Console) -> bool:
    demo = xor()
    model = demo.model(load_registry(), 0)
    native = model.operating_points(demo.test.inputs)
    reference = model.operating_points(demo.test.inputs, "ngspice")
    worst = float(np.abs(native.voltages - reference.voltages).max())
    is_right = worst <= AGREEMENT
    console.print(
        f"native against ngspice: worst difference {worst:.1e} V "
        f"({'right' if is_right else f'WRONG, should be below {AGREEMENT:g} V'})"
    )
    return is_right
