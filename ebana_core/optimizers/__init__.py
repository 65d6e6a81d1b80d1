"""Optimizers: from gradients to the changes that devices are asked to make."""

from ebana_core.optimizers.methods import SGD, Adam, SGDMomentum
from ebana_core.optimizers.optimizer import Optimizer
from ebana_core.optimizers.subset import RandomSubset

__all__ = ["SGD", "Adam", "Optimizer", "RandomSubset", "SGDMomentum"]
