"""Does Equilibrium Propagation still converge when the resistance range shrinks?

Two small networks of memristors learn Fisher's irises and XOR while the window of their cells
shrinks from three decades to a seventh of one, about the same geometric middle. Cells are
programmed ideally or by pulses of one of several responses. The learning rate of each response is
chosen by a small grid on seeds that are not reported.

Usage:
    OMP_NUM_THREADS=1 python -m benchmarks.resistance_range
        --out benchmarks/results/resistance_range.json  # measures, some ten minutes
    OMP_NUM_THREADS=1 python -m benchmarks.resistance_range
        --explain benchmarks/results/resistance_range.json  # adds why
    python -m benchmarks.resistance_range --plot docs/images/resistance_range.svg  # draws them
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import attrs
import matplotlib as mpl
import numpy as np

from benchmarks.records import made_with, write_record
from benchmarks.resistance_cells import GAP, N_STATES, PROGRAMMING, WIDEST
from benchmarks.resistance_trials import (
    CIRCUITS,
    GRID_DECADES,
    GRID_SEEDS,
    LEARNED,
    MAX_PULSES,
    PARTLY,
    SEEDS,
    TASKS,
    WRITE_NOISE,
    Trial,
    grid,
    linear_accuracy,
)
from ebana_core.plots import PALETTE
from ebana_core.zoo.doell2025 import (
    BETA,
    CORNER,
    DECADES,
    GAIN,
    MIDDLE,
    ON,
    TARGET,
    VOLTS,
)

NUMBERS = Path(__file__).parent / "results" / "resistance_range.json"


def measured() -> dict[str, Any]:
    """Return the grids, and the accuracies of every trial and seed."""
    started = time.process_time()
    grids = {name: grid(name) for name in PROGRAMMING}
    shares = {name: float(max(found, key=lambda s: found[s])) for name, found in grids.items()}
    print(json.dumps(grids), shares, flush=True)
    rows = []
    for task in TASKS:
        for circuit in CIRCUITS:
            for name, share in shares.items():
                for decades in DECADES:
                    trial = Trial(task, circuit, name, decades)
                    found = [trial.accuracy(share, seed) for seed in SEEDS]
                    print(trial, np.round(found, 3), flush=True)
                    rows.append(
                        {
                            **attrs.asdict(trial),
                            "window_S": [float(end) for end in trial.cell.window],
                            "accuracies": found,
                            "median": float(np.median(found)),
                            "learned": float(np.mean(np.array(found) >= LEARNED[task])),
                        }
                    )
    return {
        "cpu_seconds": time.process_time() - started,
        "grid": grids,
        "learning_rate": shares,
        "linear_iris_accuracies": [linear_accuracy(seed) for seed in SEEDS],
        "rows": rows,
    }


def explain(path: Path) -> None:
    """Add what conducts, and what scaling a part of the circuit does, with ideal cells."""
    record = json.loads(path.read_text())
    share, rows = record["learning_rate"]["ideal"], []
    for circuit in (*CIRCUITS, *PARTLY):
        for decades in DECADES:
            trial = Trial("iris", circuit, "ideal", decades)
            found = [trial.trained(share, seed) for seed in SEEDS]
            accuracies, conducting = (list(column) for column in zip(*found, strict=True))
            rows.append(
                {
                    "circuit": circuit,
                    "decades": decades,
                    "accuracies": accuracies,
                    "median": float(np.median(accuracies)),
                    "conducting": float(np.mean(conducting)),
                }
            )
    command = f"OMP_NUM_THREADS=1 python -m benchmarks.resistance_range --explain {path}"
    record["explanation"] = {"command": command, "rows": rows}
    write_record(path, record)


def measure(path: Path) -> None:
    """Write the numbers."""
    record = {
        "command": f"OMP_NUM_THREADS=1 python -m benchmarks.resistance_range --out {path}",
        "settings": {
            "middle_S": MIDDLE,
            "middle_gap_m": GAP,
            "n_states": N_STATES,
            "pulse_noise": WRITE_NOISE,
            "max_pulses": MAX_PULSES,
            "beta_share": BETA,
            "input_V": VOLTS,
            "corner_V": CORNER,
            "gain": GAIN,
            "target_V": TARGET,
            "diode_on_share": ON,
            "epochs": {name: task.epochs for name, task in TASKS.items()},
            "batch_size": {name: task.batch_size for name, task in TASKS.items()},
            "seeds": SEEDS,
            "grid_seeds": GRID_SEEDS,
            "grid_decades": GRID_DECADES,
            "learned_from": LEARNED,
            "widest_gap_window_decades": WIDEST,
        },
        **made_with(),
        **measured(),
    }
    write_record(path, record)


def draw(path: Path) -> None:
    """Draw the committed numbers."""
    from matplotlib import pyplot

    mpl.rcParams["svg.fonttype"] = "none"
    mpl.rcParams["svg.hashsalt"] = "resistance_range"  # the same numbers give the same file
    found = json.loads(NUMBERS.read_text())
    figure, axes = pyplot.subplots(
        2, 2, figsize=(10, 7), layout="constrained", sharex=True, sharey="row"
    )
    for row, (task, shown) in zip(axes, (("iris", "median"), ("xor", "learned")), strict=True):
        for axis, circuit in zip(row, CIRCUITS, strict=True):
            axis.set_prop_cycle(color=PALETTE)
            for name in PROGRAMMING:
                rows = [
                    r
                    for r in found["rows"]
                    if (r["task"], r["circuit"], r["programming"]) == (task, circuit, name)
                ]
                widths = [np.log10(r["window_S"][1] / r["window_S"][0]) for r in rows]
                axis.semilogx(widths, [r[shown] for r in rows], "o-", markersize=4, label=name)
            axis.set_title(f"{'Iris' if task == 'iris' else 'XOR'}, {circuit} circuit")
            axis.grid(alpha=0.3)
            if task == "iris":
                linear = float(np.median(found["linear_iris_accuracies"]))
                axis.axhline(linear, color="0.5", linestyle=":", label="linear least squares")
    axes[0, 0].set_ylabel("median test accuracy")
    axes[1, 0].set_ylabel("share of seeds with all four right")
    for axis in axes[1]:
        axis.set_xlabel("window of the conductance (decades)")
        axis.set_xticks(DECADES, [f"{d:g}" for d in DECADES])
        axis.minorticks_off()
    told = axes[0, 1].get_legend_handles_labels()
    figure.legend(*told, loc="outside upper center", ncols=4, frameon=False)
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Measure, or draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="where the numbers go")
    parser.add_argument("--explain", type=Path, help="numbers to which their reasons are added")
    parser.add_argument("--plot", type=Path, help="where a picture of the committed numbers goes")
    given = parser.parse_args()
    if given.out:
        measure(given.out)
    if given.explain:
        explain(given.explain)
    if given.plot:
        draw(given.plot)


if __name__ == "__main__":
    main()
