"""A run as one interactive page that needs no network: `write_report`."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from ebana_core.analysis.views import NodeVoltages, Swings
from ebana_core.pictures import recorded
from ebana_core.pictures.charts import FEW, fan, heat_maps, histogram, lines
from ebana_core.pictures.contents import (
    Change,
    changes,
    curves,
    mean_power,
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
from ebana_core.pictures.phase_charts import boxes, change_boxes, crossbar_slider, wire_map
from ebana_core.storage.comparison import last_known
from ebana_core.storage.layout import MEASURES
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
        f"begun {run.started[:16].replace('T', ' ')} UTC on {run.platform}",
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
    yield from _of_solving(run)
    moved = recorded.changes(run)
    if moved is not None:
        note = (
            "What learning works with: by how much the nudge moved the nodes of each layer after "
            f"epoch {moved[1]}; middle half, median and range over samples and nodes."
        )
        yield Chart("changes", "Changes by the nudge", note, change_boxes(moved[0]))


def _of_solving(run: Run) -> Iterator[Chart]:
    notes = {
        "worst_residual": "Largest unbalanced current at a node, relative to the currents there, "
        "in any phase of the epoch, when it was solved.",
        "agreement": "Largest difference between the predictions of two simulators, ngspice and "
        "the embedded one, at the same values.",
    }
    for name, curve in recorded.measured(run).items():
        title = name.replace("_", " ")
        unit = "" if MEASURES[name] == "1" else f" ({MEASURES[name]})"
        figure = lines({title: curve}, title + unit)
        yield Chart(name, title.capitalize(), notes[name], figure)


def _by_layer(run: Run, found: Sequence[Change]) -> Iterator[Chart]:
    found_swings, lost = recorded.swings(run), recorded.wire_drops(run)
    swings, epoch = ({}, 0) if found_swings is None else _by_name(*found_swings)
    values: dict[str, list[Change]] = {}
    for change in found:
        if change.after.size > 1:
            values.setdefault(change.layer, []).append(change)
    for layer in run.model["layers"]:
        for change in values.get(layer, []):
            yield from _of_parameter(run, layer, change)
        if lost is not None and layer in lost[0].layers:
            note = "What the wires take from the voltage of every cell, mean over samples, "
            note += f"after epoch {lost[1]}: rows are driven on the left, columns end below."
            figure = wire_map(lost[0].layers[layer])
            yield Chart(f"{layer}/wires", "Taken by wires", note, figure, layer)
        if layer in swings:
            nodes = swings[layer]
            note = f"Middle half, median and range over the samples, after epoch {epoch}"
            levels = "; lines: where devices conduct or end, at the values before the first epoch"
            note += f"{levels if nodes.levels else ''}."
            is_wide = len(nodes.nodes) > FEW
            key = f"{layer}/voltages"
            yield Chart(key, "Node voltages", note, boxes(nodes), layer, is_wide=is_wide)


def _by_name(swings: Swings, epoch: int) -> tuple[dict[str, NodeVoltages], int]:
    return {nodes.layer: nodes for nodes in swings.layers}, epoch


def _of_parameter(run: Run, layer: str, change: Change) -> Iterator[Chart]:
    if change.is_crossbar:
        note = "One cell per device, rows down and columns across."
        figure = heat_maps(change)
        yield Chart(f"{change.name}/map", change.name, note, figure, layer, is_wide=True)
    if change.has_moved:
        note = "How many devices have which value, before and after."
        yield Chart(f"{change.name}/histogram", "Values", note, histogram(change), layer)
        curve = spread(run, change.name)
        if curve is not None:
            note = "Range, middle half and median of the values over epochs."
            yield Chart(f"{change.name}/fan", "Over epochs", note, fan(change, curve), layer)
        epochs = recorded.over_epochs(run, change.name)
        if epochs is not None:
            note = "After the epoch that the slider chooses, rows down and columns across."
            figure = crossbar_slider(*epochs, change.unit)
            yield Chart(f"{change.name}/epochs", "Cells over epochs", note, figure, layer)


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
    measured = recorded.measured(run)
    for name, unit in MEASURES.items():
        told = "not measured"
        if name in measured:
            told = f"{measured[name][1].max():.1e}" + ("" if unit == "1" else f" {unit}")
        yield _card(name.replace("_", " "), told)
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
