"""Rules that find the gradient from the free phase, without another phase to compare it with."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from ebana_core.arrays import Array
from ebana_core.backends import OperatingPoints, Simulator
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.local_rules import Trainable
from ebana_core.rules.lost_digits import is_rounded
from ebana_core.rules.rule import LearningRule, RuleResult, Samples


class FreePhaseRule(LearningRule):
    """A rule whose run keeps the free phase alone."""

    spoiled: ClassVar[str] = ""
    """What voltages of fewer digits than float64 always spoil, in words; empty: not always."""

    @property
    def phase_names(self) -> tuple[str, ...]:
        return ("free",)

    def run(
        self,
        simulator: Simulator,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        samples: Samples,
        trainable: Trainable,
    ) -> RuleResult:
        free = simulator.operating_points(parameters, samples.inputs)
        if self.spoiled and is_rounded(free.free_voltages):
            finer = simulator.finer(self.spoiled)
            if finer is not None:
                return self.run(finer, compiled, parameters, samples, trainable)
        return self.found(simulator, free, samples, trainable)

    @abstractmethod
    def found(
        self, simulator: Simulator, free: OperatingPoints, samples: Samples, trainable: Trainable
    ) -> RuleResult:
        """Return what `run` does, from the free phase.

        Args:
            simulator: Solved it.
            free: The free phase.
            samples: The shard.
            trainable: As `run` takes it.
        """
