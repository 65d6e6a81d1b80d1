"""A simulator that solves single samples of networks of branches by code of their own."""

from collections.abc import Mapping
from typing import Any, final

import numpy as np

from ebana_core.arrays import Array, fixed
from ebana_core.backends.backend import Clamper
from ebana_core.backends.native.simulator import NativeSimulator
from ebana_core.backends.native.singles.samples import SingleSamples
from ebana_core.backends.native.together import n_samples_of
from ebana_core.backends.operating_points import OperatingPoints


@final
class SinglesSimulator(NativeSimulator):
    """Solves free and clamped phases of single samples.

    Batches, nudged phases, and samples that are not found, are left to `NativeSimulator`.
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
    """Clamps single samples; those that it does not find, and batches, another does."""

    def __init__(self, singles: SingleSamples, others: Clamper, turn: Any) -> None:
        self._singles, self._others, self._turn = singles, others, turn

    def points(
        self, free: OperatingPoints, voltages: Mapping[str, Array], parameters: Mapping[str, Array]
    ) -> OperatingPoints:
        senses = free.circuit.senses  # whoever gives the voltages may name them in any order
        goal = np.concatenate([voltages[sense.name] for sense in senses], axis=1)
        if len(goal) == 1:
            with self._turn:
                found = self._singles.clamped(free, goal, fixed(parameters))
            if found is not None:
                return found
        return self._others.points(free, voltages, parameters)
