"""The charts of a report, as plotly figures; plotly is an extra."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.errors import MissingLibraryError
from ebana_core.pictures.contents import Change
from ebana_core.plots import PALETTE, decades

DASHES = ("solid", "dash", "dot")

DECADES = ("worst residual", "agreement (V)")
"""Labels of values that rounding alone makes, of which the power of ten is what matters."""

MAX_CELLS = 256
"""Rows and columns of a heat map; larger crossbars are shown as means of blocks."""

EPOCHS = {"title": {"text": "epoch"}, "tickformat": "d"}
ROWS = {"title": {"text": "row"}, "autorange": "reversed"}
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
    """Return curves over epochs; what goes over decades on a logarithmic scale.

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
    last = max((int(epochs[-1]) for epochs, _ in curves.values()), default=0)
    ticks = {"dtick": 1} if last <= FEW else {}
    share = {"tickformat": ".0%", "rangemode": "tozero"} if label == "accuracy" else {}
    return figure_of(
        traces,
        xaxis={**EPOCHS, **ticks},
        yaxis={**axis_of(label, unit), **_scale(curves, label), **share},
        hover="x",
    )


def _scale(curves: Mapping[str, Curve], label: str) -> dict[str, Any]:
    """Return whether an axis is logarithmic, and that it shows whole decades."""
    if label not in ("loss", *DECADES) or any((v <= 0).any() for _, v in curves.values()):
        return {"type": "linear"}
    if label == "loss":
        return {"type": "log"}
    ends = decades(np.concatenate([values for _, values in curves.values()]))
    return {"type": "log", "dtick": 1, "range": np.log10(ends).tolist()}


def axis_of(title: str, unit: str) -> dict[str, Any]:
    """Return an axis whose numbers carry their unit: 20 µS."""
    form: dict[str, Any] = {"exponentformat": "power"}
    if unit:
        form = {"exponentformat": "SI", "minexponent": 1, "ticksuffix": unit}
    return {"title": {"text": title}, **form}


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
    return figure_of(
        traces,
        xaxis={"title": {"text": "before"}, "domain": [0.0, 0.48]},
        xaxis2={"title": {"text": "after"}, "domain": [0.52, 1.0]},
        yaxis=ROWS,
        yaxis2={**ROWS, "title": {}, "anchor": "x2", "matches": "y", "showticklabels": False},
        coloraxis={
            "colorscale": "Viridis",
            "cmin": low,
            "cmax": high,
            "colorbar": axis_of("", change.unit),
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
    return figure_of(
        traces,
        xaxis=axis_of(change.name, change.unit),
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
    return figure_of(
        traces,
        xaxis=EPOCHS,
        yaxis=axis_of(change.name, change.unit),
        hover="x unified",
        showlegend=False,
    )


def _transparent(color: str, opacity: float) -> str:
    red, green, blue = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def figure_of(traces: list[Any], *, hover: str = "closest", **layout: Any) -> Any:
    """Return a figure of some traces; the page gives it its colours."""
    figure = plotly("graph_objects").Figure(traces)
    figure.update_layout(template="none", hovermode=hover, **layout)
    return figure
