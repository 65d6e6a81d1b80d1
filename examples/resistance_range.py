"""Does Equilibrium Propagation still learn when the resistance range of its devices shrinks?

Fisher's irises on memristors whose window narrows from two decades to 0.3, with ideal cells and
with pulses, in a circuit that stays as it is and in one that is scaled to the smaller swing.
"""

import argparse
import warnings

import numpy as np
from ebana_diode_mos import DiodeLayer
from ebana_memristor import Linear, MemristorLayer, PulseNoise, Pulses, SoftBounds
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
parser.add_argument("--seeds", type=int, default=3)
args = parser.parse_args()
flowers = load_iris()
# Ten pulses an update are what the hardware is taken to have time for; the rest follows later.
warnings.filterwarnings("ignore", message=".*need more pulses")
PROGRAMMED = {
    "ideal": {},
    "soft bounds": {
        "pulses": Pulses(response=SoftBounds(n_states=200), max_pulses=10),
        "effects": [PulseNoise(0.05)],
    },
}


def accuracy(decades, seed, *, scale, **cells):
    """Return the test accuracy; diodes bend at 50 mV and targets are 100 mV, times `scale`."""
    train, test = train_test_split(
        np.arange(150), test_size=45, stratify=flowers.target, random_state=seed
    )
    components = PCA(whiten=True).fit(flowers.data[train]).transform(flowers.data)
    targets = scale * 0.1 * (2 * np.eye(3)[flowers.target] - 1)
    data = DataSet.differential(np.clip(components / 5, -0.5, 0.5), {"iris": targets})

    low, high = 3e-6 * 10 ** (-decades / 2), 3e-6 * 10 ** (decades / 2)
    settings = {
        "cell": Linear(window=(low, high)),
        "initializer": initializers.RandomUniform(low, high),
        "lr": 0.04 * (high - low),
        **cells,
    }
    xp, xn = InputVoltageLayer(units=4, name="xp"), InputVoltageLayer(units=4, name="xn")
    b1, b2 = (BiasVoltageLayer(units=2, name=n, bias_voltage=[0.5, -0.5]) for n in ("b1", "b2"))
    node = MemristorLayer(name="m1", units=10, **settings)(ConcatenateLayer(name="j")([xp, xn, b1]))
    for way in ("down", "up"):
        node = DiodeLayer(name=way, direction=way, param={"VTH": 0.05 * scale, "RON": 1e3})(node)
    amp = AmplificationLayer(name="amp", param={"gain": 4.0 / scale})(node)
    last = MemristorLayer(name="m2", units=6, **settings)(ConcatenateLayer(name="k")([amp, b2]))
    model = Model([xp, xn, b1, b2], [CurrentLayer(name="iris")(last)], seed=seed)
    batches = BatchGenerator(data.subset(train), batch_size=35)
    beta, quiet = 0.02 * (low + high) / 2, metrics.Metrics(model, verbose=False)
    adam, loss_fn = optimizers.Adam(model), losses.MSE(output_midpoint=0.0)
    model.fit(batches, loss_fn, adam, args.epochs, beta, metrics=quiet, backend=args.backend)
    found = model.predict(data.subset(test), args.backend)["iris"].argmax(axis=1)
    return (found == flowers.target[test]).mean()


print(f"{'window':>12}{'pulses':>14}{'circuit as it is':>20}{'scaled circuit':>18}")
for decades in (2.0, 1.0, 0.3):
    swing = (10**decades - 1) / (10**decades + 1)  # of a node between equal rows of both signs
    for name, cells in PROGRAMMED.items():
        both = (
            np.median([accuracy(decades, s, scale=scale, **cells) for s in range(args.seeds)])
            for scale in (1.0, swing)
        )
        print(f"{decades:4} decades{name:>14}{next(both):20.1%}{next(both):18.1%}")
