"""One fit at a time writes a file, and one at a time changes a model; others are told."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ebana_core import Model, Run, losses, optimizers
from ebana_core.callbacks import Callback, LambdaCallback
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import EbanaError, ParameterError, StorageError
from ebana_core.metrics import Metrics
from ebana_core.storage import model_file
from tests.support.runs import small_data, small_fit, small_model

WRITERS: dict[str, Callable[[Path], object]] = {
    "another fit overwrites": lambda path: small_fit(path, 2, overwrite=True),
    "another fit resumes": lambda path: small_fit(path, 2, resume=True),
    "a model is saved": lambda path: small_model().save(path),
    "a state is saved": lambda path: optimizers.Adam(small_model()).save_state(path),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_a_file_that_this_process_writes_is_left_alone(
    write: Callable[[Path], object], tmp_path: Path
) -> None:
    path, told = tmp_path / "run.h5", []

    def meddle(batch: int, logs: Any) -> None:
        with pytest.raises(StorageError, match="written by another fit of this process") as caught:
            write(path)
        told.append(caught.value)

    small_fit(path, 2, callbacks=[LambdaCallback(on_train_batch_end=meddle)])
    small_fit(tmp_path / "alone.h5", 2)
    assert told
    with Run.open(path) as run, Run.open(tmp_path / "alone.h5") as alone:
        assert run.status == "finished"
        assert np.array_equal(run.parameters["d.conductance"], alone.parameters["d.conductance"])


@pytest.mark.parametrize("hook", ["on_train_batch_end", "on_epoch_end", "on_commit"])
def test_a_callback_may_read_the_run_that_is_written(hook: str, tmp_path: Path) -> None:
    path, seen = tmp_path / "run.h5", list[int]()

    def look(number: int, logs: Any) -> None:
        with Run.open(path, probe=False) as run:
            seen.append(run.n_epochs)

    small_fit(path, 3, callbacks=[LambdaCallback(**{hook: look})])
    assert len(seen) >= 3
    with Run.open(path) as run:
        assert (run.status, run.n_epochs) == ("finished", 3)


def test_a_model_does_not_replace_a_run_that_began_while_it_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, write = tmp_path / "run.h5", model_file.write_json

    def begin_a_run(*given: Any) -> None:
        write(*given)
        monkeypatch.undo()
        small_fit(path, 2)

    monkeypatch.setattr(model_file, "write_json", begin_a_run)
    with pytest.raises(StorageError, match="holds a recorded training"):
        small_model().save(path)
    assert os.listdir(tmp_path) == ["run.h5"]
    with Run.open(path) as run:
        assert run.n_epochs == 2


def test_a_file_is_free_again_when_its_fit_ends_or_fails(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"

    def fail(epoch: int, logs: Any) -> None:
        raise RuntimeError("of the user's own")

    with pytest.raises(RuntimeError, match="own"):
        small_fit(path, 2, callbacks=[LambdaCallback(on_epoch_end=fail)])
    assert len(small_fit(path, 3, resume=True)[2]) == 3
    assert len(small_fit(path, 1, overwrite=True)[2]) == 1


def test_a_model_that_is_fitted_is_not_fitted_twice() -> None:
    model, told = small_model(), []

    def again(batch: int, logs: Any) -> None:
        with pytest.raises(ParameterError, match="is being fitted") as caught:
            small_fit(None, 1, model)
        told.append(caught.value)

    small_fit(None, 2, model, callbacks=[LambdaCallback(on_train_batch_end=again)])
    alone = small_fit(None, 2)[0]
    assert told
    assert np.array_equal(model.parameters["d.conductance"], alone.parameters["d.conductance"])
    small_fit(None, 1, model)


@pytest.fixture
def _many_turns() -> Iterator[None]:
    """Let threads take turns a hundred times as often as they do."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(interval / 100)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("_many_turns")
def test_threads_save_to_one_path(tmp_path: Path) -> None:
    path, wrong, model = tmp_path / "m.h5", list[EbanaError](), small_model()

    def save() -> None:
        try:
            for _ in range(20):
                model.save(path)
        except EbanaError as error:
            wrong.append(error)

    threads = [threading.Thread(target=save) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert set(Model.load(path).parameters) == set(model.parameters)
    assert os.listdir(tmp_path) == ["m.h5"]


def test_links_lead_to_what_is_written(tmp_path: Path) -> None:
    path, link = tmp_path / "elsewhere" / "run.h5", tmp_path / "run.h5"
    path.parent.mkdir()
    link.symlink_to(path)
    small_fit(link, 2)
    small_fit(link, 3, resume=True)
    assert link.is_symlink()
    with Run.open(path) as run:
        assert run.n_epochs == 3
    small_fit(link, 1, overwrite=True)
    assert link.is_symlink()
    path.unlink()
    small_model().save(link)
    small_model().save(link)
    assert link.is_symlink()
    assert Model.load(path).seed == small_model().seed


def test_other_recorded_samples_and_another_test_set_are_refused(tmp_path: Path) -> None:
    """Rows of other samples would stand under the names of those that the run began with."""
    path, data = tmp_path / "run.h5", small_data()
    other = DataSet({"x": data.inputs["x"][::-1]}, {"y": data.outputs["y"][::-1]})

    def fit(samples: list[int] | None, test: DataSet, **options: Any) -> Model:
        model = small_model()
        metrics = Metrics(model, verbose=False, save_output_voltages="every", samples=samples)
        model.fit(
            BatchGenerator(data, batch_size=4),
            losses.MSE(0.0),
            optimizers.Adam(model),
            epochs=options.pop("epochs"),
            beta=1e-6,
            test_dataloader=test,
            metrics=metrics,
            run=path,
            **options,
        )
        return model

    fit([1, 3], data, epochs=1)
    for samples, test, name in (
        ([2, 5], data, "samples"),
        (None, data, "samples"),
        ([1, 3], other, "test_data"),
    ):
        with pytest.raises(StorageError, match=f"made with other {name}"):
            fit(samples, test, epochs=2, resume=True)
    fit([1, 3], data, epochs=2, resume=True)
    with Run.open(path) as run:
        assert run.voltages()[:].shape[:2] == (2, 2)


@pytest.mark.parametrize("setting", ["overwrite", "resume"])
def test_text_replaces_no_run(setting: str, tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    small_fit(path, 2)
    with pytest.raises(ParameterError, match=f"{setting} is 'no'"):
        small_fit(path, 1, **{setting: "no"})
    with Run.open(path) as run:
        assert run.n_epochs == 2


@pytest.mark.parametrize("state", ["too much" * 9000, object(), np.ones(3)])
def test_what_a_callback_may_not_remember_costs_no_earlier_epoch(
    state: Any, tmp_path: Path
) -> None:
    class Remembering(Callback):
        epoch = 0

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.epoch = epoch

        def state(self) -> dict[str, Any]:
            return {"rate": np.float32(0.5), "all": state if self.epoch == 3 else ""}

    path = tmp_path / "run.h5"
    with pytest.raises(EbanaError, match="state"):
        small_fit(path, 5, callbacks=[Remembering()])
    with Run.open(path) as run:
        assert (run.status, run.n_epochs) == ("failed", 2)
