"""Pictures of a run as files."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from ebana_core.errors import ParameterError
from ebana_core.paths import check_suffix, replacing
from ebana_core.pictures import figures, recorded
from ebana_core.plots import close_figure
from ebana_core.storage.run import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".svg", ".pdf")


@attrs.frozen
class Picture:
    """A picture of a run.

    Args:
        draw: Draws it; a `ParameterError` says what a run lacks for it.
        is_there: Tells whether a run holds the numbers for it.
    """

    draw: "Callable[[Run], Figure]"
    is_there: Callable[[Run], bool]


PICTURES: Mapping[str, Picture] = {
    "scores": Picture(figures.plot_scores, lambda run: True),
    "parameters": Picture(
        figures.plot_parameters, lambda run: any(v.ndim == 2 for v in run.initial.values())
    ),
    "crossbars": Picture(
        figures.plot_crossbars,
        lambda run: any(recorded.over_epochs(run, name) is not None for name in run.initial),
    ),
    "voltages": Picture(figures.plot_voltages, lambda run: recorded.swings(run) is not None),
    "changes": Picture(figures.plot_changes, lambda run: recorded.changes(run) is not None),
    "wires": Picture(figures.plot_wires, lambda run: recorded.wire_drops(run) is not None),
    "power": Picture(figures.plot_power, lambda run: "phases/free/power" in run.places),
    "solving": Picture(figures.plot_solving, lambda run: bool(recorded.measured(run))),
}
"""Name to picture, in the order in which they are drawn."""


def drawable(run: Run) -> list[str]:
    """Return the pictures that a run holds the numbers for."""
    return [name for name, picture in PICTURES.items() if picture.is_there(run)]


def draw_picture(run: Run, name: str) -> "Figure":
    """Return a picture of a run as a figure; see `Run.plot`."""
    if not isinstance(name, str) or name not in PICTURES:
        raise ParameterError(
            f"No picture {name!r}; there are {list(PICTURES)}.", "name one of these"
        )
    return PICTURES[name].draw(run)


def save_pictures(run: Run, out: Path, names: list[str]) -> list[Path]:
    """Write pictures as ``STEM_NAME.SUFFIX`` beside `out`; return the files.

    Raises:
        ParameterError: An unknown picture or suffix, or the run lacks the numbers.
        MissingLibraryError: matplotlib is not installed.
    """
    check_suffix(out, SUFFIXES)
    files = []
    for name in names:
        files.append(out.with_name(f"{out.stem}_{name}{out.suffix}"))
        save_figure(draw_picture(run, name), files[-1])
    return files


def save_figure(figure: "Figure", out: Path) -> None:
    """Write a figure and let go of it.

    Raises:
        ParameterError: An unknown suffix.
        StorageError: It cannot be written.
    """
    try:
        check_suffix(out, SUFFIXES)
        with replacing(out) as partial:
            figure.savefig(partial, format=out.suffix[1:].lower(), dpi=150)
    finally:
        close_figure(figure)
