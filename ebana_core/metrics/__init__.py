"""Settings of what a run validates and keeps, and measures of predictions beside the loss."""

from ebana_core.metrics.measures import (
    ConfusionMatrix,
    confusion_matrix,
    mean_absolute_error,
    r_squared,
)
from ebana_core.metrics.policies import Metrics, Policy, check_policy, is_due

__all__ = [
    "ConfusionMatrix",
    "Metrics",
    "Policy",
    "check_policy",
    "confusion_matrix",
    "is_due",
    "mean_absolute_error",
    "r_squared",
]
