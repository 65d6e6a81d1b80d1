"""Optimizers: from gradients to the changes that devices are asked to make."""

from ebana_core.optimizers.methods import SGD, Adam, SGDMomentum
from ebana_core.optimizers.optimizer import Optimizer

__all__ = ["SGD", "Adam", "Optimizer", "SGDMomentum"]
