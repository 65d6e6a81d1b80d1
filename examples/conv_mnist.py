"""Digits learned by windows of resistors, the same ones in every window, or each its own.

By default scikit-learn's 8 x 8 digits; with `--data`, MNIST from a folder of its four IDX files.
"""

import argparse

import numpy as np
from ebana_diode_mos import DiodeLayer
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from ebana_core import Model, initializers, layers, losses, metrics, optimizers, schedules
from ebana_core.data import BatchGenerator, DataSet, load_idx
from ebana_core.rules import EquilibriumPropagation

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--data", help="folder of MNIST's IDX files; without it, 8 x 8 digits")
parser.add_argument("--network", choices=("conv", "local"), default="conv")
parser.add_argument("--filters", type=int, default=16)
parser.add_argument("--epochs", type=int, default=15)
parser.add_argument("--rate", type=float, default=1e-7, help="first learning rate, S²/V²")
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()

if args.data:
    mnist = load_idx(args.data)
    images, test_images = mnist.train_images / 255.0, mnist.test_images / 255.0
    digits, test_digits, size, stride = mnist.train_labels, mnist.test_labels, 6, 2
else:
    found = load_digits()
    images, test_images, digits, test_digits = train_test_split(
        found.images / 16.0, found.target, test_size=0.2, random_state=args.seed
    )
    size, stride = 3, 1


def samples(images, digits):
    """Return every pixel and its negative, two channels of 20 V at most, and its digit."""
    volts = 20.0 * np.stack([images, -images], axis=-1).reshape(len(images), -1)
    return DataSet({"x": volts}, {"digit": np.eye(10)[digits]})


def resistors(n_inputs):
    """Return settings of resistors: small conductances, a learning rate that decays."""
    return {
        "initializer": initializers.RandomUniform(1e-8, 1e-5 / np.sqrt(n_inputs), 1e-9, 1e-3),
        "lr": schedules.CosineDecay(args.rate, args.epochs * batches.n_batches, 0.05),
        "max_relative_step": None,
    }


batches = BatchGenerator(samples(images, digits), batch_size=64 if args.data else 16)
x = layers.InputVoltageLayer(units=2 * images[0].size, name="x")
bias = layers.BiasVoltageLayer(units=2, name="bias", bias_voltage=[1.0, -1.0])
plane = layers.ReshapeLayer(name="plane", shape=(*images[0].shape, 2))(x)
own = {"name": "first", "filters": args.filters, **resistors(2 * size**2)}
if args.network == "conv":
    layer = layers.Conv2DLayer(kernel_size=size, strides=stride, **own)(plane)
else:
    layer = layers.LocallyConnected2DLayer(kernel=size, stride=stride, **own)(plane)
for direction in ("down", "up"):
    layer = DiodeLayer(name=direction, direction=direction, param={"VTH": 0.5})(layer)
layer = layers.AmplificationLayer(name="amp", param={"gain": 4.0})(layer)
flat = layers.ConcatenateLayer(name="j")([layers.ReshapeLayer(name="flat", shape=-1)(layer), bias])
last = layers.DenseLayer(units=20, name="last", **resistors(100))(flat)
model = Model([x, bias], [layers.CurrentLayer(name="digit")(last)], seed=args.seed)

model.fit(
    batches,
    losses.MSE(None),
    optimizers.Adam(model),
    epochs=args.epochs,
    rule=EquilibriumPropagation(1e-7, variant="centered"),
    metrics=metrics.Metrics(model, verbose=False, save_parameters="last"),
)
right = model.predict(samples(test_images, test_digits))["digit"].argmax(axis=1) == test_digits
size = model.parameters["first.conductance"].size
print(f"{size} values, {len(right)} test images: {right.mean():.2%} right")
