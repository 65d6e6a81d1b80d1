"""Peers beside EBANA: the same circuits, one after the other in one run; one JSON, one table.

Usage: OMP_NUM_THREADS=1 python -m benchmarks.peers --out benchmarks/results/peers.json
           [--cache FOLDER] [--clone FOLDER ...] [--short] [--peers NAME ...]

The peers of the package index are installed into environments of their own under the cache folder
(default: `ebana-peers` in the user's cache folder). `--clone` names folders of clones of
energy-based-learning and of pyclln-final. What cannot be had is "not measured", with the reason.
"""

import argparse
import itertools
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from benchmarks.environments import NotMeasuredError, Packages, cache_folder, python_of
from benchmarks.measure import median_rate
from benchmarks.peer_circuits import CIRCUITS, Circuit
from benchmarks.peer_tables import page, table
from benchmarks.peer_updates import GRIDS
from benchmarks.peer_updates import compared as updates_compared
from benchmarks.records import write_record
from ebana_core import __version__
from ebana_core.backends import NativeBackend, OperatingPoints

SCRIPTS = Path(__file__).parent / "peer_scripts"
CIRCULAX = Packages(wanted=("circulax==0.1.7",))
BADCROSSBAR = Packages(
    wanted=("numpy", "scipy", "pathvalidate", "sigfig"), alone=("badcrossbar==1.1.0",)
)
PACKAGES = {"circulax": CIRCULAX, "badcrossbar": BADCROSSBAR}
CLONED = {"energy-based-learning": "papers/fast-drn", "PyCLLN": "xor/xor_trainer.py"}
"""Peer to what its clone is known by."""
PEERS = ("circulax", "badcrossbar", "energy-based-learning", "rebuilt netlists", "PyCLLN")


def clone_of(peer: str, folders: Sequence[Path]) -> Path:
    """Return the folder that holds a clone of a peer.

    Raises:
        NotMeasuredError: None of them does.
    """
    for folder in folders:
        if (folder / CLONED[peer]).exists():
            return folder
    raise NotMeasuredError(f"{peer} is measured from a clone of it: no --clone FOLDER holds one.")


def interpreter(peer: str, given: argparse.Namespace) -> tuple[Path, list[str]]:
    """Return the Python that runs a peer, and further arguments of its script.

    Raises:
        NotMeasuredError: The peer is not to be had.
    """
    if peer in PACKAGES:
        return python_of(peer, PACKAGES[peer], given.cache), []
    if peer in CLONED:
        return Path(sys.executable), [str(clone_of(peer, given.clone))]
    return Path(sys.executable), []


