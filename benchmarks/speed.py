"""Operating points per second and training time, beside the peers; one JSON and one table.

The table stands beside the JSON, with the suffix .md.

Usage: OMP_NUM_THREADS=1 python -m benchmarks.speed --out benchmarks/results/speed.json
           [--data FOLDER] [--short] [--training]

FOLDER holds MNIST's IDX files; without it random images of its statistics stand in. `--short`
leaves out what takes minutes, and writes nothing unless told where to. `--training` measures
training anew and leaves everything else in the file as it is.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.agreement import TOO_LARGE, disagreement
from benchmarks.cases import CASES
from benchmarks.limits import N_PHASES, crossbars, free_and_nudged, gemm_rate, trained
from benchmarks.records import made_with, write_record
from benchmarks.speed_page import page, table

FOLDER = Path(__file__).parent
COMPILED, NUMPY = "native, compiled", "native, NumPy"
FOLDED, FULL = "ngspice, folded", "ngspice, full netlist"
REBUILT = "rebuilt netlists"

POINTS: Sequence[tuple[str, str]] = (
    ("10-10-6 behavioural", COMPILED),
    ("10-10-6 behavioural", NUMPY),
    ("10-10-6 behavioural", FOLDED),
    ("128-50-20 behavioural", COMPILED),
    ("128-50-20 behavioural", FOLDED),
    ("1568-50-20 behavioural", COMPILED),
    ("1568-50-20 behavioural", FOLDED),
    ("1568-50-20 behavioural", FULL),
    ("1568-100-10 ideal, batch 64", COMPILED),
    ("1568-1024-10 ideal, batch 64", COMPILED),
    ("1568-1024-1024-10 ideal, batch 64", COMPILED),
    ("1568-100-20 antiparallel", COMPILED),
    ("1568-100-20 MOS", COMPILED),
    ("128-512-512-20 antiparallel", COMPILED),
)
"""Case and backend whose operating points are timed."""

EPOCHS: Sequence[tuple[str, str]] = (
    ("1568-100-10 ideal, batch 4", COMPILED),
    ("1568-100-10 ideal, batch 4", NUMPY),
    ("1568-100-10 ideal, batch 64", COMPILED),
    ("1568-100-10 ideal, batch 64", NUMPY),
    ("1568-1024-10 ideal, batch 64", COMPILED),
    ("1568-1024-1024-10 ideal, batch 64", COMPILED),
    ("1568-100-20 antiparallel", COMPILED),
)
"""Case and backend whose training is timed."""

SHORT = ("10-10-6 behavioural", "128-50-20 behavioural", "1568-100-10 ideal, batch 64")

PUBLISHED = {
    "1568-100-10 ideal, batch 4": "121 s an epoch (energy-based-learning, PyTorch, two cores)",
    "1568-100-10 ideal, batch 64": "44 s an epoch (energy-based-learning, PyTorch, two cores)",
    "1568-1024-10 ideal, batch 64": "531 s an epoch (energy-based-learning, PyTorch, two cores)",
    "128-512-512-20 antiparallel": "29.5 s for 360 points by coordinate descent, 51,768 s by "
    "ELDO (Osana and Querlioz 2026)",
}
"""What others need."""


def measured(case: str, backend: str, *options: str) -> dict[str, Any]:
    """Run one measurement in a process of its own."""
    result = _said("-m", "benchmarks.measure", case, backend, *options)
    return {"case": case, "backend": backend, **result}


def rebuilt(layers: Sequence[int], seconds: float = 3.0) -> float:
    """Return operating points per second of rebuilt netlists, one process."""
    script = FOLDER / "rebuilt_netlists.py"
    return float(_said("-W", "ignore", str(script), *map(str, layers), str(seconds)))


def _said(*arguments: str) -> Any:
    """Return the JSON that a Python process prints last."""
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, cwd=FOLDER.parent
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def rows(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Measure row by row."""
    data = ["--data", arguments.data] if arguments.data else []
    seconds = ["--seconds", "0.3" if arguments.short else "1"]

    def is_wanted(case: str) -> bool:
        return not arguments.short or case in SHORT

    for case, backend in POINTS:
        if is_wanted(case):
            yield measured(case, backend, *data, *seconds)
    for case, definition in CASES.items():
        if definition.layers is not None and is_wanted(case):
            rate = rebuilt(definition.layers)
            yield {"case": case, "backend": REBUILT, "points_per_second": rate}
    yield from trainings(arguments)
    if not arguments.short:
        for workers in ("1", "2"):
            for case, backend in (
                ("128-512-512-20 antiparallel", COMPILED),
                ("1568-50-20 behavioural", FOLDED),
            ):
                yield measured(case, backend, "--workers", workers, "--samples", "1024", *data)


