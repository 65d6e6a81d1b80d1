"""Devices of several terminals without what is their own: nodes inside and unknown currents.

These couple to nothing but their device, so that every device eliminates them by itself, in small
matrices, and Newton's step is solved for what is left (static condensation).
"""

from typing import final

import numpy as np

from ebana_core.arrays import Array, BoolArray, IntArray
from ebana_core.backends.native.terminal_arrays import TerminalArray, inverse_of

WORST = 1e10
"""Condition number, rows and columns scaled, up to which a device eliminates its own unknowns."""
TRIALS = 4
"""Number of random voltages, up to 1 V, at which that is examined."""
EXAMINED = 8
"""Number of devices that are examined."""


@final
class CondensedTerminals:
    """Equal devices, and which of their terminals they eliminate.

    Args:
        array: The devices.
        is_own: Unknowns that nothing but a device's terminal touches. Shape ``(n_unknowns + 1,)``.
    """

    def __init__(self, array: TerminalArray, is_own: BoolArray) -> None:
        self.array = array
        # Only unknowns that nothing else touches and that the terminals follow unscaled.
        inside = np.flatnonzero(is_own[array.places].all(axis=0) & (array.scale == 1).all(axis=0))
        self._hide(_eliminable(array, inside[inside >= array.law.n_outer]))
        self._inverse = self._leaving = self._arriving = np.zeros(0)

    def _hide(self, hidden: IntArray) -> None:
        self.hidden = hidden
        self.kept = np.setdiff1d(np.arange(self.array.law.n_terminals), hidden)

    def keep_all(self) -> None:
        """Eliminate nothing from now on."""
        self._hide(self.hidden[:0])

    @property
    def places(self) -> IntArray:
        """Unknowns that are eliminated. Shape ``(n_devices, n_hidden)``."""
        return self.array.places[:, self.hidden]

    def condense(self, slopes: Array) -> Array:
        """Return the slopes between the kept terminals, S, and remember how to go back.

        Args:
            slopes: Shape ``(n_samples, n_devices, n_terminals, n_terminals)``, S.

        Raises:
            LinAlgError: What is eliminated is singular here.
        """
        kept, hidden = self.kept, self.hidden
        between = slopes[:, :, kept[:, None], kept] * self._ratio()
        if not len(hidden):
            return between
        own = slopes[:, :, hidden[:, None], hidden]
        # Rows of volts and rows of amperes stand side by side: scaled, none loses its digits.
        size = np.abs(own).max(axis=-1)
        if not (size > 0).all() or not np.isfinite(size).all():
            raise np.linalg.LinAlgError
        self._inverse = np.linalg.inv(own / size[..., None]) / size[..., None, :]
        scale = self.array.scale[:, kept]
        self._arriving = slopes[:, :, hidden[:, None], kept] * scale[:, None, :]
        leaving = slopes[:, :, kept[:, None], hidden]
        self._leaving = leaving * inverse_of(scale)[:, :, None]
        return between - self._leaving @ (self._inverse @ self._arriving)

    def carried(self, residual: Array) -> Array:
        """Return what the eliminated residuals add to those of the kept terminals, A.

        Args:
            residual: Shape ``(n_samples, n_devices, n_hidden)``.
        """
        solved = self._inverse @ residual[..., None]
        return np.asarray((self._leaving @ solved)[..., 0])

    def regained(self, residual: Array, steps: Array) -> Array:
        """Return the steps of the eliminated unknowns. Shape of `residual`, V or A.

        Args:
            residual: As in `carried`.
            steps: Of the kept terminals. Shape ``(n_samples, n_devices, n_kept)``.
        """
        right = residual[..., None] + self._arriving @ steps[..., None]
        return np.asarray(-(self._inverse @ right)[..., 0])

    def _ratio(self) -> Array:
        scale = self.array.scale[:, self.kept]
        return inverse_of(scale)[:, :, None] * scale[:, None, :]


def _eliminable(array: TerminalArray, inside: IntArray) -> IntArray:
    """Return the terminals that a device can eliminate whatever is around it.

    A group may be singular by itself: a voltage source across a port leaves its own current open.
    Then the terminal with the largest part in the singular direction is left to the circuit, one
    after the other, until the rest of the group is regular.
    """
    n_devices = min(EXAMINED, len(array.nodes))
    rng = np.random.default_rng(0)
    voltages = rng.uniform(-1, 1, (TRIALS, len(array.nodes), array.law.n_terminals))
    slopes = array.law.at(voltages, array.values).slopes.dense()[:, :n_devices]
    while len(inside):
        own = slopes[:, :, inside[:, None], inside].reshape(-1, len(inside), len(inside))
        # Rows, columns and rows again, so that the condition number does not depend on units.
        for axis in (2, 1, 2):
            size = np.abs(own).max(axis=axis, keepdims=True)
            own = own / np.where(size > 0, size, 1.0)
        if not np.isfinite(own).all():
            return inside[:0]
        left, sizes, right = np.linalg.svd(own)
        worst = int(np.argmin(sizes[:, -1]))
        if sizes[worst, -1] * WORST > sizes[worst, 0]:
            break
        part = np.abs(left[worst, :, -1] * right[worst, -1])
        inside = np.delete(inside, int(np.argmax(part)))
    return inside
