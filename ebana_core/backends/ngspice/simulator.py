"""The reference simulator: ngspice, loaded once, then stepped from point to point."""

from collections.abc import Mapping, Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import DOUBLE, Array, fixed
from ebana_core.backends.backend import Backend, OperatingPoints, Simulator
from ebana_core.backends.ngspice.format import (
    alterable,
    deck,
    element_lines,
    is_altered,
    number,
)
from ebana_core.backends.ngspice.netlist import Netlist, write_elements
from ebana_core.backends.ngspice.sweep import TIGHT, PausedSweep
from ebana_core.backends.ngspice.transient import trajectory
from ebana_core.backends.trajectory import TimedPhase, Trajectory
from ebana_core.circuit.circuit import GROUND
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.laws.spice import Element

TITLE = "EBANA circuit"


@final
@attrs.frozen
class NgspiceBackend(Backend):
    """ngspice through its shared library; needs libngspice.

    Args:
        fold_inputs: Replace crossbars driven by ideal sources by their exact Norton
            equivalent; False: the full netlist.
    """

    name = "ngspice"
    fold_inputs: bool = True

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
    """A circuit in ngspice: parsed once, values altered between the steps of a paused sweep."""

    def __init__(self, backend: NgspiceBackend, compiled: CompiledCircuit) -> None:
        self.backend, self.compiled = backend, compiled
        self._parameters: dict[str, Array] | None = None
        self._netlist: Netlist | None = None
        self._sweep: PausedSweep | None = None

    def operating_points(
        self,
        parameters: Mapping[str, Array],
        inputs: Mapping[str, Array],
        nudge: Mapping[str, Array] | None = None,
        start: OperatingPoints | None = None,
    ) -> OperatingPoints:
        parameters = fixed(parameters)
        n_samples = len(next(iter(inputs.values()))) if inputs else 1
        shape = (n_samples, self.compiled.circuit.n_nodes)
        offsets = self.compiled.constraints.offsets(parameters, inputs, shape)
        if nudge is not None and start is None:
            start = self.operating_points(parameters, inputs)
        names, rows = self._alterations(parameters, offsets, nudge or {})
        points = OperatingPoints(
            compiled=self.compiled,
            parameters=parameters,
            inputs=inputs,
            nudge=nudge or {},
            free_voltages=self._solve(offsets, names, rows),
        )
        points = self._polished(points, offsets, names, rows)
        if start is None or nudge is None:
            return points
        free = start.free_voltages
        return attrs.evolve(points, free_voltages=free, change=points.free_voltages - free)

    def close(self) -> None:
        if self._sweep is not None:
            self._sweep.close()
            self._sweep = None

    def _alterations(
        self, parameters: Mapping[str, Array], offsets: Array, nudge: Mapping[str, Array]
    ) -> tuple[list[str], Array]:
        """Return the sources that differ between samples, and their values, a row a sample."""
        netlist = self._prepare(parameters, offsets)
        names: list[str] = list(netlist.driven.values())
        columns: list[Array] = [offsets[:, list(netlist.driven)]] if netlist.driven else []
        for part in netlist.folded:
            names += part.source_names
            columns.append(part.currents(offsets))
        for output in self.compiled.circuit.outputs:
            names += netlist.nudges[output.name]
            injected = nudge.get(output.name)
            columns.append(
                np.zeros((len(offsets), len(output.heads))) if injected is None else -injected
            )
        return names, np.concatenate(columns, axis=1)

    def _solve(self, offsets: Array, names: list[str], rows: Array) -> Array:
        """Return the voltages of all nodes at one point per row."""
        assert self._netlist is not None
        assert self._sweep is not None
        voltages = np.where(self.compiled.constraints.root == GROUND, offsets, 0.0)
        voltages[:, self._netlist.read] = self._sweep.operating_points(names, rows)
        return voltages

    def _polished(
        self, points: OperatingPoints, offsets: Array, names: list[str], rows: Array
    ) -> OperatingPoints:
        """Let ngspice step once more from points that miss the tolerance.

        ngspice stops where a step falls below reltol, one step before its currents balance as
        well as they can. Without the magnitudes of crossbars the test is stricter, not looser.
        """
        if any(array.law.native_refusal for array in points.circuit.element_arrays):
            return points  # ngspice alone knows such a law
        imbalance = points.balance_of("unknowns").imbalance()
        missed = np.flatnonzero(imbalance > DOUBLE.imbalance)
        if not len(missed):
            return points
        twice = np.repeat(missed, 2)
        voltages = points.free_voltages.copy()
        voltages[missed] = self._solve(offsets[twice], names, rows[twice])[1::2]
        return attrs.evolve(points, free_voltages=voltages)

    def _prepare(self, parameters: Mapping[str, Array], offsets: Array) -> Netlist:
        """Bring ngspice to the present parameters: by altering values, else by reloading."""
        known = self._parameters
        if known is not None and all(known[name] is value for name, value in parameters.items()):
            assert self._netlist is not None
            return self._netlist
        netlist = write_elements(
            self.compiled, parameters, offsets[:1], {}, fold_inputs=self.backend.fold_inputs
        )
        if self._sweep is None or not self._alter(netlist):
            self.close()
            self._sweep = self._load(netlist)
        self._netlist, self._parameters = netlist, dict(parameters)
        return netlist

    def _alter(self, netlist: Netlist) -> bool:
        """Alter what changed; tell whether that was possible without a reload."""
        assert self._netlist is not None
        assert self._sweep is not None
        old, new = self._netlist.elements, netlist.elements
        if len(old) != len(new) or not all(map(is_altered, old, new)):
            return False
        for before, after in zip(old, new, strict=True):
            number = alterable(after)
            if number is not None and number != alterable(before):
                self._sweep.set(*number)
        return True

    def _load(self, netlist: Netlist) -> PausedSweep:
        lines = deck(TITLE, element_lines(netlist.elements))
        return PausedSweep(lines, saved=netlist.saved)


def standalone_netlist(
    compiled: CompiledCircuit,
    parameters: Mapping[str, Array],
    inputs: Mapping[str, Array],
    nudge: Mapping[str, Array],
) -> str:
    """Return the full netlist of one sample, which ``ngspice -b`` runs as it stands."""
    offsets = compiled.constraints.offsets(parameters, inputs, (1, compiled.circuit.n_nodes))
    netlist = write_elements(compiled, parameters, offsets, nudge, fold_inputs=False)
    elements: tuple[Element, ...] = netlist.elements
    options = " ".join(f"{key}={number(value)}" for key, value in TIGHT.items())
    lines = deck(TITLE, [f".options {options}", *element_lines(elements), ".save all", ".op"])
    return "\n".join(lines) + "\n"
