"""Callbacks: objects that `fit` tells about its progress, and that may stop it."""

from ebana_core.callbacks.callback import Callback, CallbackList, LambdaCallback
from ebana_core.callbacks.checkpoint import ModelCheckpoint
from ebana_core.callbacks.logs import CSVLogger, TensorBoard
from ebana_core.callbacks.plateau import EarlyStopping, ReduceLROnPlateau
from ebana_core.callbacks.progress import ProgressBar
from ebana_core.callbacks.steering import LearningRateScheduler, TerminateOnNaN
from ebana_core.callbacks.trackers import MLflowLogger, WandbLogger

__all__ = [
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "LambdaCallback",
    "LearningRateScheduler",
    "MLflowLogger",
    "ModelCheckpoint",
    "ProgressBar",
    "ReduceLROnPlateau",
    "TensorBoard",
    "TerminateOnNaN",
    "WandbLogger",
]
