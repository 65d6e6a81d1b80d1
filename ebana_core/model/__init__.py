"""The model: layers, their values, and training."""

from ebana_core.model.evaluation import Evaluation
from ebana_core.model.history import Fit
from ebana_core.model.model import Model
from ebana_core.model.monte_carlo import MonteCarlo
from ebana_core.model.summary import Summary

__all__ = ["Evaluation", "Fit", "Model", "MonteCarlo", "Summary"]
