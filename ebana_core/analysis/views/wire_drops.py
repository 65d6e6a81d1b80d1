"""What the wires of crossbars take of the voltage that their cells should have (IR drop)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.errors import DataError
from ebana_core.execution.simulated import BackendChoice, SimulatedNetwork
from ebana_core.network.wiring import wiring
from ebana_core.plots import grid, heat_map

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@final
@attrs.frozen(eq=False)
class WireDrops:
    """The voltage that the wires of each wired crossbar take from every cell.

    Args:
        layers: Name to the mean over samples of ``|V(row's source) - V(column's end) - V(cell)|``.
            Shape ``(n_rows, n_columns)``, V.
    """

    layers: Mapping[str, Array]

    def plot(self) -> "Figure":
        """Plot a map of every wired crossbar, one cell per device.

        Raises:
            DataError: No crossbar has wires with a resistance.
            MissingLibraryError: matplotlib is not installed.
        """
        if not self.layers:
            raise DataError(
                "No crossbar has wires with a resistance.", "give it some: wires=Wires(1.0, 1.0)"
            )
        figure = grid(1, len(self.layers), width=4.6, height=3.6)
        for axes, (name, lost) in zip(list(figure.axes), self.layers.items(), strict=True):
            heat_map(axes, lost, "V")
            axes.set_title(f"{name}: taken by wires, mean", fontsize="medium")
            axes.set_xlabel("column")
            axes.set_ylabel("row")
        return figure


def wire_drops(
    simulated: SimulatedNetwork, inputs: Any, backend: BackendChoice = "native"
) -> WireDrops:
    """Return what the wires of crossbars take from every cell, mean over samples.

    Rows are driven at their first cell and columns end behind their last, so that the last cell
    of the first row is furthest from both.

    Args:
        simulated: The network on simulators.
        inputs: Samples; see `operating_points`.
        backend: See `operating_points`.
    """
    points = simulated.operating_points(inputs, backend)
    return lost_in_wires(wiring(points.circuit)["elements"], points.node_voltages)


def lost_in_wires(elements: Mapping[str, Mapping[str, Any]], voltages: Array) -> WireDrops:
    """Return what wires take, from a circuit as plain data and the voltages of its nodes.

    A row's wire is an array of resistors of the same layer whose tails are the heads of the cells,
    cell by cell; a column's wire has the cells' tails for heads.

    Args:
        elements: Name to element; see FORMAT.md, ``/wiring``.
        voltages: Of all nodes. Shape ``(n_samples, n_nodes)``, V.
    """
    found = {}
    for name, cells in elements.items():
        if name != cells["layer"] or "heads" not in cells or "law" not in cells:
            continue
        heads, tails = np.array(cells["heads"]), np.array(cells["tails"])
        others = [e for n, e in elements.items() if e["layer"] == name != n and "law" in e]
        wires = [(np.array(e["heads"]), np.array(e["tails"])) for e in others if "heads" in e]
        rows = next((h for h, t in wires if np.array_equal(t, heads)), None)
        columns = next((t for h, t in wires if np.array_equal(h, tails)), None)
        if rows is None and columns is None:
            continue
        sources = heads if rows is None else _first(rows, heads)
        ends = tails if columns is None else _last(columns, tails)
        lost = np.abs(
            voltages[:, sources] - voltages[:, ends] - voltages[:, heads] + voltages[:, tails]
        ).mean(axis=0)
        n_columns = len(np.unique(ends))
        found[name] = lost.reshape(-1, n_columns)
    return WireDrops(found)


def _first(before: IntArray, cells: IntArray) -> IntArray:
    """Return for each cell where its row is driven: the node before its first cell."""
    inner = set(cells.tolist())
    result = before.copy()
    for k, node in enumerate(before.tolist()):
        if node in inner:
            result[k] = result[k - 1]
    return result


def _last(behind: IntArray, cells: IntArray) -> IntArray:
    """Return for each cell where its column ends: the node behind its last cell."""
    follows = dict(zip(cells.tolist(), behind.tolist(), strict=True))
    ends: dict[int, int] = {}
    # From the last row upwards, so that what follows a cell is known before the cell.
    for cell in reversed(cells.tolist()):
        after: int = follows[cell]
        ends[cell] = ends.get(after, after)
    return np.array([ends[cell] for cell in cells.tolist()], dtype=np.intp)
