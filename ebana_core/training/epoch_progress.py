"""An epoch under way: what its batches gave so far, in memory and as a run file keeps it."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends import OperatingPoints
from ebana_core.errors import FormatError
from ebana_core.metrics.policies import due_measures
from ebana_core.optimizers.reports import added, arrays_of
from ebana_core.storage.record import EpochRecord, LatestState, PartialEpoch, SavedArray, Score
from ebana_core.training.epoch_arrays import EpochArrays
from ebana_core.training.task import Task

STAGES = ("training", "validation", "recording")


@final
class EpochProgress:
    """An epoch that is under way.

    Attributes:
        epoch: Counted from 1.
        arrays: What is recorded of its phases.
        n_batches: Batches that are done.
        validation: Latest score on the test set.
        seconds: Stage to the time it took so far.
        measures: What each of its batches measures of the solving.
    """

    def __init__(self, task: Task, epoch: int, saved: Sequence[SavedArray]) -> None:
        self._task, self.epoch = task, epoch
        self.arrays = EpochArrays(task, epoch, saved)
        self.validation: Score | None = None
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self._scores: list[Score] = []
        self._n_points = 0
        self._reports: Mapping[str, float] = {}
        self.measures = due_measures(task.metrics.measures, epoch, task.epochs)
        self._measured: dict[str, float] = {}

    @property
    def n_batches(self) -> int:
        return len(self._scores)

    def add(
        self,
        score: Score,
        n_points: int,
        reports: Mapping[str, Any],
        phases: Mapping[str, OperatingPoints],
        measured: Mapping[str, float],
    ) -> None:
        """Take what a batch gave; of its phases, what the policies save."""
        for name, worst in measured.items():
            self._measured[name] = max(worst, self._measured.get(name, worst))
        self._scores.append(score)
        self._n_points += n_points
        self._reports = added(self._reports, reports)
        self.arrays.add_update(arrays_of(reports))
        if phases:
            self.arrays.add(self.n_batches, phases)

    def record(self) -> EpochRecord:
        """Return what the finished epoch leaves."""
        started, task = time.perf_counter(), self._task
        saved = self.arrays.saved()
        if "parameters" in self.arrays.topics:
            values = task.values.parameters.snapshot()
            saved["parameters"] = {f"parameters/{name}": array for name, array in values.items()}
        self.seconds["recording"] += time.perf_counter() - started
        return EpochRecord(
            epoch=self.epoch,
            train=_mean_score(self._scores, self._sizes()),
            validation=self.validation,
            seconds=dict(self.seconds),
            n_points=self._n_points,
            batch_losses=[item.loss for item in self._scores],
            batch_accuracies=[item.accuracy for item in self._scores],
            saved=saved,
            reports=self._reports,
            measures=dict(self._measured),
        )

    def _sizes(self) -> list[int]:
        n, size = self._task.samples.n_samples, self._task.batches.batch_size
        return [min(size, n - first) for first in range(0, n, size)]

    def partial(self, callbacks: Mapping[str, Any]) -> PartialEpoch:
        """Return what a run needs to go on after the batches that are done."""
        values, optimizer = self._task.values, self._task.optimizer
        arrays = {
            place: array[self.arrays.part(place)] for place, array in self.arrays.arrays.items()
        }
        plain = {
            "rows": {
                "sample": self.arrays.n_samples,
                "batch": self.arrays.n_batches,
                "update": self.arrays.n_updates,
            },
            "step": optimizer.n_steps,
            "rate_factor": optimizer.rate_factor,
            "callbacks": callbacks,
            "noise": values.noise_state(),
            "stop_training": self._task.model.stop_training,
            "operating_points": self._n_points,
            "reports": dict(self._reports),
            "measures": self._measured,
            "seconds": self.seconds,
            "validation": None if self.validation is None else self._numbers(self.validation),
        }
        return PartialEpoch(
            latest=LatestState(
                epoch=self.epoch,
                parameters=values.parameters.snapshot(),
                slots=optimizer.slots,
                plain=plain,
            ),
            scores=np.array([self._numbers(score) for score in self._scores]),
            arrays=arrays,
        )

    def go_on(self, partial: PartialEpoch) -> None:
        """Continue after the batches that a run has committed: model, optimizer and sums.

        Raises:
            FormatError: The run lacks what that takes.
        """
        values, optimizer, plain = self._task.values, self._task.optimizer, partial.latest.plain
        try:
            self._scores = [self._score(row) for row in partial.scores]
            self._n_points, self._reports = int(plain["operating_points"]), plain["reports"]
            self.seconds = {stage: float(plain["seconds"][stage]) for stage in STAGES}
            # Files whose writer knew no measures have none. A fit of more or fewer epochs may ask
            # for others; what not every batch measured is no worst of the epoch.
            known = plain.get("measures", {})
            self.measures = [name for name in self.measures if name in known]
            self._measured = {name: float(known[name]) for name in self.measures}
            validation = plain["validation"]
            self.validation = None if validation is None else self._score(validation)
            self.arrays.restore(partial.arrays)
            values.restore_noise(plain["noise"])
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise FormatError(
                f"The run holds no state within epoch {self.epoch}: {error!r}.",
                "`ebana runs repair` saves its finished epochs",
            ) from error
        values.restore(partial.latest.parameters)
        optimizer.restore(partial.latest.slots, int(plain["step"]))
        optimizer.rate_factor = float(plain["rate_factor"])
        self._task.model.stop_training = bool(plain["stop_training"])

    def _numbers(self, score: Score) -> list[float]:
        own = [number for name in self._task.losses for number in score.per_output[name]]
        return [score.loss, score.accuracy, *own]

    def _score(self, numbers: Sequence[float] | Array) -> Score:
        loss, accuracy, *own = (float(number) for number in numbers)
        pairs = zip(own[::2], own[1::2], strict=True)
        per_output = dict(zip(self._task.losses, pairs, strict=True))
        return Score(loss=loss, accuracy=accuracy, per_output=per_output)


def _mean_score(scores: Sequence[Score], sizes: Sequence[int]) -> Score:
    # The last batch may be short: the mean is over samples, not over batches.
    shares: Array = np.array(sizes) / sum(sizes)

    def mean(values: Sequence[float]) -> float:
        return float(shares @ np.array(values))

    return Score(
        loss=mean([item.loss for item in scores]),
        accuracy=mean([item.accuracy for item in scores]),
        per_output={
            name: (
                mean([item.per_output[name][0] for item in scores]),
                mean([item.per_output[name][1] for item in scores]),
            )
            for name in scores[0].per_output
        },
    )
