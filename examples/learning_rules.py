"""Fisher's irises learned by several rules: what does each need, and what does it reach?"""

import argparse

import numpy as np
from ebana_diode_mos import DiodeLayer
from sklearn.datasets import load_iris
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
from ebana_core.rules import (
    Adjoint,
    ContrastiveLearning,
    CoupledLearning,
    EquilibriumPropagation,
    Measurement,
    ep_mult,
    ep_quantize,
)

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--epochs", type=int, default=40)
args = parser.parse_args()

flowers = load_iris()
volts = (flowers.data - flowers.data.mean(axis=0)) / flowers.data.std(axis=0)
dataset = DataSet.differential(volts, {"iris": 2.0 * np.eye(3)[flowers.target] - 1.0})
train, test = train_test_split(
    np.arange(150), test_size=45, stratify=flowers.target, random_state=0
)
loss_fn = losses.MSE(output_midpoint=0.0)


def network(**learning):
    """Return 8-10-6 with a bias; `learning` goes to both crossbars."""
    settings = {
        "initializer": initializers.RandomUniform(1e-7, 1e-5, clip_low=1e-8, clip_high=1e-4),
        "lr": 2e-7,
        **learning,
    }
    xp, xn = InputVoltageLayer(units=4, name="xp"), InputVoltageLayer(units=4, name="xn")
    bias = BiasVoltageLayer(units=2, name="bias", bias_voltage=[1.0, -1.0])
    hidden = DenseLayer(units=10, name="d1", **settings)(ConcatenateLayer(name="j")([xp, xn, bias]))
    for direction in ("down", "up"):
        hidden = DiodeLayer(name=direction, direction=direction, param={"VTH": 0.3})(hidden)
    amplified = AmplificationLayer(name="amp", param={"gain": 4.0})(hidden)
    last = DenseLayer(units=6, name="d2", **settings)(amplified)
    return Model(inputs=[xp, xn, bias], outputs=[CurrentLayer(name="iris")(last)], seed=0)


one_sided = EquilibriumPropagation(1e-7)
centered = EquilibriumPropagation(1e-7, variant="centered")
RULES = {
    "adjoint (exact, no hardware)": (Adjoint(), {}),
    "EP, one-sided": (one_sided, {}),
    "EP, centered": (centered, {}),
    "EP, one multiplier a device": (one_sided, {"grad_func": ep_mult}),
    "EP, four comparators a device": (one_sided, {"grad_func": ep_quantize}),
    "EP, drops seen by 12 bits": (
        EquilibriumPropagation(3e-6, measurement=Measurement(bits=12, range=4.0)),
        {},
    ),
    "coupled learning": (CoupledLearning(eta=0.1), {}),
    "contrastive learning": (ContrastiveLearning(), {}),
}
print(f"{'rule':32}{'train loss':>12}{'test loss':>12}{'test accuracy':>15}")
for name, (rule, learning) in RULES.items():
    model = network(**learning)
    batches = BatchGenerator(dataset.subset(train), batch_size=15)
    quiet = metrics.Metrics(model, verbose=False)
    fit = model.fit(batches, loss_fn, optimizers.Adam(model), args.epochs, rule=rule, metrics=quiet)
    result = model.evaluate(dataset.subset(test), loss_fn)
    hits = model.predict(dataset.subset(test))["iris"].argmax(axis=1) == flowers.target[test]
    print(f"{name:32}{fit.losses[-1]:12.4f}{result.loss:12.4f}{hits.mean():15.1%}")
