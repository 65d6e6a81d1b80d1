"""What a run measures of its own solving: the worst residual, and the agreement of two backends."""

from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from ebana_core import Model, Run
from ebana_core.backends import OperatingPoints
from ebana_core.callbacks import Callback
from ebana_core.errors import ParameterError, StorageError
from ebana_core.metrics import Metrics
from ebana_core.metrics.policies import due_measures
from tests.support.runs import small_data, small_fit, small_model


def test_the_worst_residual_is_that_of_the_recorded_phases(tmp_path: Path) -> None:
    metrics = Metrics(verbose=False, measure_residual="every", save_output_voltages="every")
    # Six batches: that the worst of each epoch is the last one would be a rare chance.
    model, _, history = small_fit(tmp_path / "run.h5", 2, metrics=metrics, batch_size=1)
    with Run.open(tmp_path / "run.h5") as run:
        assert run.score_units["worst_residual"] == "1"
        for epoch, told in enumerate(run.scores["worst_residual"], start=1):
            points = [
                found
                for phase in ("free", "nudged")
                for found in model.recorded_points(run, phase, epoch)
            ]
            assert len(points) == 12
            assert told == max(found.residual for found in points) > 0
            assert history[epoch - 1].measures == {"worst_residual": told}


def test_what_an_epoch_did_not_measure_is_no_number(tmp_path: Path) -> None:
    metrics = Metrics(verbose=False, measure_residual={"epoch_num": 2})
    small_fit(tmp_path / "run.h5", 3, metrics=metrics)
    with Run.open(tmp_path / "run.h5") as run:
        assert np.isnan(run.scores["worst_residual"]).tolist() == [True, False, False]
        assert "agreement" not in run.scores
    loaded = Model.load_history(tmp_path / "run.h5")
    assert [sorted(record.measures) for record in loaded] == [[], *[["worst_residual"]] * 2]


def test_a_run_measures_nothing_unless_asked(tmp_path: Path) -> None:
    small_fit(tmp_path / "run.h5", 1)
    with Run.open(tmp_path / "run.h5") as run:
        assert not {"worst_residual", "agreement"} & set(run.scores)
    saved: dict[str, Any] = {"save_output_voltages": "every", "save_power_params": "last"}
    asked = Metrics(verbose=False, measure_residual="every", **saved)
    with pytest.raises(StorageError, match="policies"):
        small_fit(tmp_path / "run.h5", 2, metrics=asked, resume=True)


def test_last_is_the_last_epoch_that_was_asked_for() -> None:
    policies: dict[str, Any] = {"worst_residual": "last", "agreement": {"epoch_num": 2}}
    due = [due_measures(policies, epoch, 3) for epoch in (1, 2, 3)]
    assert due == [[], ["agreement"], ["worst_residual", "agreement"]]
    with pytest.raises(ParameterError, match="measure_agreement='first'"):
        Metrics(measure_agreement="first")


class Stop(Callback):
    """Interrupts the second epoch before its last batch."""

    epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if (self.epoch, batch) == (2, 3):
            raise RuntimeError


@pytest.mark.parametrize(("asked", "now", "told"), [(2, 3, [3]), (3, 2, []), (2, 2, [2])])
def test_an_epoch_of_which_batches_were_not_measured_has_no_worst(
    asked: int, now: int, told: list[int], tmp_path: Path
) -> None:
    """The number of epochs asked for says which are measured; a resumed fit may ask for more."""
    metrics = Metrics(verbose=False, measure_residual="last")
    own: dict[str, Any] = {"metrics": metrics, "batch_size": 2, "resume": True}
    with pytest.raises(RuntimeError):
        small_fit(tmp_path / "run.h5", asked, callbacks=[Stop()], commit_every=1e-9, **own)
    _, _, history = small_fit(tmp_path / "run.h5", now, **own)
    assert [record.epoch for record in history if record.measures] == told


@pytest.mark.ngspice
@pytest.mark.parametrize("backend", ["native", "ngspice"])
def test_two_backends_agree(backend: str) -> None:
    metrics = Metrics(verbose=False, measure_agreement="last")
    _, _, history = small_fit(None, 2, metrics=metrics, backend=backend)
    assert history[0].measures == {}
    assert 0 <= history[1].measures["agreement"] < 1e-12  # V, of predictions below 1 V


@pytest.mark.ngspice
def test_agreement_is_the_largest_difference_of_predictions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = small_model()
    simulator = model.simulator("ngspice")
    solved = type(simulator).operating_points

    def off(self: Any, *given: Any) -> OperatingPoints:
        points = solved(self, *given)
        moved = points.free_voltages + 1e-3 * np.arange(points.free_voltages.shape[1])
        return attrs.evolve(points, free_voltages=moved)

    monkeypatch.setattr(type(simulator), "operating_points", off)
    wrong = simulator.predictions(model.parameters.snapshot(), small_data().inputs)["y"]
    right = model.predict(small_data())["y"]
    metrics = Metrics(verbose=False, measure_agreement="every")
    _, _, history = small_fit(None, 1, model, metrics=metrics, batch_size=6)
    expected = np.abs(wrong - right).max()
    assert expected > 1e-3
    assert history[0].measures["agreement"] == pytest.approx(expected, rel=1e-9, abs=0)
