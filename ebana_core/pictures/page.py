"""Pages that need no network: charts, tables, and all it takes to show them, in one file."""

import json
from collections.abc import Callable, Iterable
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import attrs

from ebana_core.paths import check_suffix, in_unicode, replacing
from ebana_core.pictures.charts import plotly

SUFFIXES = (".html", ".htm")


@attrs.frozen
class Chart:
    """One chart of a page.

    Args:
        key: Unique on the page.
        title: Heading.
        note: What is to be seen, one sentence.
        figure: A plotly figure.
        layer: Shown with this layer; empty: always.
        is_wide: Over the whole width of the page.
    """

    key: str
    title: str
    note: str
    figure: Any
    layer: str = ""
    is_wide: bool = False


def template(name: str, room: str = "ebana_core.pictures") -> Template:
    """Return a part of a page, with what is to be filled in."""
    return Template(files(room).joinpath(name).read_text("utf-8"))


def section(chart: Chart) -> str:
    """Return the place of a chart on its page."""
    layer = f' data-layer="{escape(chart.layer)}"' if chart.layer else ""
    wide = ' class="wide"' if chart.is_wide else ""
    return (
        f'<figure{wide}{layer} aria-label="{escape(chart.title)}"><h3>{escape(chart.title)}</h3>'
        f'<div class="chart" data-chart="{escape(chart.key)}"></div>'
        f"<figcaption>{escape(chart.note)}</figcaption></figure>\n"
    )


@attrs.frozen
class Served:
    """What a page has in addition that is served and not a file.

    Args:
        plotly: Address of the library that draws.
        script: Address of a script that follows what the page shows; empty: none.
    """

    plotly: str
    script: str = ""


def page(
    title: str,
    words: Iterable[str],
    main: str,
    charts: Iterable[Chart],
    served: Served | None = None,
) -> str:
    """Return a whole page.

    Args:
        title: Heading, plain text.
        words: Beside it, plain text.
        main: HTML with the places of the charts.
        charts: All of them.
        served: What it asks its server for; None: nothing, it is one file.
    """
    figures = {chart.key: json.loads(chart.figure.to_json()) for chart in charts}
    first, *others = words
    quiet = (f'<span class="quiet">{escape(text)}</span>' for text in others)
    whole = template("page.html").substitute(
        own=" 'self'" if served else "",
        connections="; connect-src 'self'" if served else "",
        title=escape(title),
        words=f"<span>{escape(first)}</span>" + "".join(quiet),
        main=main,
        charts=json.dumps(figures).replace("<", "\\u003c"),
        plotly=_script(served.plotly) if served else f"<script>{library()}</script>",
        more=_script(served.script) if served and served.script else "",
    )
    return in_unicode(whole)  # names of files, and the command that a run was begun by


def library() -> str:
    """Return the library that draws.

    Raises:
        MissingLibraryError: plotly is not installed.
    """
    return str(plotly("offline").get_plotlyjs())


def _script(address: str) -> str:
    return f'<script src="{escape(address)}"></script>'


def write_page(out: Path, make: Callable[[], str]) -> None:
    """Write a page; what stood there is untouched where that fails.

    Args:
        out: An .html file; its name is checked before the page is made.
        make: Makes the page.

    Raises:
        ParameterError: `out` cannot be the name of a page.
        MissingLibraryError: plotly is not installed.
        StorageError: The page cannot be written.
    """
    check_suffix(out, SUFFIXES)
    text = make()
    with replacing(out) as partial:
        partial.write_text(text, encoding="utf-8")