def trainings(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Measure training, row by row."""
    data = ["--data", arguments.data] if arguments.data else []
    for case, backend in EPOCHS:
        if not arguments.short or case in SHORT:
            yield measured(case, backend, "--train", *data)


def with_shares(rows: Iterator[dict[str, Any]], gemm: float) -> list[dict[str, Any]]:
    """Return rows with their shares of the limit, and print each when it is known."""
    results = []
    for row in rows:
        row["share_of_limit"] = share_of_limit(row, gemm)
        print({key: value for key, value in row.items() if key != "threads"}, file=sys.stderr)
        results.append(row)
    return results


def with_training_anew(arguments: argparse.Namespace, gemm: float) -> dict[str, Any]:
    """Return the record of a file with training measured anew."""
    record: dict[str, Any] = json.loads(arguments.out.read_text())
    found = {(row["case"], row["backend"]): row for row in with_shares(trainings(arguments), gemm)}
    record["rows"] = [
        found[row["case"], row["backend"]] if "seconds_per_60000" in row else row
        for row in record["rows"]
    ]
    return record


def arithmetic_seconds(row: dict[str, Any], gemm: float) -> float:
    """Return the time of the least arithmetic of what a row times, s per its unit of work.

    Args:
        row: See `rows`.
        gemm: Floating point operations per second, see `gemm_rate`.
    """
    case = CASES[row["case"]]
    shapes = crossbars(case.build())
    if "seconds_per_60000" in row:
        return 60_000 * trained(shapes, N_PHASES[case.variant]) / gemm
    if "free_points_per_second" in row or row["backend"] == REBUILT:
        return free_and_nudged(shapes, 1) / gemm
    return free_and_nudged(shapes) / 2 / gemm


def share_of_limit(row: dict[str, Any], gemm: float) -> float:
    """Return the least arithmetic's time over the measured time; 1 is what no solver can beat."""
    seconds = row.get("seconds_per_60000")
    if seconds is None:
        seconds = 1 / row.get("points_per_second", row.get("free_points_per_second"))
    return arithmetic_seconds(row, gemm) / float(seconds)


def main() -> None:
    """Measure, and write one JSON file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--data", help="folder of MNIST's IDX files")
    parser.add_argument("--short", action="store_true", help="three circuits, in a minute or two")
    parser.add_argument("--training", action="store_true", help="training alone, anew")
    arguments = parser.parse_args()
    if arguments.training and not (arguments.out and arguments.out.exists()):
        parser.error("--training wants --out, a file that is there")
    gemm = gemm_rate()
    if arguments.training:
        record = with_training_anew(arguments, gemm)
        print(table(record))
        write_record(arguments.out, record, page(record))
        return
    results = with_shares(rows(arguments), gemm)
    command = "OMP_NUM_THREADS=1 python -m benchmarks.speed"
    options = " --short" if arguments.short else ""
    record = {
        "command": f"{command}{options} --data FOLDER --out {arguments.out}",
        "about": "medians of five; values random, seed 0; one core unless workers are named; "
        "operating points half free, half nudged, with workers free ones alone",
        **made_with(),
        "gemm_GFlops_float64": round(gemm / 1e9, 1),
        "rows": results,
        "published": PUBLISHED,
        "native against ngspice, relative": {
            case: disagreement(case)
            for case in CASES
            if case not in TOO_LARGE and (not arguments.short or case in SHORT)
        },
    }
    print(table(record))
    if arguments.out:
        write_record(arguments.out, record, page(record))


if __name__ == "__main__":
    main()
