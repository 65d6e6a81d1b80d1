"""The layers of the core, and the interface that every device plugin implements."""

from ebana_core.layers.amplification import AmplificationLayer
from ebana_core.layers.concatenate import ConcatenateLayer
from ebana_core.layers.current import CurrentLayer
from ebana_core.layers.dense import DenseLayer
from ebana_core.layers.layer import Declaration, Layer, LearningRate, Shape, declare_values
from ebana_core.layers.shunt import ShuntLayer
from ebana_core.layers.sources import BiasVoltageLayer, InputVoltageLayer
from ebana_core.layers.trainable import TrainableLayer

__all__ = [
    "AmplificationLayer",
    "BiasVoltageLayer",
    "ConcatenateLayer",
    "CurrentLayer",
    "Declaration",
    "DenseLayer",
    "InputVoltageLayer",
    "Layer",
    "LearningRate",
    "Shape",
    "ShuntLayer",
    "TrainableLayer",
    "declare_values",
]
