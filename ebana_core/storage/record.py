"""Records that training hands to storage: one per epoch, plain data only."""

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
class EpochRecord:
    """The record of a finished epoch.

    Args:
        epoch: Counted from 1 over the whole run.
        train: Scores of the free phase while training.
        validation: Score on the test set; None where the epoch has no validation.
        seconds: Wall time of each stage: "training", "validation", "recording".
        n_points: Operating points that training solved.
        batch_losses: Loss of each batch in order.
        batch_accuracies: Accuracy of each batch in order.
        saved: Topic ("parameters", "voltages", "power", "currents", "injected", "points",
            "points_last") to what is saved of this epoch: place in the run file to array.
        reports: What devices reported of their programming, summed over the epoch:
            ``"layer.name"`` to number.
        measures: What was measured of the solving: ``"worst_residual"``, the largest imbalance of
            a node in any phase, and ``"agreement"``, the largest difference between predictions
            of two backends, V. What this epoch did not measure is left out.
    """

    epoch: int
    train: Score
    validation: Score | None
    seconds: Mapping[str, float]
    n_points: int = 0
    batch_losses: Sequence[float] = ()
    batch_accuracies: Sequence[float] = ()
    saved: Mapping[str, Mapping[str, Array]] = attrs.field(factory=dict)
    reports: Mapping[str, float] = attrs.field(factory=dict)
    measures: Mapping[str, float] = attrs.field(factory=dict)


@attrs.frozen(eq=False, kw_only=True)
class LatestState:
    """Everything a run needs to go on: always kept, whatever the policies.

    The order of samples and device noise follow from seed and epoch.

    Args:
        epoch: Last finished epoch.
        parameters: Parameter name to values, SI units.
        slots: Optimizer slot name (``"d1.conductance/momentum"``) to values.
        plain: Plain data: ``step`` and ``rate_factor`` of the optimizer, ``callbacks``.
    """

    epoch: int
    parameters: Mapping[str, Array]
    slots: Mapping[str, Array]
    plain: Mapping[str, Any]


@attrs.frozen(eq=False, kw_only=True)
class PartialEpoch:
    """The state after the first batches of an epoch, from which a run goes on within it.

    Args:
        latest: State after these batches; its epoch is the one that is under way, and `plain`
            also holds the random states and what the epoch summed so far.
        scores: A row per batch: loss and accuracy, then those of every output. Shape
            ``(n_batches, 2 + 2*n_outputs)``.
        arrays: Place in the run file to the rows that are recorded so far, in the order of the
            epoch.
    """

    latest: LatestState
    scores: Array
    arrays: Mapping[str, Array]

    @property
    def n_batches(self) -> int:
        """Batches that are done."""
        return len(self.scores)


@attrs.frozen(kw_only=True)
class SavedArray:
    """An array that a run saves, where and how large; of every epoch that its policy names.

    Args:
        topic: Whose epochs it shares, for example ``"voltages"``.
        place: In the run file, for example ``"phases/free/voltages"``.
        shape: Of one epoch's array.
        unit: SI unit.
        dims: Names of the dimensions of one epoch's array.
        is_last_only: Keep the last saved epoch only.
    """

    topic: str
    place: str
    shape: tuple[int, ...]
    unit: str
    dims: tuple[str, ...]
    is_last_only: bool = False


@attrs.frozen(eq=False, kw_only=True)
class RunHeader:
    """The header of a run: all that is known when it starts.

    Args:
        seed: Of the order of samples and device noise.
        model: Configuration as plain JSON data; see `ebana_core.network.configuration`.
        versions: Package or plugin to version.
        units: Parameter name to unit.
        coordinates: Dimension to the names along it: nodes, layers, outputs.
        samples: Rows of the data set whose phases are saved; None: all.
        settings: fit's settings as plain JSON data: epochs, batch size, backend, rule,
            optimizer, losses, policies, data.
        initial: Parameters before the first epoch.
        slots: Optimizer slots before the first epoch.
        saved_arrays: What policies save.
        reports: What devices report of their programming: ``"layer.name"`` to unit.
        measures: Which of `MEASURES` some epoch measures.
        wiring: Nodes and elements of the circuit as plain data; None: no phases are saved.
        chips: The chips that are trained, as in a chip file; empty: the devices are the model's.
    """

    seed: int
    model: Mapping[str, Any]
    versions: Mapping[str, str]
    units: Mapping[str, str]
    coordinates: Mapping[str, Sequence[str]]
    samples: Sequence[int] | None
    settings: Mapping[str, Any]
    initial: Mapping[str, Array]
    slots: Mapping[str, Array]
    saved_arrays: Sequence[SavedArray]
    reports: Mapping[str, str] = attrs.field(factory=dict)
    measures: Sequence[str] = ()
    wiring: Mapping[str, Any] | None = None
    chips: Mapping[str, Mapping[str, Mapping[str, Array]]] = attrs.field(factory=dict)
