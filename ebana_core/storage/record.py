"""What training hands to storage: one record per epoch, plain data only."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from ebana_core.arrays import Array


@attrs.frozen(eq=False, kw_only=True)
class Score:
    """How a data set scored.

    Args:
        loss: Mean over samples of the summed losses, V² for MSE, nat for entropies.
        accuracy: Share of right samples, 0 to 1; nan where the loss defines none.
        per_output: Output layer name to (loss, accuracy).
    """

    loss: float
    accuracy: float
    per_output: Mapping[str, tuple[float, float]]


@attrs.frozen(eq=False, kw_only=True)
class PhaseRecord:
    """Solved voltages of one phase over the samples of an epoch, in data set order.

    Args:
        voltages: Visible nodes. Shape ``(n_samples, n_nodes)``, V.
        power: Layer name to the power it takes up. Shape ``(n_samples,)`` each, W.
    """

    voltages: Array | None = None
    power: Mapping[str, Array] = attrs.field(factory=dict)


@attrs.frozen(eq=False, kw_only=True)
class EpochRecord:
    """What one epoch leaves.

    Args:
        epoch: Counted from 1 over the whole run.
        train: Scores of the free phase while training.
        validation: Score on the test set; None where the epoch has no validation.
        seconds: Wall time of each stage: "training", "validation".
        n_points: Operating points that training solved.
        batch_losses: Loss of each batch in order.
        batch_accuracies: Accuracy of each batch in order.
        parameters: Parameter name to values after the epoch; None where the policy skips it.
        phases: Phase ("free", "nudged" or "plus" and "minus") to its record; empty where the
            policy skips it.
        programmed: What devices report of programming, by ``layer.name``.
    """

    epoch: int
    train: Score
    validation: Score | None
    seconds: Mapping[str, float]
    n_points: int = 0
    batch_losses: Sequence[float]
    batch_accuracies: Sequence[float]
    parameters: Mapping[str, Array] | None
    phases: Mapping[str, PhaseRecord] = attrs.field(factory=dict)
    programmed: Mapping[str, Array] = attrs.field(factory=dict)


@attrs.frozen(eq=False, kw_only=True)
class LatestState:
    """Everything a run needs to go on: always kept, whatever the policies.

    Args:
        epoch: Last finished epoch.
        step: Last optimizer step.
        parameters: Parameter name to values, SI units.
        slots: Optimizer slot name (``"d1.conductance/momentum"``) to values.
    """

    epoch: int
    step: int
    parameters: Mapping[str, Array]
    slots: Mapping[str, Array]


@attrs.frozen(eq=False, kw_only=True)
class RunHeader:
    """What is known when a run starts.

    Args:
        seed: Of the order of samples and device noise.
        model: Configuration as plain JSON data: layers with device, settings, parents.
        parameter_units: Parameter name to unit.
        node_names: Names of the visible nodes.
        layers: Layer names in circuit order.
        settings: fit's settings as plain JSON data: beta, epochs, batch size, backend, rule,
            optimizer, losses, policies.
        initial: Parameters before the first epoch.
    """

    seed: int
    model: Mapping[str, Any]
    parameter_units: Mapping[str, str]
    node_names: Sequence[str]
    layers: Sequence[str]
    settings: Mapping[str, Any]
    initial: Mapping[str, Array]
