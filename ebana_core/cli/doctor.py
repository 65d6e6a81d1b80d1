"""``ebana doctor``: is everything here that EBANA needs, and do both simulators agree?"""

import platform
from collections.abc import Callable

import numpy as np
from rich.console import Console

from ebana_core.backends.ngspice.library import find_library, open_library
from ebana_core.cli.networks import xor
from ebana_core.errors import EbanaError
from ebana_core.registry import load_registry

AGREEMENT = 1e-8
"""Largest difference of a node voltage between the simulators, V."""


class _NotRightError(Exception):
    """A check ran, and what it found is not right."""


def examine(console: Console) -> bool:
    """Print what each check finds; tell whether everything is right.

    A check that fails does not keep the next ones from running.
    """
    checks: dict[str, Callable[[], str]] = {
        "Python": lambda: f"{platform.python_version()} on {platform.platform()}",
        "plugins": _plugins,
        "native": _native,
        "libngspice": _libngspice,
        "native against ngspice": _agreement,
    }
    passed = [_passes(console, name, check) for name, check in checks.items()]
    return all(passed)


def _passes(console: Console, name: str, check: Callable[[], str]) -> bool:
    try:
        found, is_right = check(), True
    except _NotRightError as error:
        found, is_right = str(error), False
    except EbanaError as error:
        found, is_right = f"{type(error).__name__}: {error}", False
    console.print(f"{'ok   ' if is_right else 'WRONG'} {name}: {found}", soft_wrap=True)
    return is_right


def _plugins() -> str:
    owners = {
        f"{item.distribution or item.plugin} {item.version}"
        for item in load_registry().devices.values()
    }
    return ", ".join(sorted(owners))


def _native() -> str:
    demo = xor()
    points = demo.build(load_registry(), 0).operating_points(demo.test.inputs)
    found = f"residual {points.residual:.1e}, power balance {points.power_balance:.1e}"
    if not max(points.residual, points.power_balance) <= 1e-12:
        raise _NotRightError(f"{found}; both should be at most 1e-12")
    return found


def _libngspice() -> str:
    version = open_library().version  # raises and says what to install
    return f"version {version} at {find_library()}"


def _agreement() -> str:
    """Compare all node voltages of a small network."""
    demo = xor()
    model = demo.build(load_registry(), 0)
    native = model.operating_points(demo.test.inputs).voltages
    reference = model.operating_points(demo.test.inputs, "ngspice").voltages
    worst = float(np.abs(native - reference).max())
    found = f"worst difference of a node voltage {worst:.1e} V"
    if not worst <= AGREEMENT:
        raise _NotRightError(f"{found}; it should be at most {AGREEMENT:g} V")
    return found
