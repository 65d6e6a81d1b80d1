"""Test classes for what an installed plugin provides, found and made by name."""

import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import attrs
import pytest

from ebana_core.errors import ParameterError
from ebana_core.initializers import RandomUniform
from ebana_core.losses import MSE
from ebana_core.registry import load_registry
from ebana_core.testing.backends import BackendConformance
from ebana_core.testing.devices import DeviceConformance
from ebana_core.testing.experiments import ExperimentConformance
from ebana_core.testing.initializers import InitializerConformance
from ebana_core.testing.losses import LossConformance
from ebana_core.testing.optimizers import OptimizerConformance
from ebana_core.testing.rules import RuleConformance

USUAL: Mapping[str, Any] = MappingProxyType(
    {
        "name": "examined",
        "units": 3,
        "initializer": RandomUniform(1e-6, 1e-5),
        "init_low": 1e-6,
        "init_high": 1e-5,
        "beta": 1e-8,
        "eta": 0.1,
        "loss": MSE(),
        "weight": 0.5,
    }
)
"""Arguments of usual names, for classes that cannot be made without; SI units."""


class AnyRuleConformance(RuleConformance):
    """Checks of a rule of which nobody says here whether it measures the gradient of the loss."""

    agreement = None


@attrs.frozen
class Examined:
    """How things of one hook are examined.

    Args:
        suite: The test class.
        fixture: Name of the fixture that it wants.
        wanted: Makes of a thing and its arguments what the fixture returns.
    """

    suite: type[Any]
    fixture: str
    wanted: Callable[[Any, Mapping[str, Any]], Any]


def made(cls: Any, given: Mapping[str, Any]) -> Any:
    """Return an object of a class, whatever arguments it cannot do without.

    Args:
        cls: The class.
        given: Arguments by name; what is missing is taken from `USUAL`.

    Raises:
        ParameterError: It takes no such argument, or needs one of another name.
    """
    parameters = inspect.signature(cls).parameters
    unknown, needed = set(given) - set(parameters), {}
    if unknown:
        raise ParameterError(
            f"{cls.__name__} takes no {sorted(unknown)}.", f"give some of {list(parameters)}"
        )
    for name, parameter in parameters.items():
        is_plain = parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        if name not in given and parameter.default is parameter.empty and is_plain:
            if name not in USUAL:
                raise ParameterError(
                    f"{cls.__name__} cannot be made without {name!r}.",
                    f"give it: --set {cls.__name__}.{name}=VALUE",
                )
            needed[name] = USUAL[name]
    return cls(**needed, **given)


def _maker(cls: Any, given: Mapping[str, Any]) -> Any:
    return lambda model: cls(model, **given)


SUITES: Mapping[str, Examined] = MappingProxyType(
    {
        "ebana_devices": Examined(DeviceConformance, "layer", made),
        "ebana_backends": Examined(BackendConformance, "backend", made),
        "ebana_initializers": Examined(InitializerConformance, "initializer", made),
        "ebana_rules": Examined(AnyRuleConformance, "rule", made),
        "ebana_losses": Examined(LossConformance, "loss", made),
        "ebana_optimizers": Examined(OptimizerConformance, "make", _maker),
        "ebana_experiments": Examined(
            ExperimentConformance, "experiment", lambda experiment, _: experiment
        ),
    }
)
"""Hook to the suite that examines what it provides; settings and commands have none."""


def suite(hook: str, name: str, given: Mapping[str, Any]) -> type[Any]:
    """Return the test class of one thing that an installed plugin provides.

    Args:
        hook: Through which hook.
        name: Its name in the registry.
        given: Arguments with which its class is called.
    """
    examined = SUITES[hook]

    def wanted(self: Any) -> Any:
        del self
        return examined.wanted(load_registry().find(hook, name), given)

    fixture = pytest.fixture(name=examined.fixture)(wanted)
    return type("Test", (examined.suite,), {examined.fixture: fixture})
