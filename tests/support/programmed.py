"""A crossbar of every kind of memristor with effects, and wishes to program it by."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from ebana_memristor import (
    Cell,
    Cells,
    ConductanceSpread,
    DeviceSpread,
    Drift,
    Effect,
    Exponential,
    GapDynamics,
    Linear,
    LinearPulses,
    Measured,
    MeasuredPulses,
    MemristorLayer,
    NonlinearPulses,
    PulseNoise,
    PulseResponse,
    Pulses,
    Quantised,
    ReadNoise,
    Sinh,
    SoftBounds,
    Stanford,
    StuckCells,
    WriteNoise,
)

from ebana_core import Model, losses, optimizers
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, InputVoltageLayer
from ebana_core.metrics import Metrics
from ebana_core.rules import EquilibriumPropagation

EFFECTS: Mapping[str, Effect] = {
    "DeviceSpread": DeviceSpread(0.3),
    "ConductanceSpread": ConductanceSpread(0.2),
    "StuckCells": StuckCells(low=0.2, high=0.2),
    "PulseNoise": PulseNoise(0.2),
    "WriteNoise": WriteNoise(0.01),
    "ReadNoise": ReadNoise(0.05),
    "Quantised": Quantised(33),
    "QuantisedAtRandom": Quantised(33, stochastic=True),
    "Drift": Drift(exponent=0.1),
}
KINDS: Mapping[str, tuple[Cell, PulseResponse]] = {
    "linear": (Linear(), LinearPulses(n_states=60)),
    "sinh": (Sinh(), Exponential(n_states=60)),
    "soft": (Linear(), SoftBounds(n_states=60)),
    "nonlinear": (Linear(), NonlinearPulses(n_states=60, up=2.0, down=-1.0)),
    "stanford": (Stanford(), GapDynamics()),
    "measured": (
        Measured(voltages=[-1, 1, 2], currents=[-1e-5, 1e-5, 4e-5], window=(1e-6, 9e-6)),
        MeasuredPulses(up=[1e-6, 4e-6, 7e-6, 9e-6], down=[9e-6, 5e-6, 2e-6, 1e-6]),
    ),
}
PROGRAMMING = ("none", "open", "verified")


def network(kind: str, effects: Any, programming: str = "open", **settings: Any) -> Model:
    cell, response = KINDS[kind]
    verify = programming == "verified"
    # A gap may take hundreds of pulses, each of a few milliseconds.
    given_pulses: Any = {"write_verify": verify, "max_pulses": 60 if kind == "stanford" else None}
    pulses = None if programming == "none" else Pulses(response=response, **given_pulses)
    given = {"initializer": RandomUniform(*cell.window), "lr": 1e-9, **settings}
    given |= {"cell": cell, "pulses": pulses, "effects": effects}
    x = InputVoltageLayer(units=5, name="x")
    layer = MemristorLayer(name="m", units=4, **given)(x)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y")(layer)], seed=3)


def state_of(model: Model) -> str:
    return next(name for name in model.parameters if name in ("m.conductance", "m.gap"))


def wished(model: Model, share: float) -> Any:
    """A wish of a share of the window up in the first column, and of none elsewhere."""
    name, cell = state_of(model), model.layers["m"].cell
    low, high = cell.window
    held = np.array(model.parameters[name])
    x = Cells(cell.window, {}).place(cell.conductance_of(held))
    x[:, 0] = np.clip(x[:, 0] + share, 0, 1)
    goal = np.clip(cell.state_of(np.clip(low + x * (high - low), low, high)), *cell.limits)
    wish = np.zeros_like(held)
    wish[:, 0] = goal[:, 0] - held[:, 0]
    return wish


def trained(model: Model, n_epochs: int = 3, backend: str = "native", **settings: Any) -> None:
    rng = np.random.default_rng(0)
    data = DataSet({"x": rng.uniform(-0.5, 0.5, (4, 5))}, {"y": rng.uniform(-0.2, 0.2, (4, 2))})
    model.fit(
        BatchGenerator(data, batch_size=2),
        losses.MSE(0.0),
        optimizers.Adam(model),
        epochs=n_epochs,
        rule=EquilibriumPropagation(1e-8),
        metrics=Metrics(model, verbose=False),
        backend=backend,
        **settings,
    )
