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
from ebana_core.backends.trajectory import TimedPhase, Trajectory
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.laws.spice import Capacitor, CurrentSource, Element, SwitchedCurrent

TITLE = "EBANA transient"
OPTIONS = {"reltol": 1e-6, "vntol": 1e-9, "abstol": 1e-13, "gmin": 1e-15}
"""1, V, A, S."""
RISE = 1e-3
"""Of a nudge, in steps of time."""


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
    """
    n_samples = len(next(iter(inputs.values())))
    n_nodes = compiled.circuit.n_nodes
    offsets = compiled.constraints.offsets(parameters, inputs, (n_samples, n_nodes))
    ends = np.cumsum([0.0] + [phase.duration for phase in phases])
    times = np.concatenate(
        [[0.0]]
        + [
            begin + phase.duration / phase.n_steps * np.arange(1, phase.n_steps + 1)
            for begin, phase in zip(ends, phases, strict=False)
        ]
    )
    voltages = offsets[None] * np.ones((len(times), 1, 1))
    step = min(phase.duration / phase.n_steps for phase in phases)
    for sample in range(n_samples):
        own = offsets[sample : sample + 1]
        netlist = write_elements(compiled, parameters, own, {}, fold_inputs=False)
        switched = _switched(netlist.nudges, phases, ends, sample, step)
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
        found = _run(elements, netlist.saved, step, float(ends[-1]))
        for column, node in enumerate(netlist.read):
            voltages[1:, sample, node] = np.interp(times[1:], found[0], found[1 + column])
    return Trajectory(times, voltages)


def _switched(
    nudges: Mapping[str, Sequence[str]],
    phases: Sequence[TimedPhase],
    ends: Array,
    sample: int,
    step: float,
) -> dict[str, SwitchedCurrent]:
    """Return the sources of the outputs, by name, each with its currents over the phases."""
    result = {}
    for output, names in nudges.items():
        for place, name in enumerate(names):
            corners: list[tuple[float, float]] = []
            for begin, end, phase in zip(ends, ends[1:], phases, strict=False):
                own = phase.nudge.get(output)
                current = 0.0 if own is None else -float(own[sample, place])
                corners += [(float(begin) + RISE * step, current), (float(end), current)]
            result[name] = SwitchedCurrent(name, "", "", ((0.0, 0.0), *corners))
    return result


def _run(elements: Sequence[Element], saved: Sequence[str], step: float, end: float) -> list[Array]:
    """Return times and the saved vectors of one run."""
    vectors = [vector_name(name) for name in saved]
    lines = deck(TITLE, [f".options {options_text(OPTIONS)}", *element_lines(elements)])
    lines[-1:-1] = [f".save {name}" for name in vectors]
    library = open_library()
    with library.lock:
        library.load(lines)
        try:
            printed = library.run(f"tran {step!r} {end!r} 0 {step!r} uic")
            if has_solver_trouble("\n".join(printed)):
                raise solver_failure(TITLE, printed)
            plot = library.current_plot()
            found = [library.vector(plot, name).copy() for name in ("time", *vectors)]
        finally:
            library.unload()
    if not found[0].size or found[0][-1] < end * (1 - 1e-6):
        raise solver_failure(TITLE, printed)
    return found
