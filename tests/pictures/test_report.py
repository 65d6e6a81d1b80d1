"""The report of a run: one page that works in a browser without a network."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core import Model, Run, losses, optimizers
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import StorageError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
)
from ebana_core.metrics import Metrics
from ebana_core.pictures import write_report
from ebana_core.pictures.charts import MAX_CELLS, shrunk
from ebana_core.pictures.contents import Change
from ebana_core.pictures.report import report
from tests.support.browsers import QUIET, chromium
from tests.support.runs import small_fit


def network(first_rate: float = 1e-7) -> Model:
    x = InputVoltageLayer(units=3, name="x")
    bias = BiasVoltageLayer(units=1, name="bias", bias_voltage=1.0)
    init = RandomUniform(1e-7, 1e-5, 1e-8, 1e-4)
    d1 = DenseLayer(units=5, name="d1", lr=first_rate, initializer=init)(
        ConcatenateLayer(name="joined")([x, bias])
    )
    diodes = DiodeLayer(name="diodes", direction="down", param={"VTH": 0.1})(d1)
    d2 = DenseLayer(units=2, name="d2", lr=1e-7, initializer=init)(diodes)
    return Model(inputs=[x, bias], outputs=[CurrentLayer(name="y")(d2)], seed=0)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a run that recorded everything."""
    folder = tmp_path_factory.mktemp("report")
    model, rng = network(), np.random.default_rng(0)
    volts = rng.uniform(-1, 1, (20, 3))
    data = DataSet({"x": volts}, {"y": 0.2 * volts[:, :1]})
    everything = Metrics(
        model,
        verbose=False,
        save_output_voltages="every",
        save_power_params="every",
        measure_residual={"epoch_num": 4},
    )
    model.fit(
        BatchGenerator(data, batch_size=5),
        losses.MSE(0.0),
        optimizers.Adam(model),
        epochs=12,
        beta=1e-6,
        test_dataloader=data,
        metrics=everything,
        run=folder / "run.h5",
    )
    with Run.open(folder / "run.h5") as run:
        write_report(run, folder / "run.html")
    return folder / "run.html"


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Any]:
    """A Chromium with an empty profile and no network."""
    with chromium(tmp_path / "profile", is_offline=True) as context:
        yield context


def opened(browser: Any, page: Path) -> tuple[Any, list[str], list[str]]:
    """Return the tab, what its console says, and what it asked the network for."""
    tab = browser.new_page()
    said: list[str] = []
    asked: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(page.as_uri())
    return tab, said, asked


def drawn(tab: Any) -> list[str]:
    return tab.eval_on_selector_all(
        "figure:not([hidden]) .chart", "charts => charts.map(chart => chart.dataset.chart)"
    )


@pytest.mark.browser
@pytest.mark.filterwarnings(QUIET)
def test_a_report_works_in_a_browser(browser: Any, page: Path) -> None:
    tab, said, asked = opened(browser, page)
    tab.wait_for_selector(".js-plotly-plot .main-svg")
    assert drawn(tab)[:5] == ["loss", "accuracy", "power", "worst_residual", "changes"]
    assert tab.input_value("#layer") == "d1"  # the first whose values moved

    tab.hover('[data-chart="loss"] .nsewdrag')
    tab.wait_for_selector('[data-chart="loss"] .hovertext')
    assert re.search(r"train", tab.text_content('[data-chart="loss"] .hoverlayer'))

    tab.select_option("#layer", "x")
    tab.wait_for_selector('[data-chart="x/voltages"] .main-svg')
    assert [key for key in drawn(tab) if "/" in key] == ["x/voltages"]
    tab.select_option("#layer", "d1")
    tab.wait_for_selector('[data-chart="d1.conductance/map"] .main-svg')
    shown = [key for key in drawn(tab) if "/" in key]
    assert shown == [
        "d1.conductance/map",
        "d1.conductance/histogram",
        "d1.conductance/fan",
        "d1.conductance/epochs",
        "d1/voltages",
    ]
    tab.hover('[data-chart="d1.conductance/map"] .nsewdrag >> nth=0')
    tab.wait_for_selector('[data-chart="d1.conductance/map"] .hovertext')
    assert "row" in tab.text_content('[data-chart="d1.conductance/map"] .hoverlayer')
    assert said == []
    assert asked == [page.as_uri()]