def asked(peer: str, circuit: Circuit, given: argparse.Namespace) -> tuple[dict[str, Any], Any]:
    """Return what a peer says of a circuit, and its voltages.

    Raises:
        NotMeasuredError: The peer is not to be had, or fails.
    """
    python, more = interpreter(peer, given)
    script = SCRIPTS / f"{peer.replace('-', '_').replace(' ', '_')}_peer.py"
    with tempfile.TemporaryDirectory() as folder:
        question, answer = Path(folder) / "circuit.npz", Path(folder) / "answer.npy"
        np.savez(question, **circuit.described())
        command = [str(python), str(script), str(question), str(answer), str(given.seconds), *more]
        own = {} if peer in PACKAGES else {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        inherited = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        done = subprocess.run(command, capture_output=True, text=True, env=inherited | own)
        if done.returncode:
            last = (done.stderr.splitlines() or ["nothing"])[-1]
            raise NotMeasuredError(f"{peer} failed on {circuit.name}: {last}")
        return json.loads(done.stdout.splitlines()[-1]), np.load(answer)


def completed(peer: str, theirs: np.ndarray, points: OperatingPoints) -> np.ndarray:
    """Return a peer's voltages, with those that sources hold where it tells none.

    Raises:
        NotMeasuredError: A voltage that had to be solved is missing or not finite.
    """
    is_held = np.ones(theirs.shape[1], dtype=bool)
    is_held[points.compiled.constraints.unknowns] = False
    filled = np.where(is_held & np.isnan(theirs), points.node_voltages, theirs)
    if not np.isfinite(filled).all():
        raise NotMeasuredError(f"{peer} gave no finite answer.")
    return filled


def compared(peer: str, circuit: Circuit, given: argparse.Namespace) -> dict[str, Any]:
    """Return one row: both rates, both residuals, and how far both answers are apart."""
    row = {"circuit": circuit.name, "peer": peer, "batch": circuit.batch}
    try:
        said, theirs = asked(peer, circuit, given)
    except NotMeasuredError as error:
        return {**row, "not measured": str(error)}
    model, inputs = circuit.model, circuit.inputs
    simulator = model.simulator(NativeBackend())

    def same_values() -> int:
        return simulator.operating_points(model.parameters.snapshot(), inputs).n_samples

    first = model.parameters[circuit.changed]
    others = itertools.cycle([0.999 * first + 0.001 * first.mean(), first])

    def new_values() -> int:
        model.parameters[circuit.changed] = next(others)
        return same_values()

    points = simulator.operating_points(model.parameters.snapshot(), inputs).subset(
        slice(len(theirs))
    )
    ours = points.node_voltages
    try:
        filled = completed(peer, theirs, points)
    except NotMeasuredError as error:
        return {**row, "not measured": str(error)}
    same, new = (median_rate(work, given.seconds) for work in (same_values, new_values))
    residual = attrs.evolve(points, free_voltages=filled, change=None).residual
    return {
        **row,
        **said,
        "ours_points_per_second": same,
        "ours_new_values_points_per_second": new,
        "ratio": same / said["points_per_second"],
        "peer_residual": residual,
        "our_residual": points.residual,
        "apart_V": float(np.abs(filled - ours).max()),
        "largest_V": float(np.abs(ours).max()),
        "compared_samples": len(theirs),
    }


def rows(given: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Measure row by row."""
    for planned in CIRCUITS:
        wanted = [peer for peer in planned.peers if peer in given.peers]
        if wanted and (planned.is_small or not given.short):
            circuit = planned.make()
            for peer in wanted:
                yield compared(peer, circuit, given)
    if "PyCLLN" in given.peers:
        yield from _updates(given)


def _updates(given: argparse.Namespace) -> Iterator[dict[str, Any]]:
    try:
        clone = clone_of("PyCLLN", given.clone)
    except NotMeasuredError as error:
        yield {"circuit": "grids of transistors", "peer": "PyCLLN", "not measured": str(error)}
        return
    for grid in GRIDS:
        if grid.is_small or not given.short:
            yield updates_compared(grid, clone)


def main() -> None:
    """Measure, and write one JSON file and its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--cache", type=Path, default=cache_folder())
    parser.add_argument("--clone", type=Path, nargs="+", default=[], help="folders of clones")
    parser.add_argument("--short", action="store_true", help="small circuits, in about a minute")
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=PEERS)
    parser.add_argument("--seconds", type=float, default=0.5, help="of each of several repeats")
    given = parser.parse_args()
    before, found = os.getloadavg()[0], []
    for row in rows(given):
        print(json.dumps(row), file=sys.stderr, flush=True)
        found.append(row)
    clone = " --clone" + len(given.clone) * " FOLDER" if given.clone else ""
    record = {
        "command": f"OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS', 'all')} python -m "
        f"benchmarks.peers{' --short' if given.short else ''}{clone} --out {given.out}",
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load_average": [before, os.getloadavg()[0]],
        "threads": os.environ.get("OMP_NUM_THREADS", "all"),
        "python": platform.python_version(),
        "version": __version__,
        "rows": found,
    }
    print(table(record))
    if given.out:
        write_record(given.out, record, page(record))


if __name__ == "__main__":
    main()
