"""Gaps of crossbars of any size after a time: part by part, most of them by one formula."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_memristor.checks import is_within
from ebana_memristor.filament import ARRAYS, Drive, Filament
from ebana_memristor.motion import Limits, is_little, moved_cells, moved_little

BLOCK = 4096
"""Cells that are moved at once: all that is needed of them stays in the cache, and each array
below the size from which allocating one costs more than filling it (128 KiB in glibc)."""


def moved_crossbar(
    filament: Filament,
    gap: Array,
    drive: Callable[[Any], Drive],
    duration: float,
    limits: Limits,
) -> Array:
    """Return the gaps of a row of cells after a time, m.

    Args:
        filament: What moves.
        gap: Of each cell, m; overwritten.
        drive: Returns the drive of some of the cells, which a slice or numbers choose.
        duration: s.
        limits: Smallest and largest gap, m.

    Raises:
        ParameterError: See `moved_cells`.
    """
    far = np.zeros(len(gap), dtype=np.bool_)
    for first in range(0, len(gap), BLOCK):
        part = slice(first, first + BLOCK)
        gap[part], far[part] = _slightly(filament, gap[part], drive(part), duration, limits)
    # Cells that move far are few, and are moved together, wherever they are.
    places = np.flatnonzero(far)
    for first in range(0, len(places), BLOCK):
        some = places[first : first + BLOCK]
        gap[some] = moved_cells(filament, gap[some], drive(some), duration, limits)
    return gap


def _slightly(
    filament: Filament, gap: Array, drive: Drive, duration: float, limits: Limits
) -> tuple[Array, BoolArray]:
    """Return gaps, those that move little moved, and which of the others were left in place."""
    motion = filament.motion(ARRAYS, gap, drive)
    way, z = moved_little(motion, duration)
    little = is_little(ARRAYS, filament, gap, drive, motion, way, z)
    new = gap + way if little.all() else np.where(little, gap + way, gap)
    if not is_within(new, *limits):
        new = np.clip(new, *limits)
    return new, ~little
