"""Contrasts of what holds nodes: sources, amplifiers and ideal diodes."""

from collections.abc import Mapping, Set

from ebana_core.arrays import Array, exact, host
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import Amplifiers, Clamps, Parameter, VoltageSources, resolve
from ebana_core.circuit.held import at_bound, delivered
from ebana_core.circuit.leaving import CurrentChanges, Currents, add_injected, sum_leaving
from ebana_core.circuit.stages import StageWeights
from ebana_core.errors import UnsupportedError
from ebana_core.rules.phases import Phases, collect


def held_contrasts(
    compiled: CompiledCircuit,
    parameters: Mapping[str, Array],
    wanted: Set[str],
    phases: Phases,
    weights: StageWeights | None,
) -> dict[str, Array]:
    """Return the contrasts of sources, amplifiers and ideal diodes, summed over samples.

    The contrast of a source's voltage is the current that it delivers, and so is that of a bound.
    An amplifier of gain A, shift s, input voltage x and output current I has the contrasts
    ``(1 - A)*I`` of its shift and ``(x - s)*change(I) - I*change(x)`` of its gain, with x and I of
    the first phase.

    Raises:
        UnsupportedError: A value of another kind of element.
    """
    seen, apart = (host(part) for part in phases.of(slice(None), slice(None)))
    first, moved = exact(seen), exact(apart)
    leaving = sum_leaving(compiled, parameters, Currents(first, parameters, {}), weights=weights)
    changes = CurrentChanges(first, moved, parameters, {})
    leaving_more = sum_leaving(compiled, parameters, changes, weights=weights)
    injected_first, injected_second = phases.injected
    add_injected(leaving, compiled, injected_first, weights=weights)
    # Between the phases the first nudge ends and the second one begins.
    add_injected(leaving_more, compiled, injected_first, weights=weights, sign=-1.0)
    add_injected(leaving_more, compiled, injected_second, weights=weights)
    holding = at_bound(compiled, parameters, seen)
    for clamps, holds in at_bound(compiled, parameters, seen + apart).items():
        # A diode that holds in one phase only still carries the difference.
        holding[clamps] |= holds
    before, change = (
        delivered(compiled, parameters, amounts, holding, is_weighted=weights is not None)
        for amounts in (leaving, leaving_more)
    )
    sums: dict[str, Array] = {}

    def add(value: object, contrast: Array) -> None:
        if isinstance(value, Parameter) and value.name in wanted:
            total = phases.factor * contrast.sum(axis=0)
            collect(sums, value, total, parameters[value.name].shape)

    for element, current in change.items():
        if isinstance(element, VoltageSources):
            add(element.voltage, current)
        elif isinstance(element, Clamps):
            add(element.bound, current)
        elif isinstance(element, Amplifiers):
            gain, shift = (resolve(v, parameters, {}) for v in (element.gain, element.shift))
            x, dx = first[:, element.inputs], moved[:, element.inputs]
            add(element.shift, (1 - gain) * current)
            add(element.gain, (x - shift) * current - before[element] * dx)
    if wanted - set(sums):
        raise UnsupportedError(
            f"No contrast is known for {sorted(wanted - set(sums))}.", "freeze their layers"
        )
    return sums
