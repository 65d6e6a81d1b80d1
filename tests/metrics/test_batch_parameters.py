"""Parameters after every update, in the file of a run."""

from pathlib import Path

import numpy as np
import pytest

from ebana_core import Run
from ebana_core.arrays import Array
from ebana_core.callbacks import Callback
from ebana_core.data import BatchGenerator
from ebana_core.errors import ParameterError, StorageError
from ebana_core.losses import MSE
from ebana_core.metrics import Metrics
from ebana_core.optimizers import SGD
from tests.support.zoo import linear, zoo_data

NAMES = ("d1.conductance", "b.bias_voltage")


def fitted(path: Path, policy: object, *, epochs: int = 3, resume: bool = False) -> list[Array]:
    """Fit with a policy; return the values after every update, as a callback cannot miss them."""
    model, seen = linear(), []
    optimizer = SGD(model)
    plain = optimizer.step

    def step(*args: object, **kwargs: object) -> object:
        found = plain(*args, **kwargs)
        seen.append(model.parameters["d1.conductance"].copy())
        return found

    optimizer.step = step  # type: ignore[method-assign]  # to look over its shoulder
    metrics = Metrics(model, verbose=False, save_batch_parameters=policy)
    model.fit(
        BatchGenerator(zoo_data(), 4), MSE(), optimizer, epochs=epochs, beta=1e-6,
        metrics=metrics, run=path, resume=resume,
    )  # fmt: skip
    return seen


def test_every_update_of_every_epoch_is_there(tmp_path: Path) -> None:
    seen = fitted(tmp_path / "run.h5", "every")
    with Run.open(tmp_path / "run.h5") as run:
        found = run.recorded("updates/d1.conductance")
        assert found.shape == (3, 3, 4, 4)
        assert (found[:].reshape(9, 4, 4) == np.array(seen)).all()
        for name in NAMES:
            last = run.recorded(f"updates/{name}")[-1][-1]
            assert (last == run.parameters[name]).all()
        assert found.unit == "S"


def test_a_policy_says_of_which_epochs(tmp_path: Path) -> None:
    seen = fitted(tmp_path / "last.h5", "last")
    with Run.open(tmp_path / "last.h5") as run:
        assert (run.recorded("updates/d1.conductance")[-1] == np.array(seen[-3:])).all()
    fitted(tmp_path / "second.h5", {"epoch_num": 2}, epochs=4)
    with Run.open(tmp_path / "second.h5") as run:
        assert run.recorded("updates/d1.conductance").shape == (2, 3, 4, 4)


def test_a_run_goes_on_with_its_policy_alone(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    fitted(path, "every", epochs=1)
    with pytest.raises(StorageError, match="policies"):
        fitted(path, None, epochs=2, resume=True)
    fitted(path, "every", epochs=2, resume=True)
    with Run.open(path) as run:
        assert run.recorded("updates/d1.conductance").shape[0] == 2


def test_an_epoch_that_was_cut_off_is_whole_after_it_went_on(tmp_path: Path) -> None:
    class Stop(Callback):
        n = 0

        def on_train_batch_end(self, batch: int, logs: object = None) -> None:
            self.n += 1
            if self.n == 5:
                raise KeyboardInterrupt

    def fit(**settings: object) -> None:
        model = linear()
        metrics = Metrics(model, verbose=False, save_batch_parameters="every")
        model.fit(
            BatchGenerator(zoo_data(), 4), MSE(), SGD(model), epochs=3, beta=1e-6, metrics=metrics,
            commit_every=1e-9, run=tmp_path / "cut.h5", **settings,
        )  # fmt: skip

    whole = fitted(tmp_path / "whole.h5", "every")
    with pytest.raises(KeyboardInterrupt):
        fit(callbacks=[Stop()])
    with Run.open(tmp_path / "cut.h5") as run:
        assert run.partial is not None  # it was cut off within its second epoch
    fit(resume=True)
    with Run.open(tmp_path / "cut.h5") as run:
        found = run.recorded("updates/d1.conductance")[:]
    assert (found.reshape(9, 4, 4) == np.array(whole)).all()


def test_another_policy_is_refused() -> None:
    with pytest.raises(ParameterError, match="save_batch_parameters='always'"):
        Metrics(save_batch_parameters="always")
