"""Current-voltage curves of a layer, alone between ideal sources."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.native import NativeBackend
from ebana_core.checking import checked_numbers, checked_whole
from ebana_core.circuit import GROUND, CircuitBuilder, Input, VoltageSources
from ebana_core.circuit.compiled import compile_circuit
from ebana_core.circuit.forest import find_constraints
from ebana_core.errors import DataError, UnsupportedError
from ebana_core.layers import Layer
from ebana_core.objects import checked_mapping
from ebana_core.plots import axes_of, in_units, legend_above

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RANGE = np.linspace(-1.0, 1.0, 401)
"""Voltages of a curve, V."""
SHOWN = 10
"""How many different curves a plot shows."""


def current_voltage(
    layer: Layer,
    voltages: Any = None,
    parameters: Mapping[str, Array] | None = None,
    n_units: int = 1,
) -> tuple[Array, Array]:
    """Return what a layer draws from its input nodes, its new nodes held at ground.

    Args:
        layer: The layer; need not be connected.
        voltages: Of its input nodes, V; None: -1 V to 1 V.
        parameters: Full parameter names to present values; None: the initial ones.
        n_units: Number of input nodes.

    Returns:
        Voltages ``(n_voltages,)``, V, and currents ``(n_voltages, n_units)``, A.

    Raises:
        DataError: `voltages` are not finite.
        UnsupportedError: The layer has no devices, or ideal ones.
    """
    n_units = checked_whole(n_units, "n_units")
    fix = "give model.parameters, or None"
    known = {} if parameters is None else checked_mapping(parameters, "parameters", fix)
    swept = checked_numbers(RANGE if voltages is None else voltages, "voltages").reshape(-1)
    if not swept.size or not np.isfinite(swept).all():
        raise DataError(f"voltages is {voltages!r}.", "give at least one finite voltage, V")
    builder = CircuitBuilder()
    nodes = builder.nodes("swept", (n_units,))
    _hold(builder, "swept", nodes)
    outputs = layer.build(builder, [nodes])
    circuit = builder.circuit()
    if circuit.clamps or not circuit.element_arrays:
        raise UnsupportedError(
            f"Layer {layer.name!r} ({layer.device}) has no curve of current over voltage.",
            "plot a layer with devices: what ideal sources carry is up to the rest of the circuit",
        )
    roots = find_constraints(circuit).root
    held = [node for node in np.unique(outputs) if roots[node] == node]
    if held:
        _hold(builder, "grounded", held)
    samples = {"swept": np.tile(swept[:, None], (1, n_units))}
    samples["grounded"] = np.zeros((len(swept), len(held)))
    values = {
        layer.parameter(item.quantity.name): np.asarray(item.draw(np.random.default_rng(0)))
        for item in layer.declarations([(n_units,)])
    }
    values |= {name: value for name, value in known.items() if name in values}
    simulator = NativeBackend().compile(compile_circuit(builder.circuit()))
    points = simulator.operating_points(values, samples)
    return swept, -points.balance("powers").source_currents["swept"]


def _hold(builder: CircuitBuilder, name: str, nodes: Any) -> None:
    grounds = [GROUND] * len(nodes)
    builder.add(
        VoltageSources(name=name, layer=name, heads=nodes, tails=grounds, voltage=Input(name))
    )


def plot_curves(
    layer: Layer,
    voltages: Any,
    parameters: Mapping[str, Array] | None,
    n_units: int,
    axes: "Axes | None",
) -> "Axes":
    """Plot the curves of a layer, equal ones once; see `Layer.plot_iv`."""
    swept, currents = current_voltage(layer, voltages, parameters, n_units)
    axes = axes_of(axes)
    _, first = np.unique(currents, axis=1, return_index=True)
    for unit in np.sort(first)[:SHOWN]:
        axes.plot(swept, currents[:, unit], label=f"{layer.name}[{unit}]")
    axes.set_xlabel("voltage of the input node")
    in_units(axes.xaxis, "V")
    axes.set_ylabel("current into the layer")
    in_units(axes.yaxis, "A")
    axes.grid(alpha=0.3)
    legend_above(axes)
    return axes
