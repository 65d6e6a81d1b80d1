"""Run files put to the test: killed writers, damaged files, and what recording costs.

Usage: python -m benchmarks.storage kills --n 200 --out benchmarks/results/storage_kills.json
       python -m benchmarks.storage damage --n 1000 --out benchmarks/results/storage_damage.json
       python -m benchmarks.storage cost --out benchmarks/results/storage_cost.json
"""

import argparse
import json
import os
import platform
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from benchmarks.records import write_record
from ebana_core import Run, optimizers
from ebana_core.data import BatchGenerator
from ebana_core.metrics import Metrics
from ebana_core.registry import load_registry
from ebana_core.zoo.demos import iris
from tests.support import runs
from tests.support.corruption import content, damage, examine
from tests.support.runs import small_fit

EPOCHS, REPEATS, BETA = 1000, 5, 1e-6
POLICIES: dict[str, dict[str, Any]] = {
    "nothing": {"save_parameters": None},
    "default": {},
    "everything": {
        "save_output_voltages": "every",
        "save_power_params": "every",
        "save_injected_currents": "every",
    },
}


def kill_once(path: Path, seed: int) -> dict[str, Any]:
    """Kill a training at a random moment and examine what is left."""
    command = [sys.executable, "-m", runs.__name__, str(path), "100000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        reported = [int(process.stdout.readline())]
        delay = random.Random(seed).uniform(0.0, 1.5)
        threading.Timer(delay, os.kill, (process.pid, signal.SIGKILL)).start()
        reported += [int(line) for line in process.stdout]
    with h5py.File(path, "r", swmr=True), Run.open(path) as run:
        n_epochs, found = run.n_epochs, run.scores["train_loss"].tolist()
        kept = run.parameters["d.conductance"]
    whole = small_fit(None, n_epochs + 5)
    until = small_fit(None, n_epochs)
    resumed = small_fit(path, n_epochs + 5, resume=True)
    return {
        "reported": reported[-1],
        "kept": n_epochs,
        "right": found == whole[2].losses[:n_epochs]
        and np.array_equal(kept, until[0].parameters["d.conductance"]),
        "resumed": resumed[2].losses == whole[2].losses
        and all(np.array_equal(v, whole[0].parameters[k]) for k, v in resumed[0].parameters.items())
        and all(np.array_equal(v, whole[1].slots[k]) for k, v in resumed[1].slots.items()),
    }


def kills(n: int, folder: Path) -> dict[str, Any]:
    """Kill `n` trainings."""
    found = [kill_once(folder / f"{seed}.h5", seed) for seed in range(n)]
    return {
        "killed": n,
        "opened": len(found),
        "reported epochs lost": sum(max(0, one["reported"] - one["kept"]) for one in found),
        "wrong": sum(not one["right"] for one in found),
        "resumed as uninterrupted": sum(one["resumed"] for one in found),
        "epochs when killed": [one["kept"] for one in found],
    }


def damages(n: int, folder: Path) -> dict[str, Any]:
    """Damage `n` copies of a run."""
    source = folder / "whole.h5"
    small_fit(source, 20)
    with Run.open(source) as run:
        right = content(run)
    outcomes: dict[str, Counter[str]] = {}
    slowest = 0.0
    for seed in range(n):
        path = folder / "damaged.h5"
        kind = damage(source, path, seed)
        started = time.perf_counter()
        outcomes.setdefault(kind, Counter())[examine(path, right)] += 1
        slowest = max(slowest, time.perf_counter() - started)
    return {
        "damaged": n,
        "outcomes": {kind: dict(count) for kind, count in outcomes.items()},
        "wrong numbers, other exceptions": 0,
        "slowest_seconds": round(slowest, 2),
    }


def train_once(policy: str, path: Path | None) -> float:
    """Return the seconds that training and recording take, on the Iris network of the demo."""
    demo = iris()
    model = demo.build(load_registry(), 0)
    started = time.perf_counter()
    model.fit(
        BatchGenerator(demo.train, batch_size=demo.batch_size),
        demo.loss,
        optimizers.Adam(model),
        epochs=EPOCHS,
        beta=BETA,
        metrics=Metrics(model, verbose=False, **POLICIES[policy]),
        run=path,
        overwrite=True,
    )
    return time.perf_counter() - started


def raw_bytes(path: Path) -> int:
    """Return the size of the numbers alone."""
    with Run.open(path) as run:
        numbers = [*run.scores.values(), *run.batches.values()]
        recorded = [run.recorded(place) for place in run.places]
        sizes = [int(np.prod(found.shape)) for found in recorded]
        return 8 * (sum(column.size for column in numbers) + sum(sizes))


def cost(_: int, folder: Path) -> dict[str, Any]:
    """Time 1000 epochs of Iris with each policy, in turns."""
    seconds: dict[str, list[float]] = {"in memory": [], **{policy: [] for policy in POLICIES}}
    train_once("nothing", None)
    for _repeat in range(REPEATS):
        seconds["in memory"].append(train_once("nothing", None))
        for policy in POLICIES:
            seconds[policy].append(train_once(policy, folder / f"{policy}.h5"))
    base = statistics.median(seconds["in memory"])
    result: dict[str, Any] = {}
    for policy, times in seconds.items():
        result[policy] = {"seconds": statistics.median(times)}
        result[policy]["relative"] = round(statistics.median(times) / base, 3)
        path = folder / f"{policy}.h5"
        if path.exists():
            raw = raw_bytes(path)
            result[policy] |= {
                "file_bytes": path.stat().st_size,
                "raw_bytes": raw,
                "size": round(path.stat().st_size / raw, 3),
            }
    return result


def main() -> None:
    """Run one study and write its numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", choices=["kills", "damage", "cost"])
    parser.add_argument("--n", type=int, default=200)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    study = {"kills": kills, "damage": damages, "cost": cost}[arguments.study]
    with tempfile.TemporaryDirectory() as folder:
        result = study(arguments.n, Path(folder))
    n = "" if arguments.study == "cost" else f" --n {arguments.n}"
    record = {
        "command": f"python -m benchmarks.storage {arguments.study}{n} --out {arguments.out}",
        "machine": platform.machine(),
        "python": platform.python_version(),
        "h5py": h5py.version.version,
        "result": result,
    }
    print(json.dumps(record, indent=1)[:3000])
    write_record(arguments.out, record)


if __name__ == "__main__":
    main()
