"""What the scripts of the peers share: a circuit read, an answer written, a rate taken.

They run in environments without EBANA: NumPy alone is there.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

REPEATS = 3


def circuit() -> dict[str, np.ndarray]:
    """Return the arrays of the circuit that the command line names; see `benchmarks.netlists`."""
    with np.load(sys.argv[1]) as arrays:
        return dict(arrays)


def extra() -> str:
    """Return the argument after those that every script takes: the folder of a clone."""
    return sys.argv[4]


def commit(clone: str) -> str:
    """Return the commit of a clone, or "no commit" where it is a plain copy."""
    command = ["git", "-C", clone, "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True)
    return "no commit" if done.returncode else done.stdout.strip()


def answer(version: str, solve: Callable[[], np.ndarray], **more: Any) -> None:
    """Time batches, write the last voltages, print what was measured.

    Args:
        version: Of the peer.
        solve: Solves a batch. Returns the voltages of nodes, ``(n_samples, n_nodes)``; NaN where
            the peer tells none.
        more: What else is to be recorded.
    """
    voltages, seconds = solve(), float(sys.argv[3])
    rates = []
    for _ in range(REPEATS):
        count, started = 0, time.perf_counter()
        while count == 0 or time.perf_counter() - started < seconds:
            voltages = solve()
            count += len(voltages)
        rates.append(count / (time.perf_counter() - started))
    np.save(sys.argv[2], voltages)
    said: Mapping[str, Any] = {
        "version": version,
        "points_per_second": statistics.median(rates),
        **more,
    }
    print(json.dumps(said))
