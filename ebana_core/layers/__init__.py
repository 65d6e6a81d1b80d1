"""The layers of the core, and the interface that every device plugin implements."""

from typing import TYPE_CHECKING

from ebana_core.later import door

if TYPE_CHECKING:
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

__getattr__, __dir__ = door(
    __name__,
    {
        "AmplificationLayer": "ebana_core.layers.amplification",
        "AveragePooling2DLayer": "ebana_core.layers.pooling",
        "BiasVoltageLayer": "ebana_core.layers.sources",
        "ConcatenateLayer": "ebana_core.layers.arrange",
        "ConductiveLayer": "ebana_core.layers.conductive",
        "Conv2DLayer": "ebana_core.layers.convolution",
        "CurrentLayer": "ebana_core.layers.current",
        "DCCurrentLayer": "ebana_core.layers.bias_current",
        "Declaration": "ebana_core.layers.declaration",
        "DenseLayer": "ebana_core.layers.dense",
        "InputCurrentLayer": "ebana_core.layers.input_current",
        "InputVoltageLayer": "ebana_core.layers.sources",
        "JoinLayer": "ebana_core.layers.arrange",
        "Layer": "ebana_core.layers.layer",
        "LearningRate": "ebana_core.schedules",
        "LocallyConnected2DLayer": "ebana_core.layers.locally_connected",
        "PotentiometerNetworkLayer": "ebana_core.layers.potentiometers",
        "ReshapeLayer": "ebana_core.layers.arrange",
        "ResistorNetworkLayer": "ebana_core.layers.resistor_network",
        "SenseLayer": "ebana_core.layers.sense",
        "Shape": "ebana_core.layers.declaration",
        "ShuntLayer": "ebana_core.layers.shunt",
        "SimplexVoltageLayer": "ebana_core.layers.simplex",
        "SpiceBlock": "ebana_core.layers.spice_block",
        "StackLayer": "ebana_core.layers.arrange",
        "TrainableLayer": "ebana_core.layers.trainable",
        "ValuedLayer": "ebana_core.layers.valued",
    },
)
