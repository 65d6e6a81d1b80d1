"""A block of your own, drawn in PySpice, as the activation of a network that learns XOR."""

import argparse

from PySpice.Spice.Netlist import SubCircuitFactory
from PySpice.Unit import u_kΩ, u_V

from ebana_core import Model, initializers, losses, metrics, optimizers
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    SpiceBlock,
)

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--backend", default="native", help="native or ngspice")
parser.add_argument("--epochs", type=int, default=100)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()


class Knee(SubCircuitFactory):
    """Bends its node's voltage down: a diode, a source for the corner, a resistor for the slope."""

    NAME = "knee"
    NODES = ("a",)

    def __init__(self):
        super().__init__()
        self.model("dx", "D", IS=1e-9, N=1.2)
        self.D("bend", "a", "k", model="dx")
        self.R("slope", "k", "corner", 20 @ u_kΩ)
        self.V("corner", "corner", self.gnd, 0 @ u_V)
        self.R("leak", "a", self.gnd, 1000 @ u_kΩ)


# Two element values learn, in every block its own: ten numbers each.
knee = SpiceBlock(
    name="knee",
    subcircuit=Knee(),
    inputs="a",
    param={"vcorner": [0.0] * 10, "rslope": [2e4] * 10},
    trainable=("vcorner", "rslope"),
    lr={"vcorner": 5e-3, "rslope": 1e3},
)
print(knee.check())

# False and true are -1 V and +1 V; xn carries -xp, because conductances cannot be negative.
x = [[-1, -1], [-1, 1], [1, -1], [1, 1]]
dataset = DataSet.differential(x, {"xor": [[0.0], [1.0], [1.0], [0.0]]})
conductances = initializers.RandomUniform(1e-7, 1e-5, clip_low=1e-8, clip_high=1e-4)

xp, xn = InputVoltageLayer(units=2, name="xp"), InputVoltageLayer(units=2, name="xn")
b1 = BiasVoltageLayer(units=2, name="b1", bias_voltage=[1.0, -1.0])
j1 = ConcatenateLayer(name="j1")([xp, xn, b1])
d1 = DenseLayer(units=10, lr=4e-7, name="d1", initializer=conductances)(j1)
g1 = AmplificationLayer(name="amp1", param={"gain": 4.0})(knee(d1))
b2 = BiasVoltageLayer(units=2, name="b2", bias_voltage=[1.0, -1.0])
j2 = ConcatenateLayer(name="j2")([g1, b2])
d_out = DenseLayer(units=2, lr=4e-7, name="d_out", initializer=conductances)(j2)
model = Model([xp, xn, b1, b2], [CurrentLayer(name="xor")(d_out)], seed=args.seed)

loss_fn = losses.MSE(output_midpoint=0.5)
model.fit(
    train_dataloader=BatchGenerator(dataset, batch_size=4),
    epochs=args.epochs,
    loss_fn=loss_fn,
    optimizer=optimizers.Adam(model),
    beta=1e-7,
    metrics=metrics.Metrics(model, verbose=False),
    backend=args.backend,
)
print(model.evaluate(dataset, loss_fn, args.backend))
print("corners:", ", ".join(f"{v:.3f}" for v in model.parameters["knee.vcorner"]), "V")
print("slopes: ", ", ".join(f"{r / 1e3:.1f}" for r in model.parameters["knee.rslope"]), "kOhm")
