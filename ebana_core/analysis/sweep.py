"""Transfer curves: what a network does while one of its inputs moves."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends import OperatingPoints
from ebana_core.checking import checked_number, checked_numbers, shown
from ebana_core.circuit.names import layer_name
from ebana_core.errors import DataError, ParameterError, UnknownNameError
from ebana_core.execution.simulated import BackendChoice, ChipChoice, SimulatedNetwork
from ebana_core.objects import checked_mapping
from ebana_core.plots import axes_of, in_units, legend_above

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@final
@attrs.frozen(eq=False)
class Sweep:
    """Operating points while an input moves.

    Args:
        input: What moved, for people.
        values: Where it stood. Shape ``(n_values,)``, V.
        points: One operating point per value.
    """

    input: str
    values: Array
    points: OperatingPoints

    @property
    def predictions(self) -> dict[str, Array]:
        """Output name to raw predictions, ``(n_values, n_predictions)``, V."""
        return self.points.predictions()

    def at(self, layer: Any) -> Array:
        """Return the voltages of a layer's nodes, ``(n_values, n_nodes)``, V."""
        return self.points.at(layer)

    def gains(self, layer: Any = None) -> Array:
        """Return d(voltage)/d(input) of a layer's nodes; None: of all predictions.

        Shape ``(n_values, n_nodes)``.
        """
        return np.asarray(np.gradient(self._curves(layer)[0], self.values, axis=0))

    def plot(self, layer: Any = None, axes: "Axes | None" = None) -> "Axes":
        """Plot the predictions, or the voltages of a layer's nodes, over the input.

        Args:
            layer: A layer or its name; None: the predictions.
            axes: Where to draw; None: a new figure.

        Raises:
            UnknownNameError: There is no such layer.
            MissingLibraryError: matplotlib is not installed.
        """
        curves, names = self._curves(layer)
        axes = axes_of(axes)
        for curve, name in zip(curves.T, names, strict=True):
            axes.plot(self.values, curve, label=name)
        axes.set_xlabel(self.input)
        axes.set_ylabel("prediction" if layer is None else "node voltage")
        for axis in (axes.xaxis, axes.yaxis):
            in_units(axis, "V")
        axes.grid(alpha=0.3)
        legend_above(axes)
        return axes

    def _curves(self, layer: Any) -> tuple[Array, list[str]]:
        if layer is None:
            found = self.predictions
            names = [f"{name}[{k}]" for name, array in found.items() for k in range(array.shape[1])]
            return np.concatenate(list(found.values()), axis=1), names
        name = layer_name(layer)
        circuit = self.points.circuit
        return self.at(name), [circuit.node_names[node] for node in circuit.nodes_of(name)]


def sweep(
    simulated: SimulatedNetwork,
    input: str | Mapping[str, float],
    values: Sequence[float],
    inputs: Mapping[str, Any] | None = None,
    backend: BackendChoice = "native",
    *,
    executor: Executor | None = None,
    chip: ChipChoice = None,
) -> Sweep:
    """Move one input and return the transfer curves of all nodes.

    Args:
        simulated: The network on simulators.
        input: An input node such as ``"x[0]"`` (``"x"`` where it has one unit); or several
            and the factor that each moves with: ``{"xp[0]": 1, "xn[0]": -1}``.
        values: The voltages that it takes, V.
        inputs: Input layer to the voltages of the other inputs, ``(units,)``, V; left out: 0 V.
        backend: See `operating_points`.
        executor: See `operating_points`.
        chip: See `operating_points`.

    Raises:
        UnknownNameError: An input that the model lacks.
        DataError: No finite values.
    """
    moved = checked_numbers(values, "values").reshape(-1)
    if not moved.size or not np.isfinite(moved).all():
        raise DataError(f"values is {values!r}.", "give at least one finite voltage, V")
    widths = {
        name: simulated.network.shapes[name][0]
        for name, layer in simulated.network.layers.items()
        if layer.device == "input"
    }
    fix = "write {'name of the input layer': voltages}"
    given = {} if inputs is None else checked_mapping(inputs, "inputs", fix)
    if unknown := [name for name in given if name not in widths]:
        raise UnknownNameError(
            f"inputs names {shown(unknown)}; the model's inputs are {sorted(widths)}.",
            "use these names",
        )
    samples = {
        name: np.tile(
            checked_numbers(given.get(name, np.zeros(width)), f"input {name!r}"), (len(moved), 1)
        )
        for name, width in widths.items()
    }
    factors = _factors(input)
    for node, factor in factors.items():
        layer, unit = _place(node, widths)
        samples[layer][:, unit] = factor * moved
    points = simulated.operating_points(samples, backend, executor=executor, chip=chip)
    return Sweep(" = ".join(map(_moved, *zip(*factors.items(), strict=True))), moved, points)


def _factors(input: object) -> dict[str, float]:
    """Return the nodes that move, and by how much each.

    Raises:
        ParameterError: It names no node, or a factor is not a number.
    """
    fix = 'name an input node, or write {"x[0]": 1, "x[1]": -1}'
    given = {input: 1.0} if isinstance(input, str) else input
    if not isinstance(given, Mapping) or not given:
        raise ParameterError(f"input is {shown(input)}.", fix)
    return {node: checked_number(f, f"The factor of {node!r}", fix) for node, f in given.items()}


def _moved(node: str, factor: float) -> str:
    return {1.0: node, -1.0: f"-{node}"}.get(factor, f"{node}/{factor:g}")


def _place(node: str, widths: Mapping[str, int]) -> tuple[str, int]:
    """Return layer and unit of an input node such as ``"x[2]"``."""
    places = {f"{name}[{unit}]": (name, unit) for name in widths for unit in range(widths[name])}
    places |= {name: (name, 0) for name, width in widths.items() if width == 1}
    if node not in places:
        raise UnknownNameError(
            f"No input node {node!r}; the inputs have the units {dict(widths)}.",
            "name one node, for example " + repr(next(iter(places))),
        )
    return places[node]
