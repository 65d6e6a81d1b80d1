"""The charts of a report, as plotly figures; plotly is an extra."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import numpy as np

from ebana_core.arrays import Array
from ebana_core.circuit.elements import IntArray
from ebana_core.errors import MissingLibraryError
from ebana_core.pictures.contents import Change, NodeVoltages
from ebana_core.plots import PALETTE

DASHES = ("solid", "dash", "dot")

MAX_CELLS = 256
"""Rows and columns of a heat map; larger crossbars are shown as means of blocks."""

EPOCHS = {"title": {"text": "epoch"}, "tickformat": "d"}
FEW = 12
"""Epochs, or devices, of which each has a tick; more have whole numbers by themselves."""

Curve = tuple[Array, Array]


def plotly(module: str) -> Any:
    """Return a module of plotly.

    Raises:
        MissingLibraryError: It is not installed.
    """
    try:
        return import_module(f"plotly.{module}")
    except ImportError as error:
        raise MissingLibraryError(
            "Reports need plotly, which is not installed.", "pip install ebana-core[report]"
        ) from error


def lines(
    curves: Mapping[str, Curve], label: str, unit: str = "", *, names: Sequence[str] = ()
) -> Any:
    """Return curves over epochs; losses on a logarithmic scale.

    Args:
        curves: Name to epochs and values.
        label: Of the values.
        unit: Of the values.
        names: All that have a colour, of which these curves may be some.
    """
    draw = plotly("graph_objects")
    known = [*dict.fromkeys((*names, *curves))]
    traces = [
        draw.Scatter(
            x=epochs.astype(int),
            y=values,
            name=name,
            mode="lines+markers" if len(epochs) < 60 else "lines",
            line={
                "color": PALETTE[known.index(name) % len(PALETTE)],
                "dash": DASHES[known.index(name) // len(PALETTE) % len(DASHES)],
            },
        )
        for name, (epochs, values) in curves.items()
    ]
    is_log = label == "loss" and all((values > 0).all() for _, values in curves.values())
    last = max((int(epochs[-1]) for epochs, _ in curves.values()), default=0)
    ticks = {"dtick": 1} if last <= FEW else {}
    share = {"tickformat": ".0%", "rangemode": "tozero"} if label == "accuracy" else {}
    return _figure(
        traces,
        xaxis={**EPOCHS, **ticks},
        yaxis={**_axis(label, unit), "type": "log" if is_log else "linear", **share},
        hover="x",
    )


def _axis(title: str, unit: str) -> dict[str, Any]:
    """Return an axis whose numbers carry their unit: 20 µS."""
    form = {"exponentformat": "SI", "ticksuffix": unit} if unit else {"exponentformat": "power"}
    return {"title": {"text": title}, **form}


def boxes(nodes: NodeVoltages) -> Any:
    """Return node voltages of every phase as boxes: middle half, median, range."""
    draw = plotly("graph_objects")
    traces = []
    for place, (phase, percentiles) in enumerate(nodes.phases.items()):
        low, first, middle, third, high = percentiles
        traces.append(
            draw.Box(
                x=nodes.nodes,
                lowerfence=low,
                q1=first,
                median=middle,
                q3=third,
                upperfence=high,
                name=phase,
                marker={"color": PALETTE[place]},
            )
        )
    return _figure(
        traces, xaxis={"title": {"text": "node"}}, yaxis=_axis("voltage", "V"), boxmode="group"
    )


def heat_maps(change: Change) -> Any:
    """Return a crossbar before and after, in one scale of colours."""
    draw = plotly("graph_objects")
    low, high = change.limits
    traces = []
    for place, values in enumerate((change.before, change.after)):
        means, rows, columns = shrunk(values)
        traces.append(
            draw.Heatmap(
                z=means.astype(np.float32),
                x=columns,
                y=rows,
                coloraxis="coloraxis",
                xaxis=f"x{place + 1}",
                yaxis=f"y{place + 1}",
                hovertemplate=f"row %{{y}}, column %{{x}}: %{{z:.4g}} {change.unit}"
                f"<extra>{('before', 'after')[place]}</extra>",
            )
        )
    rows_of = {"title": {"text": "row"}, "autorange": "reversed"}
    return _figure(
        traces,
        xaxis={"title": {"text": "column, before"}, "domain": [0.0, 0.46]},
        xaxis2={"title": {"text": "column, after"}, "domain": [0.54, 1.0]},
        yaxis=rows_of,
        yaxis2={**rows_of, "title": {}, "anchor": "x2", "matches": "y"},
        coloraxis={
            "colorscale": "Viridis",
            "cmin": low,
            "cmax": high,
            "colorbar": _axis("", change.unit),
        },
    )


def shrunk(values: Array) -> tuple[Array, IntArray, IntArray]:
    """Return a matrix as means of equal blocks, and the first row and column of each.

    A matrix of at most `MAX_CELLS` rows and columns is returned as it is.
    """
    steps = [-(-size // MAX_CELLS) for size in values.shape]
    starts = [np.arange(0, size, step) for size, step in zip(values.shape, steps, strict=True)]
    sums = values
    for axis, start in enumerate(starts):
        sums = np.add.reduceat(sums, start, axis=axis)
    counts = [np.diff([*start, n]) for start, n in zip(starts, values.shape, strict=True)]
    return sums / np.outer(*counts), starts[0], starts[1]


def histogram(change: Change) -> Any:
    """Return how many devices have which value, before and after."""
    draw = plotly("graph_objects")
    edges = change.bins()
    middles = (edges[:-1] + edges[1:]) / 2
    traces = [
        draw.Bar(
            x=middles,
            y=np.histogram(values, edges)[0],
            name=title,
            opacity=0.65,
            marker={"color": PALETTE[place]},
        )
        for place, (title, values) in enumerate(
            (("before", change.before), ("after", change.after))
        )
    ]
    most = max(int(trace.y.max()) for trace in traces)
    return _figure(
        traces,
        xaxis=_axis(change.name, change.unit),
        yaxis={"title": {"text": "devices"}, **({"dtick": 1} if most <= FEW else {})},
        barmode="overlay",
        bargap=0.0,
    )


def fan(change: Change, curve: Curve) -> Any:
    """Return how the values of a parameter spread over epochs: range, middle half, median."""
    draw = plotly("graph_objects")
    epochs, percentiles = curve
    low, first, middle, third, high = percentiles
    color = PALETTE[0]
    bands = (
        (("smallest", low, None), ("largest", high, 0.15)),
        (
            ("first quarter", first, None),
            ("third quarter", third, 0.3),
        ),
    )
    traces = [
        draw.Scatter(
            x=epochs,
            y=values,
            name=name,
            mode="lines",
            line={"color": color, "width": 0.5},
            fill=None if opacity is None else "tonexty",
            fillcolor=None if opacity is None else _transparent(color, opacity),
            showlegend=False,
        )
        for band in bands
        for name, values, opacity in band
    ]
    traces.append(
        draw.Scatter(x=epochs, y=middle, name="median", mode="lines", line={"color": color})
    )
    return _figure(
        traces,
        xaxis=EPOCHS,
        yaxis=_axis(change.name, change.unit),
        hover="x unified",
        showlegend=False,
    )


def _transparent(color: str, opacity: float) -> str:
    red, green, blue = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def _figure(traces: list[Any], *, hover: str = "closest", **layout: Any) -> Any:
    figure = plotly("graph_objects").Figure(traces)
    figure.update_layout(template="none", hovermode=hover, **layout)
    return figure
