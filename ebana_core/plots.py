"""The one door to matplotlib, which is an extra."""

import math
from typing import TYPE_CHECKING, Any

from ebana_core.errors import MissingLibraryError
from ebana_core.objects import checked_instance

if TYPE_CHECKING:
    from cycler import Cycler
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage
    from matplotlib.ticker import Formatter

    from ebana_core.arrays import Array


PALETTE = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
    "#8c6d46",
    "#7a7a7a",
)
"""Colours of curves, which eyes that lack one kind of cone tell apart, too, on white and on black.

Source:
    M. Okabe and K. Ito, Color Universal Design, 2008; brown and grey, which stand out less, in
    place of yellow and black.
"""


def new_figure(width: float = 6.4, height: float = 4.8) -> "Figure":
    """Return an empty figure, in inches.

    Raises:
        MissingLibraryError: matplotlib is not installed.
    """
    figure: Figure = _pyplot().figure(figsize=(width, height), layout="constrained")
    return figure


def _pyplot() -> Any:
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise MissingLibraryError(
            "Plots need matplotlib, which is not installed.", "pip install ebana-core[plot]"
        ) from error
    return pyplot


def in_units(axis: "Axis", unit: str) -> None:
    """Write numbers along an axis with their unit: 20 µS."""
    from matplotlib.ticker import EngFormatter

    if axis.get_scale() == "log":
        _write_decades(axis, EngFormatter(unit))
        return
    axis.set_major_formatter(EngFormatter(unit))
    if axis is axis.axes.xaxis:
        axis.axes.locator_params(axis="x", nbins=5)  # more numbers with units overlap


def in_powers(axis: "Axis") -> None:
    """Write numbers along a logarithmic axis as powers of ten, or multiples of them."""
    from matplotlib.ticker import LogFormatterSciNotation

    # All of them, where matplotlib would choose among the numbers within a decade.
    every = (math.inf, math.inf)
    _write_decades(axis, LogFormatterSciNotation(minor_thresholds=every))


def _write_decades(axis: "Axis", form: "Formatter") -> None:
    """Write the decades of what is drawn, and of a single one its 2 and its 5 in the same form."""
    from matplotlib.ticker import LogLocator, NullFormatter

    low, high = sorted(axis.get_view_interval())
    axis.set_major_formatter(form)
    axis.set_minor_locator(LogLocator(subs=(2.0, 5.0)))
    axis.set_minor_formatter(form if high < 10 * low else NullFormatter())


def in_percent(axis: "Axis") -> None:
    """Write shares along an axis as percentages."""
    from matplotlib.ticker import PercentFormatter

    axis.set_major_formatter(PercentFormatter(1.0))


def decades(values: "Array") -> tuple[float, float]:
    """Return the powers of ten between which values above zero lie, a decade apart at least."""
    low, high = math.floor(math.log10(values.min())), math.ceil(math.log10(values.max()))
    return 10.0**low, 10.0 ** max(high, low + 1)


def legend_above(axes: "Axes", n_columns: int = 3) -> None:
    """Put the legend above the panel, where it hides no curve, in so many columns at most."""
    look = {"fontsize": "small", "frameon": False}
    longest = max(map(len, axes.get_legend_handles_labels()[1]), default=0)
    # In inches: the sample of a line with the gaps about it, and a letter of the small font.
    n_wide = int(axes.bbox.width / axes.figure.dpi / (0.56 + 0.065 * longest))
    n_columns = max(1, min(n_columns, n_wide))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=n_columns, **look)


def box_plot(
    axes: "Axes", percentiles: "Array", places: "Array", width: float, color: str, label: str
) -> None:
    """Draw middle halves as boxes, with medians and ranges.

    Args:
        axes: Where.
        percentiles: 0, 25, 50, 75 and 100 of every box. Shape ``(5, n_boxes)``.
        places: Of the boxes. Shape ``(n_boxes,)``.
        width: Of a box.
        color: Of all.
        label: For the legend.
    """
    low, first, middle, third, high = percentiles
    axes.bar(places, third - first, width, first, color=color, alpha=0.5, label=label)
    axes.vlines(places, low, high, color=color, linewidth=1)
    axes.hlines(middle, places - width / 2, places + width / 2, color="black", linewidth=1)


def heat_map(
    axes: "Axes", values: "Array", unit: str, limits: "tuple[float, float] | None" = None
) -> "AxesImage":
    """Draw a matrix, rows downwards, and count rows and columns in whole numbers.

    Args:
        axes: Where.
        values: Shape ``(n_rows, n_columns)``.
        unit: Of the values, beside the bar of colours.
        limits: Of the colours, in the unit; None: those of the values, and a bar beside them.
    """
    low, high = limits or (None, None)
    image = axes.imshow(values, aspect="auto", vmin=low, vmax=high, interpolation="nearest")
    axes.locator_params(integer=True)
    if limits is None:
        bar = axes.figure.colorbar(image, ax=axes)
        in_units(bar.ax.yaxis, unit)
    return image


def close_figure(figure: "Figure") -> None:
    """Let go of a figure that was saved."""
    from matplotlib import pyplot

    pyplot.close(figure)


def axes_of(given: object) -> "Axes":
    """Return the axes to draw on: those that were given, or, for None, those of a new figure.

    Raises:
        ParameterError: Something else.
        MissingLibraryError: matplotlib is not installed.
    """
    if given is None:
        return new_axes()
    _pyplot()
    from matplotlib.axes import Axes

    fix = "give axes of matplotlib, or None for a new figure"
    return checked_instance(given, Axes, "axes", fix)


def figure_of(given: object, width: float, height: float) -> "Figure":
    """Return the figure to draw on: the one that was given, or, for None, a new one, in inches.

    Raises:
        ParameterError: Something else.
        MissingLibraryError: matplotlib is not installed.
    """
    if given is None:
        return new_figure(width, height)
    _pyplot()
    from matplotlib.figure import Figure

    fix = "give a figure of matplotlib, or None for a new one"
    return checked_instance(given, Figure, "figure", fix)


def new_axes() -> "Axes":
    """Return the axes of a new figure.

    Raises:
        MissingLibraryError: matplotlib is not installed.
    """
    return grid(1, 1).axes[0]


def grid(n_rows: int, n_columns: int, width: float = 6.4, height: float = 4.8) -> "Figure":
    """Return a figure of several axes, each of so many inches, whose curves have our colours.

    Raises:
        MissingLibraryError: matplotlib is not installed.
    """
    figure = new_figure(width * n_columns, height * n_rows)
    figure.subplots(n_rows, n_columns)
    for axes in figure.axes:
        axes.set_prop_cycle(curve_styles())
    return figure


def curve_styles() -> "Cycler[str, Any]":
    """Return the looks of curves in turn: all colours solid, then dashed, then dotted."""
    from cycler import cycler

    return cycler(linestyle=("-", "--", ":")) * cycler(color=PALETTE)
