"""What all benchmarks write: a record as JSON, with the versions and the machine it was made on."""

import argparse
import json
import platform
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ebana_core.experiments.results import made_with

__all__ = ["made_with", "measured_rows", "write_record"]


def write_record(path: Path, record: Mapping[str, Any], page: str = "") -> None:
    """Write a record.

    Args:
        path: The JSON file; its folder is made where there is none.
        record: What was measured.
        page: The same as Markdown, for a file beside it; empty: none is written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=1) + "\n")
    if page:
        path.with_suffix(".md").write_text(page)


def measured_rows(module: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows as they are measured, and write them to the file that ``--out`` names.

    Args:
        module: The benchmark, which measures with processor time.
        rows: What it measures, one after the other.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {module}")
    parser.add_argument("--out", type=Path)
    out = parser.parse_args().out
    found = []
    for row in rows:
        found.append(row)
        print(json.dumps(row), flush=True)
    if out:
        record = {
            "command": f"OMP_NUM_THREADS=1 python -m {module} --out {out}",
            "machine": platform.machine(),
            "seconds": "CPU time of the process, median of turns",
            "results": found,
        }
        write_record(out, record)
