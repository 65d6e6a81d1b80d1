"""The reference simulator: ngspice, loaded once, then stepped from point to point."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray, fixed
from ebana_core.backends.backend import Backend, Simulator
from ebana_core.backends.clamped import HELD, Holding, Through
from ebana_core.backends.examining import Examiner, Teller, noted
from ebana_core.backends.finishing import finished, finished_change
from ebana_core.backends.native.patience import is_over, spend
from ebana_core.backends.ngspice.judging import ABSOLUTE, NEAR, Again, as_found, judged
from ebana_core.backends.ngspice.library import open_library
from ebana_core.backends.ngspice.loaded import LoadedCircuit
from ebana_core.backends.ngspice.own_equations import OwnEquations
from ebana_core.backends.ngspice.settling import SETTLING, unsettled
from ebana_core.backends.ngspice.sources import across
from ebana_core.backends.ngspice.transient import trajectory
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.backends.same_values import check_same_values
from ebana_core.backends.trajectory import TimedPhase, Trajectory
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.errors import CircuitError, ConvergenceError, EbanaError
from ebana_core.machine_code import numba_works
from ebana_core.validators import truth


@final
@attrs.frozen
class NgspiceBackend(Backend):
    """ngspice through its shared library; needs libngspice.

    Args:
        fold_inputs: Replace crossbars driven by ideal sources by their exact Norton
            equivalent; False: the full netlist.

    Examples:
        >>> NgspiceBackend(fold_inputs=False).fold_inputs  # ngspice is opened by the first solve
        False
    """

    name = "ngspice"
    fold_inputs: bool = attrs.field(default=True, validator=truth)

    def compile(self, compiled: CompiledCircuit) -> "NgspiceSimulator":
        return NgspiceSimulator(self, compiled)

    def trajectory(
        self,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        inputs: Mapping[str, Array],
        capacitances: Array,
        phases: Sequence[TimedPhase],
    ) -> Trajectory:
        return trajectory(compiled, parameters, inputs, capacitances, phases)


class NgspiceSimulator(Simulator):
    """A circuit in ngspice: parsed once, values altered between the steps of a paused sweep.

    Args:
        backend: Settings.
        compiled: The circuit.
        reads_all: Read all unknowns from ngspice, those too that follow from the others.
    """

    def __init__(
        self, backend: NgspiceBackend, compiled: CompiledCircuit, *, reads_all: bool = False
    ) -> None:
        self.backend, self.compiled = backend, compiled
        self._teller = Teller(Examiner(may_compile=numba_works))
        self._holding: Holding[NgspiceSimulator] = Holding(compiled, backend.compile)
        self.through = Through(compiled, backend.compile)
        self._own = OwnEquations(compiled)
        self._other: NgspiceSimulator | None = None
        # What finishes all points finds currents, and nodes that follow others, by itself.
        is_lean = self._own.finish_all and not reads_all
        self._loaded = LoadedCircuit(compiled, fold_inputs=backend.fold_inputs, is_lean=is_lean)

    def simulator_of(self, compiled: CompiledCircuit) -> "NgspiceSimulator":
        if self._other is None or self._other.compiled is not compiled:
            self._other = self.backend.compile(compiled)
        return self._other

    def operating_points(
        self,
        parameters: Mapping[str, Array],
        inputs: Mapping[str, Array],
        nudge: Mapping[str, Array] | None = None,
        start: OperatingPoints | None = None,
    ) -> OperatingPoints:
        parameters = fixed(parameters)
        if start is not None:
            check_same_values(
                parameters=(start.parameters, parameters), inputs=(start.inputs, inputs)
            )
        if nudge is not None and start is None:
            start = self.operating_points(parameters, inputs)
        # The circuit and its values in ngspice belong to one solve: threads take turns.
        with open_library().lock:
            points, again, failures = self._found(parameters, inputs, nudge, start)
            netlist, is_held = self._loaded.netlist, self._own.hold(parameters)
            points = judged(
                points, self._own, again, failures, inside=netlist.inside, read=netlist.read
            )
        if not is_held:
            points = finished(points) if points.change is None else finished_change(points)
        if start is None or nudge is None:
            return noted(points, self._teller)
        return attrs.evolve(points, stability=start.stability)

    def as_found(
        self, parameters: Mapping[str, Array], inputs: Mapping[str, Array]
    ) -> OperatingPoints:
        """Return free operating points as ngspice has them, to compare laws and simulators.

        Nothing polishes them, and their residual may be anything.

        Raises:
            ConvergenceError: ngspice finds nothing at all for a sample.
        """
        whole = NgspiceSimulator(self.backend, self.compiled, reads_all=True)
        with open_library().lock:
            points, again, failures = whole._found(fixed(parameters), inputs, None, None)
            found = noted(as_found(points, self._own, again, failures), self._teller)
        whole.close()
        return found

    def _found(
        self,
        parameters: Mapping[str, Array],
        inputs: Mapping[str, Array],
        nudge: Mapping[str, Array] | None,
        start: OperatingPoints | None,
    ) -> tuple[OperatingPoints, Again, dict[int, EbanaError]]:
        """Return what ngspice finds at first, how to ask again, and its errors by sample."""
        n_samples = len(next(iter(inputs.values()))) if inputs else 1
        shape = (n_samples, self.compiled.circuit.n_nodes)
        offsets = self.compiled.constraints.offsets(parameters, inputs, shape)
        names, rows = self._alterations(parameters, offsets, nudge or {})
        failures: dict[int, EbanaError] = {}
        voltages = self._solve(offsets, names, rows, failures)
        free = None if start is None or nudge is None else start.free_voltages
        points = OperatingPoints(
            compiled=self.compiled,
            parameters=parameters,
            inputs=inputs,
            nudge=nudge or {},
            free_voltages=voltages if free is None else free,
            change=None if free is None else voltages - free,
        )

        def again(samples: IntArray, held: Array | None) -> Array:
            return self._again(offsets[samples], names, rows[samples], held)

        return points, again, failures

    def clamped(self, free: OperatingPoints, displacement: Array) -> OperatingPoints | None:
        with open_library().lock:
            held = self._holding.at(free.parameters)
            is_held = self._own.hold(free.parameters)
        if held is None or not is_held:
            return None
        outputs, simulator = held
        voltages = outputs.free_voltages(free) + outputs.moves(free, displacement)
        points = simulator.operating_points(free.parameters, {**free.inputs, HELD: voltages})
        return outputs.points(free, points.free_voltages - free.free_voltages, displacement)

    def close(self) -> None:
        self._loaded.close()

    def _alterations(
        self, parameters: Mapping[str, Array], offsets: Array, nudge: Mapping[str, Array]
    ) -> tuple[list[str], Array]:
        """Return the sources that differ between samples, and their values, a row a sample."""
        netlist = self._loaded.prepare(parameters, offsets)
        names: list[str] = list(netlist.driven.values())
        columns: list[Array] = [offsets[:, list(netlist.driven)]] if netlist.driven else []
        names += netlist.floating
        columns.append(across(offsets, netlist.floating_ends))
        for part in netlist.folded:
            names += part.source_names
            columns.append(part.currents(offsets))
        for output in self.compiled.circuit.injections:
            names += netlist.nudges[output.name]
            injected = nudge.get(output.name)
            columns.append(
                np.zeros((len(offsets), len(output.heads))) if injected is None else -injected
            )
        return names, np.concatenate(columns, axis=1)

    def _solve(
        self, offsets: Array, names: list[str], rows: Array, failures: dict[int, EbanaError]
    ) -> Array:
        """Return the voltages of all nodes at one point per row; nan where ngspice finds none.

        Where only ngspice knows a law, nobody else can tell whether a point is one: its steps
        are repeated until they say the same.
        """
        repeats = 1 if self._own.are_complete else SETTLING
        found: dict[int, EbanaError] = {}
        read = self._loaded.sweep.operating_points(
            names,
            np.repeat(rows, repeats, axis=0),
            failures=found,
            is_stepping=not self._own.are_complete,
        )
        failures.update({row // repeats: error for row, error in found.items()})
        last = read[repeats - 1 :: repeats]
        if repeats > 1:
            before = read[repeats - 2 :: repeats]
            moved, largest = np.abs(last - before).max(axis=1), np.abs(last).max(axis=1)
            for row in np.flatnonzero(~(moved <= NEAR * largest + ABSOLUTE)):
                failures.setdefault(int(row), unsettled())
                last[row] = np.nan
        return self._loaded.spread(offsets, last)

    def _again(self, offsets: Array, names: list[str], rows: Array, start: Array | None) -> Array:
        """Ask ngspice once more; see `judging.Again`."""
        netlist, sweep = self._loaded.netlist, self._loaded.sweep
        if start is None:
            read = np.full((len(rows), len(netlist.saved)), np.nan)
            for number, row in enumerate(rows):
                if is_over():
                    break
                spend(1)
                repeated = np.repeat(row[None], SETTLING, axis=0)
                read[number] = sweep.operating_points(names, repeated, failures={})[-1]
            return self._loaded.spread(offsets, read)
        found = np.full((len(rows), len(netlist.saved)), np.nan)
        # A voltage of nan or infinity would end the library.
        for place in np.flatnonzero(np.isfinite(start).all(axis=1)):
            held = zip(netlist.saved, start[place, netlist.read].tolist(), strict=True)
            nodes = {name: value for name, value in held if "#" not in name}
            with suppress(ConvergenceError, CircuitError):
                found[place] = sweep.started(names, rows[place], nodes)
        return self._loaded.spread(offsets, found)
