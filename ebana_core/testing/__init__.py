"""The conformance kit: inherit a class, give it one fixture, and your work is examined."""

from ebana_core.testing.backends import BackendConformance
from ebana_core.testing.devices import DeviceConformance
from ebana_core.testing.experiments import ExperimentConformance
from ebana_core.testing.initializers import InitializerConformance
from ebana_core.testing.losses import LossConformance
from ebana_core.testing.optimizers import OptimizerConformance
from ebana_core.testing.rules import RuleConformance

__all__ = [
    "BackendConformance",
    "DeviceConformance",
    "ExperimentConformance",
    "InitializerConformance",
    "LossConformance",
    "OptimizerConformance",
    "RuleConformance",
]
