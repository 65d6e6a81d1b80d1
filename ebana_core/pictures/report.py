"""A run as one interactive page that needs no network: `write_report`."""

import json
from collections.abc import Iterator, Mapping
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import attrs
import numpy as np

from ebana_core.paths import check_suffix, replacing
from ebana_core.pictures.charts import boxes, fan, heat_maps, histogram, lines, plotly
from ebana_core.pictures.contents import (
    Change,
    changes,
    curves,
    mean_power,
    node_voltages,
    spread,
)
from ebana_core.storage.run import Run
from ebana_core.tables import html_table

SUFFIXES = (".html", ".htm")


@attrs.frozen
class Chart:
    """One chart of the page.

    Args:
        key: Unique on the page.
        title: Heading.
        note: What is to be seen, one sentence.
        figure: A plotly figure.
        layer: Shown with this layer; empty: always.
    """

    key: str
    title: str
    note: str
    figure: Any
    layer: str = ""


def write_report(run: Run, out: Path) -> None:
    """Write one HTML page with the charts of a run and all it needs to show them.

    Args:
        run: An open run.
        out: The page, an .html file, replaced where it exists.

    Raises:
        ParameterError: `out` cannot be the name of a page.
        MissingLibraryError: plotly is not installed.
        StorageError: The page cannot be written; what stood there is untouched.
    """
    check_suffix(out, SUFFIXES)
    page = report(run)
    with replacing(out) as partial:
        partial.write_text(page, encoding="utf-8")


def report(run: Run) -> str:
    """Return the page of `write_report`."""
    general = list(_general(run))
    by_layer = list(_by_layer(run))
    layers = list(dict.fromkeys(chart.layer for chart in by_layer))
    figures = {chart.key: json.loads(chart.figure.to_json()) for chart in general + by_layer}
    template = Template(files("ebana_core.pictures").joinpath("report.html").read_text("utf-8"))
    return template.substitute(
        title=escape(run.path.name),
        status=escape(f"{run.status}, {run.n_epochs} epochs, seed {run.seed}"),
        started=escape(f"begun {run.started} on {run.platform}"),
        cards="".join(_cards(run)),
        general="".join(map(_section, general)),
        options="".join(f"<option>{escape(layer)}</option>" for layer in layers),
        by_layer="".join(map(_section, by_layer)),
        values=_values_table(run),
        scores=_scores_table(run),
        settings=_facts({**run.settings, "command": " ".join(run.command)}),
        layers=_layers_table(run),
        versions=_facts(run.versions),
        charts=json.dumps(figures).replace("<", "\\u003c"),
        plotly=plotly("offline").get_plotlyjs(),
    )


def _general(run: Run) -> Iterator[Chart]:
    for name in ("loss", "accuracy"):
        found = curves(run, name)
        if found:
            note = f"The {name} of every epoch."
            yield Chart(name, name.capitalize(), note, lines(found, name, log=name == "loss"))
    power = mean_power(run)
    if power is not None and len(power[0]):
        epochs, layers = power
        figure = lines({layer: (epochs, values) for layer, values in layers.items()}, "W")
        note = "What each layer takes up in the free phase, mean over samples; sources deliver."
        yield Chart("power", "Power", note, figure)


def _by_layer(run: Run) -> Iterator[Chart]:
    voltages = {nodes.layer: nodes for nodes in node_voltages(run)}
    values: dict[str, list[Change]] = {}
    for change in changes(run):
        if change.after.size > 1:
            values.setdefault(change.name.split(".")[0], []).append(change)
    for layer in run.model["layers"]:
        for change in values.get(layer, []):
            yield from _of_parameter(run, layer, change)
        if layer in voltages:
            nodes = voltages[layer]
            note = (
                f"Middle half, median and range over the samples, after epoch {nodes.epoch}; "
                f"phases {', '.join(nodes.phases)}."
            )
            yield Chart(f"{layer}/voltages", "Node voltages", note, boxes(nodes), layer)


def _of_parameter(run: Run, layer: str, change: Change) -> Iterator[Chart]:
    if change.is_crossbar:
        note = "One cell per device, before the first and after the last epoch."
        yield Chart(f"{change.name}/map", change.name, note, heat_maps(change), layer)
    if (change.before != change.after).any():
        note = "How many devices have which value, before and after."
        yield Chart(f"{change.name}/histogram", "Values", note, histogram(change), layer)
        curve = spread(run, change.name)
        if curve is not None:
            note = "Range, middle half and median of the values over epochs."
            yield Chart(f"{change.name}/fan", "Over epochs", note, fan(change, curve), layer)


def _section(chart: Chart) -> str:
    layer = f' data-layer="{escape(chart.layer)}"' if chart.layer else ""
    wide = ' class="wide"' if chart.key.endswith(("/map", "/voltages", "power")) else ""
    return (
        f'<figure{wide}{layer} aria-label="{escape(chart.title)}"><h3>{escape(chart.title)}</h3>'
        f'<div class="chart" data-chart="{escape(chart.key)}"></div>'
        f"<figcaption>{escape(chart.note)}</figcaption></figure>\n"
    )


def _cards(run: Run) -> Iterator[str]:
    scores = run.scores
    shown = {
        "training loss": ("train_loss", "{:.4g}"),
        "training accuracy": ("train_accuracy", "{:.1%}"),
        "validation loss": ("validation_loss", "{:.4g}"),
        "validation accuracy": ("validation_accuracy", "{:.1%}"),
    }
    for title, (column, form) in shown.items():
        known = scores[column][~np.isnan(scores[column])]
        if len(known):
            yield _card(title, form.format(known[-1]))
    seconds = float(scores["training_seconds"].sum())
    if seconds > 0:
        yield _card("training time", f"{seconds:.3g} s")
        points = float(scores["operating_points"].sum())
        yield _card("operating points per second", f"{points / seconds:,.0f}")


def _card(title: str, value: str) -> str:
    return f"<div><dt>{escape(title)}</dt><dd>{escape(value)}</dd></div>"


def _facts(facts: Mapping[str, Any]) -> str:
    rows = [("", "")] + [(name, str(value)) for name, value in facts.items()]
    return html_table(rows, left=2, header=False)


def _layers_table(run: Run) -> str:
    rows = [("layer", "device", "behind")]
    for name, layer in run.model["layers"].items():
        rows.append((name, str(layer["device"]), ", ".join(layer["parents"])))
    return html_table(rows, left=3)


def _values_table(run: Run) -> str:
    rows = [
        (
            "parameter",
            "unit",
            "shape",
            *(
                f"{name} {when}"
                for when in ("before", "after")
                for name in ("smallest", "median", "largest")
            ),
        )
    ]
    for change in changes(run):
        numbers = [
            f"{function(values):.4g}"
            for values in (change.before, change.after)
            for function in (np.min, np.median, np.max)
        ]
        shape = " × ".join(map(str, change.after.shape)) or "1"
        rows.append((change.name, change.unit, shape, *numbers))
    return html_table(rows, left=2)


def _scores_table(run: Run) -> str:
    scores = run.scores
    rows = [tuple(scores)] + [
        tuple("" if np.isnan(x) else f"{x:.6g}" for x in row)
        for row in zip(*scores.values(), strict=True)
    ]
    return html_table(rows, left=0)
