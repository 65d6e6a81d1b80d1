"""Two layers of memristors in a row, measured cells, and samples for them."""

from typing import Any

import numpy as np
from ebana_memristor import (
    Measured,
    MemristorLayer,
)

from ebana_core import Model
from ebana_core.data import DataSet
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, InputVoltageLayer

VOLTAGES = (-1.0, -0.5, -0.2, -0.1, 0.1, 0.2, 0.5, 1.0)
CURRENTS = (-4e-5, -1e-5, -2.6e-6, -1.1e-6, 1e-6, 2.4e-6, 9e-6, 4.2e-5)
MEASURED = Measured(voltages=VOLTAGES, currents=CURRENTS)


def network(n_in: int = 3, units: int = 4, **settings: Any) -> Model:
    x = InputVoltageLayer(units=n_in, name="x")
    given = {"initializer": RandomUniform(5e-6, 5e-5), "lr": 1e-9, **settings}
    hidden = MemristorLayer(name="m1", units=units, **given)(x)
    last = MemristorLayer(name="m2", units=2, **given)(hidden)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y")(last)], seed=2)


def data(n_in: int = 3, n_samples: int = 4) -> DataSet:
    rng = np.random.default_rng(0)
    x = rng.uniform(-0.8, 0.8, (n_samples, n_in))
    return DataSet({"x": x}, {"y": rng.uniform(-0.2, 0.2, (n_samples, 1))})
