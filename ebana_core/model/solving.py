"""Gradients of a batch: a learning rule run shard by shard."""

from collections.abc import Mapping

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.backend import OperatingPoints, Simulator
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.model.shards import rows, shards
from ebana_core.rules import LearningRule, Samples


@attrs.frozen(eq=False)
class BatchGradient:
    """What a batch gave.

    Args:
        sums: Parameter name to gradient summed over samples, V² per unit of the parameter.
        n_samples: How many.
        predictions: Output name to raw free predictions, V.
        phases: Phase name to operating points; empty unless kept.
    """

    sums: dict[str, Array]
    n_samples: int
    predictions: dict[str, Array]
    phases: dict[str, OperatingPoints]

    @property
    def gradients(self) -> dict[str, Array]:
        """Parameter name to mean over samples."""
        return {name: total / self.n_samples for name, total in self.sums.items()}


def batch_gradient(
    rule: LearningRule,
    simulator: Simulator,
    compiled: CompiledCircuit,
    parameters: Mapping[str, Array],
    samples: Samples,
    trainable: tuple[str, ...],
    *,
    keep_phases: bool,
) -> BatchGradient:
    """Run a rule on a batch."""
    n = samples.n_samples
    sums: dict[str, Array] = {}
    predictions: list[dict[str, Array]] = []
    phases: list[dict[str, OperatingPoints]] = []
    for part in shards(n):
        shard = Samples(
            inputs=rows(samples.inputs, part),
            targets=rows(samples.targets, part),
            losses=samples.losses,
        )
        result = rule.run(simulator, compiled, parameters, shard, trainable)
        for name, total in result.gradient_sums.items():
            sums[name] = sums[name] + total if name in sums else total
        predictions.append(result.phases["free"].predictions())
        if keep_phases:
            phases.append(dict(result.phases))
    return BatchGradient(
        sums,
        n,
        {name: np.concatenate([p[name] for p in predictions]) for name in predictions[0]},
        {
            name: OperatingPoints.joined([part[name] for part in phases])
            for name in (phases[0] if phases else ())
        },
    )
