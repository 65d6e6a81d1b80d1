"""Work on a shard, here or on a worker: light results, arrays only where possible."""

import math
from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar, final

import attrs

from ebana_core.arrays import Array
from ebana_core.backends import OperatingPoints, Simulator
from ebana_core.chips.reading import Reading
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.execution.bench import Bench, as_solved
from ebana_core.execution.drive import Divisible, Drive
from ebana_core.execution.result_memory import (
    CROSSBAR,
    MOST_PHASES,
    balance_memory,
    contrast_memory,
    gradient_memory,
    input_memory,
    voltage_memory,
)
from ebana_core.outer import GradientSums, gradient_sums
from ebana_core.rules import LearningRule, Samples, Trainable

Shard = TypeVar("Shard", bound=Divisible)
Found = TypeVar("Found")


class Work(ABC, Generic[Shard, Found]):
    """Something to do on every shard of a batch.

    It holds settings only and can be sent to a worker; a shard is what it is given to work on.
    """

    @abstractmethod
    def __call__(
        self,
        simulator: Simulator,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        shard: Shard,
    ) -> Found:
        """Return what the shard gives.

        Args:
            simulator: Solves `compiled`.
            compiled: The circuit.
            parameters: Parameter name to array.
            shard: The samples.
        """

    @property
    @abstractmethod
    def kind(self) -> Hashable:
        """What `memory` depends on beside circuit and samples."""

    def solving_memory(
        self, simulator: Simulator, parameters: Mapping[str, Array], shard: int
    ) -> int:
        """Return about how many bytes the simulator takes to solve a shard.

        Args:
            simulator: Solves the circuit.
            parameters: Parameter name to array.
            shard: Samples of a shard.
        """
        return simulator.memory(parameters, shard)

    @abstractmethod
    def memory(
        self,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        shard: int,
        n_samples: int,
    ) -> tuple[int, int]:
        """Return about how many bytes are held while a simulator solves, and how many after that.

        Args:
            compiled: The circuit.
            parameters: Parameter name to array.
            shard: Samples of a shard.
            n_samples: Samples of the batch, whose results are kept.
        """


@final
@attrs.frozen(kw_only=True)
class Solve(Work[Drive, OperatingPoints]):
    """Solves for operating points.

    Args:
        is_nudged: The batch has a nudge, and the points under it are wanted.
    """

    is_nudged: bool

    @property
    def kind(self) -> Hashable:
        return type(self), self.is_nudged

    def __call__(
        self,
        simulator: Simulator,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        shard: Drive,
    ) -> OperatingPoints:
        points = simulator.operating_points(parameters, shard.inputs)
        if self.is_nudged:
            points = simulator.operating_points(parameters, shard.inputs, shard.nudge, points)
        return points.on_host()

    def memory(
        self,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        shard: int,
        n_samples: int,
    ) -> tuple[int, int]:
        n_phases = 2 if self.is_nudged else 1
        kept = voltage_memory(compiled.circuit, n_samples, n_phases=n_phases)
        after = kept + input_memory(compiled.circuit, n_samples)
        # The results of several shards stand beside the whole while they are joined.
        return kept, after if n_samples <= shard else 2 * after


@attrs.frozen(eq=False)
class ShardGradient:
    """The result of a learning rule on a shard.

    Args:
        sums: Parameter name to gradient, summed over samples.
        predictions: Output name to raw free predictions, V.
        n_points: Operating points that were solved.
        makes_update: See `RuleResult`.
        phases: Phase name to operating points; empty unless kept.
        residual: Worst imbalance of all phases; nan unless measured.
    """

    sums: GradientSums
    predictions: dict[str, Array]
    n_points: int
    makes_update: bool
    phases: dict[str, OperatingPoints]
    residual: float = math.nan


@final
@attrs.frozen(eq=False, kw_only=True)
class Learn(Work[Samples, ShardGradient]):
    """Runs a learning rule.

    Args:
        rule: The rule.
        trainable: Name of each parameter to return a gradient for, to its local rule.
        keep_phases: Also return the operating points of every phase.
        second: Parameter name to array of the circuit of displaced phases; None: there is one
            circuit.
        reading: Adds noise to what is read; None: none.
        measures_residual: Also return the worst imbalance of the phases, at the values at which
            they were solved.
    """

    rule: LearningRule
    trainable: Trainable
    keep_phases: bool
    second: Mapping[str, Array] | None = None
    reading: Reading | None = None
    measures_residual: bool = False

    @property
    def kind(self) -> Hashable:
        own = self.keep_phases, self._has_bench, self.measures_residual
        return type(self), *own, *self.trainable

    @property
    def _has_bench(self) -> bool:
        return self.second is not None or self.reading is not None

    def __call__(
        self,
        simulator: Simulator,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        shard: Samples,
    ) -> ShardGradient:
        if self._has_bench:
            simulator = Bench(
                simulator, self.second, self.reading, shard.first, is_kept=self.keep_phases
            )
        result = self.rule.measured(simulator, compiled, parameters, shard, self.trainable)
        return ShardGradient(
            gradient_sums(result.gradient_sums),
            result.phases["free"].predictions(),
            len(result.phases) * shard.n_samples if result.n_points is None else result.n_points,
            result.makes_update,
            # Copies leave behind what was derived from them, which costs more than solving it.
            {name: as_solved(points).on_host() for name, points in result.phases.items()}
            if self.keep_phases
            else {},
            max(as_solved(points).residual for points in result.phases.values())
            if self.measures_residual
            else math.nan,
        )

    def memory(
        self,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        shard: int,
        n_samples: int,
    ) -> tuple[int, int]:
        circuit = compiled.circuit
        sums = gradient_memory(parameters, tuple(self.trainable))
        kept = 0
        if self.keep_phases:
            kept = voltage_memory(circuit, n_samples, n_phases=MOST_PHASES)
        n_phases = MOST_PHASES * (3 if self._has_bench else 1)
        beside = kept + voltage_memory(circuit, shard, n_phases=n_phases)
        beside += sums if n_samples > shard else 0
        after = kept + CROSSBAR * sums + contrast_memory(circuit, shard)
        if self.measures_residual:
            after += balance_memory(circuit, shard)
        return beside, max(after, 2 * kept)
