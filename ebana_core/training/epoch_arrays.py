"""The arrays that a run saves of one epoch, gathered batch by batch."""

from collections.abc import Mapping, Sequence
from typing import final

import numpy as np

from ebana_core.arrays import Array, exact
from ebana_core.backends import OperatingPoints
from ebana_core.circuit.flows import Flows
from ebana_core.errors import ParameterError
from ebana_core.storage.layout import PROGRAMMING, SECOND_VALUES, UPDATES
from ebana_core.storage.record import SavedArray
from ebana_core.training.saved_arrays import (
    OF_PARAMETERS,
    due_topics,
    recorded_rows,
    stored_nodes,
    stores,
)
from ebana_core.training.task import Task


@final
class EpochArrays:
    """Arrays of the phases of one epoch, as the policies save them.

    Every batch has values of its own, so powers and currents are computed while it is at hand.
    Rows stand in the order in which the epoch takes its samples, until `saved` sorts them: what a
    batch adds follows what stood there before, and can be written to a file piece by piece.

    Attributes:
        topics: Topics that the epoch saves, of phases or not.
        arrays: Place in the run file to the array of this epoch, of phases.
        n_samples: Recorded samples so far.
        n_batches: Batches so far that held recorded samples.
        n_updates: Updates so far.
    """

    def __init__(self, task: Task, epoch: int, saved: Sequence[SavedArray]) -> None:
        self._task = task
        due = due_topics(task.metrics, epoch, task.epochs)
        self.topics = due
        self._topics = [topic for topic in due if topic not in OF_PARAMETERS]
        self._nodes = {
            store: stored_nodes(task, store) for store in stores(task.metrics) if store in due
        }
        topics = (*self._topics, PROGRAMMING, *({UPDATES} & {*due}))
        self._saved = {array.place: array for array in saved if array.topic in topics}
        # Layers that learning leaves alone record nothing of an update.
        self.arrays: dict[str, Array] = {
            place: np.full(saved.shape, 0.0 if saved.topic == PROGRAMMING else np.nan)
            for place, saved in self._saved.items()
        }
        self.n_samples = self.n_batches = self.n_updates = 0
        if self._topics:
            self._order = task.batches.order(task.seed, epoch)
            self._is_recorded = np.zeros(task.samples.n_samples, dtype=bool)
            self._is_recorded[recorded_rows(task)] = True

    @property
    def is_needed(self) -> bool:
        """Whether the phases of this epoch are saved at all."""
        return bool(self._topics)

    def part(self, place: str) -> slice:
        """Return the rows of a place that hold something."""
        return slice(self.counts[self._saved[place].dims[0]])

    @property
    def counts(self) -> dict[str, int]:
        """First dimension of an array to how many of its rows hold something."""
        return {"batch": self.n_batches, "sample": self.n_samples, "update": self.n_updates}

    def add_update(self, records: Mapping[str, Array]) -> None:
        """Take what devices record of an update, ``"layer.name"`` to array, and what it left."""
        for name, array in records.items():
            self.arrays[f"{PROGRAMMING}/{name}"][self.n_updates] = array
        for place, saved in self._saved.items():
            if saved.topic == UPDATES:
                values = self._task.values.parameters[place.partition("/")[2]]
                self.arrays[place][self.n_updates] = values
        self.n_updates += 1

    def add(self, number: int, phases: Mapping[str, OperatingPoints]) -> None:
        """Take the phases of a batch.

        Args:
            number: Of the batch, counted from 1.
            phases: Phase to the operating points of its samples, in their order.

        Raises:
            ParameterError: The phases were solved at different values.
        """
        size = self._task.batches.batch_size
        samples = self._order[(number - 1) * size : number * size]
        chosen = self._is_recorded[samples]
        if not chosen.any():
            return
        rows = slice(self.n_samples, self.n_samples + int(chosen.sum()))
        own = [points if chosen.all() else points.subset(chosen) for points in phases.values()]
        named = dict(zip(phases, own, strict=True))
        for alike in _apart(named) if self._task.hardware.has_twins else [named]:
            self._require_one_set_of_values(list(alike.values()))
            self._add_phases(rows, alike)
        self._add_values(number, rows, own[0].parameters, own[-1].parameters)
        self.n_samples, self.n_batches = rows.stop, self.n_batches + 1

    def _add_phases(self, rows: slice, phases: Mapping[str, OperatingPoints]) -> None:
        """Take phases that were solved at the same values."""
        # All phases at once: of a small batch, counting the currents costs more than the sums.
        everything, n = _stacked(list(phases.values())), rows.stop - rows.start
        flows = everything.flows() if {"power", "currents"} & {*self._topics} else None
        for topic in self._topics:
            folder = topic if topic in self._nodes else "phases"
            for name, array in self._of_topic(topic, everything, flows).items():
                for k, phase in enumerate(phases):
                    place = f"{folder}/{phase}/{name}"
                    if place in self.arrays:  # a free phase is not nudged
                        self.arrays[place][rows] = array[k * n : (k + 1) * n]

    def _of_topic(
        self, topic: str, points: OperatingPoints, flows: Flows | None
    ) -> dict[str, Array]:
        layers = list(self._task.network.layers)
        injected = {f"injected/{name}": currents for name, currents in points.nudge.items()}
        match topic:
            case "voltages":
                return {"voltages": points.voltages}
            case "injected":
                return injected
            case "power":
                assert flows is not None
                return {"power": np.stack([flows.power(layer) for layer in layers], axis=1)}
            case "currents":
                assert flows is not None
                return {
                    f"currents/{name}": currents
                    for layer in self._task.metrics.current_layers or layers
                    for name, currents in flows.currents(layer).items()
                }
        nodes = self._nodes[topic]
        own = {"voltages": points.node_voltages[:, nodes]} if len(nodes) else {}
        return {**own, **injected}

    def _require_one_set_of_values(self, phases: Sequence[OperatingPoints]) -> None:
        for points in phases[1:]:
            if not points.has_values_of(phases[0]):
                raise ParameterError(
                    f"{self._task.rule!r} solved the phases of one batch at different values; "
                    "a run holds one set of values per batch.",
                    "record no voltages, powers, currents and nudges with this rule",
                )

    def _add_values(
        self, number: int, rows: slice, values: Mapping[str, Array], second: Mapping[str, Array]
    ) -> None:
        """Keep the values that were in force in a batch, and which samples they belong to."""
        for store in self._nodes:
            self.arrays[f"{store}/row"][rows] = self.n_batches
            self.arrays[f"{store}/number"][self.n_batches] = number - 1
            for folder, given in (("values", values), (SECOND_VALUES, second)):
                if folder == SECOND_VALUES and not self._task.hardware.has_twins:
                    continue
                for name in self._task.values.parameters:
                    self.arrays[f"{store}/{folder}/{name}"][self.n_batches] = given[name]
                for name, parameter in self._task.hardware.single_devices.items():
                    # Of twins, one may have devices that are all alike.
                    own = given.get(name)
                    if own is None:
                        own = parameter.declaration.of_devices(given[parameter.name])
                    self.arrays[f"{store}/{folder}/{name}"][self.n_batches] = own

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """Continue from the rows that an earlier writer recorded.

        Raises:
            ValueError: They are not as many as belong together.
        """
        for place, array in self.arrays.items():
            rows = arrays[place]
            array[: len(rows)] = rows
            match self._saved[place].dims[0]:
                case "batch":
                    self.n_batches = len(rows)
                case "update":
                    self.n_updates = len(rows)
                case _:
                    self.n_samples = len(rows)
        if any(len(arrays[place]) != self.part(place).stop for place in self.arrays):
            raise ValueError("arrays of different lengths")

    def saved(self) -> dict[str, dict[str, Array]]:
        """Return topic to place to array, samples in the order of the data set."""
        if not self._saved:
            return {}
        ascending = np.arange(0)
        if self._topics:
            # The epoch took its samples in an order of its own.
            ascending = np.argsort(self._order[self._is_recorded[self._order]])
        found: dict[str, dict[str, Array]] = {saved.topic: {} for saved in self._saved.values()}
        for place, saved in self._saved.items():
            array = self.arrays[place]
            is_sample = saved.dims[0] == "sample"
            found[saved.topic][place] = array[ascending] if is_sample else array
        return found


def _apart(phases: Mapping[str, OperatingPoints]) -> list[dict[str, OperatingPoints]]:
    """Return the phases of the first circuit of twins, and those of the second."""
    (first, free), *others = phases.items()
    return [{first: free}, dict(others)]


def _stacked(phases: Sequence[OperatingPoints]) -> OperatingPoints:
    """Return the phases of one batch, solved at the same values, one below the other.

    In float64, whatever they were solved in: a file holds their voltages as that, and powers and
    currents must follow from them to its digits.
    """
    first, n = phases[0], phases[0].n_samples
    nudged = {output.name: len(output.heads) for output in first.circuit.injections}
    return OperatingPoints(
        compiled=first.compiled,
        parameters={name: exact(values) for name, values in first.parameters.items()},
        inputs={
            name: exact(np.concatenate([points.inputs[name] for points in phases]))
            for name in first.inputs
        },
        nudge={
            name: np.concatenate([points.nudge.get(name, np.zeros((n, size))) for points in phases])
            for name, size in nudged.items()
        },
        free_voltages=exact(np.concatenate([points.node_voltages for points in phases])),
    )
