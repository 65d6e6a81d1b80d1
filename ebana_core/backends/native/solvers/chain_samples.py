"""The equations of single samples, as compiled code along chains reads them."""

from collections.abc import Callable, Iterator, Sequence

import attrs
import numpy as np

from ebana_core.arrays import DOUBLE, Array
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.free_phase import FreePhase
from ebana_core.backends.native.nudged_phase import NudgedPhase
from ebana_core.circuit.kirchhoff import NOTHING

Laws = Callable[[Array, Array, Array], tuple[Array, Array, Array]]
"""Drops or changes of every branch, V, sizes of their ends, and those that the unknowns give, to
currents, A, slopes, S, and what rounding of the currents is relative to, A."""


@attrs.frozen(eq=False)
class Sample:
    """The equations of one sample.

    Args:
        constant: Currents at zero unknowns. Shape ``(n_unknowns,)``, A.
        drops: Drops at zero unknowns; zero where the unknowns are changes. Shape
            ``(n_branches,)``, V.
        sizes: What their rounding is relative to, V.
        precision: What is left may be this much of absolute terms, of device currents, and A.
        laws: The laws of all branches.
    """

    constant: Array
    drops: Array
    sizes: Array
    precision: tuple[float, float, float]
    laws: Laws


def sample_of(phase: FreePhase | NudgedPhase, number: int) -> Sample:
    """Return the equations of one sample of a phase; tolerances are those of the phase."""

    def row(array: Array) -> Array:
        return np.asarray(array[min(number, len(array) - 1)], dtype=np.float64)

    devices, drops = phase.devices, _joined([row(part) for part in phase.drops])
    if isinstance(phase, FreePhase):
        sizes = _joined([row(part) for part in phase.sizes])
        precision = DOUBLE.tight, DOUBLE.free_tolerance, NOTHING
        return Sample(
            row(phase.driven), drops, sizes, precision, lambda v, size, _: _free(devices, v, size)
        )
    none = np.zeros(len(drops))

    def changes(change: Array, _: Array, ends: Array) -> tuple[Array, Array, Array]:
        return _changes(devices, drops, change, ends)

    return Sample(-row(phase.injected), none, none, (DOUBLE.tight, 0.0, 0.0), changes)


def _free(devices: Sequence[DeviceArray], drops: Array, sizes: Array) -> tuple[Array, Array, Array]:
    currents, slopes = np.empty_like(drops), np.empty_like(drops)
    for array, part in _parts(devices):
        own = array.law.current_and_slope(drops[None, part], array.values)
        currents[part], slopes[part] = own[0], own[1]
    return currents, slopes, np.abs(slopes) * sizes


def _changes(
    devices: Sequence[DeviceArray], drops: Array, change: Array, ends: Array
) -> tuple[Array, Array, Array]:
    moved, slopes, sizes = (np.empty_like(drops) for _ in range(3))
    for array, part in _parts(devices):
        base, own, law = drops[None, part], change[None, part], array.law
        moved[part] = law.current_change(base, own, array.values)
        slopes[part] = law.slope(base + own, array.values)
        sizes[part] = np.abs(moved[part]) + np.abs(slopes[part]) * ends[part]
        sizes[part] += law.change_rounding(base, own, array.values)[0]
    return moved, slopes, sizes


def _parts(devices: Sequence[DeviceArray]) -> Iterator[tuple[DeviceArray, slice]]:
    """Yield the branches of each array among those of all."""
    first = 0
    for array in devices:
        yield array, slice(first, first + len(array.heads))
        first += len(array.heads)


def _joined(parts: Sequence[Array]) -> Array:
    return np.concatenate([np.zeros(0), *parts])
