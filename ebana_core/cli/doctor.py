"""``ebana doctor``: is everything here that EBANA needs, and do both simulators agree?"""

import platform
from collections.abc import Callable

import numpy as np
import typer
from rich.console import Console

from ebana_core.arrays import Array
from ebana_core.backends import NativeBackend
from ebana_core.backends.ngspice.finder import find_library
from ebana_core.backends.ngspice.library import open_library
from ebana_core.cli.tables import output_console
from ebana_core.errors import EbanaError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import AmplificationLayer, CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.model import Model
from ebana_core.registry import load_registry
from ebana_core.zoo.demos import xor

AGREEMENT = 1e-8
"""Largest difference of a node voltage between the simulators, V."""


class _NotRightError(Exception):
    """A check ran and found a fault."""


def doctor() -> None:
    """Examine this installation: Python, plugins, libngspice, both simulators.

    Exits with 1 where something is wrong.
    """
    if not examine(output_console()):
        raise typer.Exit(1)


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
    registry = load_registry()
    found = {f"{item.distribution or item.name} {item.version}" for item in registry.plugins}
    listed = ", ".join(sorted(found))
    if registry.errors:
        raise _NotRightError("\n".join([listed, *map(str, registry.errors)]))
    return listed


def _network() -> tuple[Model, dict[str, Array], str]:
    """Return a small network, samples of its inputs, V, and what its devices are."""
    registry, demo = load_registry(), xor()
    if "diode" in registry.devices:
        return demo.build(registry, 0), dict(demo.test.inputs), "with diodes"
    x = InputVoltageLayer(units=3, name="x")
    conductances = RandomUniform(1e-6, 1e-4)
    hidden = DenseLayer(units=5, name="d1", initializer=conductances)(x)
    amplified = AmplificationLayer(name="amp", param={"gain": 4.0})(hidden)
    output = DenseLayer(units=2, name="d2", initializer=conductances)(amplified)
    model = Model(inputs=[x], outputs=[CurrentLayer(name="y")(output)], seed=0)
    samples = np.random.default_rng(0).uniform(-1, 1, (4, 3))
    return model, {"x": samples}, "without diodes, whose plugin is not installed"


def _native() -> str:
    model, samples, devices = _network()
    points = model.operating_points(samples)
    found = (
        f"residual {points.residual:.1e}, power balance {points.power_balance:.1e} ({devices}, "
        f"solved by {NativeBackend().explain(model).method!r})"
    )
    if not max(points.residual, points.power_balance) <= 1e-12:
        raise _NotRightError(f"{found}; both should be at most 1e-12")
    return found


def _libngspice() -> str:
    version = open_library().version  # raises and says what to install
    return f"version {version} at {find_library()}"


def _agreement() -> str:
    """Compare all node voltages of a small network."""
    model, samples, _ = _network()
    native = model.operating_points(samples).voltages
    reference = model.operating_points(samples, "ngspice").voltages
    worst = float(np.abs(native - reference).max())
    found = f"worst difference of a node voltage {worst:.1e} V"
    if not worst <= AGREEMENT:
        raise _NotRightError(f"{found}; it should be at most {AGREEMENT:g} V")
    return found
