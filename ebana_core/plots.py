"""The one door to matplotlib, which is an extra."""

from typing import TYPE_CHECKING

from ebana_core.errors import MissingLibraryError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


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


def close_figure(figure: "Figure") -> None:
    """Let go of a figure that was saved."""
    from matplotlib import pyplot

    pyplot.close(figure)


def new_axes() -> "Axes":
    """Return the axes of a new figure.

    Raises:
        MissingLibraryError: matplotlib is not installed.
    """
    return new_figure().subplots()
