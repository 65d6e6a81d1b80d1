"""A simulator that solves networks of branches sample by sample, by code of their own.

Those are free phases of single samples, and clamped phases of batches, too.
"""

from collections.abc import Mapping, Sequence
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array, fixed
from ebana_core.backends.backend import Clamper
from ebana_core.backends.native.simulator import NativeSimulator
from ebana_core.backends.native.singles.samples import SingleSamples
from ebana_core.backends.native.together import n_samples_of
from ebana_core.backends.operating_points import OperatingPoints


@final
class SinglesSimulator(NativeSimulator):
    """Solves free phases of single samples, and clamped ones of batches, too.

    Free phases of batches, nudged phases, and samples that are not found, are left to
    `NativeSimulator`.
    """

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._singles = SingleSamples(self.compiled)
        self.through: Clamper = _Through(self._singles, self.through, self._turn)

    def operating_points(
        self,
        parameters: Mapping[str, Array],
        inputs: Mapping[str, Array],
        nudge: Mapping[str, Array] | None = None,
        start: OperatingPoints | None = None,
    ) -> OperatingPoints:
        if nudge is None and start is None and n_samples_of(inputs) == 1:
            with self._turn:
                found = self._singles.free(fixed(parameters), inputs)
            if found is not None:
                return found
        return super().operating_points(parameters, inputs, nudge, start)


@final
class _Through:
    """Clamps samples one after the other; another clamps those that are not found.

    Args:
        singles: Solves single samples.
        others: Clamps what is left.
        turn: Lock of the simulator: threads take turns.
    """

    def __init__(self, singles: SingleSamples, others: Clamper, turn: Any) -> None:
        self._singles, self._others, self._turn = singles, others, turn

    def points(
        self, free: OperatingPoints, voltages: Mapping[str, Array], parameters: Mapping[str, Array]
    ) -> OperatingPoints:
        senses = free.circuit.senses  # whoever gives the voltages may name them in any order
        goal = np.concatenate([voltages[sense.name] for sense in senses], axis=1)
        values = fixed(parameters)
        with self._turn:
            found = [
                # One sample alone needs no copy: training on single ones comes here each time.
                self._singles.clamped(free if len(goal) == 1 else free.subset([k]), own, values)
                for k, own in enumerate(goal[:, None])
            ]
        left = [k for k, own in enumerate(found) if own is None]
        if len(left) == len(goal):
            return self._others.points(free, voltages, parameters)
        if left:
            own = {name: array[left] for name, array in voltages.items()}
            others = self._others.points(free.subset(left), own, parameters)
            for place, k in enumerate(left):
                found[k] = others.subset([place])
        each = [own for own in found if own is not None]
        return each[0] if len(each) == 1 else _joined(free, each)


def _joined(free: OperatingPoints, each: Sequence[OperatingPoints]) -> OperatingPoints:
    """Return the clamped phases of all samples of a free phase."""
    nudge = {name: np.concatenate([own.nudge[name] for own in each]) for name in each[0].nudge}
    change = np.concatenate([own.change for own in each if own.change is not None])
    return attrs.evolve(free, parameters=each[0].parameters, nudge=nudge, change=change)
