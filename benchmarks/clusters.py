"""The programs of the page on clusters, with the libraries that they name.

    pip install mpi4py mpich submitit dask-jobqueue
    python -m benchmarks.clusters --out benchmarks/results/clusters.json

Where no SLURM is, dask-jobqueue's jobs are submitted to a stand-in for `sbatch`, which starts the
script on this machine as SLURM would elsewhere, and submitit uses its own executor of processes.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.records import made_with, write_record

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "clusters.md"
SBATCH = """#!/bin/sh
bash "$1" > job.log 2>&1 &
echo "Submitted batch job $!"
"""
SCANCEL = """#!/bin/sh
kill "$@" 2> /dev/null
true
"""
"""Stand-ins for SLURM's commands: a job is a process of this machine, and its number is that of
the process. dask-jobqueue reads the number from what `sbatch` prints."""
NO_SLURM = "a stand-in for `sbatch` that starts the job script on the same machine"
WAYS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "processes.py": ((), (), "processes of one machine"),
    "slurm_dask.py": ((), ("dask-jobqueue", "distributed"), NO_SLURM),
    "slurm_jobs.py": ((), ("submitit",), "submitit's own processes, which it takes without SLURM"),
    "mpi.py": (
        ("mpiexec", "-n", "3", "PYTHON", "-m", "mpi4py.futures"),
        ("mpi4py", "mpich"),
        "three MPI processes of one machine",
    ),
}
"""Program to what starts it (none: Python alone), the libraries, and how it was tried."""
LIMIT = 300.0
"""Longest time for one program, s."""


def programs(page: Path = PAGE) -> dict[str, str]:
    """Return the programs of a page by the names of their files, which their first lines say."""
    blocks = re.findall(r"```python\n# (\w+\.py)\n(.*?)```", page.read_text(), re.DOTALL)
    return dict(blocks)


def write(folder: Path) -> None:
    """Write the programs, and the stand-ins for SLURM's commands, into a folder."""
    for name, text in programs().items():
        (folder / name).write_text(text)
    for name, text in (("sbatch", SBATCH), ("scancel", SCANCEL)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)


def printed(command: list[str], folder: Path) -> str:
    """Return what a command prints in a folder; its errors are shown."""
    path = os.pathsep.join([str(folder), str(Path(sys.executable).parent), os.environ["PATH"]])
    around = {**os.environ, "PATH": path, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(folder)}
    around["PYTHONPATH"] += os.pathsep + os.environ.get("PYTHONPATH", "")
    done = subprocess.run(
        command,
        cwd=folder,
        env=around,
        stdout=subprocess.PIPE,
        text=True,
        timeout=LIMIT,
        check=True,
    )
    return done.stdout


def losses_in(text: str) -> list[float]:
    """Return the losses that a program prints in its last line: one, or a list."""
    return [float(number) for number in re.findall(r"\d\.\d+(?:e-\d+)?", text.splitlines()[-1])]


def tried() -> dict[str, Any]:
    """Run every program, and return what it did."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)
        alone = "from network import train; print([train(seed) for seed in (0, 1)])"
        expected = losses_in(printed([sys.executable, "-c", alone], folder))
        rows: dict[str, Any] = {}
        for program, (start, libraries, how) in WAYS.items():
            command = [sys.executable if part == "PYTHON" else part for part in start]
            text = printed([*(command or [sys.executable]), program], folder)
            found = losses_in(text)
            rows[program] = {
                "libraries": {library: version(library) for library in libraries},
                "how": how,
                "losses": found,
                "the same bits": found == expected[: len(found)],
            }
            if program == "slurm_dask.py":
                rows[program]["job script"] = [
                    line for line in text.splitlines() if line.startswith("#SBATCH")
                ]
    return {"without an executor": expected, "programs": rows}


def table(record: Mapping[str, Any]) -> str:
    """Return the rows of the page's table."""
    rows = []
    for program, row in record["programs"].items():
        libraries = ", ".join(f"{name} {number}" for name, number in row["libraries"].items())
        same = "yes" if row["the same bits"] else "no"
        rows.append(f"| `{program}` | {libraries or 'none'} | {row['how']} | {same} |")
    return "\n".join(rows)


def main() -> None:
    """Run the programs, and write what they did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    record = {"command": "python -m benchmarks.clusters", **made_with(), **tried()}
    print(table(record))
    if given.out:
        write_record(given.out, record)


if __name__ == "__main__":
    main()
