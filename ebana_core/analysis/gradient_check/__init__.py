"""Compares a rule's gradient with the exact one, over a range of strengths."""

from ebana_core.analysis.gradient_check.checking import check_gradient
from ebana_core.analysis.gradient_check.result import GradientCheck, ParameterCheck

__all__ = ["GradientCheck", "ParameterCheck", "check_gradient"]
