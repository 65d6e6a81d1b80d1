"""Transient analysis by ngspice: one run per sample, capacitors discharged at its begin."""

from collections.abc import Mapping, Sequence

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.ngspice.format import deck, element_lines
from ebana_core.backends.ngspice.library import open_library
from ebana_core.backends.ngspice.messages import (
    has_solver_trouble,
    options_text,
    solver_failure,
    vector_name,
)
from ebana_core.backends.ngspice.netlist import write_elements
from ebana_core.backends.ngspice.options import of_circuit
from ebana_core.backends.trajectory import TimedPhase, Trajectory, require_motion, times_of
from ebana_core.circuit.circuit import Circuit
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.laws.spice import Capacitor, CurrentSource, Element, SwitchedCurrent
from ebana_core.spice.formatting import number

TITLE = "EBANA transient"
OPTIONS = {"reltol": 1e-6, "vntol": 1e-9, "abstol": 1e-13, "trtol": 1.0}
"""Options of ngspice; units 1, V, A, 1."""
RISE = 0.1
"""Rise time of a nudge, in first steps of time. Voltages that jump with it are read after the
rise."""
MOST = 1 / 50
"""Longest step of ngspice's own, in phases."""


def trajectory(
    compiled: CompiledCircuit,
    parameters: Mapping[str, Array],
    inputs: Mapping[str, Array],
    capacitances: Array,
    phases: Sequence[TimedPhase],
) -> Trajectory:
    """Return node voltages in time, from discharged capacitors; see `Backend.trajectory`.

    Raises:
        ConvergenceError: ngspice finds no next point.
        SimulatorError: ngspice refused the netlist.
        UnsupportedError: A block holds what is written as it stands at DC.
    """
    require_motion(compiled)
    n_samples = len(next(iter(inputs.values())))
    n_nodes = compiled.circuit.n_nodes
    offsets = compiled.constraints.offsets(parameters, inputs, (n_samples, n_nodes))
    parts = times_of(phases)
    rise = RISE * min(float(times[1] - times[0]) for times in parts)
    longest = MOST * min(phase.duration for phase in phases)
    ends = [*(float(times[0]) for times in parts), float(parts[-1][-1])]
    times = np.concatenate(parts)
    read_at = np.concatenate([[times[0] + rise, *times[1:]] for times in parts])
    voltages = np.repeat(offsets[None], len(times), axis=0)
    for sample in range(n_samples):
        own = offsets[sample : sample + 1]
        netlist = write_elements(compiled, parameters, own, {}, fold_inputs=False)
        switched = _switched(netlist.nudges, phases, ends, sample, rise)
        names = compiled.circuit.netlist_names
        elements: list[Element] = [
            attrs.evolve(switched[element.name], head=element.head, tail=element.tail)
            if isinstance(element, CurrentSource) and element.name in switched
            else element
            for element in netlist.elements
        ]
        elements += [
            Capacitor(
                f"cebana__{node}",
                names[node],
                "0",
                float(capacitances[node]),
                initial=float(own[0, node]),
            )
            for node in np.flatnonzero(capacitances)
        ]
        found = _run(compiled.circuit, elements, netlist.saved, rise, ends[-1], longest)
        for column, node in enumerate(netlist.read):
            voltages[:, sample, node] = np.interp(read_at, found[0], found[1 + column])
    return Trajectory(times, voltages)


def _switched(
    nudges: Mapping[str, Sequence[str]],
    phases: Sequence[TimedPhase],
    ends: Sequence[float],
    sample: int,
    rise: float,
) -> dict[str, SwitchedCurrent]:
    """Return the sources of the outputs, by name, each with its currents over the phases."""
    result = {}
    for output, names in nudges.items():
        for place, name in enumerate(names):
            corners: list[tuple[float, float]] = []
            for begin, end, phase in zip(ends, ends[1:], phases, strict=False):
                own = phase.nudge.get(output)
                current = 0.0 if own is None else -float(own[sample, place])
                corners += [(begin + rise, current), (end, current)]
            result[name] = SwitchedCurrent(name, "", "", ((0.0, 0.0), *corners))
    return result


def _run(
    circuit: Circuit,
    elements: Sequence[Element],
    saved: Sequence[str],
    rise: float,
    end: float,
    longest: float,
) -> list[Array]:
    """Return times and the saved vectors of one run, whose first step is a part of a rise."""
    vectors = [vector_name(name) for name in saved]
    # ngspice leaves out corners that are nearer to each other than `minbreak`.
    options = {**OPTIONS, **of_circuit(circuit), "minbreak": rise / 4}
    lines = deck(TITLE, [f".options {options_text(options)}", *element_lines(elements)])
    lines[-1:-1] = [f".save {name}" for name in vectors]
    command = f"tran {number(rise)} {number(end)} 0 {number(longest)} uic"
    library = open_library()
    with library.lock:
        library.load(lines)
        try:
            printed = library.run(command)
            if has_solver_trouble("\n".join(printed)):
                raise solver_failure(TITLE, printed)
            plot = library.current_plot()
            found = [library.vector(plot, name).copy() for name in ("time", *vectors)]
        finally:
            library.unload()
    # A run that gives up returns what it has, with a code of success.
    if not found[0].size or found[0][-1] < end * (1 - 1e-6):
        raise solver_failure(TITLE, printed)
    return found
