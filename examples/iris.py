"""Fisher's irises on an analog network of 10 hidden nodes, tested on flowers it never saw."""

import argparse

import numpy as np
from ebana_diode_mos import DiodeLayer
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split

from ebana_core import Model, initializers, losses, metrics, optimizers
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
)

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--backend", default="native", help="native or ngspice")
parser.add_argument("--epochs", type=int, default=60)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()

flowers = load_iris()
train, test = train_test_split(
    np.arange(150), test_size=45, stratify=flowers.target, random_state=args.seed
)
# Inputs: the principal components of the training samples, each of 1 V standard deviation.
volts = PCA(whiten=True).fit(flowers.data[train]).transform(flowers.data)
dataset = DataSet.differential(volts, {"iris": np.eye(3)[flowers.target]})

conductances = initializers.RandomUniform(1e-7, 1e-5, clip_low=1e-8, clip_high=1e-4)

xp = InputVoltageLayer(units=4, name="xp")
xn = InputVoltageLayer(units=4, name="xn")
b1 = BiasVoltageLayer(units=2, name="b1", bias_voltage=[1.0, -1.0])
j1 = ConcatenateLayer(name="j1")([xp, xn, b1])
d1 = DenseLayer(units=10, lr=4e-7, name="d1", initializer=conductances)(j1)
a1 = DiodeLayer(name="act1_1", direction="down", kind="behavioral", param={"VTH": 0.3})(d1)
a2 = DiodeLayer(name="act1_2", direction="up", kind="behavioral", param={"VTH": 0.3})(a1)
g1 = AmplificationLayer(name="amp1", param={"shift": 0.0, "gain": 4.0})(a2)
b2 = BiasVoltageLayer(units=2, name="b2", bias_voltage=[1.0, -1.0])
j2 = ConcatenateLayer(name="j2")([g1, b2])
d_out = DenseLayer(units=6, lr=4e-7, name="d_out", initializer=conductances)(j2)
c_out = CurrentLayer(name="iris", activation="softmax")(d_out)
model = Model(inputs=[xp, xn, b1, b2], outputs=[c_out], seed=args.seed)

loss_fn = losses.CrossEntropyLoss()
model.fit(
    train_dataloader=BatchGenerator(dataset.subset(train), batch_size=15),
    epochs=args.epochs,
    loss_fn=loss_fn,
    optimizer=optimizers.Adam(model),
    beta=1e-7,
    test_dataloader=dataset.subset(test),
    metrics=metrics.Metrics(model, validate_every={"epoch_num": 10}),
    backend=args.backend,
)
print("45 test flowers:", model.evaluate(dataset.subset(test), loss_fn, args.backend))
