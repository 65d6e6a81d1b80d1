"""A small network around one layer, of the size of its device, and its exact gradients."""

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.ngspice import NgspiceBackend, NgspiceSimulator
from ebana_core.circuit.branches import branch_values
from ebana_core.circuit.elements import ElementArray
from ebana_core.data import DataSet
from ebana_core.errors import ParameterError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer, Layer
from ebana_core.losses import MSE
from ebana_core.model import Model
from ebana_core.rules import Adjoint, EquilibriumPropagation
from ebana_core.testing.asking import Device, ask, examined_drops
from ebana_core.testing.calculus import extent

UNITS = 3
"""Nodes that the examined layer is given."""

SIZE = 1e-6
"""Smallest conductance of the crossbars as they are drawn, S; the largest is ten times that."""

SMALLEST, LARGEST = 1e-15, 1e3
"""Smallest and largest conductance of the crossbars as they are used, S."""

REACH = 0.8
"""Drop of a device, V, for which the samples are written."""

CROSSBARS = ("kit_first.conductance", "kit_last.conductance")

SAMPLES = ((0.7, -0.3), (-0.9, 0.4))
TARGETS = ((0.1,), (-0.2,))
"""V, of a device that is examined up to `REACH`."""

STENCILS = (
    ((-2, 1.0), (-1, -8.0), (1, 8.0), (2, -1.0)),
    ((0, -25.0), (1, 48.0), (2, -36.0), (3, 16.0), (4, -3.0)),
    ((0, 25.0), (-1, -48.0), (-2, 36.0), (-3, -16.0), (-4, 3.0)),
)
"""Multiples of a step and weights, over 12, of fourth order: central, forward, backward."""

ROUNDING = 1e-13
"""Relative, of a loss: operating points are right to about that."""


def kit_model(layer: Layer) -> Model:
    """Return a network with the layer between two crossbars."""
    source = InputVoltageLayer(units=2, name="kit_input")
    initializer = RandomUniform(SIZE, 10 * SIZE)
    first = DenseLayer(units=UNITS, name="kit_first", initializer=initializer)(source)
    last = DenseLayer(units=2, name="kit_last", initializer=initializer)(layer(first))
    output = CurrentLayer(name="kit_output")(last)
    return Model(inputs=[source], outputs=[output], seed=0)


def found_device(model: Model, layer: Layer, drops: Array) -> Device | None:
    """Return the device of the layer's first branch; None where it emits none with a law."""
    for element in model.network.compiled.circuit.elements:
        if isinstance(element, ElementArray) and element.layer == layer.name:
            values = branch_values(element, model.parameters.snapshot(), {}, slice(None))
            first = {name: np.ravel(value)[0] for name, value in values.items()}
            return Device(element.law, first, examined_drops(drops))
    return None


@attrs.frozen
class Bench:
    """The network, with crossbars as conductive as the device, and samples of its drops.

    Args:
        model: The network; its parameters are changed.
        layer: The examined one.
        device: Its first device, if it has one with a law.
    """

    model: Model
    layer: Layer
    device: Device | None

    def __attrs_post_init__(self) -> None:
        factor = self.size / SIZE
        for name in CROSSBARS:
            drawn = self.model.parameters[name]
            power = np.round(np.log10(factor * SIZE / np.median(drawn)))
            self.model.parameters[name] = drawn * 10.0**power

    @property
    def size(self) -> float:
        """The conductance of the device at moderate drops, S."""
        if self.device is None:
            return SIZE
        reach = np.abs(self.device.drops).max() / 2
        drops = np.linspace(-reach, reach, 101)[np.arange(101) != 50]
        found = np.abs(ask(self.device, "current", drops) / drops)
        largest = float(found[np.isfinite(found)].max(initial=0.0)) or SIZE
        return min(max(largest, SMALLEST), LARGEST)

    @property
    def reach(self) -> float:
        """The largest examined drop, in those for which samples are written."""
        return 1.0 if self.device is None else float(np.abs(self.device.drops).max()) / REACH

    @property
    def data(self) -> DataSet:
        """The samples, V."""
        inputs = {"kit_input": self.reach * np.array(SAMPLES)}
        return DataSet(inputs, {"kit_output": self.reach * np.array(TARGETS)})

    def loss(self) -> float:
        """Return the loss of the samples, V²."""
        return self.model.evaluate(self.data, MSE(), power=False).loss


