"""A figure that a callback waits for has to be one that the fit measures."""

from pathlib import Path

import pytest

from ebana_core.callbacks import Callback, EarlyStopping, ModelCheckpoint, ReduceLROnPlateau
from ebana_core.errors import DataError, UnknownNameError
from tests.support.small_fits import X, Y, small_model, train


def waiting(monitor: str, folder: Path) -> list[Callback]:
    saving = ModelCheckpoint(folder / "best.h5", monitor, save_best_only=True)
    return [EarlyStopping(monitor), ReduceLROnPlateau(monitor), saving]


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize("monitor", ["val_loss", "val_accuracy"])
def test_figures_of_validation_are_refused_before_a_fit_without_a_test_set(
    which: int, monitor: str, tmp_path: Path
) -> None:
    model = small_model()
    before = model.parameters["d.conductance"]
    with pytest.raises(UnknownNameError, match=rf"{monitor}.*no test set.*\n.*test_dataloader"):
        train(model, waiting(monitor, tmp_path)[which])
    assert (model.parameters["d.conductance"] == before).all()


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize("monitor", ["accuracy", "val_accuracy"])
def test_an_accuracy_that_the_loss_does_not_measure_is_no_figure_to_wait_for(
    which: int, monitor: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=rf"monitors '{monitor}', which is nan"):
        train(small_model(), waiting(monitor, tmp_path)[which], test_dataloader=(X, Y))


def test_a_checkpoint_of_every_epoch_needs_no_test_set(tmp_path: Path) -> None:
    train(small_model(), ModelCheckpoint(tmp_path / "each.h5"))
    assert (tmp_path / "each.h5").exists()
