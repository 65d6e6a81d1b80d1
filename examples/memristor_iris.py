"""Fisher's irises on crossbars of memristors, with the faults that real cells have."""

import argparse

import numpy as np
from ebana_diode_mos import DiodeLayer
from ebana_memristor import (
    DeviceSpread,
    Linear,
    MemristorLayer,
    PulseNoise,
    Pulses,
    ReadNoise,
    SoftBounds,
    StuckCells,
)
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
    InputVoltageLayer,
)

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--backend", default="native", help="native or ngspice")
parser.add_argument("--epochs", type=int, default=40)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()

flowers = load_iris()
train, test = train_test_split(
    np.arange(150), test_size=45, stratify=flowers.target, random_state=args.seed
)
volts = PCA(whiten=True).fit(flowers.data[train]).transform(flowers.data)
dataset = DataSet.differential(volts, {"iris": np.eye(3)[flowers.target]})
loss_fn = losses.CrossEntropyLoss()


def trained(**cells):
    """Return the test score and the fit of 10-10-6 cells of a window of one and a half decades."""
    settings = {
        "cell": Linear(window=(5e-7, 1.6e-5)),
        "initializer": initializers.RandomUniform(5e-7, 1e-5),
        "lr": 4e-7,
        **cells,
    }
    xp, xn = InputVoltageLayer(units=4, name="xp"), InputVoltageLayer(units=4, name="xn")
    b1, b2 = (BiasVoltageLayer(units=2, name=n, bias_voltage=[1.0, -1.0]) for n in ("b1", "b2"))
    m1 = MemristorLayer(units=10, name="m1", **settings)(ConcatenateLayer(name="j1")([xp, xn, b1]))
    down = DiodeLayer(name="down", direction="down", param={"VTH": 0.3})(m1)
    up = DiodeLayer(name="up", direction="up", param={"VTH": 0.3})(down)
    amp = AmplificationLayer(name="amp", param={"gain": 4.0})(up)
    m2 = MemristorLayer(units=6, name="m2", **settings)(ConcatenateLayer(name="j2")([amp, b2]))
    model = Model([xp, xn, b1, b2], [CurrentLayer(name="iris")(m2)], seed=args.seed)
    fit = model.fit(
        BatchGenerator(dataset.subset(train), batch_size=15),
        loss_fn,
        optimizers.Adam(model),
        epochs=args.epochs,
        beta=1e-7,
        backend=args.backend,
        metrics=metrics.Metrics(model, verbose=False),
    )
    return model.evaluate(dataset.subset(test), loss_fn, args.backend), fit


print("45 test flowers, ideal cells:", trained()[0])
score, fit = trained(
    pulses=Pulses(response=SoftBounds(n_states=100, asymmetry=0.8)),
    effects=[
        DeviceSpread(0.3),  # cells differ in the size of their steps
        PulseNoise(0.3),  # and every pulse from the one before it
        StuckCells(low=0.03, high=0.01),
        ReadNoise(0.02),
    ],
)
print("45 test flowers, real cells: ", score)
ups, downs, joules = (
    sum(epoch.reports[f"{layer}.{what}"] for epoch in fit for layer in ("m1", "m2"))
    for what in ("pulses_up", "pulses_down", "energy")
)
print(f"Training took {ups:,.0f} pulses up and {downs:,.0f} down, {joules:.3g} J in all.")
