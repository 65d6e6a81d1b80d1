"""The training loop: batches in, updates out, one record per finished epoch."""

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

from ebana_core.callbacks import CallbackList
from ebana_core.data import DataSet
from ebana_core.errors import NotFiniteError
from ebana_core.execution.evaluation import score
from ebana_core.execution.shards import one_blas_thread
from ebana_core.execution.solving import batch_gradient, disagreement, predict_raw
from ebana_core.registry import Registry
from ebana_core.rules import Samples
from ebana_core.storage.record import EpochRecord, PartialEpoch, Score
from ebana_core.training.epoch_progress import EpochProgress
from ebana_core.training.history import Fit
from ebana_core.training.recording import Recorder
from ebana_core.training.task import Task

TRAINING, VALIDATION = 0, 1
"""Purposes of readings, each with noise of its own."""


def train(
    task: Task,
    recorder: Recorder,
    history: Fit,
    callbacks: CallbackList,
    plugins: Registry,
    remembered: Mapping[str, Any],
    partial: PartialEpoch | None,
) -> None:
    """Run the epochs of a task that are not finished; the run is closed whatever happens.

    Args:
        task: What to train.
        recorder: Keeps what the epochs leave.
        history: Takes one record per epoch.
        callbacks: Told of everything.
        plugins: Told of epochs that are committed.
        remembered: What callbacks of a resumed run remember.
        partial: What a resumed run holds of its next epoch.
    """
    status = "failed"

    def report(committed: Sequence[EpochRecord]) -> None:
        for record in committed:
            plugins.tell("ebana_epoch_finished", run=history, epoch=record)
            callbacks.on_commit(record.epoch, _logs(record))

    def commit(progress: EpochProgress) -> None:
        report(recorder.write_part(progress, callbacks.state))

    try:
        plugins.tell("ebana_run_started", run=history, model=task.model)
        task.model.stop_training = False
        callbacks.set_model(task.model, task.optimizer)
        callbacks.set_params(task.params)
        callbacks.on_train_begin()
        callbacks.restore(remembered)
        with one_blas_thread():
            for epoch in range(task.finished + 1, task.epochs + 1):
                try:
                    record = _whole_epoch(task, epoch, callbacks, recorder, commit, partial)
                except NotFiniteError as error:
                    if not callbacks.forgives(error):
                        raise
                    break
                partial = None
                history.append(record)
                # A callback that fails must not cost the epoch: it is written all the same.
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


def _whole_epoch(
    task: Task,
    epoch: int,
    callbacks: CallbackList,
    recorder: Recorder,
    commit: Callable[[EpochProgress], None],
    partial: PartialEpoch | None,
) -> EpochRecord:
    """Run an epoch; interrupted or not finite, it sets the model back to what the record holds."""
    # An interrupted epoch leaves no trace. Order and noise follow from (seed, epoch), so that it
    # can be run again with the same result.
    before = task.values.parameters.snapshot(), task.optimizer.slots, task.optimizer.n_steps
    factor = task.optimizer.rate_factor
    try:
        callbacks.on_epoch_begin(epoch)
        task.values.reseed_noise(task.seed, epoch)
        progress = EpochProgress(task, epoch, recorder.saved_arrays)
        if partial is not None:
            progress.go_on(partial)
        return _epoch(task, progress, callbacks, commit)
    except (KeyboardInterrupt, NotFiniteError):
        task.values.restore(before[0])
        task.optimizer.restore(before[1], before[2])
        task.optimizer.rate_factor = factor
        raise


def _epoch(
    task: Task,
    progress: EpochProgress,
    callbacks: CallbackList,
    commit: Callable[[EpochProgress], None],
) -> EpochRecord:
    """Run the batches of an epoch that are not done."""
    every = task.metrics.validate_every.get("batch_num", 0)
    batches = islice(task.batches.batches(task.seed, progress.epoch), progress.n_batches, None)
    for number, batch in enumerate(batches, start=progress.n_batches + 1):
        started, recorded = time.perf_counter(), progress.seconds["recording"]
        callbacks.on_train_batch_begin(number)
        latest = _batch(task, batch, progress)
        callbacks.on_train_batch_end(number, {"loss": latest.loss, "accuracy": latest.accuracy})
        # Recording happens within the batch, and is counted on its own.
        recording = progress.seconds["recording"] - recorded
        progress.seconds["training"] += time.perf_counter() - started - recording
        if every and number % every == 0:
            _validate(task, progress)
        commit(progress)
    if _is_validated(task, progress.epoch):
        _validate(task, progress)
    return progress.record()


def _batch(task: Task, batch: DataSet, progress: EpochProgress) -> Score:
    samples = Samples(inputs=batch.inputs, targets=batch.outputs or {}, losses=task.losses)
    values = task.hardware.readings("training")
    result = batch_gradient(
        task.rule,
        task.runner,
        values,
        samples,
        task.values.local_rules(),
        keep_phases=progress.arrays.is_needed,
        second=task.hardware.second("training"),
        reading=task.hardware.reading(TRAINING, task.seed, progress.epoch, progress.n_batches),
        measures_residual="worst_residual" in progress.measures,
    )
    measured = {"worst_residual": result.residual} if "worst_residual" in progress.measures else {}
    if task.second is not None and "agreement" in progress.measures:
        numbers = task.runner, task.second, values, samples.inputs, samples.n_samples
        measured["agreement"] = disagreement(*numbers)
    reports: dict[str, Any] = {}
    if result.makes_update:
        reports = task.optimizer.step(result.sums, scale=1 / result.n_samples)
    # Of the free phase, before the update: so it takes no further solve.
    found = score(task.losses, result.predictions, batch.outputs or {})
    started = time.perf_counter()
    progress.add(found, result.n_points, reports, result.phases, measured)
    progress.seconds["recording"] += time.perf_counter() - started
    return found


def _validate(task: Task, progress: EpochProgress) -> None:
    if task.test is None:
        return
    started, test = time.perf_counter(), task.test
    values = task.hardware.readings("validation")
    numbers = VALIDATION, task.seed, progress.epoch, progress.n_batches
    raw = predict_raw(
        task.runner, values, test.inputs, test.n_samples, task.hardware.reading(*numbers)
    )
    progress.validation = score(task.losses, raw, test.targets)
    progress.seconds["validation"] += time.perf_counter() - started


def _is_validated(task: Task, epoch: int) -> bool:
    every = task.metrics.validate_every
    return epoch == task.epochs or ("epoch_num" in every and epoch % every["epoch_num"] == 0)


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
