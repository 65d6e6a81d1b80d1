"""The bench on which a rule measures: twin circuits, and instruments that read with noise.

A rule sees a simulator and operating points as ever. Its free phases come from one circuit, its
displaced phases from the other, and all voltages are readings.
"""

from collections.abc import Mapping
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray, exact, fixed, host, like
from ebana_core.backends import OperatingPoints, Simulator
from ebana_core.backends.backend import Clamper
from ebana_core.chips.reading import Reading
from ebana_core.circuit.flows import Flows
from ebana_core.circuit.kirchhoff import Balance
from ebana_core.circuit.node_sums import Detail
from ebana_core.latest import Latest
from ebana_core.rules.clamping import clamped


@attrs.frozen(eq=False, kw_only=True, repr=False)
class ReadPoints(OperatingPoints):
    """Operating points as they are read; their currents and powers are those that flow.

    Their change is the difference of two readings, and holds what differs between the circuits.

    Args:
        solved: As they are.
    """

    solved: OperatingPoints

    @property
    def is_read(self) -> bool:
        return True

    def balance(self, detail: Detail) -> Balance:
        return self.solved.balance(detail)

    def flows(self) -> Flows:
        return self.solved.flows()


def as_solved(points: OperatingPoints) -> OperatingPoints:
    """Return operating points as they are, whether they were read or not."""
    return points.solved if isinstance(points, ReadPoints) else points


@final
class Bench(Simulator):
    """A simulator of one shard's phases on the circuits of a bench.

    Args:
        simulator: Solves the circuits.
        second: Parameter name to array of the circuit of displaced phases; None: there is one
            circuit.
        reading: Adds noise to what is read; None: none.
        first: Row in the batch of the first sample.
        is_kept: The phases are recorded, so that every row of them must be right.
    """

    def __init__(
        self,
        simulator: Simulator,
        second: Mapping[str, Array] | None,
        reading: Reading | None,
        first: int,
        *,
        is_kept: bool,
    ) -> None:
        # What came to a worker is writable, and would be copied with every solve.
        self._simulator, self._second = simulator, None if second is None else fixed(second)
        self._reading, self._first, self._is_kept = reading, first, is_kept
        self._n_readings = 0
        self._at_rest: Latest[OperatingPoints] = Latest()
        if simulator.through is not None:
            self.through = _Clamper(self, simulator.through)

    def finer(self, why: str) -> Simulator | None:
        finer = self._simulator.finer(why)
        if finer is None:
            return None
        # It begins to count anew: what is measured again has the same noise.
        return Bench(finer, self._second, self._reading, self._first, is_kept=self._is_kept)

    def operating_points(
        self,
        parameters: Mapping[str, Array],
        inputs: Mapping[str, Array],
        nudge: Mapping[str, Array] | None = None,
        start: OperatingPoints | None = None,
    ) -> OperatingPoints:
        if start is None:
            start = self.read(self._simulator.operating_points(parameters, inputs), None)
        if nudge is None:
            return start
        rest = self.at_rest(start)
        points = self._simulator.operating_points(rest.parameters, inputs, nudge, rest)
        return self.read(points, start)

    def clamped(self, free: OperatingPoints, displacement: Array) -> OperatingPoints:
        rest = self.at_rest(free)
        goal, place = {}, 0
        read, there = free.predictions(), rest.predictions()
        for name, prediction in there.items():
            own = displacement[:, place : place + prediction.shape[1]]
            # The clamp stands where the reading says, on whichever circuit it closes.
            goal[name] = exact(read[name]) + own - exact(prediction)
            place += prediction.shape[1]
        points = clamped(self._simulator, rest.parameters, rest.inputs, rest, goal)
        return self.read(points, free)

    def at_rest(self, free: OperatingPoints) -> OperatingPoints:
        """Return the free phase of the circuit that is displaced, as it is."""
        solved, second = as_solved(free), self._second
        if second is None:
            return solved
        return self._at_rest.at(
            {"free": solved.solved_free},
            lambda: self._simulator.operating_points(second, solved.inputs),
        )

    def second(self, parameters: Mapping[str, Array]) -> Mapping[str, Array]:
        """Return the parameters of the circuit that is displaced."""
        return parameters if self._second is None else self._second

    def read(self, points: OperatingPoints, free: OperatingPoints | None) -> ReadPoints:
        """Return points as they are read, displaced ones by their distance from a free reading."""
        voltages = points.solved_free
        if points.solved_change is not None:
            voltages = voltages + points.solved_change
        if self._reading is not None:
            shape = points.n_samples, points.circuit.n_nodes
            noise = self._reading.of_nodes(self._n_readings, self._first, shape)
            voltages = voltages + like(noise, voltages)
        self._n_readings += 1
        return ReadPoints(
            compiled=points.compiled,
            parameters=points.parameters,
            inputs=points.inputs,
            nudge=points.nudge,
            free_voltages=voltages if free is None else free.solved_free,
            change=None if free is None else _difference(voltages, free.solved_free),
            stability=points.stability,
            solved=points,
        )

    def filled(self, points: OperatingPoints, is_displaced: BoolArray) -> OperatingPoints:
        """Return points whose rows that are not displaced are those of their own circuit at rest.

        A rule does not look at them, and they are solved only where they are recorded.
        """
        rows = np.flatnonzero(~is_displaced)
        if self._second is None or not self._is_kept or not len(rows):
            return points
        own = {name: array[rows] for name, array in points.inputs.items()}
        rest = self._simulator.operating_points(self._second, own)
        assert points.change is not None
        change = points.change.copy()
        change[rows] = rest.node_voltages - points.free_voltages[rows]
        return attrs.evolve(points, change=change)

    def memory(self, parameters: Mapping[str, Array], n_samples: int) -> int:
        return self._simulator.memory(parameters, n_samples)


def _difference(voltages: Array, free: Array) -> Array:
    """Return the difference of two readings, in one library where both are of one precision."""
    if voltages.dtype == free.dtype:
        return voltages - free
    return np.asarray(exact(host(voltages)) - exact(host(free)))


@final
class _Clamper:
    """Clamps outputs of the displaced circuit, and reads what becomes of it."""

    def __init__(self, bench: Bench, through: Clamper) -> None:
        self._bench, self._through = bench, through

    def points(
        self, free: OperatingPoints, voltages: Mapping[str, Array], parameters: Mapping[str, Array]
    ) -> OperatingPoints:
        bench = self._bench
        points = self._through.points(as_solved(free), voltages, bench.second(parameters))
        is_closed = np.concatenate([~np.isnan(array) for array in voltages.values()], axis=1)
        return bench.read(bench.filled(points, np.asarray(is_closed.any(axis=1))), free)
