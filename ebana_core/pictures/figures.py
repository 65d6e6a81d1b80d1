"""Pictures of a run, drawn with matplotlib."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ebana_core.arrays import Array
from ebana_core.errors import ParameterError
from ebana_core.pictures import recorded
from ebana_core.pictures.contents import changes, curves, mean_power
from ebana_core.plots import PALETTE, decades, grid, heat_map, in_units, legend_above
from ebana_core.storage.layout import MEASURES
from ebana_core.storage.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

VOLTAGES = 'record them: Metrics(save_output_voltages="last")'


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
        for label, (epochs, values) in found.items():
            axes.plot(epochs, values, label=label, marker="." if len(epochs) < 2 else "")
        _over_epochs(axes, name)
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
        pairs = (("before", change.before), ("after", change.after))
        for axes, (title, values) in zip((before, after), pairs, strict=True):
            image = heat_map(axes, values, change.unit, change.limits)
            axes.set_title(f"{change.name} {title}")
            axes.set_xlabel("column")
            axes.set_ylabel("row")
        in_units(figure.colorbar(image, ax=after).ax.yaxis, change.unit)
        for title, values in pairs:
            histogram.hist(values.ravel(), bins=list(change.bins()), alpha=0.6, label=title)
        histogram.set_xlabel(change.name)
        in_units(histogram.xaxis, change.unit)
        histogram.locator_params(axis="y", integer=True)
        histogram.set_ylabel("devices")
        legend_above(histogram)
    return figure


def plot_voltages(run: Run) -> "Figure":
    """Draw node voltages of the last saved epoch over its samples, and the levels of the nodes."""
    found = recorded.swings(run)
    if found is None:
        raise ParameterError(f"{run.path} recorded no voltages.", VOLTAGES)
    return found[0].plot()


def plot_changes(run: Run) -> "Figure":
    """Draw by how much the nudge moved the nodes of each layer, in the last saved epoch."""
    found = recorded.changes(run)
    if found is None:
        raise ParameterError(f"{run.path} recorded no nudged voltages.", VOLTAGES)
    figure = grid(1, 1, width=max(4.0, 1.2 * len(found[0].layers)), height=3.2)
    found[0].plot(figure.axes[0])
    figure.axes[0].set_title(f"epoch {found[1]}", fontsize="medium")
    return figure


def plot_crossbars(run: Run) -> "Figure":
    """Draw every crossbar that learned, before the first and after several saved epochs."""
    found = {name: recorded.over_epochs(run, name) for name in run.initial}
    kept = {name: item for name, item in found.items() if item is not None}
    if not kept:
        raise ParameterError(
            f"{run.path} recorded no crossbar over epochs.",
            'record parameters, as by default: Metrics(save_parameters="every")',
        )
    n_columns = max(len(epochs) for epochs, _ in kept.values())
    figure = grid(len(kept), n_columns, width=1.5, height=1.9)
    units = run.units()
    for row, (name, (epochs, values)) in enumerate(kept.items()):
        own = figure.axes[row * n_columns : (row + 1) * n_columns]
        limits = float(values.min()), float(values.max())
        for axes, epoch, matrix in zip(own, epochs, values, strict=False):
            image = heat_map(axes, matrix, units[name], limits)
            axes.set_title(f"epoch {epoch}" if epoch else "before", fontsize="small")
            axes.tick_params(labelleft=axes is own[0], labelsize="x-small")
        for axes in own[len(epochs) :]:
            axes.set_axis_off()
        own[0].set_ylabel(name, fontsize="small")
        in_units(figure.colorbar(image, ax=own, aspect=10).ax.yaxis, units[name])
    return figure


def plot_wires(run: Run) -> "Figure":
    """Draw what the wires of crossbars took from their cells in the last saved epoch."""
    found = recorded.wire_drops(run)
    if found is None:
        raise ParameterError(
            f"{run.path} recorded no voltages of a crossbar that has wires with a resistance.",
            VOLTAGES,
        )
    return found[0].plot()


def plot_solving(run: Run) -> "Figure":
    """Draw the worst residual and the agreement of two backends over epochs."""
    found = recorded.measured(run)
    if not found:
        raise ParameterError(
            f"{run.path} measured neither residuals nor agreement.",
            'measure them: Metrics(measure_residual="every")',
        )
    figure = grid(1, len(found), width=5.0, height=3.2)
    for axes, (name, (epochs, values)) in zip(figure.axes, found.items(), strict=True):
        axes.plot(epochs, values, marker=".", color=PALETTE[0])
        _over_epochs(axes, name.replace("_", " "))
        if (values > 0).all():
            axes.set_yscale("log")
            axes.set_ylim(*decades(values))
        if MEASURES[name] != "1":
            in_units(axes.yaxis, MEASURES[name])
    return figure


def _over_epochs(axes: "Axes", label: str) -> None:
    axes.locator_params(axis="x", integer=True)
    axes.set_xlabel("epoch")
    axes.set_ylabel(label)
    axes.grid(alpha=0.3)


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
    _over_epochs(axes, "mean power taken up")
    in_units(axes.yaxis, "W")
    legend_above(axes)
    return figure
