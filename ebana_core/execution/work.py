"""What is done on a shard, here or on a worker: light results, arrays only where possible."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, final

import attrs

from ebana_core.arrays import Array
from ebana_core.backends import OperatingPoints, Simulator
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.execution.result_memory import (
    CROSSBAR,
    MOST_PHASES,
    balance_memory,
    contrast_memory,
    gradient_memory,
    input_memory,
    voltage_memory,
)
from ebana_core.execution.shards import rows
from ebana_core.losses import Loss
from ebana_core.rules import LearningRule, Samples, Trainable


@attrs.frozen(eq=False, kw_only=True)
class Batch:
    """The arrays of some samples.

    Args:
        inputs: Input name to ``(n_samples, n_elements)``, V.
        targets: Output name to ``(n_samples, n_predictions)``.
        nudge: Output name to injected current, same shape, A; None: no nudge.
        n_samples: Number of samples.
    """

    inputs: Mapping[str, Array]
    targets: Mapping[str, Array] = attrs.field(factory=dict)
    nudge: Mapping[str, Array] | None = None
    n_samples: int

    def part(self, samples: slice) -> "Batch":
        """Return some of the samples."""
        return Batch(
            inputs=rows(self.inputs, samples),
            targets=rows(self.targets, samples),
            nudge=None if self.nudge is None else rows(self.nudge, samples),
            n_samples=len(range(*samples.indices(self.n_samples))),
        )


class Work(ABC):
    """Something to do on every shard of a batch; holds settings only."""

    @abstractmethod
    def __call__(
        self,
        simulator: Simulator,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        shard: Batch,
    ) -> Any:
        """Return what the shard gives.

        Args:
            simulator: Solves `compiled`.
            compiled: The circuit.
            parameters: Parameter name to array.
            shard: The samples.
        """

    @abstractmethod
    def memory(
        self,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        shard: int,
        n_samples: int,
    ) -> tuple[int, int]:
        """Return how many bytes are held beside a simulator that solves, and after it, about.

        Args:
            compiled: The circuit.
            parameters: Parameter name to array.
            shard: Samples of a shard.
            n_samples: Samples of the batch, whose results are kept.
        """


@final
@attrs.frozen(kw_only=True)
class Solve(Work):
    """Solves for operating points.

    Args:
        is_nudged: The batch has a nudge, under which they are wanted.
    """

    is_nudged: bool

    def __call__(
        self,
        simulator: Simulator,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        shard: Batch,
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
class ShardPrediction:
    """What the free phase of a shard predicts.

    Args:
        predictions: Output name to raw predictions, ``(n_samples, n_predictions)``, V.
        power: What the network takes, ``(n_samples,)``, W; None where not asked for.
    """

    predictions: dict[str, Array]
    power: Array | None


@final
@attrs.frozen(kw_only=True)
class Predict(Work):
    """Predicts from free phases.

    Args:
        power: Also compute the power that the network takes.
    """

    power: bool = False

    def __call__(
        self,
        simulator: Simulator,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        shard: Batch,
    ) -> ShardPrediction:
        points = simulator.operating_points(parameters, shard.inputs)
        power = points.total_power() if self.power else None
        return ShardPrediction(points.predictions(), power)

    def memory(
        self,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        shard: int,
        n_samples: int,
    ) -> tuple[int, int]:
        return 0, balance_memory(compiled.circuit, shard) if self.power else 0


@attrs.frozen(eq=False)
class ShardGradient:
    """What a learning rule measured on a shard.

    Args:
        sums: Parameter name to gradient, summed over samples.
        predictions: Output name to raw free predictions, V.
        n_points: Operating points that were solved.
        phases: Phase name to operating points; empty unless kept.
    """

    sums: dict[str, Array]
    predictions: dict[str, Array]
    n_points: int
    phases: dict[str, OperatingPoints]


@final
@attrs.frozen(eq=False, kw_only=True)
class Learn(Work):
    """Runs a learning rule.

    Args:
        rule: The rule.
        losses: Output name to its loss.
        trainable: Name of each parameter to return a gradient for, to its local rule.
        keep_phases: Also return the operating points of every phase.
    """

    rule: LearningRule
    losses: Mapping[str, Loss]
    trainable: Trainable
    keep_phases: bool

    def __call__(
        self,
        simulator: Simulator,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        shard: Batch,
    ) -> ShardGradient:
        samples = Samples(inputs=shard.inputs, targets=shard.targets, losses=self.losses)
        result = self.rule.run(simulator, compiled, parameters, samples, self.trainable)
        return ShardGradient(
            dict(result.gradient_sums),
            result.phases["free"].predictions(),
            len(result.phases) * shard.n_samples,
            # Copies leave behind what was derived from them, which costs more than solving it.
            {name: points.on_host() for name, points in result.phases.items()}
            if self.keep_phases
            else {},
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
        beside = kept + voltage_memory(circuit, shard, n_phases=MOST_PHASES)
        beside += sums if n_samples > shard else 0
        after = kept + CROSSBAR * sums + contrast_memory(circuit, shard)
        return beside, max(after, 2 * kept)
