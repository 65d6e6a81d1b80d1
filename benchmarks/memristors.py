"""How fast memristors are: moving gaps, solving crossbars, programming by pulses.

Moving gaps is compared with a plain Python loop over cells, crossbars with ngspice. Rates are per
second of one processor.

Usage: OMP_NUM_THREADS=1 python -m benchmarks.memristors --out benchmarks/results/memristors.json
"""

import argparse
import json
import math
import os
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from ebana_memristor import (
    Cell,
    Exponential,
    GapDynamics,
    Linear,
    LinearPulses,
    MeasuredPulses,
    MemristorLayer,
    NonlinearPulses,
    PulseNoise,
    PulseResponse,
    Pulses,
    Sinh,
    SoftBounds,
    Stanford,
    StanfordModel,
)

from benchmarks.records import made_with, write_record
from ebana_core import Model
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, InputVoltageLayer

REPEATS = 5
N_CELLS, N_LOOPED = 1_000_000, 2_000
STEP, PULSE = 1e-11, 1e-9
"""A step of time in which no gap moves far, and a pulse, which the model divides; s."""
VOLTS = 1.2
"""Of set; reset has the other sign."""
N_ROWS, BATCH = 64, 64
WISH = 0.02
"""Standard deviation of the changes to program, as a share of the window."""
CELLS: Mapping[str, Cell] = {"sinh": Sinh(window=(1e-6, 1e-4)), "stanford": Stanford()}
CURVE = [1e-6 + 9.9e-5 * (1 - 0.98**k) / (1 - 0.98**100) for k in range(101)]
"""A measured curve of a hundred pulses up, S."""
RESPONSES: Mapping[str, tuple[PulseResponse, Cell]] = {
    "LinearPulses": (LinearPulses(n_states=100), Linear()),
    "SoftBounds": (SoftBounds(n_states=100), Linear()),
    "Exponential": (Exponential(n_states=100), Linear()),
    "NonlinearPulses": (NonlinearPulses(n_states=100, up=1.94, down=-0.61), Linear()),
    "MeasuredPulses": (
        MeasuredPulses(up=CURVE, down=[1.01e-4 - conductance for conductance in CURVE]),
        Linear(),
    ),
    "GapDynamics": (GapDynamics(), Stanford()),
}


