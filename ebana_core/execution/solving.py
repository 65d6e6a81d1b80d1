"""Gradients and predictions of a batch, put together from those of its shards."""

from collections.abc import Mapping

import attrs
import numpy as np

from ebana_core.arrays import Array, fixed, joined
from ebana_core.backends import OperatingPoints
from ebana_core.chips.reading import Reading
from ebana_core.execution.drive import Drive
from ebana_core.execution.predicting import Predict
from ebana_core.execution.runner import Runner
from ebana_core.execution.work import Learn
from ebana_core.rules import LearningRule, Samples, Trainable


@attrs.frozen(eq=False)
class BatchGradient:
    """The result of a learning rule on a batch.

    Args:
        sums: Parameter name to gradient summed over samples, V² per unit of the parameter.
        n_samples: Samples of the batch.
        predictions: Output name to raw free predictions, V.
        n_points: Operating points that were solved.
        makes_update: Whether a step of the optimizer follows.
        phases: Phase name to operating points; empty unless kept.
        residual: Worst imbalance of all phases; nan unless measured.
    """

    sums: Mapping[str, Array]
    n_samples: int
    predictions: dict[str, Array]
    n_points: int
    makes_update: bool
    phases: dict[str, OperatingPoints]
    residual: float

    @property
    def gradients(self) -> dict[str, Array]:
        """Parameter name to mean over samples."""
        return {name: total / self.n_samples for name, total in self.sums.items()}


def batch_gradient(
    rule: LearningRule,
    runner: Runner,
    parameters: Mapping[str, Array],
    samples: Samples,
    trainable: Trainable,
    *,
    keep_phases: bool,
    second: Mapping[str, Array] | None = None,
    reading: Reading | None = None,
    measures_residual: bool = False,
) -> BatchGradient:
    """Run a learning rule on every shard of a batch, and add up what it measured.

    Args:
        rule: Runs the phases.
        runner: Solves the shards.
        parameters: Parameter name to array, as readings find them.
        samples: The batch.
        trainable: Name of each parameter to return a gradient for, to its local rule.
        keep_phases: Also return the operating points of every phase.
        second: As `parameters`, of the circuit of displaced phases; None: there is one circuit.
        reading: Adds noise to what is read; None: none.
        measures_residual: Also return the worst imbalance of every phase.
    """
    work = Learn(
        rule=rule,
        trainable=trainable,
        keep_phases=keep_phases,
        # Fixed here, so that all shards meet the same arrays.
        second=None if second is None else fixed(second),
        reading=reading,
        measures_residual=measures_residual,
    )
    sums: Mapping[str, Array] = {}
    predictions: list[dict[str, Array]] = []
    phases: list[dict[str, OperatingPoints]] = []
    residuals: list[float] = []
    n_points, makes_update = 0, False
    # In the order of the shards, whoever solved them: sums of floats depend on it.
    for part in runner.results(work, parameters, samples):
        sums = {name: sums[name] + part.sums[name] for name in sums} if sums else part.sums
        predictions.append(part.predictions)
        phases.append(part.phases)
        residuals.append(part.residual)
        n_points += part.n_points
        makes_update |= part.makes_update
    return BatchGradient(
        sums,
        samples.n_samples,
        joined(predictions) if len(predictions) > 1 else predictions[0],
        n_points,
        makes_update,
        {name: OperatingPoints.joined([part[name] for part in phases]) for name in phases[0]},
        max(residuals),
    )


def predict_raw(
    runner: Runner,
    parameters: Mapping[str, Array],
    inputs: Mapping[str, Array],
    n: int,
    reading: Reading | None = None,
) -> dict[str, Array]:
    """Return output name to raw predictions, ``(n_samples, n_predictions)``, V."""
    return predict_with_power(runner, parameters, inputs, n, power=False, reading=reading)[0]


def predict_with_power(
    runner: Runner,
    parameters: Mapping[str, Array],
    inputs: Mapping[str, Array],
    n: int,
    *,
    power: bool,
    reading: Reading | None = None,
) -> tuple[dict[str, Array], float]:
    """Return raw predictions, V, and the mean power, W; nan where not asked for."""
    drive = Drive(inputs=inputs, n_samples=n)
    parts = list(runner.results(Predict(power=power, reading=reading), parameters, drive))
    taken = [part.power for part in parts if part.power is not None]
    mean = float(np.concatenate(taken).mean()) if power else float("nan")
    return joined([part.predictions for part in parts]), mean


def disagreement(
    runner: Runner,
    other: Runner,
    parameters: Mapping[str, Array],
    inputs: Mapping[str, Array],
    n: int,
) -> float:
    """Return the largest difference between the predictions of two simulators, V.

    Args:
        runner: Solves with one of them.
        other: Solves with the other one.
        parameters: Parameter name to array, the same for both.
        inputs: Input name to sample voltages, V.
        n: Number of samples.
    """
    one, two = (predict_raw(each, parameters, inputs, n) for each in (runner, other))
    return max(float(np.abs(one[name] - two[name]).max(initial=0.0)) for name in one)
