"""The training loop: batches in, updates out, one record per finished epoch."""

import os
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.backend import Backend, OperatingPoints, Simulator
from ebana_core.callbacks import Callback, ProgressBar
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import ParameterError, PhaseError
from ebana_core.losses import Loss
from ebana_core.metrics import Metrics, is_due
from ebana_core.model.evaluation import (
    check_inputs,
    check_losses,
    check_targets,
    predict_raw,
    score,
)
from ebana_core.model.recording import Fit, Recorder, phase_records
from ebana_core.model.shards import one_blas_thread
from ebana_core.model.solving import BatchGradient, batch_gradient
from ebana_core.optimizers import Optimizer
from ebana_core.rules import EquilibriumPropagation, LearningRule, Samples
from ebana_core.storage.record import EpochRecord, Score

if TYPE_CHECKING:
    from ebana_core.model.model import Model


@attrs.frozen(eq=False, kw_only=True)
class Task:
    """Everything a fit needs, checked before the first epoch."""

    model: "Model"
    simulator: Simulator
    batches: BatchGenerator
    samples: Samples
    test: Samples | None
    losses: Mapping[str, Loss]
    optimizer: Optimizer
    rule: LearningRule
    metrics: Metrics
    epochs: int
    seed: int


def fit(
    model: "Model",
    history: Fit,
    batches: BatchGenerator,
    loss_fn: Any,
    optimizer: Optimizer,
    *,
    epochs: int,
    beta: float | None,
    test: BatchGenerator | DataSet | None,
    metrics: Metrics,
    backend: str | Backend,
    rule: LearningRule | None,
    run: str | os.PathLike[str] | None,
    overwrite: bool,
    callbacks: Sequence[Callback],
    seed: int,
) -> Fit:
    """Train a model; see `Model.fit`."""
    if isinstance(epochs, bool) or not isinstance(epochs, int) or epochs < 1:
        raise ParameterError(f"epochs is {epochs!r}.", "give a whole number of at least 1")
    owner: object = optimizer.model
    if owner is not model:
        raise ParameterError(
            "The optimizer was built for another model.", "build it with the model to fit"
        )
    losses = check_losses(model.network, loss_fn)
    rule = choose_rule(rule, beta, optimizer.beta)
    test_data = test.dataset if isinstance(test, BatchGenerator) else test
    task = Task(
        model=model,
        simulator=model.simulator(backend),
        batches=batches,
        samples=_samples(model, batches.dataset, losses),
        test=None if test_data is None else _samples(model, test_data, losses),
        losses=losses,
        optimizer=optimizer,
        rule=rule,
        metrics=metrics,
        epochs=epochs,
        seed=seed,
    )
    rule.check(model.network.compiled, model.parameters.snapshot())
    recorder = Recorder(task, backend, run, overwrite=overwrite)
    history.attach(recorder)
    watching = [*callbacks, *([ProgressBar()] if metrics.verbose else [])]
    _train(task, recorder, history, watching)
    return history


def choose_rule(
    rule: LearningRule | None, beta: float | None, optimizer_beta: float | None
) -> LearningRule:
    """Return the rule, taking beta from wherever it was given.

    Raises:
        PhaseError: No beta, or two different ones.
    """
    given = {
        "fit": beta,
        "optimizer": optimizer_beta,
        "rule": getattr(rule, "beta", None),
    }
    named = {place: value for place, value in given.items() if value is not None}
    if len(set(named.values())) > 1:
        raise PhaseError(
            f"beta is given twice with different values: {named}.", "give it in one place"
        )
    if rule is not None:
        return rule
    if not named:
        raise PhaseError("No beta is given.", "give fit(beta=...), S, or a rule")
    return EquilibriumPropagation(next(iter(named.values())))


def _samples(model: "Model", dataset: DataSet, losses: Mapping[str, Loss]) -> Samples:
    return Samples(
        inputs=check_inputs(model.network, dataset.inputs),
        targets=check_targets(model.network, dataset, losses),
        losses=losses,
    )


def _train(task: Task, recorder: "Recorder", history: Fit, callbacks: Sequence[Callback]) -> None:
    status = "failed"
    try:
        for callback in callbacks:
            callback.on_train_begin(task.epochs)
        with one_blas_thread():
            for epoch in range(1, task.epochs + 1):
                before = (
                    task.model.parameters.snapshot(),
                    task.optimizer.slots,
                    task.optimizer.n_steps,
                )
                try:
                    record = _epoch(task, epoch)
                except KeyboardInterrupt:
                    # Half an epoch is no epoch: the model stands where the record does.
                    task.model.restore(before[0])
                    task.optimizer.restore(before[1], before[2])
                    raise
                recorder.write(record)
                history.append(record)
                for callback in callbacks:
                    callback.on_epoch_end(epoch, _logs(record))
        status = "finished"
    except KeyboardInterrupt:
        status = "interrupted"
        raise
    finally:
        recorder.close(status)
        for callback in callbacks:
            callback.on_train_end()


def _epoch(task: Task, epoch: int) -> EpochRecord:
    started = time.perf_counter()
    task.model.reseed_noise(task.seed, epoch)
    keep = _keeps_phases(task, epoch)
    every = task.metrics.validate_every.get("batch_num", 0)
    batches: list[BatchGradient] = []
    scores: list[Score] = []
    sizes: list[int] = []
    validation: Score | None = None
    validating = 0.0
    for number, batch in enumerate(task.batches.batches(task.seed, epoch), start=1):
        result = _batch(task, batch, keep=keep)
        scores.append(score(task.losses, result.predictions, batch.outputs or {}))
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
        task.simulator,
        task.model.network.compiled,
        task.model.parameters.snapshot(),
        samples,
        task.model.trainable_parameters(),
        keep_phases=keep,
    )
    task.optimizer.step(result.gradients)
    return result


def _validate(task: Task) -> tuple[Score | None, float]:
    if task.test is None:
        return None, 0.0
    started = time.perf_counter()
    test = task.test
    raw = predict_raw(task.simulator, task.model.parameters.snapshot(), test.inputs, test.n_samples)
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
    }
    if record.validation is not None:
        logs |= {
            "val_loss": record.validation.loss,
            "val_accuracy": record.validation.accuracy,
        }
    return logs
