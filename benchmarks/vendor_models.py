"""Vendors' models put to the test: which are accepted, solved, right, and why others are not.

Tries every diode, transistor and subcircuit of the model files in a folder on both backends, and
compares diodes with the program ngspice, which is given the file's own words less those that are
text: with the voltages of its sweep, or, where these differ or there are none, by the currents that
it computes at the voltages found. Others are compared with each other.

Usage: python -m benchmarks.vendor_models FOLDER --kinds d --most 1000 --out FILE.json
       python -m benchmarks.vendor_models FOLDER --kinds x --most 300 --out FILE.json
"""

import argparse
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np

from benchmarks.vendor_references import misplaced, swept
from benchmarks.vendor_trials import (
    BACKENDS,
    SECONDS,
    Trial,
    Worker,
    distinct,
    trials,
)
from ebana_core.arrays import Array
from ebana_core.spice import read_library

RIGHT = 1e-8
"""Difference from the reference up to which an answer is right, V; relative above 1 V, where the
reference itself stops at a relative tolerance."""
BALANCED = 1e-12
"""Residual up to which an answer is an operating point, relative to the currents."""
FAR = 1e-3
"""Difference beyond which two answers that balance are two operating points, V."""
FINE = ("right", "right by balance", "refused")
SHOWN = 40
"""Reasons and examples that a record holds."""


Rows = list[dict[str, Any]]


