"""The elements of a device of several terminals as tables of numbers, for compiled code."""

from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray


@final
@attrs.frozen(eq=False)
class Table:
    """Elements of one kind.

    Args:
        terminals: Terminal of the device at each end; -1 is ground. Shape ``(n, n_ends)``.
        numbers: Shape ``(n, n_numbers)``.
    """

    terminals: IntArray
    numbers: Array

    @classmethod
    def joined(cls, parts: "list[Table]", n_ends: int, n_numbers: int) -> "Table":
        """Return the elements of several tables."""
        return cls(
            np.concatenate([np.zeros((0, n_ends), np.intp), *(part.terminals for part in parts)]),
            np.concatenate([np.zeros((0, n_numbers)), *(part.numbers for part in parts)]),
        )


DIODE_ENDS, DIODE_NUMBERS = 2, 5
"""Head and tail; saturation current, A, voltage in the exponent, V, series resistance, ohms,
critical voltage, V, and gmin, S."""
TRANSISTOR_ENDS, TRANSISTOR_NUMBERS = 4, 12
"""Inner drain, gate, inner source, bulk; the numbers of a MOS transistor of level 1: beta, lambda,
built-in voltage, gamma, phi, saturation currents at source and drain, voltage in their exponent,
critical voltages at source and drain, the sign, and gmin, S."""


SIGN_OF, GMIN_OF, DRAIN_TIE, SOURCE_TIE, BODY_TIE, SHUNT_OF, ALONE = range(10, 17)
"""Numbers of a transistor that is a branch, behind the first ten of a transistor: its sign, gmin,
S, conductances of its resistances at drain, source and bulk (0: there is none), S, conductance from
each node inside to ground, S, and what its bulk has beside, S."""
BRANCH_NUMBERS = 17
AT_GROUND, AT_DRAIN, AT_SOURCE, FLOATING = range(4)
"""To what a gate, or a bulk, is tied."""


@final
@attrs.frozen(eq=False)
class BranchTable:
    """Transistors that are branches.

    Args:
        numbers: Shape ``(n_devices, BRANCH_NUMBERS)``.
        gates: Voltages of the gates. Shape ``(n_devices,)``, V.
        ties: To what the gate and the bulk are tied. Shape ``(n_devices, 2)``.
    """

    numbers: Array
    gates: Array
    ties: IntArray


@final
@attrs.frozen(eq=False)
class Tables:
    """All that is not linear in a device.

    Args:
        diodes: Junction diodes without breakdown, knees and currents of other kinds.
        transistors: MOS transistors of level 1, without the resistances at their ends.
    """

    diodes: Table
    transistors: Table
