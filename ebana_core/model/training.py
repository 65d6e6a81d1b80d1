"""The training loop: batches in, updates out, one record per finished epoch."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.backend import OperatingPoints
from ebana_core.callbacks import CallbackList
from ebana_core.data import DataSet
from ebana_core.metrics import is_due
from ebana_core.model.evaluation import score
from ebana_core.model.recording import Fit, Recorder, phase_records
from ebana_core.model.shards import one_blas_thread
from ebana_core.model.solving import BatchGradient, batch_gradient, predict_raw
from ebana_core.model.task import Task
from ebana_core.registry import Registry
from ebana_core.rules import Samples
from ebana_core.storage.record import EpochRecord, Score


def train(
    task: Task,
    recorder: Recorder,
    history: Fit,
    callbacks: CallbackList,
    plugins: Registry,
) -> None:
    """Run the epochs of a task; the run is closed whatever happens."""
    status = "failed"
    try:
        plugins.tell("ebana_run_started", run=history, model=task.model)
        task.model.stop_training = False
        callbacks.set_model(task.model, task.optimizer)
        callbacks.set_params(task.params)
        callbacks.on_train_begin()
        with one_blas_thread():
            for epoch in range(1, task.epochs + 1):
                before = (
                    task.model.parameters.snapshot(),
                    task.optimizer.slots,
                    task.optimizer.n_steps,
                )
                try:
                    callbacks.on_epoch_begin(epoch)
                    record = _epoch(task, epoch, callbacks)
                except KeyboardInterrupt:
                    # Half an epoch is no epoch: the model stands where the record does.
                    task.model.restore(before[0])
                    task.optimizer.restore(before[1], before[2])
                    raise
                recorder.write(record)
                history.append(record)
                plugins.tell("ebana_epoch_finished", run=history, epoch=record)
                callbacks.on_epoch_end(epoch, _logs(record))
                if task.model.stop_training:
                    break
        status = "finished"
    except KeyboardInterrupt:
        status = "interrupted"
        raise
    finally:
        recorder.close(status)
        callbacks.on_train_end()


def _epoch(task: Task, epoch: int, callbacks: CallbackList) -> EpochRecord:
    started = time.perf_counter()
    task.model.reseed_noise(task.seed, epoch)
    keep = _keeps_phases(task, epoch)
    every = task.metrics.validate_every.get("batch_num", 0)
    batches: list[BatchGradient] = []
    scores: list[Score] = []
    sizes: list[int] = []
    validation: Score | None = None
    validating = 0.0
    n_points = 0
    for number, batch in enumerate(task.batches.batches(task.seed, epoch), start=1):
        callbacks.on_train_batch_begin(number)
        result = _batch(task, batch, keep=keep)
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
    return EpochRecord(
        epoch=epoch,
        train=_mean_score(scores, sizes),
        validation=validation,
        seconds={"training": seconds, "validation": validating},
        n_points=n_points,
        batch_losses=[item.loss for item in scores],
        batch_accuracies=[item.accuracy for item in scores],
        parameters=task.model.parameters.snapshot()
        if is_due(task.metrics.save_parameters, epoch, task.epochs)
        else None,
        phases=_phases(task, epoch, batches),
    )


def _batch(task: Task, batch: DataSet, *, keep: bool) -> BatchGradient:
    samples = Samples(inputs=batch.inputs, targets=batch.outputs or {}, losses=task.losses)
    result = batch_gradient(
        task.rule,
        task.runner,
        task.model.parameters.snapshot(),
        samples,
        task.model.local_rules(),
        keep_phases=keep,
    )
    task.optimizer.step(result.sums, scale=1 / result.n_samples)
    return result


def _validate(task: Task) -> tuple[Score | None, float]:
    if task.test is None:
        return None, 0.0
    started = time.perf_counter()
    test = task.test
    raw = predict_raw(task.runner, task.model.parameters.snapshot(), test.inputs, test.n_samples)
    return score(task.losses, raw, test.targets), time.perf_counter() - started


def _is_validated(task: Task, epoch: int) -> bool:
    every = task.metrics.validate_every
    return epoch == task.epochs or ("epoch_num" in every and epoch % every["epoch_num"] == 0)


def _keeps_phases(task: Task, epoch: int) -> bool:
    return any(
        is_due(policy, epoch, task.epochs)
        for policy in (task.metrics.save_output_voltages, task.metrics.save_power_params)
    )


def _phases(task: Task, epoch: int, batches: list[BatchGradient]) -> dict[str, Any]:
    if not batches:
        return {}
    order = task.batches.order(task.seed, epoch)
    in_order = np.argsort(order)
    phases: dict[str, OperatingPoints] = {
        name: OperatingPoints.joined([batch.phases[name] for batch in batches])
        for name in batches[0].phases
    }
    return phase_records(
        phases,
        in_order,
        list(task.model.layers),
        voltages=is_due(task.metrics.save_output_voltages, epoch, task.epochs),
        power=is_due(task.metrics.save_power_params, epoch, task.epochs),
    )


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