def check_operating_points(bench: Bench) -> None:
    """Kirchhoff's laws hold on the native backend.

    Raises:
        AssertionError: Quotes residual or power balance.
    """
    points = bench.model.operating_points(bench.data.inputs)
    assert points.residual <= 1e-12, f"residual is {points.residual:g}"
    assert points.power_balance <= 1e-12, f"power balance is {points.power_balance:g}"


def check_backends_agree(bench: Bench) -> None:
    """The native backend and ngspice find the same voltages.

    Raises:
        AssertionError: Quotes the largest difference.
    """
    inputs = bench.data.inputs
    native = bench.model.operating_points(inputs)
    simulator = bench.model.simulator(NgspiceBackend())
    assert isinstance(simulator, NgspiceSimulator)
    reference = simulator.as_found(bench.model.readings(), inputs)
    worst = float(np.abs(native.voltages - reference.voltages).max())
    assert worst <= 1e-8 * max(1.0, bench.reach), (
        f"node voltages of a network differ by up to {worst:g} V; compare spice and current"
    )


def check_gradients(bench: Bench) -> None:
    """Equilibrium Propagation and the adjoint equal finite differences of the loss.

    Raises:
        AssertionError: Names the parameter, and quotes the error.
    """
    model, data = bench.model, bench.data
    beta = 1e-4 * float(np.median(model.parameters[CROSSBARS[0]]))
    rule = EquilibriumPropagation(beta, variant="centered", gradient="exact")
    adjoint = model.gradients(data, MSE(), Adjoint())
    for name, found in model.gradients(data, MSE(), rule).items():
        expected, noise = differences(bench, name)
        largest = float(np.abs(expected).max())
        for what, gradient in (("gradient", found), ("adjoint", adjoint[name])):
            error = np.abs(gradient - expected)
            assert (error <= 1e-5 * largest + noise).all(), (
                f"the {what} of {name} is off by {error.max():g}, and finite differences are "
                f"up to {largest:g}"
            )


def differences(bench: Bench, name: str) -> tuple[Array, Array]:
    """Return finite differences of the loss by a parameter, and what rounding leaves of them."""
    values = np.array(bench.model.parameters[name])
    result, noise = np.zeros_like(values), np.zeros_like(values)
    for place in np.ndindex(values.shape):
        step = 1e-4 * _extent(bench, name, float(values[place]))
        weighted = _weighted_losses(bench, name, place, step)
        result[place] = weighted.sum() / (12 * step)
        noise[place] = ROUNDING * np.abs(weighted).sum() / (12 * step)
    return result, noise


def _weighted_losses(bench: Bench, name: str, place: tuple[int, ...], step: float) -> Array:
    """Return the losses of the first stencil that the number's bounds allow, times its weights."""
    original = np.array(bench.model.parameters[name])
    refused: list[ParameterError] = []
    for stencil in STENCILS:
        weighted = []
        try:
            for multiple, weight in stencil:
                moved = original.copy()
                moved[place] += multiple * step
                bench.model.parameters[name] = moved
                weighted.append(weight * bench.loss())
            return np.array(weighted)
        except ParameterError as error:
            refused.append(error)
        finally:
            bench.model.parameters[name] = original
    raise refused[0]


def _extent(bench: Bench, name: str, value: float) -> float:
    """Return the size of a number; of a device's value that is zero, what changes its current."""
    if value != 0 or bench.device is None:
        return abs(value) or 1.0
    own = name.removeprefix(f"{bench.layer.name}.")
    found = [quantity for quantity in bench.device.law.values if quantity.name == own]
    # The first device stands for the others, whose own value may be another one.
    return extent(bench.device, found[0]) if found and not bench.device.numbers[own] else 1.0