def test_a_report_opens_on_the_first_layer_that_learned(tmp_path: Path) -> None:
    model, volts = network(first_rate=0.0), np.full((4, 3), 0.5)
    model.fit(
        BatchGenerator(DataSet({"x": volts}, {"y": 0.2 * volts[:, :1]}), batch_size=4),
        losses.MSE(0.0),
        optimizers.Adam(model),
        epochs=1,
        beta=1e-6,
        metrics=Metrics(model, verbose=False),
        run=tmp_path / "run.h5",
    )
    with Run.open(tmp_path / "run.h5") as run:
        assert re.findall("<option selected>([^<]*)", report(run)) == ["d2"]


@pytest.mark.browser
@pytest.mark.filterwarnings(QUIET)
def test_a_report_fits_a_telephone(browser: Any, page: Path) -> None:
    tab, _, _ = opened(browser, page)
    tab.wait_for_selector(".js-plotly-plot .main-svg")
    tab.set_viewport_size({"width": 420, "height": 800})
    drawings = tab.query_selector_all("figure:not([hidden]) .main-svg")
    for _ in range(300):  # the page's rules let no text be evaluated again and again in it
        if all(drawing.bounding_box()["width"] < 420 for drawing in drawings):
            break
        tab.wait_for_timeout(100)
    assert tab.evaluate("document.documentElement.scrollWidth") == 420
    for chart in tab.query_selector_all("figure:not([hidden])"):
        drawing = chart.query_selector(".main-svg").bounding_box()
        card = chart.bounding_box()
        assert drawing["x"] + drawing["width"] <= card["x"] + card["width"]


@pytest.mark.browser
@pytest.mark.filterwarnings(QUIET)
def test_a_report_is_reached_with_the_keyboard(browser: Any, page: Path) -> None:
    tab, said, _ = opened(browser, page)
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.id") == "theme"
    before = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark"
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") != before
    while tab.evaluate("document.activeElement.id") != "layer":
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement") is not None
    first = tab.input_value("#layer")
    tab.keyboard.press("ArrowDown")
    assert tab.input_value("#layer") != first
    for _ in range(80):  # every chart has buttons of its own
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    tab.keyboard.press("Enter")
    assert tab.is_visible("details table")
    assert said == []


@pytest.mark.browser
@pytest.mark.filterwarnings(QUIET)
def test_a_report_follows_the_system_into_the_dark(browser: Any, page: Path) -> None:
    tab, said, _ = opened(browser, page)
    tab.emulate_media(color_scheme="dark")
    tab.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    background = tab.evaluate(
        "getComputedStyle(document.querySelector('.chart .main-svg')).backgroundColor"
    )
    assert background == "rgb(24, 29, 35)"
    assert said == []


def test_a_report_holds_what_it_needs_and_no_address_to_load(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    head = text[: text.index('<script type="application/json"')]
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", head)
    assert "d1.conductance" in head
    assert "validation accuracy" in head


def test_names_of_a_stranger_are_text_and_never_markup(tmp_path: Path) -> None:
    path = tmp_path / "<img src=x onerror=alert(1)>.h5"
    small_fit(path, 2)
    with Run.open(path) as run:
        text = report(run)
    assert "<img" not in text[: text.index('<script type="application/json"')]


def test_a_page_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    small_fit(tmp_path / "run.h5", 1)
    with (
        Run.open(tmp_path / "run.h5") as run,
        pytest.raises(StorageError, match="nowhere"),
    ):
        write_report(run, tmp_path / "nowhere" / "page.html")


def test_what_never_moved_has_one_colour_before_and_after() -> None:
    stuck = np.full((3, 2), -2.0)
    low, high = Change("m.stuck", "1", stuck, stuck.copy()).limits
    assert low == -2.0 < high  # equal limits are no scale: matplotlib then makes one per picture


def test_a_large_crossbar_is_shown_as_means_of_blocks() -> None:
    values = np.arange(600.0 * 3).reshape(600, 3)
    means, rows, columns = shrunk(values)
    assert len(means) <= MAX_CELLS
    assert rows[:2].tolist() == [0, 3]
    assert columns.tolist() == [0, 1, 2]
    assert means[0] == pytest.approx(values[:3].mean(axis=0), rel=1e-12, abs=0)
    same, *_ = shrunk(values[:10])
    assert np.array_equal(same, values[:10])
