"""Pictures of what an experiment's seeds gave, drawn with matplotlib as its charts say."""

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from ebana_core.errors import FormatError, ParameterError
from ebana_core.experiments import Axis, Chart, Experiment
from ebana_core.experiments.results import Result
from ebana_core.paths import check_suffix, replacing
from ebana_core.pictures.files import SUFFIXES
from ebana_core.plots import close_figure, curve_styles, grid, in_powers, in_units, legend_above

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WITH_PREFIX = ("A", "Hz", "S", "V", "W", "s", "Ω")
"""Units that take prefixes at the numbers, 20 µS; that of a square would read as another's."""
FEW = 12
"""Up to so many points of a line are marked one by one."""
FAINT = 0.7
"""Opacity of lines that lie over each other."""


def drawn_from(experiment: Experiment, result: Result) -> str:
    """Return a mark of everything that a picture shows: another mark, another picture."""
    names = sorted({name for chart in experiment.charts for name in chart.measured})
    charts = [attrs.asdict(chart) for chart in experiment.charts]
    beside = {c.beside: result.values(c.beside) for c in experiment.charts if c.beside}
    shown = [charts, {name: result.curves(name) for name in names}, beside]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:16]


def draw_charts(experiment: Experiment, result: Result) -> "Figure":
    """Draw the charts of an experiment beside each other, one line per seed and curve.

    Raises:
        ParameterError: It has no charts.
        FormatError: The result lacks a curve, or has an empty one or one without its places.
        MissingLibraryError: matplotlib is not installed.
    """
    if not experiment.charts:
        raise ParameterError(
            f"Experiment {experiment.name!r} has no charts.",
            "say in `charts` which of its curves are drawn",
        )
    figure = grid(1, len(experiment.charts), width=5.0, height=3.4)
    for axes, chart in zip(figure.axes, experiment.charts, strict=True):
        _draw(axes, chart, result)
    return figure


def _draw(axes: "Axes", chart: Chart, result: Result) -> None:
    seeds = [f"seed {outcome.seed}" for outcome in result.outcomes]
    if chart.beside is not None:
        numbers = result.values(chart.beside)
        seeds = [f"{seed}: {value:.3g}" for seed, value in zip(seeds, numbers, strict=True)]
    is_single = len(chart.curves) == 1
    looks: list[dict[str, Any]] = list(curve_styles())
    for number, name in enumerate(chart.curves):
        for k, values in enumerate(result.curves(name)):
            places = _places(chart, result, k, len(values))
            # Of one curve, looks tell seeds apart; of several, curves.
            word = name.removeprefix(f"{chart.y.label}, ")
            label = seeds[k] if is_single else (word if k == 0 else "")
            look = looks[(k if is_single else number) % len(looks)]
            few = "." if len(values) <= FEW else ""
            axes.plot(places, values, label=label, marker=few, alpha=FAINT, **look)
    for axis, line, scale in (
        (chart.x, axes.xaxis, axes.set_xscale),
        (chart.y, axes.yaxis, axes.set_yscale),
    ):
        if axis.is_log:
            scale("log")
        _label(axis, line)
    if chart.slope is not None:
        _guide(axes, chart.slope)
    axes.grid(alpha=0.3)
    legend_above(axes)


def _places(chart: Chart, result: Result, seed: int, n_values: int) -> Any:
    """Return where the points of a seed's curve stand along x; its file may have been edited."""
    places = range(n_values) if chart.over is None else result.curves(chart.over)[seed]
    if len(places) != n_values or not n_values:
        along = "" if chart.over is None else f" over {len(places)} of {chart.over!r}"
        raise FormatError(
            f"The result of {result.experiment!r} draws {n_values} numbers{along} of seed "
            f"{result.outcomes[seed].seed}.",
            f"measure it anew: {result.command}",
        )
    return places


def _label(axis: Axis, line: Any) -> None:
    if axis.unit in WITH_PREFIX:
        in_units(line, axis.unit)
    elif axis.is_log:
        in_powers(line)
    line.set_label_text(
        axis.label if axis.unit in ("1", *WITH_PREFIX) else f"{axis.label}, {axis.unit}"
    )


def _guide(axes: "Axes", slope: float) -> None:
    """Draw the published exponent through the middle of what is drawn."""
    drawn = np.concatenate([np.array(line.get_data(), dtype=np.float64) for line in axes.lines], 1)
    has_logarithm = ((drawn > 0) & np.isfinite(drawn)).all(axis=0)
    if not has_logarithm.any():
        return
    points = np.log(drawn[:, has_logarithm])
    ends = np.array([points[0].min(), points[0].max()])
    heights = points[1].mean() + slope * (ends - points[0].mean())
    axes.plot(np.exp(ends), np.exp(heights), "--", color="#7a7a7a", label=f"exponent {slope:g}")


def save_charts(experiment: Experiment, result: Result, out: Path) -> None:
    """Write the picture of a result, as a whole or not at all; the same numbers give the same file.

    Raises:
        ParameterError: An unknown suffix, or no charts.
        FormatError: The result lacks a curve.
        StorageError: It cannot be written.
        MissingLibraryError: matplotlib is not installed.
    """
    check_suffix(out, SUFFIXES)
    figure = draw_charts(experiment, result)
    from matplotlib import rc_context

    form = out.suffix.lower()[1:]
    words = {"Date": None, "Description": f"drawn from {drawn_from(experiment, result)}"}
    try:
        with (
            rc_context({"svg.fonttype": "none", "svg.hashsalt": experiment.name}),
            replacing(out) as partial,
        ):
            figure.savefig(partial, format=form, dpi=150, metadata=words if form == "svg" else None)
    finally:
        close_figure(figure)
