"""MNIST on an analog network, dense or locally connected, tested on the 10,000 test images.

The images come from a folder of the four IDX files (gzip or not), or from OpenML.
"""

import argparse

import numpy as np
from ebana_diode_mos import DiodeLayer

from ebana_core import Model, initializers, losses, metrics, optimizers, schedules
from ebana_core.data import BatchGenerator, DataSet, load_idx
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    LocallyConnected2DLayer,
    ReshapeLayer,
)
from ebana_core.rules import EquilibriumPropagation

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--data", help="folder of MNIST's IDX files; without it, OpenML")
parser.add_argument("--network", choices=("dense", "local"), default="dense")
parser.add_argument("--epochs", type=int, default=8)
parser.add_argument("--samples", type=int, default=60000, help="training images to use")
parser.add_argument("--run", help="HDF5 file of the run")
args = parser.parse_args()

if args.data:
    mnist = load_idx(args.data)
    images = np.concatenate([mnist.train_images[: args.samples], mnist.test_images])
    digits = np.concatenate([mnist.train_labels[: args.samples], mnist.test_labels])
else:
    from sklearn.datasets import fetch_openml

    images, digits = fetch_openml("mnist_784", version=1, return_X_y=True, as_frame=False)
    keep = np.r_[: args.samples, 60000:70000]
    images, digits = images[keep], digits[keep].astype(int)

# Every pixel and its negative, two channels of 20 V at most.
pixels = 20.0 * (images.reshape(len(images), -1) / 255.0)
volts = np.stack([pixels, -pixels], axis=-1).reshape(len(pixels), -1)
dataset = DataSet({"x": volts}, {"digit": np.eye(10)[digits]})
train, test = dataset.subset(slice(0, args.samples)), dataset.subset(slice(args.samples, None))

batches = BatchGenerator(train, batch_size=64)
n_steps = args.epochs * batches.n_batches


def crossbar(n_inputs):
    """Return settings of a crossbar: small conductances, a learning rate that decays."""
    return {
        "initializer": initializers.RandomUniform(1e-8, 1e-5 / np.sqrt(n_inputs), 1e-9, 1e-3),
        "lr": schedules.CosineDecay(1e-7, n_steps, 0.05),
        "max_relative_step": None,
    }


x = InputVoltageLayer(units=1568, name="x")
bias = BiasVoltageLayer(units=2, name="bias", bias_voltage=[1.0, -1.0])
if args.network == "dense":
    layer = DenseLayer(units=100, name="d1", **crossbar(1568))(x)
else:
    plane = ReshapeLayer(name="plane", shape=(28, 28, 2))(x)
    layer = LocallyConnected2DLayer(filters=6, kernel=6, stride=2, name="local", **crossbar(72))(
        plane
    )
for direction in ("down", "up"):
    layer = DiodeLayer(name=direction, direction=direction, param={"VTH": 0.5})(layer)
layer = AmplificationLayer(name="amp", param={"gain": 4.0})(layer)
flat = ConcatenateLayer(name="j")([ReshapeLayer(name="flat", shape=-1)(layer), bias])
last = DenseLayer(units=20, name="d2", **crossbar(100))(flat)
model = Model(inputs=[x, bias], outputs=[CurrentLayer(name="digit")(last)], seed=0)

model.fit(
    batches,
    losses.MSE(None),
    optimizers.Adam(model),
    epochs=args.epochs,
    rule=EquilibriumPropagation(1e-7, variant="centered"),
    metrics=metrics.Metrics(model, save_parameters="last"),
    run=args.run,
)
found = model.predict(test)["digit"].argmax(axis=1)
print(f"{len(found)} test images: {(found == digits[args.samples :]).mean():.2%} right")
