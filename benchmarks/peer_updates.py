"""Updates of transistor grids beside PyCLLN: the same start, samples and order, one at a time."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from benchmarks.environments import NotMeasuredError
from ebana_core import Model, optimizers
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.losses import MSE
from ebana_core.metrics import Metrics
from ebana_core.rules import DropSquared
from ebana_core.zoo.transistors import xor_grid, xor_samples

SCRIPT = Path(__file__).parent / "peer_scripts" / "pyclln_peer.py"
SEED, ETA = 3, 0.5


@attrs.frozen
class Grid:
    """A grid that learns XOR.

    Args:
        side: Nodes of a side.
        epochs: Of four updates each.
        is_small: It takes seconds.
    """

    side: int
    epochs: int
    is_small: bool


GRIDS = (Grid(4, 100, True), Grid(7, 50, True), Grid(20, 5, False))


def start(side: int, epochs: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the peer's initial gates, V, and its order of samples over all epochs."""
    rng = np.random.RandomState(SEED)
    gates = rng.uniform(0.5, 3.0, 2 * side**2)
    order = []
    for _ in range(epochs):
        own = np.arange(4)
        rng.shuffle(own)
        order.append(own)
    return gates, np.concatenate(order)


def trained(model: Model, inputs: np.ndarray, targets: np.ndarray) -> float:
    """Update once per sample, in order; return the milliseconds of an update."""
    fit = model.fit(
        BatchGenerator(DataSet({"x": inputs}, {"y": targets}), batch_size=1, shuffle=False),
        MSE(),
        optimizers.SGD(model),
        epochs=1,
        metrics=Metrics(model, verbose=False, save_parameters=None),
        rule=DropSquared(ETA),
    )
    return float(1e3 * fit[0].seconds["training"] / len(inputs))


def theirs(grid: Grid, clone: Path) -> tuple[dict[str, Any], np.ndarray]:
    """Return what the peer says, and its last gates, V.

    Raises:
        NotMeasuredError: Its program fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "gates.npy"
        sizes = (str(grid.side), str(grid.epochs), str(SEED))
        done = subprocess.run(
            [sys.executable, str(SCRIPT), *sizes, str(clone), str(answer)],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            last = (done.stderr.splitlines() or ["nothing"])[-1]
            raise NotMeasuredError(f"PyCLLN failed on a grid of side {grid.side}: {last}")
        return json.loads(done.stdout.splitlines()[-1]), np.load(answer)[-1]


def compared(grid: Grid, clone: Path) -> dict[str, Any]:
    """Return one row: both times of an update, and how far the gates are apart in the end."""
    edges = 2 * grid.side**2
    row = {"circuit": f"grid of {edges} transistors", "peer": "PyCLLN", "batch": 1}
    try:
        said, gates = theirs(grid, clone)
    except NotMeasuredError as error:
        return {**row, "not measured": str(error)}
    first, order = start(grid.side, grid.epochs)
    inputs, targets = xor_samples()
    model = xor_grid(grid.side, first)
    trained(model, inputs, targets)  # what is made once
    model.parameters["net.gate"] = first
    own = trained(model, inputs[order], targets[order])
    apart = float(np.abs(model.parameters["net.gate"] - gates).max())
    return {
        **row,
        **said,
        "ours_ms_per_update": own,
        "ratio": said["ms_per_update"] / own,
        "apart_V": apart,
        "updates": len(order),
    }
