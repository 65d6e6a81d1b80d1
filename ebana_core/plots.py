"""The one door to matplotlib, which is an extra."""

from typing import TYPE_CHECKING

from ebana_core.errors import MissingLibraryError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure


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
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise MissingLibraryError(
            "Plots need matplotlib, which is not installed.", "pip install ebana-core[plot]"
        ) from error
    return pyplot.figure(figsize=(width, height), layout="constrained")


def in_units(axis: "Axis", unit: str) -> None:
    """Write numbers along an axis with their unit: 20 µS."""
    from matplotlib.ticker import EngFormatter

    axis.set_major_formatter(EngFormatter(unit))


def legend_above(axes: "Axes") -> None:
    """Put the legend above the panel, where it hides no curve."""
    axes.legend(fontsize="small", loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False)


def close_figure(figure: "Figure") -> None:
    """Let go of a figure that was saved."""
    from matplotlib import pyplot

    pyplot.close(figure)


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
        axes.set_prop_cycle(color=PALETTE)
    return figure
