"""Callbacks: objects that `fit` tells about its progress, and that may stop it."""

from ebana_core.callbacks.callback import Callback, CallbackList, LambdaCallback
from ebana_core.callbacks.logs import CSVLogger, TensorBoard
from ebana_core.callbacks.plateau import EarlyStopping, ReduceLROnPlateau
from ebana_core.callbacks.progress import ProgressBar

__all__ = [
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "LambdaCallback",
    "ProgressBar",
    "ReduceLROnPlateau",
    "TensorBoard",
]
