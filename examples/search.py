"""Search for hyperparameters with Optuna; every trial is a run file that stays."""

import argparse
from pathlib import Path

import numpy as np
import optuna
from ebana_diode_mos import DiodeLayer
from sklearn.datasets import load_iris

from ebana_core import Model, Run, callbacks, initializers, losses, metrics, optimizers
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
parser.add_argument("--trials", type=int, default=20)
parser.add_argument("--epochs", type=int, default=30)
parser.add_argument("--runs", type=Path, default=Path("search"), help="folder for the run files")
args = parser.parse_args()
args.runs.mkdir(exist_ok=True)

flowers = load_iris()
order = np.random.default_rng(0).permutation(150)
volts = (flowers.data - flowers.data.mean(axis=0)) / flowers.data.std(axis=0)
dataset = DataSet.differential(volts, {"iris": np.eye(3)[flowers.target]})
train, validation = dataset.subset(order[:100]), dataset.subset(order[100:])
loss_fn = losses.CrossEntropyLoss()


def network(units, threshold, gain, lr):
    """Return a model with one hidden layer."""
    init = initializers.RandomUniform(1e-7, 1e-5, clip_low=1e-8, clip_high=1e-4)
    xp, xn = InputVoltageLayer(units=4, name="xp"), InputVoltageLayer(units=4, name="xn")
    bias = BiasVoltageLayer(units=2, name="bias", bias_voltage=[1.0, -1.0])
    joined = ConcatenateLayer(name="j")([xp, xn, bias])
    hidden = DenseLayer(units=units, name="d1", lr=lr, initializer=init)(joined)
    for direction in ("down", "up"):
        hidden = DiodeLayer(name=direction, direction=direction, param={"VTH": threshold})(hidden)
    amplified = AmplificationLayer(name="amp", param={"gain": gain})(hidden)
    last = DenseLayer(units=6, name="d2", lr=lr, initializer=init)(amplified)
    return Model(inputs=[xp, xn, bias], outputs=[CurrentLayer(name="iris")(last)], seed=0)


def objective(trial):
    """Train one network; its run file is named after the trial."""
    model = network(
        units=trial.suggest_int("units", 4, 20),
        threshold=trial.suggest_float("threshold", 0.1, 0.6),
        gain=trial.suggest_float("gain", 1.5, 6.0),
        lr=trial.suggest_float("lr", 1e-8, 1e-6, log=True),
    )

    def report(epoch, logs):
        trial.report(logs["val_loss"], epoch)
        model.stop_training = trial.should_prune()

    path = args.runs / f"trial_{trial.number:03}.h5"
    model.fit(
        BatchGenerator(train, batch_size=10),
        loss_fn,
        optimizers.Adam(model),
        epochs=args.epochs,
        beta=1e-7,
        test_dataloader=validation,
        metrics=metrics.Metrics(model, verbose=False),
        callbacks=[callbacks.LambdaCallback(on_epoch_end=report)],
        run=path,
        overwrite=True,
    )
    with Run.open(path) as run:
        return float(run.scores["validation_loss"][-1])


optuna.logging.set_verbosity(optuna.logging.WARNING)
study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0))
study.optimize(objective, n_trials=args.trials)
best = study.best_trial
print(f"best of {len(study.trials)}: trial_{best.number:03}.h5, loss {best.value:.4f}")
print(best.params)
