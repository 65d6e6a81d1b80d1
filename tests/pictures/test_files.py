"""Pictures as files: numbers along axes carry their units, counts are whole, no curve is hidden."""

from pathlib import Path

from ebana_core import Run
from ebana_core.pictures import PICTURES
from ebana_core.plots import close_figure
from tests.support.runs import small_fit


def test_numbers_carry_their_units_and_counts_are_whole(tmp_path: Path) -> None:
    small_fit(tmp_path / "run.h5", 2)
    with Run.open(tmp_path / "run.h5") as run:
        figure = PICTURES["parameters"].draw(run)
    figure.canvas.draw()
    before, after, histogram, bar = figure.axes
    try:
        assert before.images[0].get_clim() == after.images[0].get_clim()  # of one bar
        for axis in (histogram.xaxis, bar.yaxis):
            assert all(label.get_text().endswith("S") for label in axis.get_ticklabels())
        for axis in (before.xaxis, before.yaxis, histogram.yaxis):
            assert all(float(tick).is_integer() for tick in axis.get_ticklocs())
    finally:
        close_figure(figure)


def test_legends_stand_above_their_panels(tmp_path: Path) -> None:
    small_fit(tmp_path / "run.h5", 2)
    with Run.open(tmp_path / "run.h5") as run:
        for name in ("scores", "parameters", "voltages", "power"):
            figure = PICTURES[name].draw(run)
            figure.canvas.draw()
            shown = [axes for axes in figure.axes if axes.get_legend() is not None]
            assert shown
            for axes in shown:
                legend = axes.get_legend().get_window_extent()
                assert legend.y0 >= axes.get_window_extent().y1 - 1  # a pixel of rounding
            close_figure(figure)
