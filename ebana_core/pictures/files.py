"""Pictures of a run as files, drawn with matplotlib."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import ParameterError, StorageError
from ebana_core.paths import check_suffix
from ebana_core.pictures.contents import (
    changes,
    curves,
    has_voltages,
    mean_power,
    node_voltages,
)
from ebana_core.plots import PALETTE, close_figure, grid, in_units, legend_above
from ebana_core.storage.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".svg", ".pdf")
LINES = ("-", "--", ":")
"""Of as many curves each as there are colours."""


def plot_scores(run: Run) -> "Figure":
    """Draw losses and accuracies over epochs."""
    drawn = {name: curves(run, name) for name in ("loss", "accuracy")}
    return curve_figure({name: stages for name, stages in drawn.items() if stages})


def curve_figure(panels: Mapping[str, Mapping[str, tuple[Array, Array]]]) -> "Figure":
    """Draw curves over epochs, two panels in a row.

    Args:
        panels: Label of the panel to name of a curve to its epochs and values.
    """
    shown = panels or {"loss": {}}
    n_columns = min(2, len(shown))
    figure = grid(-(-len(shown) // n_columns), n_columns, width=5.0, height=3.2)
    for axes, (name, found) in zip(figure.axes, shown.items(), strict=False):
        for place, (label, (epochs, values)) in enumerate(found.items()):
            style = LINES[place // len(PALETTE) % len(LINES)]
            axes.plot(epochs, values, style, label=label, marker="." if len(epochs) < 2 else "")
        axes.locator_params(axis="x", integer=True)
        axes.set_xlabel("epoch")
        axes.set_ylabel(name)
        axes.grid(alpha=0.3)
        if found:
            legend_above(axes)
    for axes in figure.axes[len(shown) :]:
        axes.remove()
    return figure


def plot_parameters(run: Run) -> "Figure":
    """Draw every crossbar before and after, and the histograms of both."""
    crossbars = [change for change in changes(run) if change.is_crossbar]
    if not crossbars:
        raise ParameterError(f"{run.path} holds no crossbar.", "draw scores or voltages")
    figure = grid(len(crossbars), 3, width=4.0, height=3.2)
    for row, change in enumerate(crossbars):
        before, after, histogram = figure.axes[3 * row : 3 * row + 3]
        low, high = change.limits
        pairs = (("before", change.before), ("after", change.after))
        for axes, (title, values) in zip((before, after), pairs, strict=True):
            image = axes.imshow(values, aspect="auto", vmin=low, vmax=high)
            axes.set_title(f"{change.name} {title}")
            axes.locator_params(integer=True)
            axes.set_xlabel("column")
            axes.set_ylabel("row")
        in_units(figure.colorbar(image, ax=after).ax.yaxis, change.unit)
        for title, values in pairs:
            histogram.hist(values.ravel(), bins=list(change.bins()), alpha=0.6, label=title)
        histogram.set_xlabel(change.name)
        histogram.locator_params(axis="x", nbins=5)  # more numbers with units overlap
        in_units(histogram.xaxis, change.unit)
        histogram.locator_params(axis="y", integer=True)
        histogram.set_ylabel("devices")
        legend_above(histogram)
    return figure


def plot_voltages(run: Run) -> "Figure":
    """Draw node voltages of the last saved epoch over its samples, by layer and phase."""
    if not has_voltages(run):
        raise ParameterError(
            f"{run.path} recorded no voltages.", 'record them: Metrics(save_output_voltages="last")'
        )
    layers = node_voltages(run)
    figure = grid(max(1, len(layers)), 1, width=9.0, height=1.8)
    for axes, nodes in zip(figure.axes, layers, strict=False):
        for step, (phase, percentiles) in enumerate(nodes.phases.items()):
            spread = 0.8 / len(nodes.phases)
            shift = spread * (step - (len(nodes.phases) - 1) / 2)
            positions = np.arange(len(nodes.nodes), dtype=np.float64) + shift
            _boxes(axes, percentiles, positions, 0.9 * spread, PALETTE[step], phase)
        axes.set_ylabel(nodes.layer)
        in_units(axes.yaxis, "V")
        axes.set_xticks(range(len(nodes.nodes)), [str(k) for k in range(len(nodes.nodes))])
        axes.grid(alpha=0.3)
    if layers:
        legend_above(figure.axes[0])
    figure.axes[-1].set_xlabel("node; middle half, median and range over the samples")
    return figure


def plot_power(run: Run) -> "Figure":
    """Draw the mean power of every layer over the saved epochs, free phase."""
    found = mean_power(run)
    if found is None:
        raise ParameterError(
            f"{run.path} recorded no power.", 'record it: Metrics(save_power_params="every")'
        )
    epochs, layers = found
    figure = grid(1, 1, width=7.0, height=3.2)
    (axes,) = figure.axes
    for layer, values in layers.items():
        axes.plot(epochs, values, marker=".", label=layer)
    axes.locator_params(axis="x", integer=True)
    axes.set_xlabel("epoch")
    axes.set_ylabel("mean power taken up")
    in_units(axes.yaxis, "W")
    axes.grid(alpha=0.3)
    legend_above(axes)
    return figure


PICTURES: Mapping[str, Callable[[Run], "Figure"]] = {
    "scores": plot_scores,
    "parameters": plot_parameters,
    "voltages": plot_voltages,
    "power": plot_power,
}
"""Picture to what draws it."""


def drawable(run: Run) -> list[str]:
    """Return the pictures that a run holds the numbers for."""
    topics = {place.split("/")[-1] for place in run.places}
    has_crossbar = any(values.ndim == 2 for values in run.initial.values())
    kept = {"scores": True, "parameters": has_crossbar}
    return [name for name in PICTURES if kept.get(name, name in topics)]


def save_pictures(run: Run, out: Path, names: list[str]) -> list[Path]:
    """Write pictures as ``STEM_NAME.SUFFIX`` beside `out`; return the files.

    Raises:
        ParameterError: An unknown picture or suffix, or the run lacks the numbers.
        MissingLibraryError: matplotlib is not installed.
    """
    check_suffix(out, SUFFIXES)
    files = []
    for name in names:
        if name not in PICTURES:
            raise ParameterError(
                f"No picture {name!r}; there are {list(PICTURES)}.", "name one of these"
            )
        files.append(out.with_name(f"{out.stem}_{name}{out.suffix}"))
        save_figure(PICTURES[name](run), files[-1])
    return files


def save_figure(figure: "Figure", out: Path) -> None:
    """Write a figure and let go of it.

    Raises:
        ParameterError: An unknown suffix.
        StorageError: It cannot be written.
    """
    try:
        check_suffix(out, SUFFIXES)
        figure.savefig(out, dpi=150)
    except OSError as error:
        raise StorageError(
            f"{out} cannot be written: {error}.", "choose a folder you may write to"
        ) from error
    finally:
        close_figure(figure)


def _boxes(
    axes: "Axes", percentiles: Array, positions: Array, width: float, color: str, label: str
) -> None:
    """Draw middle halves as boxes, with medians and ranges."""
    low, first, middle, third, high = percentiles
    style: dict[str, Any] = {"color": color, "alpha": 0.5}
    axes.bar(positions, third - first, width, first, label=label, **style)
    axes.vlines(positions, low, high, color=color, linewidth=1)
    axes.hlines(middle, positions - width / 2, positions + width / 2, color="black", linewidth=1)
