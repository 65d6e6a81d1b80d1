"""Memory of a process that asks ngspice for many operating points.

Usage: python -m benchmarks.endurance --out benchmarks/results/endurance.json

Linux only: memory is read from /proc.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from benchmarks.cases import CASES, load_images
from benchmarks.records import write_record

CASE = "10-10-6 behavioural"
N_POINTS, BATCH = 100_000, 500


def resident_megabytes() -> float:
    """Return the memory this process holds now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def memory_over_points(n_points: int) -> list[dict[str, float]]:
    """Return the memory after every tenth of the points, half of them nudged."""
    case = CASES[CASE]
    model, data = case.build(), case.samples(load_images(None, BATCH)[0])
    inputs = {"x": data.inputs["x"]}
    nudge = {"y": case.beta * np.random.default_rng(0).normal(size=(BATCH, 3))}
    rows = []
    for solved in range(0, n_points, 2 * BATCH):
        # Changed values are altered in the running simulator, as training does.
        model.parameters["d1.conductance"] = model.parameters["d1.conductance"] * 1.0001
        model.operating_points(inputs, "ngspice", nudge=nudge)
        if (solved + 2 * BATCH) % (n_points // 10) == 0:
            rows.append({"points": solved + 2 * BATCH, "memory_MB": round(resident_megabytes(), 2)})
    return rows


def main() -> None:
    """Solve and write the numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    rows = memory_over_points(N_POINTS)
    record = {
        "command": f"python -m benchmarks.endurance --out {out}",
        "about": f"{CASE}, batches of {BATCH}, conductances changed before each",
        "rows": rows,
        "growth_after_first_tenth_MB": round(rows[-1]["memory_MB"] - rows[0]["memory_MB"], 2),
    }
    print(json.dumps(record, indent=1))
    write_record(out, record)


if __name__ == "__main__":
    main()