def seconds_of(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the median of the seconds that some work takes of a processor.

    It is done once before that, which does not count. Others that use the machine at the same time
    would be in the time of a clock.
    """
    work()
    found = []
    for _ in range(repeats):
        started = time.process_time()
        work()
        found.append(time.process_time() - started)
    return statistics.median(found)


def looped(model: StanfordModel, gaps: list[float], volts: list[float]) -> list[float]:
    """Return gaps after one step, cell by cell, as the Verilog-A code computes them."""
    result = []
    for gap, voltage in zip(gaps, volts, strict=True):
        current = model.I0 * math.exp(-gap / model.g0) * math.sinh(voltage / model.V0)
        thermal = 1.380649e-23 / 1.602176634e-19
        thermal *= model.T_ini + abs(voltage * current * model.Rth)
        gamma = model.gamma0 if voltage >= 0 else model.gamma_reset
        gamma -= model.beta * (gap * 1e9) ** model.alpha
        if gamma * abs(voltage) / model.tox < model.F_min:
            gamma = 0.0
        hop = math.sinh(gamma * model.a0 / model.tox * voltage / thermal)
        velocity = -model.Vel0 * math.exp(-model.Ea / thermal) * hop
        result.append(min(max(gap + STEP * velocity, model.gap_min), model.gap_max))
    return result


def gap_updates() -> dict[str, Any]:
    """Return gap updates per second, and by how much the loop's gaps differ."""
    model, rng = StanfordModel(), np.random.default_rng(0)
    gaps = rng.uniform(0.4e-9, 1.5e-9, N_CELLS)
    mixed = np.where(rng.random(N_CELLS) < 0.5, VOLTS, -VOLTS)
    cases: dict[str, Callable[[], object]] = {
        "set": lambda: model.moved(gaps, VOLTS, STEP),
        "reset": lambda: model.moved(gaps, -VOLTS, STEP),
        "mixed": lambda: model.moved(gaps, mixed, STEP),
        "mixed, fluctuating": lambda: model.moved(gaps, mixed, STEP, rng=rng),
        "mixed, a pulse of 1 ns": lambda: model.moved(gaps, mixed, PULSE),
    }
    rates = {name: N_CELLS / seconds_of(work) for name, work in cases.items()}
    some, volts = gaps[:N_LOOPED], mixed[:N_LOOPED]
    rate = N_LOOPED / seconds_of(lambda: looped(model, some.tolist(), volts.tolist()))
    after = model.moved(some, volts, STEP)
    difference = np.abs(after - looped(model, some.tolist(), volts.tolist()))
    return {
        "cells": N_CELLS,
        "updates_per_second": rates,
        "plain_python_updates_per_second": rate,
        "mixed_over_plain_python": rates["mixed"] / rate,
        "median_move_m": float(np.median(np.abs(after - some))),
        "largest_difference_m": float(difference.max()),
    }


def crossbar(cell: Cell) -> Model:
    """Return a crossbar of 64 x 64 cells, read by a second one of 64 x 2."""
    x = InputVoltageLayer(units=N_ROWS, name="x")
    settings: dict[str, Any] = {"cell": cell, "initializer": RandomUniform(5e-6, 1e-4)}
    first = MemristorLayer(name="m", units=N_ROWS, **settings)(x)
    last = MemristorLayer(name="out", units=2, **settings)(first)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y")(last)], seed=0)


def operating_points(cell: Cell) -> dict[str, Any]:
    """Return operating points per second of both simulators, and how far they agree."""
    model = crossbar(cell)
    x = np.random.default_rng(0).uniform(-0.5, 0.5, (BATCH, N_ROWS))
    backends = ("native", "ngspice")
    points = {name: model.operating_points({"x": x}, name) for name in backends}
    native, reference = (points[name].node_voltages for name in backends)
    rates = {
        name: BATCH / seconds_of(lambda name=name: model.operating_points({"x": x}, name))
        for name in backends
    }
    return {
        "cells": N_ROWS * N_ROWS,
        "batch": BATCH,
        "points_per_second": rates,
        "native_over_ngspice": rates["native"] / rates["ngspice"],
        "largest_difference_V": float(np.abs(native - reference).max()),
        "residual": float(points["native"].residual),
    }


def programmed(response: PulseResponse, cell: Cell, effects: list[Any]) -> dict[str, float]:
    """Return cells and pulses per second of programming a crossbar of 1000 x 1000."""
    layer = MemristorLayer(
        name="m",
        units=1000,
        initializer=RandomUniform(*cell.window),
        cell=cell,
        pulses=Pulses(response=response, max_pulses=10),
        effects=effects,
    )
    rng, state = np.random.default_rng(0), cell.law.values[0].name
    low, high = cell.limits
    values = rng.uniform(low, high, (1000, N_CELLS // 1000))
    wish = WISH * (high - low) * rng.standard_normal(values.shape)
    _, report = layer.program(state, values, wish, rng, {})
    taken = seconds_of(lambda: layer.program(state, values, wish, rng, {}))
    pulses = report["pulses_up"] + report["pulses_down"]
    return {
        "cells_per_second": N_CELLS / taken,
        "pulses_per_cell": pulses / N_CELLS,
        "pulses_per_second": pulses / taken,
    }


def main() -> None:
    """Measure, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    result = {
        "command": f"OMP_NUM_THREADS=1 python -m benchmarks.memristors --out {given.out}",
        **made_with(),
        "load_before": os.getloadavg()[0],
        "gap_updates": gap_updates(),
        "crossbars": {name: operating_points(cell) for name, cell in CELLS.items()},
        "programming": {
            name: {
                "exact": programmed(response, cell, []),
                "noisy": programmed(response, cell, [PulseNoise(0.05)]),
            }
            for name, (response, cell) in RESPONSES.items()
        },
        "load_after": os.getloadavg()[0],
    }
    print(json.dumps(result, indent=1))
    if given.out:
        write_record(given.out, result)


if __name__ == "__main__":
    main()
