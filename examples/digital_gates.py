"""OR, AND and XOR: three outputs of one analog network."""

import argparse

from ebana_diode_mos import DiodeLayer

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
parser.add_argument("--epochs", type=int, default=100)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()

# False and true are -1 V and +1 V; xn carries -xp, because conductances cannot be negative.
x = [[-1, -1], [-1, 1], [1, -1], [1, 1]]
gates = [[0, 0, 0], [1, 0, 1], [1, 0, 1], [1, 1, 0]]  # columns: OR, AND, XOR
dataset = DataSet.differential(x, {"gates": gates})
conductances = initializers.RandomUniform(1e-7, 1e-5, clip_low=1e-8, clip_high=1e-4)

xp = InputVoltageLayer(units=2, name="xp")
xn = InputVoltageLayer(units=2, name="xn")
b1 = BiasVoltageLayer(units=2, name="b1", bias_voltage=[1.0, -1.0])
j1 = ConcatenateLayer(name="j1")([xp, xn, b1])
d1 = DenseLayer(units=10, lr=4e-7, name="d1", initializer=conductances)(j1)
a1 = DiodeLayer(name="act1_1", direction="down", kind="behavioral", param={"VTH": 0.3})(d1)
a2 = DiodeLayer(name="act1_2", direction="up", kind="behavioral", param={"VTH": 0.3})(a1)
g1 = AmplificationLayer(name="amp1", param={"shift": 0.0, "gain": 4.0})(a2)
b2 = BiasVoltageLayer(units=2, name="b2", bias_voltage=[1.0, -1.0])
j2 = ConcatenateLayer(name="j2")([g1, b2])
d_out = DenseLayer(units=6, lr=4e-7, name="d_out", initializer=conductances)(j2)
c_out = CurrentLayer(name="gates")(d_out)
model = Model(inputs=[xp, xn, b1, b2], outputs=[c_out], seed=args.seed)
print(model.summary())

loss_fn = losses.MSE(output_midpoint=0.5)
model.fit(
    train_dataloader=BatchGenerator(dataset, batch_size=4),
    epochs=args.epochs,
    loss_fn=loss_fn,
    optimizer=optimizers.Adam(model),
    beta=1e-7,
    metrics=metrics.Metrics(model, validate_every={"epoch_num": 50}),
    backend=args.backend,
)
print(model.evaluate(dataset, loss_fn, args.backend))
names = ("OR", "AND", "XOR")
for inputs, prediction in zip(x, model.predict(dataset, args.backend)["gates"], strict=True):
    answers = ", ".join(f"{name} {p >= 0.5:d}" for name, p in zip(names, prediction, strict=True))
    print(f"{inputs} V -> {answers}")
