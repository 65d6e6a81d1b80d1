"""Pictures of a run: what it learned, how its devices moved, what its nodes and layers do."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import ParameterError, StorageError
from ebana_core.plots import close_figure, new_figure
from ebana_core.storage.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".svg", ".pdf")
N_BINS = 40


def plot_scores(run: Run) -> "Figure":
    """Draw losses and accuracies over epochs."""
    scores = run.scores
    has_accuracy = not np.isnan(scores["train_accuracy"]).all()
    figure = _grid(1, 2 if has_accuracy else 1, width=5.0)
    for axes, figure_name in zip(figure.axes, ("loss", "accuracy"), strict=False):
        for stage in ("train", "validation"):
            values = scores[f"{stage}_{figure_name}"]
            known = ~np.isnan(values)
            if known.any():
                axes.plot(scores["epoch"][known], values[known], label=stage)
        axes.set_xlabel("epoch")
        axes.set_ylabel(figure_name)
        axes.grid(alpha=0.3)
        axes.legend()
    return figure


def plot_parameters(run: Run) -> "Figure":
    """Draw every crossbar before and after, and the histograms of both."""
    initial, final, units = run.initial, run.parameters, run.units()
    names = [name for name, values in final.items() if values.ndim == 2]
    if not names:
        raise ParameterError(f"{run.path} holds no crossbar.", "draw scores or voltages")
    figure = _grid(len(names), 3, width=4.0)
    for row, name in enumerate(names):
        before, after, histogram = figure.axes[3 * row : 3 * row + 3]
        both = initial[name], final[name]
        low, high = min(map(np.min, both)), max(map(np.max, both))
        for axes, values, title in ((before, both[0], "before"), (after, both[1], "after")):
            image = axes.imshow(values, aspect="auto", vmin=low, vmax=high)
            axes.set_title(f"{name} {title}")
            axes.set_xlabel("column")
            axes.set_ylabel("row")
        figure.colorbar(image, ax=after, label=units[name])
        edges = np.linspace(low, high if high > low else low + 1.0, N_BINS + 1)
        for values, title in zip(both, ("before", "after"), strict=True):
            histogram.hist(values.ravel(), bins=list(edges), alpha=0.6, label=title)
        histogram.set_xlabel(f"{name} ({units[name]})")
        histogram.set_ylabel("devices")
        histogram.legend()
    return figure


def plot_voltages(run: Run) -> "Figure":
    """Draw node voltages of the last saved epoch over its samples, by layer and phase.

    Layers whose nodes stand still, such as biases, are left out.
    """
    phases = [phase for phase in _phases(run) if f"phases/{phase}/voltages" in run.places]
    if not phases:
        raise ParameterError(
            f"{run.path} recorded no voltages.", 'record them: Metrics(save_output_voltages="last")'
        )
    nodes = run.coordinates["node"]
    last = {phase: run.voltages(phase)[-1] for phase in phases}
    moves = np.max([np.ptp(voltages, axis=0) for voltages in last.values()], axis=0) > 0
    layers = list(dict.fromkeys(n.split("[")[0] for n, m in zip(nodes, moves, strict=True) if m))
    figure = _grid(max(1, len(layers)), 1, width=9.0, height=1.8)
    for axes, layer in zip(figure.axes, layers, strict=False):
        places = [k for k, node in enumerate(nodes) if node.split("[")[0] == layer]
        for step, (phase, voltages) in enumerate(last.items()):
            spread = 0.8 / len(last)
            shift = spread * (step - (len(last) - 1) / 2)
            positions = np.arange(len(places), dtype=np.float64) + shift
            _boxes(axes, voltages[:, places], positions, 0.9 * spread, f"C{step}", phase)
        axes.set_ylabel(f"{layer} (V)")
        axes.set_xticks(range(len(places)), [str(k) for k in range(len(places))])
        axes.grid(alpha=0.3)
    figure.axes[0].legend(fontsize="small")
    figure.axes[-1].set_xlabel("node; middle half, median and range over the samples")
    return figure


def plot_power(run: Run) -> "Figure":
    """Draw the mean power of every layer over the saved epochs, free phase."""
    if "phases/free/power" not in run.places:
        raise ParameterError(
            f"{run.path} recorded no power.", 'record it: Metrics(save_power_params="every")'
        )
    power = run.power("free")
    means: Array = np.asarray(power).mean(axis=1)
    figure = _grid(1, 1, width=7.0)
    (axes,) = figure.axes
    for layer, values in zip(run.coordinates["layer"], means.T, strict=True):
        if values.any():
            axes.plot(power.epochs, values, marker=".", label=layer)
    axes.set_xlabel("epoch")
    axes.set_ylabel("power taken up (W), mean over samples")
    axes.grid(alpha=0.3)
    axes.legend()
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
    if out.suffix not in SUFFIXES:
        raise ParameterError(f"{out} has no known suffix.", f"write one of {SUFFIXES}")
    files = []
    for name in names:
        if name not in PICTURES:
            raise ParameterError(f"No picture {name!r}; there are {list(PICTURES)}.", "name one")
        figure = PICTURES[name](run)
        files.append(out.with_name(f"{out.stem}_{name}{out.suffix}"))
        try:
            figure.savefig(files[-1], dpi=150)
        except OSError as error:
            raise StorageError(
                f"{files[-1]} cannot be written: {error}.", "choose a folder you may write to"
            ) from error
        finally:
            close_figure(figure)
    return files


def _grid(n_rows: int, n_columns: int, *, width: float, height: float = 3.2) -> "Figure":
    """Return a figure of several axes, each of so many inches."""
    figure = new_figure(width * n_columns, height * n_rows)
    figure.subplots(n_rows, n_columns)
    return figure


def _phases(run: Run) -> list[str]:
    found = [place.split("/")[1] for place in run.places if place.startswith("phases/")]
    return [phase for phase in ("free", "nudged", "minus", "plus") if phase in found]


def _boxes(
    axes: "Axes", voltages: Array, positions: Array, width: float, color: str, label: str
) -> None:
    """Draw middle halves as boxes, with medians and ranges."""
    low, first, middle, third, high = np.percentile(voltages, [0, 25, 50, 75, 100], axis=0)
    style: dict[str, Any] = {"color": color, "alpha": 0.5}
    axes.bar(positions, third - first, width, first, label=label, **style)
    axes.vlines(positions, low, high, color=color, linewidth=1)
    axes.hlines(middle, positions - width / 2, positions + width / 2, color="black", linewidth=1)
