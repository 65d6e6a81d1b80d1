"""A phase of a recorded epoch, with all that its drops, currents and powers follow from."""

from collections.abc import Mapping, Sequence
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.checking import checked_whole, shown
from ebana_core.circuit.names import of_devices
from ebana_core.errors import UnknownNameError, UnsupportedError
from ebana_core.storage.layout import POINTS, POINTS_LAST, SECOND_VALUES
from ebana_core.storage.run_reader import RunReader


@final
@attrs.frozen(eq=False, kw_only=True, repr=False)
class Phase:
    """The operating points of one phase of one recorded epoch, read from the run file alone.

    Args:
        name: Of the phase, for example ``"free"``.
        epoch: Counted from 1.
        samples: Rows of the data set, ascending. Shape ``(n_samples,)``.
        batches: Batch of the epoch that each sample was solved in, counted from 0. Same shape.
        voltages: All nodes, ground and internal ones included, V. Shape
            ``(n_samples, n_nodes)``.
        nodes: Their names.
        injected: Output name to the nudge, A; empty in a free phase.
        values: Parameter name to the values in force in each recorded batch, SI units. Shape
            ``(n_rows, *shape)``.
        rows: Row of `values` that each sample belongs to. Shape ``(n_samples,)``.
        wiring: The elements of the circuit, as plain data; see FORMAT.md.
    """

    name: str
    epoch: int
    samples: IntArray
    batches: IntArray
    voltages: Array
    nodes: tuple[str, ...]
    injected: Mapping[str, Array]
    values: Mapping[str, Array]
    rows: IntArray
    wiring: Mapping[str, Any]

    def drops(self, element: str) -> Array:
        """Return the drops of an element's branches, V. Shape ``(n_samples, n_branches)``.

        A crossbar's branches row by row.

        Raises:
            UnknownNameError: There is no such element; lists those with branches.
        """
        ends = self._wiring_of(element)
        if "rows" in ends:
            rows, columns = self.voltages[:, ends["rows"]], self.voltages[:, ends["columns"]]
            return (rows[:, :, None] - columns[:, None, :]).reshape(len(rows), -1)
        return np.asarray(self.voltages[:, ends["heads"]] - self.voltages[:, ends["tails"]])

    def conductances(self, element: str) -> Array:
        """Return what the branches of resistors had, S. Shape ``(n_samples, n_branches)``.

        Raises:
            UnknownNameError: There is no such element.
            UnsupportedError: It follows another law than Ohm's.
        """
        found = self._wiring_of(element)
        if found.get("law") != "Ohm":
            raise UnsupportedError(
                f"Element {element!r} follows the law {found.get('law')!r}, which a file does not "
                "hold.",
                "compute with its model: Model.load(path).recorded_points(run)",
            )
        value = found["values"]["conductance"]
        if "constant" in value:
            own = np.array(value["constant"], dtype=np.float64)[None]
            shape = (len(self.voltages), self.drops(element).shape[1])
            return np.array(np.broadcast_to(own.reshape(1, -1), shape))
        own = self._values_of(value)
        size = self.drops(element).shape[1]
        return np.asarray(np.broadcast_to(own, (len(own), size))[self.rows])

    def _values_of(self, value: Mapping[str, Any]) -> Array:
        """Return what a parameter gives the branches. Shape ``(n_rows, n_branches)``, or one."""
        singles = self.values.get(of_devices(value["parameter"]))
        is_single = singles is not None and bool({"devices", "all_devices"} & set(value))
        own = singles if singles is not None and is_single else self.values[value["parameter"]]
        own = own.reshape(len(own), -1)
        places = value.get("devices" if is_single else "index")
        return own if places is None else np.asarray(own[:, places])

    def currents(self, element: str) -> Array:
        """Return the currents of resistors into the heads of their branches, A.

        Shape ``(n_samples, n_branches)``.

        Raises:
            UnknownNameError: There is no such element.
            UnsupportedError: It follows another law than Ohm's.
        """
        return self.conductances(element) * self.drops(element)

    def _wiring_of(self, element: str) -> Mapping[str, Any]:
        known = {n: e for n, e in self.wiring["elements"].items() if {"rows", "heads"} & set(e)}
        if not isinstance(element, str) or element not in known:
            has_terminals = isinstance(element, str) and element in self.wiring["elements"]
            raise UnknownNameError(
                f"The run has no element {shown(element)} with branches; it has {sorted(known)}.",
                "devices of several terminals have no one drop: take model.recorded_points(run), "
                "whose currents(layer) hold every terminal"
                if has_terminals
                else "use one of these names",
            )
        found: Mapping[str, Any] = known[element]
        return found

    def __repr__(self) -> str:
        return f"Phase({self.name!r}, epoch {self.epoch}, {len(self.samples)} samples)"


