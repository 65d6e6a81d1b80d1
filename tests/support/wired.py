"""Crossbars of memristors with wire resistance that several tests build."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from ebana_diode_mos import DiodeLayer
from ebana_memristor import Linear, MemristorLayer, Wires
from ebana_memristor.cells import Cell

from ebana_core import Model
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, InputVoltageLayer, Layer

WINDOW = (1e-6, 1e-4)


def wired_layers(
    widths: Sequence[int],
    *,
    wires: Wires | None = None,
    cell: Cell | None = None,
    diode: dict[str, Any] | None = None,
    last: int | None = 2,
    seed: int = 0,
) -> Model:
    """Return wired crossbars in a row.

    Args:
        widths: Inputs, then the columns of each crossbar.
        wires: Of all of them; None: 2 ohms.
        cell: Of all of them; None: linear.
        diode: Settings of a diode to ground at every column; None: there are none.
        last: Columns of an ideal crossbar behind them; None: the columns end open.
        seed: Of the conductances.
    """
    source = InputVoltageLayer(units=widths[0], name="x")
    layer: Layer = source
    cells = cell or Linear(window=WINDOW)
    for number, units in enumerate(widths[1:]):
        layer = MemristorLayer(
            name=f"m{number}",
            units=units,
            cell=cells,
            wires=wires or Wires(2.0, 2.0),
            initializer=RandomUniform(*WINDOW),
        )(layer)
        if diode is not None:
            layer = DiodeLayer(name=f"d{number}", direction="down", bias_voltage=0.0, **diode)(
                layer
            )
    if last is not None:
        initializer = RandomUniform(*WINDOW)
        layer = MemristorLayer(name="out", units=last, initializer=initializer)(layer)
    return Model([source], [CurrentLayer(name="y", fold=False)(layer)], seed=seed)


def driven(model: Model, n_samples: int = 5, seed: int = 1) -> dict[str, np.ndarray]:
    """Return random samples, V."""
    shape = (n_samples, *model.network.shapes["x"])
    return {"x": np.random.default_rng(seed).uniform(-0.5, 0.5, shape)}


def nudge(model: Model, n_samples: int = 5) -> dict[str, np.ndarray]:
    """Return currents of 10 nA into every output, A."""
    return {"y": np.full((n_samples, *model.network.shapes["y"]), 1e-8)}
