"""What models and results show in a notebook."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Self

import pytest
from rich import console

from ebana_core import Run
from ebana_core.callbacks import ProgressBar
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


class Cell(ModuleType):
    """The output of a cell, as ``IPython.display`` writes to it."""

    def __init__(self) -> None:
        super().__init__("IPython.display")
        self.pages: list[str] = []

    def display(self, page: Any, *, display_id: bool) -> Self:
        assert display_id
        self.update(page)
        return self

    def update(self, page: Any) -> None:
        self.pages.append(page._repr_html_())


def test_a_notebook_without_widgets_shows_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = Cell()
    monkeypatch.setitem(sys.modules, "IPython.display", cell)
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    monkeypatch.setattr(console, "_is_jupyter", lambda: True)
    small_fit(None, 2, callbacks=[ProgressBar()])
    assert "epoch 0/2" in cell.pages[0]
    assert "epoch 2/2" in cell.pages[-1]
    assert "loss" in cell.pages[-1]
    assert all(page.startswith("<pre") and "\n\n" not in page for page in cell.pages)
