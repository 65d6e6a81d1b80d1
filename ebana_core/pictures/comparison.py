"""Runs beside each other: as a picture, as a page, as tables of words."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ebana_core.arrays import Array
from ebana_core.checking import shown
from ebana_core.pictures.charts import lines
from ebana_core.pictures.contents import STAGES, curves
from ebana_core.pictures.figures import curve_figure
from ebana_core.pictures.files import save_figure
from ebana_core.pictures.page import (
    Chart,
    Served,
    page,
    section,
    template,
    write_page,
)
from ebana_core.storage.comparison import SETTINGS, compared
from ebana_core.storage.run import Run
from ebana_core.tables import html_table, number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS: Mapping[str, tuple[str, str]] = {
    "status": ("status", "{}"),
    "epochs": ("epochs", "{}"),
    "seed": ("seed", "{}"),
    "train_loss": ("train loss", "{:.4g}"),
    "validation_loss": ("val loss", "{:.4g}"),
    "train_accuracy": ("train acc", "{:.1%}"),
    "validation_accuracy": ("val acc", "{:.1%}"),
    "best_validation_accuracy": ("best val acc", "{:.1%}"),
    "training_seconds": ("time (s)", "{:.4g}"),
}
"""Of a row of `compared`: column to heading and form."""

Curves = Mapping[str, tuple[Array, Array]]
Rows = list[tuple[str, ...]]


def score_rows(rows: list[dict[str, Any]]) -> Rows:
    """Return what became of every run, the header first; columns that are empty are left out."""
    kept = {
        name: form for name, form in COLUMNS.items() if any(number(r[name], form[1]) for r in rows)
    }
    header = ("run", *(title for title, _ in kept.values()))
    return [header] + [
        (row["run"], *(number(row[name], form) for name, (_, form) in kept.items())) for row in rows
    ]


def setting_rows(rows: list[dict[str, Any]]) -> Rows:
    """Return the settings that differ, one per row and one run per column, the header first."""
    names = [name for name in rows[0] if name.startswith(SETTINGS)]
    header = ("setting", *(row["run"] for row in rows))
    return [header] + [
        (name.removeprefix(SETTINGS), *(_setting(row[name]) for row in rows)) for name in names
    ]


def plot_comparison(runs: Mapping[str, Run]) -> "Figure":
    """Draw losses and accuracies of several runs over epochs.

    Args:
        runs: Name to run.
    """
    return curve_figure({title: found for title, (_, found) in _panels(runs).items()})


def save_comparison(runs: Mapping[str, Run], out: Path) -> None:
    """Write the picture of `plot_comparison`.

    Raises:
        ParameterError: `out` cannot be the name of a picture.
        MissingLibraryError: matplotlib is not installed.
        StorageError: It cannot be written.
    """
    save_figure(plot_comparison(runs), out)


def write_comparison(runs: Mapping[str, Run], out: Path) -> None:
    """Write one HTML page with the curves, scores and differing settings of several runs.

    Args:
        runs: Name to run.
        out: The page; see `write_page`, also for errors.
    """
    write_page(out, lambda: comparison(runs))


def comparison(runs: Mapping[str, Run], served: Served | None = None) -> str:
    """Return the page of `write_comparison`, or one that a server shows."""
    charts = [
        Chart(title, title, f"{title} of every run.", lines(found, kind, names=list(runs)))
        for title, (kind, found) in _panels(runs).items()
    ]
    rows = compared(runs)
    settings = setting_rows(rows)
    main = template("comparison.html").substitute(
        charts="".join(map(section, charts)),
        runs=html_table(score_rows(rows), left=2),
        settings=html_table(settings, left=len(rows) + 1) if settings[1:] else "<p>None.</p>",
    )
    return page(f"{len(runs)} runs", [", ".join(runs)], main, charts, served)


def _panels(runs: Mapping[str, Run]) -> dict[str, tuple[str, Curves]]:
    """Return title to ``"loss"`` or ``"accuracy"`` and the curve of every run that has one."""
    panels: dict[str, tuple[str, Curves]] = {}
    for kind in ("loss", "accuracy"):
        known = {name: curves(run, kind) for name, run in runs.items()}
        for stage in STAGES:
            found = {name: own[stage] for name, own in known.items() if stage in own}
            if found:
                words = {"train": "Training", "validation": "Validation"}[stage]
                panels[f"{words} {kind}"] = kind, found
    return panels


def _setting(value: Any) -> str:
    return "" if value is None else shown(value) if isinstance(value, list) else str(value)
