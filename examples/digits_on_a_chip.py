"""Handwritten digits learned by 1,280 transistors on a simulated chip.

Free and clamped phases run on two circuits whose transistors differ, as in self-learning hardware.
"""

import argparse

import numpy as np
from ebana_diode_mos import TransistorCrossbarLayer, UniformVoltage
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from ebana_core import Model, losses, metrics, optimizers
from ebana_core.chips import Twin, VoltageNoise
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.layers import InputVoltageLayer, SenseLayer
from ebana_core.rules import DropSquared

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--vto", type=float, default=0.01, help="spread of thresholds, V")
parser.add_argument("--kp", type=float, default=0.005, help="spread of transconductances")
parser.add_argument("--noise", type=float, default=0.005, help="of every reading, V rms")
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()

pixels = load_digits()
train, test = train_test_split(
    np.arange(len(pixels.data)), test_size=0.2, random_state=args.seed, stratify=pixels.target
)
# Pixels of at most 1 V at the drains; two rails per digit, whose difference is its score.
dataset = DataSet({"x": pixels.data / 16}, {"digit": np.eye(10)[pixels.target]})

x = InputVoltageLayer(units=64, name="x")
net = TransistorCrossbarLayer(
    units=20,
    name="net",
    param={"VTO": 0.75, "KP": 6e-5, "GAMMA": 1.0, "PHI": 0.9, "RSH": 70, "W": 1.4e-4, "L": 8e-6},
    initializer=UniformVoltage(0.5, 4.5),
    lower=0.4,
    upper=8.0,
    lr=1.0,
)(x)
digit = SenseLayer(name="digit", clamp_resistance=0.01)(net)
model = Model([x], [digit], seed=args.seed, gmin=1e-8, shunt=1e-9)

twin = Twin.drawn(model, {"net.vto_offset": args.vto, "net.kp_factor": args.kp}, seed=args.seed)
hardware = {"chip": twin, "read_noise": VoltageNoise(args.noise)}
loss_fn = losses.Hinge(margin=0.02)
held_out = dataset.subset(test)
print("360 digits, untrained chip:  ", model.evaluate(held_out, loss_fn, **hardware))
model.fit(
    BatchGenerator(dataset.subset(train), batch_size=1),
    loss_fn,
    optimizers.SGD(model),
    epochs=args.epochs,
    # On twins, edges without a clamped end would learn the mismatch.
    rule=DropSquared(nudge=0.05, only_clamped=True),
    metrics=metrics.Metrics(model, verbose=False),
    **hardware,
)
print("360 digits, trained chip:    ", model.evaluate(held_out, loss_fn, **hardware))
for scale in (1, 50):
    score = model.evaluate(held_out, loss_fn, chip=twin.clamped.scaled(scale))
    print(f"360 digits, another chip x{scale:<2}: ", score)
