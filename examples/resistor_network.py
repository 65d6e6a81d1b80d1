"""A random network of resistors learns a linear map by coupled learning, with no other device.

Every resistor compares its own drop in the free and in the clamped state: nothing else is
needed (Stern, Hexner, Rocks and Liu, Phys. Rev. X 11, 021045, 2021).
"""

import argparse

import networkx
import numpy as np

from ebana_core import Model, initializers, losses, metrics, optimizers
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.layers import (
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    InputVoltageLayer,
    ResistorNetworkLayer,
)
from ebana_core.rules import CoupledLearning

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--nodes", type=int, default=30)
parser.add_argument("--epochs", type=int, default=300)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()

# Resistors along the edges of a random graph in which every node has five neighbours.
graph = networkx.random_regular_graph(5, args.nodes, seed=args.seed)
x = InputVoltageLayer(units=2, name="x")
rails = BiasVoltageLayer(units=2, name="rails", bias_voltage=[1.0, 0.0])
network = ResistorNetworkLayer(
    name="net",
    branches=graph,
    inputs=[0, 1, 2, 3],  # x[0], x[1] and the two rails
    outputs=[args.nodes - 1, args.nodes - 2],
    initializer=initializers.LogUniform(1e-5, 1e-4, clip_low=1e-7, clip_high=1e-2),
    lr=1e-7,
)(ConcatenateLayer(name="ends")([x, rails]))
model = Model(inputs=[x, rails], outputs=[CurrentLayer(name="y", fold=False)(network)], seed=0)

# The task: two weighted means of the inputs and the rails, as any such network computes some.
rng = np.random.default_rng(args.seed)
volts = rng.uniform(0, 1, (60, 2))
targets = volts @ [[0.2, 0.4], [0.3, 0.1]] + [0.1, 0.2]
dataset = DataSet({"x": volts}, {"y": targets})
train, test = dataset.subset(np.arange(40)), dataset.subset(np.arange(40, 60))

loss_fn = losses.MSE()
before = model.evaluate(test, loss_fn).loss
model.fit(
    BatchGenerator(train, batch_size=10),
    loss_fn,
    optimizers.Adam(model),
    epochs=args.epochs,
    rule=CoupledLearning(eta=0.1),
    metrics=metrics.Metrics(model, verbose=False),
)
after = model.evaluate(test, loss_fn).loss
print(f"{len(network.branches)} resistors, loss {before:.3g} V² before, {after:.3g} V² after")
