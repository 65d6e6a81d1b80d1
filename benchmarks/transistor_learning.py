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
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.records import made_with, write_record
from benchmarks.transistor_circuits import (
    classifier,
    crossbar_classifier,
    graphs,
    hidden_147,
)
from benchmarks.transistor_grids import regression, regression_ours, xor_theirs
from benchmarks.transistor_tasks import (
    Row,
    Task,
    accuracies,
    accuracy,
    digits,
    ionosphere,
    legacy_orders,
    orders,
)
from ebana_core import Model
from ebana_core.chips import Chip, Twin, VoltageNoise
from ebana_core.losses import Hinge
from ebana_core.rules import DropSquared

SEEDS, CHIPS = (0, 1, 2), (1, 2, 3)
SPREADS = {"net.vto_offset": 0.01, "net.kp_factor": 0.005}
"""Mismatch of a chip: 10 mV of thresholds, 0.5 % of transconductances."""
SCALES = (0.2, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
MILLIVOLTS = (0, 5, 10, 30, 100)
PAIRS = (("ground", "ground"), ("source", "source"), ("floating", "ground"))
"""Where bulks are tied, and what gates are against."""


def digits_571() -> Row:
    """Learn the digits on 571 transistors with floating bulks, as published."""
    model = classifier(graphs()["digits"], 4.0, body="floating")
    passes = legacy_orders(np.random.RandomState(1), 1437, 10)
    settings = {"loss_fn": Hinge(margin=0.02), "rule": DropSquared(0.1)}
    found = accuracies(model, digits(1), passes, **settings)
    return {"published": 0.9861, "needed": 0.9861, "measured": max(found.values()), "epochs": found}


def rails(seed: int, **ties: Any) -> Model:
    """Return 64 pixels by 20 rails, of which pairs are scores; gates against ground."""
    gates = np.random.default_rng(seed).uniform(0.5, 4.5, (64, 20))
    return crossbar_classifier(64, 20, gates, lr=1.0, seed=seed, **{"body": "drain", **ties})


def on_rails(model: Model, seed: int, epochs: int, **hardware: Any) -> dict[int, float]:
    """Learn the digits on rails; gates without a clamped rail stay."""
    rule = DropSquared(0.05, only_clamped=True)
    passes = orders(seed, 1437, epochs)
    settings = {"loss_fn": Hinge(margin=0.02), "rule": rule, **hardware}
    return accuracies(model, digits(0), passes, every=1, seed=seed, **settings)


@cache
def clean(seed: int) -> tuple[Model, dict[int, float]]:
    """Return rails that learned the digits on the drawing, and how well after epochs."""
    model = rails(seed)
    return model, on_rails(model, seed, 15)


def digits_rails() -> Row:
    """Learn the digits on 1,280 transistors."""
    runs = {seed: clean(seed)[1] for seed in SEEDS}
    return {"published": 0.9806, "needed": 0.98, **last_of(runs)}


def digits_chips() -> Row:
    """Learn the digits on twins with mismatch that are read with 5 mV of noise."""
    runs = {}
    for number in CHIPS:
        model = rails(0)
        twin = Twin.drawn(model, SPREADS, seed=number)
        runs[number] = on_rails(model, number, 30, chip=twin, read_noise=VoltageNoise(5e-3))
    return {"published": 0.9694, "needed": 0.97, **last_of(runs)}


def last_of(runs: Mapping[Any, Mapping[int, float]]) -> Row:
    """Return the mean of what runs have at last, and all of it."""
    ends = [list(run.values())[-1] for run in runs.values()]
    return {"measured": round(statistics.mean(ends), 4), "epochs": runs}


def mismatch() -> Row:
    """Learn the digits on the drawing, and use what was learned on worse and worse chips."""
    model, test = clean(0)[0], digits(0).test
    chip = Chip.drawn(model, SPREADS, seed=1)
    published = {"1.0": 0.9806, "2.0": 0.9806, "10.0": 0.9733, "20.0": 0.9606, "50.0": 0.8883}
    found = {str(scale): accuracy(model, test, chip=chip.scaled(scale)) for scale in SCALES}
    return {"published": published, "needed": published, "measured": found}


def read_noise() -> Row:
    """Learn and test the digits with more and more noise of readings."""
    published = dict(zip(map(str, MILLIVOLTS), (0.958, 0.959, 0.948, 0.897, 0.393), strict=True))
    found = {}
    for level in MILLIVOLTS:
        noise = {"read_noise": VoltageNoise(1e-3 * level)}
        found[str(level)] = (on_rails(rails(0), 0, 10, **noise) if level else clean(0)[1])[10]
    note = "10 epochs; published: 30"
    return {"published": published, "needed": published, "measured": found, "note": note}


def pairs() -> Row:
    """Learn the digits with bulks and gates tied otherwise."""
    found = {}
    for body, reference in PAIRS:
        model = rails(0, body=body, gate_reference=reference)
        found[f"{body}, {reference}"] = on_rails(model, 0, 10)[10]
    note = "10 epochs; published: 0.967 to 0.981 of 16 pairs"
    return {"published": [0.967, 0.981], "needed": 0.967, "measured": found, "note": note}


def ionosphere_125(file: Path) -> Row:
    """Learn the ionosphere on 125 transistors with floating bulks."""
    model = classifier(graphs()["ionosphere"], 4.0, body="floating")
    passes = legacy_orders(np.random.RandomState(0), 280, 120)
    settings = {"loss_fn": Hinge(margin=0.01), "rule": DropSquared(0.1)}
    found = accuracies(model, ionosphere(file, 1.0, 0), passes, **settings)
    return {"published": 0.9718, "needed": 0.972, "measured": max(found.values()), "epochs": found}


def on_147(task: Task, seed: int, **hardware: Any) -> dict[int, float]:
    """Learn the ionosphere on 147 transistors whose gates are against their drains."""
    ties = {"body": "floating", "gate_reference": "drain"}
    model = classifier(hidden_147(), 2.0, lr=4.0, clamp_resistance=0.01, **ties)
    if "read_noise" in hardware:
        hardware["chip"] = Twin.drawn(model, SPREADS, seed=seed)
    passes = legacy_orders(np.random.RandomState(0), 280, 50)
    settings = {"loss_fn": Hinge(margin=0.01), "rule": DropSquared(0.01), **hardware}
    return accuracies(model, task, passes, seed=seed, **settings)


def ionosphere_147(file: Path) -> Row:
    """Learn the ionosphere on 147 transistors."""
    found = on_147(ionosphere(file, 0.8, 0), 0)
    return {"published": 0.9718, "needed": 0.972, "measured": max(found.values()), "epochs": found}


def ionosphere_chips(file: Path) -> Row:
    """Learn the ionosphere on twins that are read with 4 mV of noise."""
    task = ionosphere(file, 0.8, 0)
    runs = {number: on_147(task, number, read_noise=VoltageNoise(4e-3)) for number in CHIPS}
    best = [max(run.values()) for run in runs.values()]
    mean = round(statistics.mean(best), 4)
    return {"published": 0.953, "needed": 0.955, "measured": mean, "epochs": runs}


ROWS: Mapping[str, Callable[[], Row]] = {
    function.__name__: function
    for function in (
        digits_571,
        regression,
        regression_ours,
        xor_theirs,
        digits_rails,
        digits_chips,
    )
} | {"mismatch": mismatch, "read_noise": read_noise, "pairs": pairs}
WITH_FILE: Mapping[str, Callable[[Path], Row]] = {
    function.__name__: function for function in (ionosphere_125, ionosphere_147, ionosphere_chips)
}


def shown(figure: Any) -> str:
    """Return a figure, or several of them, as text: shares in percent, errors in V²."""
    if isinstance(figure, Mapping):
        return "; ".join(f"{name}: {shown(one)}" for name, one in figure.items())
    if isinstance(figure, list):
        return " to ".join(map(shown, figure))
    if isinstance(figure, int):
        return f"{figure} of 5"
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
        kept = json.loads(given.out.read_text())["rows"] if given.out.exists() else {}
        kept[name] = {**measured(name, given.data), "made_with": made_with()}
        command = f"OMP_NUM_THREADS=1 python -m benchmarks.transistor_learning --out {given.out}"
        write_record(given.out, {"command": f"{command} --data ionosphere.data", "rows": kept})
        print(table({name: kept[name]})[-1])


if __name__ == "__main__":
    main()
