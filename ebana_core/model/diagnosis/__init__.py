"""Diagnosis: how good the learning signal of a circuit is, and what its devices do."""

from ebana_core.model.diagnosis.checking import check_gradient
from ebana_core.model.diagnosis.examining import diagnose
from ebana_core.model.diagnosis.gradient_check import GradientCheck, ParameterCheck
from ebana_core.model.diagnosis.picture import draw
from ebana_core.model.diagnosis.report import Diagnosis, LayerReport
from ebana_core.model.diagnosis.sweep import Sweep, sweep

__all__ = [
    "Diagnosis",
    "GradientCheck",
    "LayerReport",
    "ParameterCheck",
    "Sweep",
    "check_gradient",
    "diagnose",
    "draw",
    "sweep",
]