def read_phase(run: RunReader, name: str, epoch: int | None) -> Phase:
    """Return a phase of a recorded epoch; see `Run.phase`."""
    if epoch is not None:
        epoch = checked_whole(epoch, "epoch", at_least=0)
    places, wiring = run.places, run.wiring
    store, place, found = _saved(run, places, name, epoch)
    row = run.recorded(f"{store}/row")[place].astype(np.intp)
    number = run.recorded(f"{store}/number")[place]
    n_rows = int(row.max()) + 1
    chosen = run.samples

    def below(folder: str, part: Any) -> dict[str, Array]:
        return {
            item.removeprefix(folder): run.recorded(item)[part]
            for item in places
            if item.startswith(folder)
        }

    return Phase(
        name=name,
        epoch=found,
        samples=np.arange(len(row)) if chosen is None else chosen,
        batches=number[row].astype(np.intp),
        voltages=_voltages(run, wiring["nodes"], store, name, place, found),
        nodes=tuple(wiring["nodes"]),
        injected=below(f"{store}/{name}/injected/", place),
        values=below(_values_of(places, store, name), (place, slice(n_rows))),
        rows=row,
        wiring=wiring,
    )


def _values_of(places: Sequence[str], store: str, name: str) -> str:
    """Return the folder of the values at which a phase was solved."""
    second = f"{store}/{SECOND_VALUES}/"
    has_second = any(place.startswith(second) for place in places)
    return second if has_second and name != "free" else f"{store}/values/"


def _saved(
    run: RunReader, places: Sequence[str], name: str, epoch: int | None
) -> tuple[str, int, int]:
    """Return where a phase stands: its store, the place among the saved epochs, and the epoch."""
    known: dict[int, tuple[str, int]] = {}
    for store in (POINTS, POINTS_LAST):
        if f"{store}/row" in places:
            epochs = run.recorded(f"{store}/row").epochs
            known |= {int(saved): (store, place) for place, saved in enumerate(epochs)}
    phases = {place.split("/")[1] for place in places if place.startswith("phases/")}
    if not isinstance(name, str) or name not in phases or not known:
        raise UnknownNameError(
            f"{run.path} holds no phase {shown(name)} with all its values; it holds "
            f"{sorted(phases) if known else 'none'}.",
            "record save_output_voltages, save_power_params or save_branch_currents",
        )
    chosen = max(known) if epoch is None else epoch
    if chosen not in known:
        raise UnknownNameError(
            f"{run.path} saved no phases after epoch {chosen}; it did after {sorted(known)}.",
            "name one of these epochs",
        )
    return *known[chosen], chosen


def _voltages(
    run: RunReader, names: Sequence[str], store: str, phase: str, place: int, epoch: int
) -> Array:
    """Return the voltages of all nodes: those of the store, and those that stand beside it."""
    numbers = {name: number for number, name in enumerate(names)}
    own = run.coordinates[f"{store}_node"]
    parts: dict[str, Array] = {}
    if own:
        parts[f"{store}_node"] = run.recorded(f"{store}/{phase}/voltages")[place]
    # Voltages that are recorded by themselves are not stored a second time.
    if len(own) < len(names) - 1:  # all but ground, which is 0 V
        beside = run.recorded(f"phases/{phase}/voltages")
        parts["node"] = beside[int(np.flatnonzero(beside.epochs == epoch)[-1])]
    n_samples = len(next(iter(parts.values())))
    voltages = np.zeros((n_samples, len(names)))
    for dim, array in parts.items():
        voltages[:, [numbers[node] for node in run.coordinates[dim]]] = array
    return voltages
