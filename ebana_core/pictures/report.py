"""A run as one interactive page that needs no network: `write_report`."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from ebana_core.pictures.charts import boxes, fan, heat_maps, histogram, lines
from ebana_core.pictures.contents import (
    Change,
    changes,
    curves,
    mean_power,
    node_voltages,
    spread,
)
from ebana_core.pictures.page import (
    Chart,
    Served,
    page,
    section,
    template,
    write_page,
)
from ebana_core.storage.comparison import last_known
from ebana_core.storage.run import Run
from ebana_core.tables import html_table, number


def write_report(run: Run, out: Path) -> None:
    """Write one HTML page with the charts of a run and all it needs to show them.

    Args:
        run: An open run.
        out: The page; see `write_page`, also for errors.
    """
    write_page(out, lambda: report(run))


def report(run: Run, served: Served | None = None) -> str:
    """Return the page of `write_report`, or one that a server shows."""
    found = changes(run)
    general = list(_general(run))
    by_layer = list(_by_layer(run, found))
    layers = list(dict.fromkeys(chart.layer for chart in by_layer))
    learned = {change.layer for change in found if change.has_moved}
    chosen = next((layer for layer in layers if layer in learned), "")
    main = template("report.html").substitute(
        cards="".join(_cards(run)),
        general="".join(map(section, general)),
        options="".join(_option(layer, is_chosen=layer == chosen) for layer in layers),
        by_layer="".join(map(section, by_layer)),
        values=_values_table(found),
        scores=_scores_table(run),
        settings=_facts({**run.settings, "command": " ".join(run.command)}),
        layers=_layers_table(run),
        versions=_facts(run.versions),
    )
    words = (
        f"{run.status}, {run.n_epochs} epochs, seed {run.seed}",
        f"begun {run.started} on {run.platform}",
    )
    return page(run.path.name, words, main, general + by_layer, served)


def _general(run: Run) -> Iterator[Chart]:
    for name in ("loss", "accuracy"):
        found = curves(run, name)
        if found:
            note = f"The {name} of every epoch."
            yield Chart(name, name.capitalize(), note, lines(found, name))
    power = mean_power(run)
    if power is not None and len(power[0]):
        epochs, layers = power
        figure = lines({layer: (epochs, values) for layer, values in layers.items()}, "power", "W")
        note = "What each layer takes up in the free phase, mean over samples; sources deliver."
        yield Chart("power", "Power", note, figure, is_wide=True)


def _by_layer(run: Run, found: Sequence[Change]) -> Iterator[Chart]:
    voltages = {nodes.layer: nodes for nodes in node_voltages(run)}
    values: dict[str, list[Change]] = {}
    for change in found:
        if change.after.size > 1:
            values.setdefault(change.layer, []).append(change)
    for layer in run.model["layers"]:
        for change in values.get(layer, []):
            yield from _of_parameter(run, layer, change)
        if layer in voltages:
            nodes = voltages[layer]
            note = (
                f"Middle half, median and range over the samples, after epoch {nodes.epoch}; "
                f"phases {', '.join(nodes.phases)}."
            )
            yield Chart(
                f"{layer}/voltages", "Node voltages", note, boxes(nodes), layer, is_wide=True
            )


def _of_parameter(run: Run, layer: str, change: Change) -> Iterator[Chart]:
    if change.is_crossbar:
        note = "One cell per device, before the first and after the last epoch."
        figure = heat_maps(change)
        yield Chart(f"{change.name}/map", change.name, note, figure, layer, is_wide=True)
    if change.has_moved:
        note = "How many devices have which value, before and after."
        yield Chart(f"{change.name}/histogram", "Values", note, histogram(change), layer)
        curve = spread(run, change.name)
        if curve is not None:
            note = "Range, middle half and median of the values over epochs."
            yield Chart(f"{change.name}/fan", "Over epochs", note, fan(change, curve), layer)


def _option(layer: str, *, is_chosen: bool) -> str:
    return f"<option{' selected' if is_chosen else ''}>{escape(layer)}</option>"


def _cards(run: Run) -> Iterator[str]:
    scores = run.scores
    shown = {
        "training loss": ("train_loss", "{:.4g}"),
        "training accuracy": ("train_accuracy", "{:.1%}"),
        "validation loss": ("validation_loss", "{:.4g}"),
        "validation accuracy": ("validation_accuracy", "{:.1%}"),
    }
    for title, (column, form) in shown.items():
        text = number(last_known(scores[column]), form)
        if text:
            yield _card(title, text)
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


def _values_table(found: Sequence[Change]) -> str:
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
    for change in found:
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
        tuple(number(x, "{:.6g}") for x in row) for row in zip(*scores.values(), strict=True)
    ]
    return html_table(rows, left=0)
