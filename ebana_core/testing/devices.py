"""Conformance of a two-terminal device: its layer, its law, and both simulators.

A plugin's whole test file::

    class TestDiodePair(DeviceConformance):
        @pytest.fixture
        def layer(self):
            return DiodePairLayer(name="pair")
"""

import re
from typing import Any

import attrs
import numpy as np
import pytest

from ebana_core.arrays import Array
from ebana_core.circuit.branches import branch_values
from ebana_core.circuit.elements import ElementArray
from ebana_core.data import DataSet
from ebana_core.initializers import RandomUniform
from ebana_core.laws import Law
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer, Layer
from ebana_core.losses import MSE
from ebana_core.model import Model
from ebana_core.rules import Adjoint, EquilibriumPropagation

UNITS = 3
"""Nodes that the examined layer is given."""


class DeviceConformance:
    """Checks of one device; every failure says what is wrong, with numbers.

    Override `layer`; override `drops` where the law holds on another range, and give
    `monotone_exception` a reason where the current may fall.
    """

    monotone_exception: str = ""

    @pytest.fixture
    def layer(self) -> Layer:
        """Return a fresh, unconnected layer."""
        pytest.fail("override the fixture `layer`: return a fresh, unconnected layer")

    @pytest.fixture
    def drops(self) -> Array:
        """Return drops at which the law is examined, V."""
        return np.linspace(-0.8, 0.8, 161) + 0.00123

    @pytest.fixture
    def model(self, layer: Layer) -> Model:
        """Return a small network with the layer behind a crossbar."""
        source = InputVoltageLayer(units=2, name="kit_input")
        initializer = RandomUniform(1e-6, 1e-5, 1e-7, 1e-4)
        first = DenseLayer(units=UNITS, name="kit_first", initializer=initializer)(source)
        last = DenseLayer(units=2, name="kit_last", initializer=initializer)(layer(first))
        output = CurrentLayer(name="kit_output")(last)
        return Model(inputs=[source], outputs=[output], seed=0)

    @pytest.fixture
    def device(self, model: Model, layer: Layer) -> tuple[Law, dict[str, Array]]:
        """Return the law and the values of the layer's first branch."""
        arrays = [
            element
            for element in model.network.compiled.circuit.elements
            if isinstance(element, ElementArray) and element.layer == layer.name
        ]
        if not arrays:
            pytest.skip("the layer emits no device with a law")
        values = branch_values(arrays[0], model.parameters.snapshot(), {}, slice(None))
        return arrays[0].law, {name: np.asarray(v).reshape(-1)[0] for name, v in values.items()}

    def test_device_has_a_plain_name(self, layer: Layer) -> None:
        """Files and the command line can hold it."""
        assert re.fullmatch(r"[a-z][a-z0-9_]*", layer.device), (
            f"device is {layer.device!r}; use lower-case letters, digits and underscores"
        )

    def test_settings_are_frozen(self, layer: Layer) -> None:
        """A layer cannot change behind its model's back."""
        with pytest.raises((attrs.exceptions.FrozenInstanceError, AttributeError)):
            layer.name = "other"  # type: ignore[misc]  # that it cannot be set is the test

    def test_every_parameter_has_a_unit(self, model: Model, layer: Layer) -> None:
        """Numbers in files mean something."""
        for name, unit in model.parameter_units().items():
            if name.startswith(f"{layer.name}."):
                assert unit, f"{name} has no unit; write '1' for a pure number"

    def test_slope_is_the_derivative_of_the_current(self, device: Any, drops: Array) -> None:
        """Newton's method goes nowhere with a wrong slope."""
        law, values = device
        step = 1e-6
        above, below = (law.current(drops + sign * step, values) for sign in (1, -1))
        numeric = (above - below) / (2 * step)
        noise = 4e-16 * (np.abs(above) + np.abs(below)) / step
        _agree(
            "slope", "the derivative of current", law.slope(drops, values), numeric, drops, noise
        )

    def test_co_content_is_the_integral_of_the_current(self, device: Any, drops: Array) -> None:
        """The energy must belong to the law."""
        law, values = device
        step = 1e-5
        above, below = (law.co_content(drops + sign * step, values) for sign in (1, -1))
        numeric = (above - below) / (2 * step)
        noise = 4e-16 * (np.abs(above) + np.abs(below)) / step
        current = law.current(drops, values)
        _agree("the derivative of co_content", "current", numeric, current, drops, noise)
        at_zero = float(np.asarray(law.co_content(np.zeros(1), values))[0])
        assert abs(at_zero) <= 1e-15, f"co_content(0) is {at_zero:g} W; it must be 0"

    def test_current_never_falls(self, device: Any, drops: Array) -> None:
        """A falling current allows several operating points."""
        if self.monotone_exception:
            pytest.skip(f"not monotone: {self.monotone_exception}")
        law, values = device
        current = law.current(drops, values)
        steps = np.diff(current)
        worst = int(np.argmin(steps))
        assert steps[worst] >= -1e-14 - 1e-12 * np.abs(current).max(), (
            f"current falls from {current[worst]:g} A to {current[worst + 1]:g} A between drops "
            f"{drops[worst]:g} V and {drops[worst + 1]:g} V; set monotone_exception if it must"
        )

    def test_current_change_keeps_its_digits(self, device: Any, drops: Array) -> None:
        """A nudge moves nodes by femtovolts; plain differences would be noise."""
        law, values = device
        change = np.full_like(drops, 1e-12)
        found = law.current_change(drops, change, values) / change
        slope = law.slope(drops, values)
        _agree("current_change/change", "slope", found, slope, drops, 1e-9 * np.abs(slope))

    def test_current_change_equals_the_difference(self, device: Any, drops: Array) -> None:
        """Large changes count in full."""
        law, values = device
        change = np.full_like(drops, 0.05)
        difference = law.current(drops + change, values) - law.current(drops, values)
        found = law.current_change(drops, change, values)
        _agree("current_change", "the difference", found, difference, drops, 1e-24 + 0 * drops)

    def test_sensitivities_are_derivatives_of_the_current(self, device: Any, drops: Array) -> None:
        """A trained value is changed by what its contrast says, and the adjoint by this."""
        law, values = device
        for quantity in law.values:
            name, value = quantity.name, values[quantity.name]
            step = 1e-5 * (abs(float(value)) or 1.0)
            if not max(quantity.above, quantity.at_least) < value - step:
                continue  # no current is defined below
            above, below = (
                law.current(drops, {**values, name: value + sign * step}) for sign in (1, -1)
            )
            numeric = (above - below) / (2 * step)
            noise = 4e-16 * (np.abs(above) + np.abs(below)) / step
            found = law.sensitivity(name, drops, values)
            what = f"the sensitivity to {name}"
            _agree(what, "the derivative of current", found, numeric, drops, noise)

    def test_native_solution_is_right(self, model: Model) -> None:
        """Kirchhoff's laws hold with the device in a network."""
        points = model.operating_points(_samples())
        assert points.residual <= 1e-12, f"residual is {points.residual:g}"
        assert points.power_balance <= 1e-12, f"power balance is {points.power_balance:g}"

    @pytest.mark.ngspice
    def test_ngspice_agrees(self, model: Model) -> None:
        """What `spice` writes is what the law computes."""
        native = model.operating_points(_samples())
        reference = model.operating_points(_samples(), "ngspice")
        worst = np.abs(native.voltages - reference.voltages).max()
        assert worst <= 1e-8, (
            f"node voltages differ by up to {worst:g} V; compare spice and current"
        )

    def test_gradients_through_the_device_are_exact(self, model: Model) -> None:
        """Equilibrium Propagation and the adjoint equal finite differences of the loss."""
        data = DataSet(_samples(), {"kit_output": np.array([[0.1], [-0.2]])})
        rule = EquilibriumPropagation(1e-10, variant="centered", gradient="exact")
        adjoint = model.gradients(data, MSE(), Adjoint())
        for name, found in model.gradients(data, MSE(), rule).items():
            expected = _finite_differences(model, data, name)
            for what, gradient in (("gradient", found), ("adjoint", adjoint[name])):
                worst = np.abs(gradient - expected).max() / np.abs(expected).max()
                assert worst <= 1e-5, f"the {what} of {name} is off by {worst:g} (relative)"


def _samples() -> dict[str, Array]:
    return {"kit_input": np.array([[0.7, -0.3], [-0.9, 0.4]])}


def _agree(
    what: str, other: str, found: Array, expected: Array, drops: Array, noise: Array
) -> None:
    """Compare arrays; one point in twenty may lie beside a kink."""
    error = np.abs(found - expected) - noise - 1e-5 * np.abs(expected) - 1e-18
    worst = int(np.argmax(error))
    assert (error > 0).mean() <= 0.05, (
        f"{what} is {found[worst]:g} and {other} is {expected[worst]:g} at a drop of "
        f"{drops[worst]:g} V"
    )


def _finite_differences(model: Model, data: DataSet, name: str) -> Array:
    values = np.array(model.parameters[name])
    result = np.zeros_like(values)
    for place in np.ndindex(values.shape):
        step = 1e-4 * values[place]
        for multiple, factor in ((-2, 1), (-1, -8), (1, 8), (2, -1)):
            moved = values.copy()
            moved[place] += multiple * step
            model.restore({name: moved})
            loss = model.evaluate(data, MSE(), power=False).loss
            result[place] += factor * loss / (12 * step)
    model.restore({name: values})
    return result
