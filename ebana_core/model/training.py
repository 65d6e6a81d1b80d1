"""The training loop: batches in, updates out, one record per finished epoch."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.backend import OperatingPoints
from ebana_core.callbacks import CallbackList
from ebana_core.data import DataSet
from ebana_core.model.evaluation import score
from ebana_core.model.history import Fit
from ebana_core.model.recording import Recorder, is_recorded, saved_arrays
from ebana_core.model.shards import one_blas_thread
from ebana_core.model.solving import BatchGradient, batch_gradient, predict_raw
from ebana_core.model.task import Task
from ebana_core.optimizers.optimizer import added
from ebana_core.registry import Registry
from ebana_core.rules import Samples
from ebana_core.storage.record import EpochRecord, Score


def train(
    task: Task,
    recorder: Recorder,
    history: Fit,
    callbacks: CallbackList,
    plugins: Registry,
    remembered: Mapping[str, Any],
) -> None:
    """Run the epochs of a task that are not finished; the run is closed whatever happens.

    Args:
        task: What to train.
        recorder: Keeps what the epochs leave.
        history: Takes one record per epoch.
        callbacks: Told of everything.
        plugins: Told of epochs that are committed.
        remembered: What callbacks of a resumed run remember.
    """
    status = "failed"

    def report(committed: Sequence[EpochRecord]) -> None:
        for record in committed:
            plugins.tell("ebana_epoch_finished", run=history, epoch=record)
            callbacks.on_commit(record.epoch, _logs(record))

    try:
        plugins.tell("ebana_run_started", run=history, model=task.model)
        task.model.stop_training = False
        callbacks.set_model(task.model, task.optimizer)
        callbacks.set_params(task.params)
        callbacks.on_train_begin()
        callbacks.restore(remembered)
        with one_blas_thread():
            for epoch in range(task.finished + 1, task.epochs + 1):
                record = _whole_epoch(task, epoch, callbacks)
                history.append(record)
                try:
                    callbacks.on_epoch_end(epoch, _logs(record))
                finally:
                    committed = recorder.write(record, callbacks.state())
                report(committed)
                if task.model.stop_training:
                    break
        status = "finished"
    except KeyboardInterrupt:
        status = "interrupted"
        raise
    finally:
        try:
            report(recorder.close(status))
        finally:
            callbacks.on_train_end()


def _whole_epoch(task: Task, epoch: int, callbacks: CallbackList) -> EpochRecord:
    """Run an epoch; an interrupted one is no epoch: the model stands where the record does."""
    before = task.model.parameters.snapshot(), task.optimizer.slots, task.optimizer.n_steps
    try:
        callbacks.on_epoch_begin(epoch)
        return _epoch(task, epoch, callbacks)
    except KeyboardInterrupt:
        task.model.restore(before[0])
        task.optimizer.restore(before[1], before[2])
        raise


def _epoch(task: Task, epoch: int, callbacks: CallbackList) -> EpochRecord:
    started = time.perf_counter()
    task.model.reseed_noise(task.seed, epoch)
    keep = is_recorded(task, epoch)
    every = task.metrics.validate_every.get("batch_num", 0)
    batches: list[BatchGradient] = []
    scores: list[Score] = []
    sizes: list[int] = []
    validation: Score | None = None
    validating = 0.0
    n_points = 0
    reports: dict[str, float] = {}
    for number, batch in enumerate(task.batches.batches(task.seed, epoch), start=1):
        callbacks.on_train_batch_begin(number)
        result, reported = _batch(task, batch, keep=keep)
        reports = added(reports, reported)
        scores.append(score(task.losses, result.predictions, batch.outputs or {}))
        n_points += result.n_points
        latest = {"loss": scores[-1].loss, "accuracy": scores[-1].accuracy}
        callbacks.on_train_batch_end(number, latest)
        sizes.append(len(batch))
        if keep:
            batches.append(result)
        if every and number % every == 0:
            validation, seconds = _validate(task)
            validating += seconds
    seconds = time.perf_counter() - started - validating
    if _is_validated(task, epoch):
        validation, extra = _validate(task)
        validating += extra
    started = time.perf_counter()
    saved = _saved(task, epoch, batches)
    return EpochRecord(
        epoch=epoch,
        train=_mean_score(scores, sizes),
        validation=validation,
        seconds={
            "training": seconds,
            "validation": validating,
            "recording": time.perf_counter() - started,
        },
        n_points=n_points,
        batch_losses=[item.loss for item in scores],
        batch_accuracies=[item.accuracy for item in scores],
        saved=saved,
        reports=reports,
    )


def _batch(task: Task, batch: DataSet, *, keep: bool) -> tuple[BatchGradient, Mapping[str, float]]:
    samples = Samples(inputs=batch.inputs, targets=batch.outputs or {}, losses=task.losses)
    result = batch_gradient(
        task.rule,
        task.runner,
        task.model.readings(purpose="training"),
        samples,
        task.model.local_rules(),
        keep_phases=keep,
    )
    return result, task.optimizer.step(result.sums, scale=1 / result.n_samples)


def _validate(task: Task) -> tuple[Score | None, float]:
    if task.test is None:
        return None, 0.0
    started = time.perf_counter()
    test = task.test
    values = task.model.readings(purpose="validation")
    raw = predict_raw(task.runner, values, test.inputs, test.n_samples)
    return score(task.losses, raw, test.targets), time.perf_counter() - started


def _is_validated(task: Task, epoch: int) -> bool:
    every = task.metrics.validate_every
    return epoch == task.epochs or ("epoch_num" in every and epoch % every["epoch_num"] == 0)


def _saved(task: Task, epoch: int, batches: list[BatchGradient]) -> dict[str, dict[str, Array]]:
    phases = {}
    if batches:
        phases = {
            name: OperatingPoints.joined([batch.phases[name] for batch in batches])
            for name in batches[0].phases
        }
    return saved_arrays(task, epoch, phases, np.argsort(task.batches.order(task.seed, epoch)))


def _mean_score(scores: Sequence[Score], sizes: Sequence[int]) -> Score:
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


def _logs(record: EpochRecord) -> dict[str, float]:
    logs = {
        "loss": record.train.loss,
        "accuracy": record.train.accuracy,
        "seconds": record.seconds["training"],
        "points_per_second": record.n_points / record.seconds["training"],
    }
    if record.validation is not None:
        logs |= {
            "val_loss": record.validation.loss,
            "val_accuracy": record.validation.accuracy,
        }
    return logs
