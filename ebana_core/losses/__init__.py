"""Losses: what a network's raw output voltages should be, and the nudge that pulls them there."""

from ebana_core.losses.loss import Loss
from ebana_core.losses.margin import Hinge, SquaredHinge
from ebana_core.losses.probabilities import BCE, CrossEntropyLoss, SparsemaxLoss
from ebana_core.losses.squared import MSE, SoftmaxMSE
from ebana_core.losses.updated import Updated
from ebana_core.losses.weighted import Weighted

__all__ = [
    "BCE",
    "MSE",
    "CrossEntropyLoss",
    "Hinge",
    "Loss",
    "SoftmaxMSE",
    "SparsemaxLoss",
    "SquaredHinge",
    "Updated",
    "Weighted",
]
