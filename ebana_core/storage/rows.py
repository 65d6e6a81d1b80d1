"""An epoch as a row of numbers."""

from ebana_core.storage.layout import EPOCH_COLUMNS
from ebana_core.storage.record import EpochRecord


def epoch_row(
    record: EpochRecord,
    outputs: tuple[str, ...],
    reports: tuple[str, ...] = (),
    measures: tuple[str, ...] = (),
) -> list[float]:
    """Return the numbers of an epoch in the order of the columns of `/epochs`."""
    nothing = float("nan")
    score = record.validation
    numbers = {
        "epoch": float(record.epoch),
        "train_loss": record.train.loss,
        "train_accuracy": record.train.accuracy,
        "validation_loss": nothing if score is None else score.loss,
        "validation_accuracy": nothing if score is None else score.accuracy,
        **{
            f"{stage}_seconds": record.seconds.get(stage, 0.0)
            for stage in ("training", "validation", "recording")
        },
        "operating_points": float(record.n_points),
    }
    row = [numbers[name] for name, _ in EPOCH_COLUMNS]
    if len(outputs) > 1:
        for stage in (record.train, score):
            for name in outputs:
                row += (nothing, nothing) if stage is None else stage.per_output[name]
    row += [record.measures.get(name, nothing) for name in measures]
    return row + [record.reports.get(name, 0.0) for name in reports]
