"""Run files of no network, which are written in a few milliseconds."""

from pathlib import Path

from ebana_core.storage.record import EpochRecord, LatestState, RunHeader, Score
from ebana_core.storage.run_file import RunFile


def header(seed: int = 0) -> RunHeader:
    """Return the header of a run without parameters."""
    return RunHeader(
        seed=seed,
        model={"layers": {}},
        versions={},
        units={},
        coordinates={"node": [], "layer": [], "output": []},
        samples=None,
        settings={},
        initial={},
        slots={},
        saved_arrays=(),
    )


def write_run(
    path: Path,
    n_epochs: int = 1,
    *,
    seed: int = 0,
    overwrite: bool = False,
    since: float | None = None,
) -> None:
    """Write a run of so many epochs, or go on for so many; see `RunFile`."""
    file = RunFile(path, header(seed), overwrite=overwrite, since=since)
    score = Score(loss=1.0, accuracy=1.0, per_output={})
    for epoch in range(1, n_epochs + 1):
        record = EpochRecord(epoch=epoch, train=score, validation=None, seconds={})
        file.write(record, LatestState(epoch=epoch, parameters={}, slots={}, plain={}))
    file.close("finished")
