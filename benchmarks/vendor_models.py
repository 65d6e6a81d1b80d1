"""Vendors' models put to the test: which are accepted, solved, right, and why others are not.

Tries every diode, transistor and subcircuit of the model files in a folder on both backends, and
compares diodes with the program ngspice, which is given the file's own words less those that are
text. Others are compared with each other.

Usage: python -m benchmarks.vendor_models FOLDER --kinds d --most 1000 --out FILE.json
       python -m benchmarks.vendor_models FOLDER --kinds x --most 300 --out FILE.json
"""

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np

from benchmarks.vendor_trials import (
    BACKENDS,
    CONDUCTANCES,
    N_VOLTAGES,
    SECONDS,
    Trial,
    Worker,
    numeric_words,
    trials,
)
from ebana_core.arrays import Array
from ebana_core.spice import read_library

RIGHT = 1e-8
"""Difference from the reference up to which an answer is right, V; relative above 1 V, where the
reference itself stops at a relative tolerance."""
OPTIONS = "reltol=1e-9 vntol=1e-12 abstol=1e-15 gmin=1e-15 epsmin=1e-300 itl1=500 itl2=500"
"""Of the reference."""
SHOWN = 40
"""Reasons and examples that a record holds."""


def reference(trial: Trial, inputs: Array) -> Array | None:
    """Return the voltages that the program ngspice finds, V; None where it finds none."""
    low, high = float(inputs[0, 0]), float(inputs[-1, 0])
    lines = ["* reference", "v1 in 0 0"]
    for k, conductance in enumerate(CONDUCTANCES):
        lines += [f"r{k} in n{k} {1 / conductance!r}", f"d{k} n{k} 0 {trial.name}"]
    step = (high - low) / (N_VOLTAGES - 1)
    lines += [
        numeric_words(trial),
        f".options {OPTIONS}",
        f".dc v1 {low!r} {high + step / 2!r} {step!r}",
        ".save n0 n1 n2",
        ".end",
    ]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "t.cir").write_text("\n".join(lines) + "\n")
        command = ["ngspice", "-b", "-r", "t.raw", "t.cir"]
        try:
            subprocess.run(command, cwd=folder, capture_output=True, timeout=4 * SECONDS)
            raw = (Path(folder) / "t.raw").read_bytes()
        except (subprocess.TimeoutExpired, OSError):
            return None
    _, sign, numbers = raw.partition(b"Binary:\n")
    n = len(CONDUCTANCES) + 1
    if not sign or len(numbers) != 8 * n * N_VOLTAGES:
        return None
    return np.frombuffer(numbers).reshape(N_VOLTAGES, n)[:, 1:]


def judged(trial: Trial, found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the outcomes of both backends, those that are solved compared."""
    solved = {name: item for name, item in found.items() if item["outcome"] == "solved"}
    right = None
    if trial.kind == "d" and solved:
        right = reference(trial, next(iter(solved.values()))["inputs"])
    row: dict[str, Any] = {"path": trial.path, "kind": trial.kind, "name": trial.name}
    row["reference"] = right is not None
    if right is None and len(solved) == len(found):
        right = found["native"]["voltages"]
    for name, item in found.items():
        row[name] = item["outcome"]
        row[f"{name} seconds"] = round(item["seconds"], 3)
        if name in solved and right is not None:
            apart = np.abs(item["voltages"] - right) / np.maximum(1.0, np.abs(right))
            row[f"{name} apart"] = float(apart.max())
            row[name] = "right" if apart.max() <= RIGHT else _told(trial, item["residual"])
        elif name not in solved:
            row[f"{name} reason"] = item.get("reason", "")[:300]
        if item.get("slow"):
            row[name] += f", beyond {SECONDS:g} s"
    return row


def _told(trial: Trial, residual: float) -> str:
    """Return what an answer is that differs from the reference.

    Where ISR ends the law steps, and two voltages may be solutions.
    """
    steps = trial.kind == "d" and dict(read_library(trial.path).model(trial.name).numbers).get(
        "isr"
    )
    return "another point at the step of ISR" if steps and residual <= 1e-12 else "apart"


def measured(tried: list[Trial], n_workers: int) -> list[dict[str, Any]]:
    """Return a row for every trial."""
    workers: SimpleQueue[Worker] = SimpleQueue()
    for _ in range(n_workers):
        workers.put(Worker())

    def work(numbered: tuple[int, Trial]) -> dict[str, Any]:
        number, trial = numbered
        worker = workers.get()
        try:
            row = judged(trial, {name: worker.attempt(trial, name) for name in BACKENDS})
        finally:
            workers.put(worker)
        if number % 200 == 0:
            print(f"{number} of {len(tried)}", file=sys.stderr, flush=True)
        return row

    with ThreadPoolExecutor(n_workers) as pool:
        rows = list(pool.map(work, enumerate(tried, start=1)))
    for _ in range(n_workers):
        workers.get().close()
    return rows


def kind_of(reason: str) -> str:
    """Return a reason without the names and numbers of one model."""
    return re.sub(r"'[^']*'|\"[^\"]*\"|\S*/\S+|[-+]?\d[\d.e+-]*", "…", reason)[:120]


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return counts by outcome, reasons by the number of models, and examples of what is wrong."""
    result: dict[str, Any] = {"models": len(rows)}
    for backend in BACKENDS:
        reasons = Counter(
            f"{row[backend]}: {kind_of(row[f'{backend} reason'])}"
            for row in rows
            if f"{backend} reason" in row
        )
        result[backend] = {
            "outcomes": dict(Counter(row[backend] for row in rows).most_common()),
            "reasons": dict(reasons.most_common(SHOWN)),
            "worst of the right, V": max(
                (row[f"{backend} apart"] for row in rows if row[backend] == "right"), default=None
            ),
        }
    result["with a reference"] = sum(row["reference"] for row in rows)
    accepted = [row for row in rows if {row[b] for b in BACKENDS} != {"refused"}]
    result["accepted by a backend"] = len(accepted)
    odd = [row for row in rows if any(row[b] not in ("right", "refused") for b in BACKENDS)]
    result["examples"] = [{**row, "path": Path(row["path"]).name} for row in odd[:SHOWN]]
    return result


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="of model files; any clone of a public SPICE library")
    parser.add_argument("--kinds", default="d", help="letters of devices, x for subcircuits")
    parser.add_argument("--most", type=int, help="how many, drawn at random; default all")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    tried = trials(arguments.folder, arguments.kinds)
    n_found = len(tried)
    if arguments.most is not None and arguments.most < n_found:
        tried = random.Random(0).sample(tried, arguments.most)
    result = {
        "command": f"python -m benchmarks.vendor_models FOLDER {' '.join(sys.argv[2:])}",
        "found": n_found,
        **summary(measured(tried, arguments.workers)),
    }
    text = json.dumps(result, indent=1, ensure_ascii=False)
    if arguments.out:
        arguments.out.write_text(text + "\n")
    else:
        print(text)


if __name__ == "__main__":
    main()
