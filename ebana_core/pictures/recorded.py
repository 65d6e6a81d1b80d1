"""The numbers of the pictures of recorded phases and epochs, before anything is drawn."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ebana_core.analysis.views import Changes, Swings, WireDrops, lost_in_wires
from ebana_core.arrays import Array, IntArray
from ebana_core.storage.layout import MEASURES, POINTS, POINTS_LAST
from ebana_core.storage.run import Run

PHASES = ("free", "nudged", "minus", "plus")
SHOWN_EPOCHS = 8
"""Of a crossbar over epochs, beside its values before the first."""


def phases_with(run: Run, topic: str) -> list[str]:
    """Return the phases of which a topic was recorded."""
    return [phase for phase in PHASES if f"phases/{phase}/{topic}" in run.places]


def swings(run: Run) -> tuple[Swings, int] | None:
    """Return the swings of every layer's nodes in the last saved epoch, and the epoch.

    Levels are those before the first epoch. None: no voltages were recorded. Layers whose nodes
    stand still, such as biases, are left out.
    """
    last = _last_voltages(run)
    if last is None:
        return None
    phases, epoch = last
    names = run.coordinates["node"]
    # Version 1 holds no wiring, and no run of before levels were recorded has some.
    wiring: Mapping[str, Any] = run.wiring if run.version > 1 else {"nodes": names}
    numbers = {name: number for number, name in enumerate(wiring["nodes"])}
    return Swings.of_nodes(names, phases, wiring.get("levels", ()), numbers), epoch


def changes(run: Run) -> tuple[Changes, int] | None:
    """Return by how much nudges moved the nodes of each layer in the last saved epoch, and which.

    None: no displaced phase was recorded beside the free one, or it moved nothing.
    """
    last = _last_voltages(run)
    if last is None or "free" not in last[0] or len(last[0]) < 2:
        return None
    phases, epoch = last
    moved = [voltages - phases["free"] for name, voltages in phases.items() if name != "free"]
    found = Changes.of_nodes(run.coordinates["node"], np.concatenate(moved))
    return (found, epoch) if found.layers else None


def wire_drops(run: Run) -> tuple[WireDrops, int] | None:
    """Return what wires take from cells in the last saved epoch, free phase; None: not known."""
    places = [f"{store}/row" for store in (POINTS, POINTS_LAST) if f"{store}/row" in run.places]
    if not any(len(run.recorded(place)) for place in places):
        return None
    phase = run.phase("free")
    found = lost_in_wires(phase.wiring["elements"], phase.voltages)
    return (found, phase.epoch) if found.layers else None


def over_epochs(run: Run, name: str) -> tuple[IntArray, Array] | None:
    """Return a crossbar before the first epoch and after some saved ones, evenly spread.

    Returns:
        Epochs, 0 for before, and values ``(n_shown, n_rows, n_columns)``; None: it is no matrix,
        did not move, or was recorded after fewer than two epochs.
    """
    initial = run.initial[name]
    if initial.ndim != 2 or f"parameters/{name}" not in run.places:
        return None
    history = run.parameter_history(name)
    if len(history) < 2 or np.array_equal(run.parameters[name], initial):
        return None
    chosen = np.unique(np.linspace(0, len(history) - 1, SHOWN_EPOCHS).round().astype(int))
    values = np.array([initial, *(history[int(k)] for k in chosen)])
    return np.array([0, *history.epochs[chosen]], dtype=np.intp), values


def measured(run: Run) -> dict[str, tuple[Array, Array]]:
    """Return what was measured of the solving to its epochs and values; see `MEASURES`."""
    scores, found = run.scores, {}
    for name in MEASURES:
        if name in scores:
            known = ~np.isnan(scores[name])
            if known.any():
                found[name] = scores["epoch"][known], scores[name][known]
    return found


def _last_voltages(run: Run) -> tuple[dict[str, Array], int] | None:
    """Return phase to the voltages of the last saved epoch, and the epoch."""
    recorded = {phase: run.voltages(phase) for phase in phases_with(run, "voltages")}
    saved = {phase: found for phase, found in recorded.items() if len(found)}
    if not saved:
        return None
    epoch = int(next(iter(saved.values())).epochs[-1])
    return {phase: found[-1] for phase, found in saved.items()}, epoch
