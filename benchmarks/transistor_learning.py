"""What networks of transistors learn beside what was published of them.

Every row holds the published figure and what was measured, with its settings; a figure that is
missed stands as missed. Samples are learned one at a time, in order. Seconds are of one processor.

Usage: OMP_NUM_THREADS=1 python -m benchmarks.transistor_learning
    --out benchmarks/results/transistor_learning.json [--data ionosphere.data] [ROW ...]

Rows that are named are measured anew, all others stay in the file as they are. The rows of the
ionosphere need UCI's file ``ionosphere.data``.

Source:
    P. Pandey and co-workers, pyclln-final and pyclln: figures, and settings of the programs.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.records import made_with, write_record
from benchmarks.transistor_grids import regression, regression_ours, xor_ours, xor_theirs
from benchmarks.transistor_prototypes import digits_chips_ours, digits_ours, read_noise_ours
from benchmarks.transistor_pulses import ionosphere_chips_ours
from benchmarks.transistor_rails import (
    CHIPS,
    SPREADS,
    digits_chips,
    digits_rails,
    digits_rails_ours,
    mismatch,
    pairs,
    read_noise,
    twins_epoch,
)
from benchmarks.transistor_tasks import (
    Row,
    accuracies,
    digits,
    falling,
    ionosphere,
    last_of,
    legacy_orders,
    orders,
)
from ebana_core import Model
from ebana_core.chips import Twin, VoltageNoise
from ebana_core.losses import Hinge
from ebana_core.rules import DropSquared
from ebana_core.zoo.transistors import classifier, graphs, hidden_147


def digits_571() -> Row:
    """Learn the digits on 571 transistors with floating bulks, as published."""
    model = classifier(graphs()["digits"], 4.0, body="floating")
    passes = legacy_orders(np.random.RandomState(1), 1437, 10)
    settings = {"loss_fn": Hinge(margin=0.02), "rule": DropSquared(0.1)}
    found = accuracies(model, digits(1), passes, **settings)
    return {"published": 0.9861, "needed": 0.9861, "measured": max(found.values()), "epochs": found}


def ionosphere_125(file: Path) -> Row:
    """Learn the ionosphere on 125 transistors with floating bulks."""
    model = classifier(graphs()["ionosphere"], 4.0, body="floating")
    passes = legacy_orders(np.random.RandomState(0), 280, 120)
    settings = {"loss_fn": Hinge(margin=0.01), "rule": DropSquared(0.1)}
    found = accuracies(model, ionosphere(file, 1.0, 0), passes, **settings)
    return {"published": 0.9718, "needed": 0.972, "measured": max(found.values()), "epochs": found}


def network_147(gates: Any, lr: float) -> Model:
    """Return 147 transistors with floating bulks, whose gates are against their drains."""
    ties = {"body": "floating", "gate_reference": "drain"}
    start = 2.0 if gates is None else gates
    return classifier(hidden_147(), start, lr=lr, clamp_resistance=0.01, **ties)


def passes_147() -> list[np.ndarray]:
    """Return the published order of the samples of the ionosphere, for 50 epochs."""
    return legacy_orders(np.random.RandomState(0), 280, 50)


def twins_147(number: int) -> dict[str, Any]:
    """Return twins that are read with 4 mV of noise."""
    twin = Twin.drawn(network_147(None, 0.0), SPREADS, seed=number)
    return {"chip": twin, "read_noise": VoltageNoise(4e-3), "seed": number}


THEIRS_147: Mapping[str, Any] = {"loss_fn": Hinge(margin=0.01), "rule": DropSquared(0.01)}


def ionosphere_147(file: Path) -> Row:
    """Learn the ionosphere on 147 transistors."""
    task, model = ionosphere(file, 0.8, 0), network_147(None, 4.0)
    found = accuracies(model, task, passes_147(), **THEIRS_147)
    return {"published": 0.9718, "needed": 0.972, "measured": max(found.values()), "epochs": found}


def ionosphere_chips(file: Path) -> Row:
    """Learn the ionosphere on twins that are read with 4 mV of noise."""
    task, runs = ionosphere(file, 0.8, 0), {}
    for number in CHIPS:
        hardware, model = twins_147(number), network_147(None, 4.0)
        runs[number] = accuracies(model, task, passes_147(), **THEIRS_147, **hardware)
    best = [max(run.values()) for run in runs.values()]
    mean = round(statistics.mean(best), 4)
    return {"published": 0.953, "needed": 0.955, "measured": mean, "epochs": runs}


NUDGE_147: Mapping[str, Any] = {"loss_fn": Hinge(margin=0.05), "rule": DropSquared(0.1)}


def ionosphere_chips_nudge(file: Path) -> Row:
    """Learn the ionosphere on twins that are read with 5 mV of noise, by a larger nudge."""
    task, runs = ionosphere(file, 1.0, 0), {}
    for number in CHIPS:
        hardware = {**twins_147(number), "read_noise": VoltageNoise(5e-3)}
        settings = {"lr": 0.4, "every": 50, **NUDGE_147, **hardware}
        runs[number] = falling(network_147, task, orders(number, 280, 50), **settings)
    return {"published": 0.953, "needed": 0.955, **last_of(runs)}


ROWS: Mapping[str, Callable[[], Row]] = {
    function.__name__: function
    for function in (
        digits_571,
        regression,
        regression_ours,
        xor_theirs,
        xor_ours,
        digits_rails,
        digits_rails_ours,
        digits_ours,
        digits_chips,
        digits_chips_ours,
        mismatch,
        read_noise,
        read_noise_ours,
        pairs,
        twins_epoch,
    )
}
WITH_FILE: Mapping[str, Callable[[Path], Row]] = {
    function.__name__: function
    for function in (
        ionosphere_125,
        ionosphere_147,
        ionosphere_chips,
        ionosphere_chips_nudge,
        ionosphere_chips_ours,
    )
}


def shown(figure: Any) -> str:
    """Return a figure, or several, as text: shares in percent, errors in V², times in seconds."""
    if isinstance(figure, Mapping):
        return "; ".join(f"{name}: {shown(one)}" for name, one in figure.items())
    if isinstance(figure, list):
        return " to ".join(map(shown, figure))
    if isinstance(figure, int):
        return f"{figure} of 5"
    if figure > 1:
        return f"{figure:.3g} s"
    return f"{figure:.3g} V²" if figure < 1e-3 else f"{100 * figure:.2f} %"


def table(rows: Mapping[str, Row]) -> list[str]:
    """Return the lines of a table in Markdown."""
    lines = ["| row | published | measured | processor, s |", "|---|---|---|---|"]
    for name, row in rows.items():
        figures = f"{shown(row['published'])} | {shown(row['measured'])}"
        lines.append(f"| `{name}` | {figures} | {row['seconds']:.0f} |")
    return lines


def measured(name: str, data: Path | None) -> Row:
    """Return a row, with the seconds that it took of a processor."""
    started = time.process_time()
    if name in ROWS:
        work = ROWS[name]
        row = work()
        says = work.__doc__
    else:
        assert data is not None
        row, says = WITH_FILE[name](data), WITH_FILE[name].__doc__
    return {"what": says, **row, "seconds": round(time.process_time() - started, 1)}


def main() -> None:
    """Measure rows, and write each as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", type=Path, help="UCI's ionosphere.data")
    parser.add_argument("rows", nargs="*", help=f"of {[*ROWS, *WITH_FILE]}; none: all")
    given = parser.parse_args()
    known = [*ROWS, *(WITH_FILE if given.data else ())]
    for name in given.rows or known:
        row = {**measured(name, given.data), "made_with": made_with()}
        kept = json.loads(given.out.read_text())["rows"] if given.out.exists() else {}
        kept[name] = row
        command = f"OMP_NUM_THREADS=1 python -m benchmarks.transistor_learning --out {given.out}"
        write_record(given.out, {"command": f"{command} --data ionosphere.data", "rows": kept})
        print(table({name: kept[name]})[-1])


if __name__ == "__main__":
    main()
