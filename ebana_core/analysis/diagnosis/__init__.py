"""Diagnosis: what the devices of a network do on a data set."""

from ebana_core.analysis.diagnosis.examining import diagnose
from ebana_core.analysis.diagnosis.report import Diagnosis, LayerReport

__all__ = ["Diagnosis", "LayerReport", "diagnose"]