def judged(trial: Trial, found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the outcomes of both backends, those that are solved compared."""
    solved = {name: item for name, item in found.items() if item["outcome"] == "solved"}
    right = None
    if trial.kind == "d" and solved:
        right = swept(trial, next(iter(solved.values()))["inputs"])
    row: dict[str, Any] = {"path": trial.path, "kind": trial.kind, "name": trial.name}
    row["reference"] = right is not None
    if trial.kind != "d" and len(solved) == len(found):
        right = found["native"]["voltages"]
    balanced = max((item["residual"] for item in solved.values()), default=0.0) <= BALANCED
    for name, item in found.items():
        row[name] = item["outcome"]
        row[f"{name} seconds"] = round(item["seconds"], 3)
        if name in solved:
            row |= _compared(trial, name, item, right, balanced)
        else:
            row[f"{name} reason"] = item.get("reason", "")[:300]
        if item.get("slow"):
            row[name] += f", beyond {SECONDS:g} s"
    return row


def _compared(
    trial: Trial, name: str, item: dict[str, Any], right: Array | None, balanced: bool
) -> dict[str, Any]:
    """Return what an answer is beside the reference's, and by ngspice's own currents there."""
    apart = _apart(item["voltages"], right)
    row = {name: "solved" if apart is None else "right", f"{name} apart": apart}
    if trial.kind == "d" and (apart is None or apart > RIGHT):
        errors = misplaced(trial, item["inputs"], item["voltages"])
        relative = errors / np.maximum(1.0, np.abs(item["voltages"]))
        if not np.isnan(relative).all():
            apart = row[f"{name} apart"] = float(np.nanmax(relative))
            row[name] = "right by balance"
    if apart is not None and apart > RIGHT:
        row[name] = _told(trial, apart, balanced)
    return row


def _apart(voltages: Array, right: Array | None) -> float | None:
    """Return the largest difference, V; relative above 1 V."""
    if right is None:
        return None
    return float((np.abs(voltages - right) / np.maximum(1.0, np.abs(right))).max())


def _told(trial: Trial, apart: float, balanced: bool) -> str:
    """Return what an answer is that differs from the reference.

    Where ISR ends the law steps, and two voltages may be solutions; a circuit with feedback may
    have several operating points, far from each other, of which each backend finds one.
    """
    if not balanced:
        return "apart"
    if trial.kind != "d":
        return "another operating point" if apart > FAR else "apart"
    has_step = bool(dict(read_library(trial.path).model(trial.name).numbers).get("isr"))
    return "another point at the step of ISR" if has_step else "apart"


def measured(tried: Mapping[Trial, int], n_workers: int, kept: Path | None) -> Rows:
    """Return a row for every trial.

    Args:
        tried: Trials, and how many models each stands for.
        n_workers: Processes.
        kept: File of rows, a line each, that grows as trials end; those in it are not made again.
    """
    rows = [json.loads(line) for line in kept.open()] if kept is not None and kept.exists() else []
    known = {(row["path"], row["kind"], row["name"]) for row in rows}
    left = [t for t in tried if (t.path, t.kind, t.name) not in known]
    workers: SimpleQueue[Worker] = SimpleQueue()
    for _ in range(n_workers):
        workers.put(Worker())

    def work(trial: Trial) -> dict[str, Any]:
        worker = workers.get()
        try:
            row = judged(trial, {name: worker.attempt(trial, name) for name in BACKENDS})
        finally:
            workers.put(worker)
        return {**row, "count": tried[trial]}

    with ThreadPoolExecutor(n_workers) as pool:
        for row in pool.map(work, left):
            rows.append(row)
            if kept is not None:
                with kept.open("a") as lines:
                    lines.write(json.dumps(row) + "\n")
            if len(rows) % 200 == 0:
                print(f"{len(rows)} of {len(tried)}", file=sys.stderr, flush=True)
    for _ in range(n_workers):
        workers.get().close()
    return rows


def kind_of(reason: str) -> str:
    """Return a reason without the names and numbers of one model."""
    return re.sub(r"'[^']*'|\"[^\"]*\"|\S*/\S+|[-+]?\d[\d.e+-]*", "…", reason)[:120]


def summary(rows: Rows) -> dict[str, Any]:
    """Return counts by outcome, reasons by the number of models, and examples of what is wrong."""
    result: dict[str, Any] = {"models": _total(rows), "distinct": len(rows)}
    for backend in BACKENDS:
        reasons: Counter[str] = Counter()
        outcomes: Counter[str] = Counter()
        for row in rows:
            outcomes[row[backend]] += row["count"]
            if f"{backend} reason" in row:
                reason = f"{row[backend]}: {kind_of(row[f'{backend} reason'])}"
                reasons[reason] += row["count"]
        result[backend] = {
            "outcomes": dict(outcomes.most_common()),
            "reasons": dict(reasons.most_common(SHOWN)),
            "worst of the right, V": max(
                (row[f"{backend} apart"] for row in rows if row[backend].startswith("right")),
                default=None,
            ),
        }
    result["with a reference"] = _total(row for row in rows if row["reference"])
    accepted = [row for row in rows if {row[b] for b in BACKENDS} != {"refused"}]
    result["accepted by a backend"] = _total(accepted)
    odd = [row for row in rows if any(row[b] not in FINE for b in BACKENDS)]
    result["examples"] = [{**row, "path": Path(row["path"]).name} for row in odd[:SHOWN]]
    return result


def _total(rows: Iterable[dict[str, Any]]) -> int:
    return sum(row["count"] for row in rows)


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="of model files; any clone of a public SPICE library")
    parser.add_argument("--kinds", default="d", help="letters of devices, x for subcircuits")
    parser.add_argument("--most", type=int, help="how many, drawn at random; default all")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rows", type=Path, help="file that keeps the rows of a long run")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    tried = trials(arguments.folder, arguments.kinds)
    n_found = len(tried)
    if arguments.most is not None and arguments.most < n_found:
        tried = random.Random(0).sample(tried, arguments.most)
    result = {
        "command": f"python -m benchmarks.vendor_models FOLDER {' '.join(sys.argv[2:])}",
        "found": n_found,
        **summary(measured(distinct(tried), arguments.workers, arguments.rows)),
    }
    text = json.dumps(result, indent=1, ensure_ascii=False)
    if arguments.out:
        arguments.out.write_text(text + "\n")
    else:
        print(text)


if __name__ == "__main__":
    main()
