"""What models and results show in a notebook."""

from pathlib import Path

from ebana_core import Run
from tests.support.runs import small_fit


def test_models_runs_and_fits_show_tables(tmp_path: Path) -> None:
    model, _, fit = small_fit(tmp_path / "r.h5", 30)
    shown = model._repr_html_()
    assert "<th" in shown
    assert "trainable values" in shown
    rows = fit._repr_html_().count("<tr>")
    assert rows == 1 + 12
    with Run.open(tmp_path / "r.h5") as run:
        assert "finished" in run._repr_html_()
        assert "phases/free/voltages" in run._repr_html_()


def test_a_fit_without_epochs_shows_an_empty_table() -> None:
    _, _, fit = small_fit(None, 1)
    fit.epochs.clear()
    assert fit._repr_html_().count("<tr>") == 1
