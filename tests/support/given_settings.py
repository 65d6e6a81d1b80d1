"""What each public class cannot do without when it is built."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from ebana_core import losses
from ebana_core.data import DataSet
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.rules import EquilibriumPropagation

DRAWN = RandomUniform(1e-6, 1e-5)
DATA = DataSet({"x": [[0.1, 0.2], [0.3, 0.4]]}, {"y": [[0.1], [0.2]]})
CROSSBAR: Mapping[str, Any] = {"name": "d", "initializer": DRAWN, "lr": 1e-8}
GRAPH: Mapping[str, Any] = {"branches": [[0, 1], [1, 2]], "inputs": [0], "outputs": [2]}
CLAMPED: Mapping[str, Any] = {"eta": 0.1}
ESTIMATOR: Mapping[str, Any] = {"epochs": 1, "hidden_units": 2}


def unconnected() -> Mapping[str, Any]:
    """Return layers that no model has yet."""
    x = InputVoltageLayer(units=2, name="x")
    return {"inputs": [x], "outputs": [CurrentLayer(name="y")(DenseLayer(units=2, **CROSSBAR)(x))]}


NEEDED: Mapping[str, Mapping[str, Any]] = MappingProxyType({
    "Adam": {"model": None},
    "AdjointCoupledLearning": CLAMPED,
    "AmplificationLayer": {"name": "a", "param": {"gain": 4.0, "shift": 0.0}, "lr": 0.1},
    "AnalogClassifier": ESTIMATOR,
    "AnalogRegressor": ESTIMATOR,
    "AsymmetricPropagation": {"beta": 1e-7},
    "AveragePooling2DLayer": {"name": "p", "pool": 2, "lr": 1e-8},
    "BatchGenerator": {"dataset": DATA},
    "BiasVoltageLayer": {"name": "b", "units": 1, "bias_voltage": 0.1, "lr": 0.1},
    "CSVLogger": {"filename": "log.csv"},
    "CallbackList": {"callbacks": []},
    "ConcatenateLayer": {"name": "j"},
    "ConductanceSpread": {"sigma": 0.1},
    "Constant": {"lr": 1e-7},
    "Conv2DLayer": {**CROSSBAR, "filters": 2, "kernel_size": 2},
    "CosineDecay": {"lr": 1e-7, "steps": 10},
    "CoupledLearning": CLAMPED,
    "CurrentLayer": {"name": "y"},
    "DCCurrentLayer": {"name": "i", "lr": 1e-8},
    "DataSet": {"inputs": {"x": [[0.1, 0.2]]}},
    "DenseLayer": {**CROSSBAR, "units": 2},
    "DeviceSpread": {"sigma": 0.1},
    "DiodeLayer": {"name": "d", "direction": "down"},
    "DropSquared": {"nudge": 0.1},
    "DyadicPropagation": {"beta": 1e-7},
    "EquilibriumPropagation": {"beta": 1e-7},
    "Given": {"value": 1e-6},
    "GlorotLogUniform": {"init_low": 1e-6, "init_high": 1e-5},
    "GlorotUniform": {"init_low": 1e-6, "init_high": 1e-5},
    "HeUniform": {"init_low": 1e-6, "init_high": 1e-5},
    "HiddenLayerNetwork": {
        "hidden_units": 2, "bias_voltage": 0.5, "learning_rate": 0.1, "n_steps": 3,
    },
    "Hinge": {"margin": 0.1},
    "InputCurrentLayer": {"name": "i", "lr": 1e-8},
    "InputVoltageLayer": {"name": "x", "units": 2},
    "JoinLayer": {"name": "j"},
    "LearningRateScheduler": {"schedule": lambda epoch: 1.0},
    "LocallyConnected2DLayer": {**CROSSBAR, "filters": 2, "kernel": 2},
    "LogUniform": {"init_low": 1e-6, "init_high": 1e-5},
    "Measured": {"voltages": [-1.0, 0.0, 1.0], "currents": [-1e-5, 0.0, 1e-5]},
    "MeasuredPulses": {"up": [1e-6, 5e-6, 1e-5], "down": [1e-5, 5e-6, 1e-6]},
    "MemristorLayer": {**CROSSBAR, "units": 2},
    "ModelCheckpoint": {"filepath": "model.h5"},
    "OverClamping": {"eta": 0.1, "beyond": 0.1},
    "PotentiometerNetworkLayer": {**CROSSBAR, **GRAPH},
    "PowerRegularised": {"rule": EquilibriumPropagation(1e-7), "price": 1.0},
    "ProbedAdjoint": {"current": 1e-9},
    "PulseNoise": {"sigma": 0.1},
    "Quantised": {"n_levels": 8},
    "RandomSubset": {"share": 0.5},
    "RandomUniform": {"init_low": 1e-6, "init_high": 1e-5},
    "ReadNoise": {"sigma": 0.1},
    "ReshapeLayer": {"name": "r", "shape": (2, 1)},
    "ResistorNetworkLayer": {**CROSSBAR, **GRAPH},
    "SGD": {"model": None},
    "SGDMomentum": {"model": None},
    "SenseLayer": {"name": "y"},
    "SimplexVoltageLayer": CROSSBAR,
    "SpiceBlock": {
        "name": "b",
        "subcircuit": ".subckt part a b\nR1 a b 1k\n.ends",
        "inputs": ["a"],
        "outputs": ["b"],
    },
    "SquaredHinge": {"margin": 0.1},
    "StackLayer": {"name": "s"},
    "StepDecay": {"lr": 1e-7, "factor": 0.5, "steps": 10},
    "TableCell": {"voltages": (-1.0, 0.0, 1.0), "shape": (-1.0, 0.0, 1.0)},
    "TensorBoard": {"log_dir": "logs"},
    "TransistorCrossbarLayer": {**CROSSBAR, "units": 2},
    "TransistorNetworkLayer": {**CROSSBAR, **GRAPH},
    "UniformVoltage": {"init_low": 0.5, "init_high": 1.0},
    "Updated": {"loss": losses.MSE(), "update": np.sign},
    "VoltageNoise": {"noise": 1e-3},
    "Waveform": {"step": 1e-9, "voltages": [0.0, 1.0]},
    "Weighted": {"loss": losses.MSE(), "weight": 2.0},
    "WriteNoise": {"sigma": 0.1},
    "confusion_matrix": {"prediction": [[0.1, 0.2]], "target": [[0.0, 1.0]]},
    "check_policy": {"name": "save_parameters", "policy": "every"},
    "crossbar_network": {"inputs": 2, "hidden": 3, "outputs": 1},
    "custom": {"times": [0.0, 1e-6], "voltages": [0.0, 1.0], "step": 1e-7},
    "is_due": {"policy": "every", "epoch": 1, "last_epoch": 2},
    "learning_rate": {"schedule": 0.1, "step": 1},
    "mean_absolute_error": {"prediction": [[0.1, 0.2]], "target": [[0.0, 1.0]]},
    "pulses": {"level": 1.0, "width": 1e-6, "period": 2e-6, "step": 1e-7},
    "r_squared": {"prediction": [[0.1, 0.2], [0.3, 0.5]], "target": [[0.0, 1.0], [0.3, 0.4]]},
    "square": {"amplitude": 1.0, "period": 1e-6},
    "triangular": {"amplitude": 1.0, "period": 1e-6},
})  # fmt: skip
