"""What seeds gave is drawn as the charts of their experiment say."""

from pathlib import Path

import attrs
import numpy as np
import pytest

from ebana_core.errors import FormatError, ParameterError
from ebana_core.experiments import Axis, Chart
from ebana_core.pictures.outcomes import draw_charts, drawn_from, save_charts
from ebana_core.plots import PALETTE, close_figure
from tests.support.experiments import charted, experiment, result


def test_every_seed_is_a_line_over_its_places_and_the_paper_a_dashed_one() -> None:
    figure = draw_charts(charted(), result(charted()))
    over, both = figure.axes
    first, second, guide = over.lines
    assert [list(line.get_xdata()) for line in (first, second)] == [[1.0, 10.0, 100.0]] * 2
    assert list(second.get_ydata()) == [2.0, 0.2, 0.02]
    assert (over.get_xscale(), over.get_yscale()) == ("log", "log")
    assert guide.get_linestyle() == "--"
    slopes = np.diff(np.log(guide.get_ydata())) / np.diff(np.log(guide.get_xdata()))
    assert slopes == pytest.approx([-1.0], rel=1e-12, abs=0)
    assert [text.get_text() for text in over.get_legend().get_texts()] == [
        "seed 0",
        "seed 1",
        "exponent -1",
    ]
    # Of several curves, a colour and a word belong to a curve, whatever the seed.
    assert [line.get_color() for line in both.lines] == [PALETTE[k] for k in (0, 0, 1, 1)]
    assert [text.get_text() for text in both.get_legend().get_texts()] == ["error", "noise"]
    assert list(both.lines[0].get_xdata()) == [0, 1, 2]
    assert {line.get_linestyle() for line in (first, second, *both.lines)} == {"-"}
    close_figure(figure)


def test_lines_beyond_the_colours_are_dashed_and_told_apart() -> None:
    drawn, found = charted(), result(charted())
    many = [attrs.evolve(found.outcomes[0], seed=seed) for seed in range(len(PALETTE) + 1)]
    figure = draw_charts(drawn, attrs.evolve(found, outcomes=tuple(many)))
    over, both = figure.axes
    assert [over.lines[k].get_linestyle() for k in (0, len(PALETTE) - 1, -2)] == ["-", "-", "--"]
    # There a look belongs to a curve, however many seeds have it.
    assert {line.get_linestyle() for line in both.lines} == {"-"}
    close_figure(figure)


@pytest.mark.parametrize(
    ("axis", "values", "written"),
    [
        (Axis("a", is_log=True), [1.6e-3, 1e-2], [2e-3, 5e-3, 1e-2]),
        (Axis("a", is_log=True), [1e-3, 1e-2, 1e-1], [1e-3, 1e-2, 1e-1]),
        (Axis("a", "W", is_log=True), [1.6e-9, 1e-8], ["2 nW", "5 nW", "10 nW"]),
        (Axis("a", "W", is_log=True), [1e-9, 3e-8], ["1 nW", "10 nW"]),
    ],
)
def test_numbers_along_a_logarithmic_axis_have_one_form(
    axis: Axis, values: list[float], written: list[object]
) -> None:
    chart = Chart(caption="One.", x=axis, y=Axis("b"), over="noise", curves=["noise"])
    found = result(charted())
    one = attrs.evolve(found.outcomes[0], curves={"noise": values})
    figure = draw_charts(
        attrs.evolve(charted(), charts=[chart]), attrs.evolve(found, outcomes=[one])
    )
    figure.canvas.draw()
    (axes,) = figure.axes
    low, high = axes.get_xlim()
    shown = {
        place: label.get_text()
        for is_minor in (False, True)
        for place, label in zip(
            axes.get_xticks(minor=is_minor), axes.get_xticklabels(minor=is_minor), strict=True
        )
        if low <= place <= high and label.get_text()
    }
    if axis.unit == "W":
        assert [text for _, text in sorted(shown.items())] == written
    else:
        assert sorted(shown) == pytest.approx(written, rel=1e-9, abs=0)
        assert all("10^{" in text for text in shown.values())
    close_figure(figure)


