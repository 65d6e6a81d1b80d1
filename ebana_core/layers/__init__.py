"""The layers of the core, and the interface that every device plugin implements."""

from ebana_core.layers.amplification import AmplificationLayer
from ebana_core.layers.arrange import ConcatenateLayer, JoinLayer, ReshapeLayer, StackLayer
from ebana_core.layers.bias_current import DCCurrentLayer
from ebana_core.layers.conductive import ConductiveLayer
from ebana_core.layers.convolution import Conv2DLayer
from ebana_core.layers.current import CurrentLayer
from ebana_core.layers.declaration import Declaration, Shape
from ebana_core.layers.dense import DenseLayer
from ebana_core.layers.input_current import InputCurrentLayer
from ebana_core.layers.layer import Layer
from ebana_core.layers.locally_connected import LocallyConnected2DLayer
from ebana_core.layers.pooling import AveragePooling2DLayer
from ebana_core.layers.potentiometers import PotentiometerNetworkLayer
from ebana_core.layers.resistor_network import ResistorNetworkLayer
from ebana_core.layers.sense import SenseLayer
from ebana_core.layers.shunt import ShuntLayer
from ebana_core.layers.simplex import SimplexVoltageLayer
from ebana_core.layers.sources import BiasVoltageLayer, InputVoltageLayer
from ebana_core.layers.spice_block import SpiceBlock
from ebana_core.layers.trainable import TrainableLayer
from ebana_core.layers.valued import ValuedLayer
from ebana_core.schedules import LearningRate

__all__ = [
    "AmplificationLayer",
    "AveragePooling2DLayer",
    "BiasVoltageLayer",
    "ConcatenateLayer",
    "ConductiveLayer",
    "Conv2DLayer",
    "CurrentLayer",
    "DCCurrentLayer",
    "Declaration",
    "DenseLayer",
    "InputCurrentLayer",
    "InputVoltageLayer",
    "JoinLayer",
    "Layer",
    "LearningRate",
    "LocallyConnected2DLayer",
    "PotentiometerNetworkLayer",
    "ReshapeLayer",
    "ResistorNetworkLayer",
    "SenseLayer",
    "Shape",
    "ShuntLayer",
    "SimplexVoltageLayer",
    "SpiceBlock",
    "StackLayer",
    "TrainableLayer",
    "ValuedLayer",
]
