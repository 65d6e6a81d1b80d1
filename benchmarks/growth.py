"""How the cost of an operating point grows with width, depth and batch; numbers and a picture.

Usage: OMP_NUM_THREADS=1 python -m benchmarks.growth --out benchmarks/results/growth.json

The picture stands beside the numbers, growth.svg. Ideal diodes, random conductances of seed 0.
"""

import argparse
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
from ebana_diode_mos import DiodeLayer

from benchmarks.measure import median_rate
from benchmarks.records import made_with, write_record
from ebana_core import Model
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
)

N_IN, N_OUT, WIDTH, BATCH = 64, 10, 256, 64
WIDTHS = tuple(2**k for k in range(1, 16))
DEPTHS = (1, 2, 3)
BATCHES = tuple(4**k for k in range(7))


def network(widths: tuple[int, ...]) -> Model:
    """Return crossbars of these hidden widths with ideal diodes at each."""
    source = InputVoltageLayer(units=N_IN, name="x")
    bias = BiasVoltageLayer(units=2, name="b", bias_voltage=[1.0, -1.0])
    layer: Layer = ConcatenateLayer(name="j")([source, bias])
    for k, width in enumerate((*widths, N_OUT)):
        initializer = RandomUniform(1e-7, 1e-5)
        layer = DenseLayer(units=width, name=f"d{k}", initializer=initializer)(layer)
        if k < len(widths):
            directions = ["up"] * (width // 2) + ["down"] * (width - width // 2)
            layer = DiodeLayer(name=f"act{k}", kind="ideal", direction=directions)(layer)
    output = CurrentLayer(name="y", fold=False)(layer)
    return Model(inputs=[source, bias], outputs=[output], seed=0)


def cost(widths: tuple[int, ...], batch: int, seconds: float) -> dict[str, Any]:
    """Return what a free point and a nudged point cost together."""
    model = network(widths)
    rng = np.random.default_rng(0)
    inputs = {"x": rng.uniform(-1, 1, (batch, N_IN))}
    nudge = {"y": 1e-8 * rng.normal(size=(batch, N_OUT))}
    simulator, values = model.simulator(), model.parameters.snapshot()

    def work() -> int:
        free = simulator.operating_points(values, inputs)
        simulator.operating_points(values, inputs, nudge, free)
        return 2 * batch

    work()
    tracemalloc.start()
    work()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return {
        "hidden": list(widths),
        "batch": batch,
        "microseconds_per_point": 1e6 / median_rate(work, seconds),
        "peak_memory_MB": peak / 1e6,
        "residual": simulator.operating_points(values, inputs).residual,
    }


def draw(record: dict[str, Any], path: Path) -> None:
    """Draw cost and memory against width, depth and batch."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, 3, figsize=(10, 5.5), sharex="col")
    for column, (name, label) in enumerate(
        (("width", "hidden nodes"), ("depth", "hidden crossbars of 256"), ("batch", "batch"))
    ):
        rows = record[name]
        x = [len(r["hidden"]) if name == "depth" else r["hidden"][0] for r in rows]
        x = [r["batch"] for r in rows] if name == "batch" else x
        for row, key, unit in (
            (0, "microseconds_per_point", "µs per operating point"),
            (1, "peak_memory_MB", "working memory, MB"),
        ):
            panel = axes[row][column]
            panel.plot(x, [r[key] for r in rows], marker="o")
            panel.set_yscale("log")
            if name == "depth":
                panel.set_xticks(x)
            else:
                panel.set_xscale("log", base=2)
            panel.grid(alpha=0.3)
            if column == 0:
                panel.set_ylabel(unit)
            if row == 1:
                panel.set_xlabel(label)
    figure.suptitle(f"{N_IN} inputs, ideal diodes, {N_OUT} outputs; one core")
    figure.tight_layout()
    figure.savefig(path)


def main() -> None:
    """Measure, write and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=0.2)
    arguments = parser.parse_args()
    seconds = arguments.seconds
    record: dict[str, Any] = {
        "command": f"OMP_NUM_THREADS=1 python -m benchmarks.growth --out {arguments.out}",
        **made_with(),
        "width": [cost((width,), BATCH, seconds) for width in WIDTHS],
        "depth": [cost((WIDTH,) * depth, BATCH, seconds) for depth in DEPTHS],
        "batch": [cost((WIDTH,), batch, seconds) for batch in BATCHES],
    }
    write_record(arguments.out, record)
    draw(record, arguments.out.with_suffix(".svg"))
    for name in ("width", "depth", "batch"):
        for row in record[name]:
            print(name, row)


if __name__ == "__main__":
    main()