def test_long_names_leave_no_legend_cut_off() -> None:
    drawn, found = charted(), result(charted())
    curves = {f"a curve with a long name, {k}": [1.0] for k in range(3)}
    chart = attrs.evolve(drawn.charts[1], curves=list(curves))
    one = attrs.evolve(found.outcomes[0], curves=curves)
    figure = draw_charts(attrs.evolve(drawn, charts=[chart]), attrs.evolve(found, outcomes=[one]))
    figure.canvas.draw()
    assert figure.axes[0].get_legend().get_window_extent().x1 <= figure.bbox.x1
    close_figure(figure)


def test_a_number_stands_beside_the_seed_that_measured_it() -> None:
    drawn, found = charted(), result(charted())
    told = attrs.evolve(drawn.charts[0], beside="mean squared error")
    figure = draw_charts(attrs.evolve(drawn, charts=[told]), found)
    texts = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert texts[:2] == ["seed 0: 1", "seed 1: 1"]
    close_figure(figure)


@pytest.mark.parametrize("error", [0.0, float("nan")])
def test_what_has_no_logarithm_bends_no_dashed_line(error: float) -> None:
    found = result(charted())
    curves = [{**outcome.curves, "error": [1.0, 0.1, error]} for outcome in found.outcomes]
    changed = [
        attrs.evolve(outcome, curves=curve)
        for outcome, curve in zip(found.outcomes, curves, strict=True)
    ]
    figure = draw_charts(charted(), attrs.evolve(found, outcomes=tuple(changed)))
    guide = figure.axes[0].lines[-1]
    assert list(guide.get_xdata()) == pytest.approx([1.0, 10.0], rel=1e-12, abs=0)
    assert list(guide.get_ydata()) == pytest.approx([1.0, 0.1], rel=1e-12, abs=0)
    close_figure(figure)


def test_units_stand_at_the_numbers_and_those_of_squares_at_the_label() -> None:
    """20 µV² would be the square of 20 µV to most."""
    figure = draw_charts(charted(), result(charted()))
    axes = figure.axes[0]
    assert axes.get_ylabel() == "squared error, V²"
    assert axes.get_xlabel() == "noise"
    assert axes.xaxis.get_major_formatter()(0.02, None) == "20 mV"
    close_figure(figure)


def test_a_picture_tells_from_what_it_was_drawn_and_is_the_same_again(tmp_path: Path) -> None:
    drawn, found = charted(), result(charted())
    files = [tmp_path / name for name in ("a.svg", "b.svg")]
    for file in files:
        save_charts(drawn, found, file)
    texts = [file.read_text() for file in files]
    assert texts[0] == texts[1]
    assert f"drawn from {drawn_from(drawn, found)}" in texts[0]
    other = attrs.evolve(drawn, charts=drawn.charts[:1])
    assert drawn_from(other, found) != drawn_from(drawn, found)
    less = attrs.evolve(found, outcomes=found.outcomes[:1])
    assert drawn_from(drawn, less) != drawn_from(drawn, found)


def test_what_cannot_be_drawn_leaves_no_file(tmp_path: Path) -> None:
    found = result(charted())
    bare = attrs.evolve(found.outcomes[0], curves={})
    with pytest.raises(FormatError, match="and not 'error'"):
        save_charts(charted(), attrs.evolve(found, outcomes=(bare,)), tmp_path / "a.svg")
    with pytest.raises(ParameterError, match="has no charts"):
        save_charts(experiment(), found, tmp_path / "a.svg")
    with pytest.raises(ParameterError, match="gif"):
        save_charts(charted(), found, tmp_path / "a.gif")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("curve", "words"),
    [([1.0], "draws 1 numbers over 3 of 'noise' of seed 1"), ([], "draws 0 numbers over 3 of")],
)
def test_an_edited_curve_that_does_not_fit_its_places_is_told(
    curve: list[float], words: str
) -> None:
    chosen = charted()
    found = result(chosen)
    bent = attrs.evolve(found.outcomes[1], curves={**found.outcomes[1].curves, "error": curve})
    edited = attrs.evolve(found, outcomes=(found.outcomes[0], bent))
    with pytest.raises(FormatError, match=words):
        draw_charts(chosen, edited)
