"""Devices as the compiled kernel reads them: their lines, and where they are attached."""

from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.node_spans import places

_NO_PLACES: IntArray = np.zeros(0, dtype=np.intp)


@final
@attrs.frozen(eq=False)
class CompiledDevices:
    """The nonlinear branches of a circuit, all of two straight lines; see `kernel`.

    Args:
        pieces: Knee, V, and slopes below and above it, S.
        ends: Branch, unknown, scale and share of every end that follows an unknown.
        pairs: Branch, row, column and factor of every coupling of two unknowns.
    """

    pieces: tuple[Array, Array, Array]
    ends: tuple[IntArray, IntArray, Array, Array]
    pairs: tuple[IntArray, IntArray, IntArray, Array]

    @classmethod
    def of(cls, devices: tuple[DeviceArray, ...]) -> "CompiledDevices | None":
        """Return devices; None where some are other than two straight lines."""
        if any(array.law.pieces(array.values) is None for array in devices):
            return None
        return cls(_pieces(devices), _ends(devices), _pairs(devices))


def _pieces(devices: tuple[DeviceArray, ...]) -> tuple[Array, Array, Array]:
    columns: list[list[Array]] = [[], [], []]
    for array in devices:
        pieces = array.law.pieces(array.values)
        assert pieces is not None
        for column, values in zip(columns, pieces, strict=True):
            column.append(np.broadcast_to(values, array.heads.shape))
    joined = [np.concatenate([np.zeros(0), *column]) for column in columns]
    return joined[0], joined[1], joined[2]


def _ends(devices: tuple[DeviceArray, ...]) -> tuple[IntArray, IntArray, Array, Array]:
    branches, unknowns = [_NO_PLACES], [_NO_PLACES]
    scales, shares = [np.zeros(0)], [np.zeros(0)]
    first = 0
    for array in devices:
        for end in array.terminals:
            branches.append(first + places(end.branches))
            unknowns.append(places(end.unknowns))
            scales.append(end.scale)
            shares.append(end.own)
        first += len(array.heads)
    joined = np.concatenate(branches), np.concatenate(unknowns)
    return *joined, np.concatenate(scales), np.concatenate(shares)


def _pairs(devices: tuple[DeviceArray, ...]) -> tuple[IntArray, IntArray, IntArray, Array]:
    branches, rows, columns = [_NO_PLACES], [_NO_PLACES], [_NO_PLACES]
    factors = [np.zeros(0)]
    first = 0
    for array in devices:
        branches.append(first + np.tile(array.coupled, 2))
        rows.append(array.pairs[0])
        columns.append(array.pairs[1])
        factors.append(array.factors)
        first += len(array.heads)
    joined = np.concatenate(branches), np.concatenate(rows), np.concatenate(columns)
    return *joined, np.concatenate(factors)
