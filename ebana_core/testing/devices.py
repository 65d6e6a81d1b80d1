"""Conformance of a two-terminal device: its layer, its law, and both simulators.

A plugin's whole test file::

    class TestDiodePair(DeviceConformance):
        @pytest.fixture
        def layer(self):
            return DiodePairLayer(name="pair")

The checks are functions of the other modules of this folder, which can be called alone.
"""

from typing import ClassVar

import attrs
import numpy as np
import pytest

from ebana_core.arrays import Array
from ebana_core.errors import EbanaError
from ebana_core.layers import Layer
from ebana_core.model import Model
from ebana_core.testing.array_api import check_array_api
from ebana_core.testing.asking import Device
from ebana_core.testing.calculus import (
    check_co_content,
    check_large_changes,
    check_sensitivities,
    check_slope,
    check_small_changes,
    check_values_matter,
)
from ebana_core.testing.curves import check_claims, check_continuous, check_monotone
from ebana_core.testing.definitions import (
    check_arguments,
    check_definition,
    check_device_name,
    check_trained,
)
from ebana_core.testing.networks import (
    Bench,
    check_backends_agree,
    check_gradients,
    check_operating_points,
    found_device,
    kit_model,
)
from ebana_core.testing.results import check_results
from ebana_core.testing.spice import check_currents, check_elements, need_ngspice
from ebana_core.testing.training import check_training


class DeviceConformance:
    """Checks of one device; every failure says what is wrong, with numbers.

    Override `layer`, and `drops` where the law holds on another range. Where a law does not
    answer with numbers, the tests that compute with them are skipped: mend that first.
    """

    _is_told: ClassVar[bool] = False
    """Whether a test said why no network can be built; the others need not repeat it."""

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
        try:
            return kit_model(layer)
        except Exception:  # a law of a stranger raises anything
            if type(self)._is_told:
                pytest.skip("no network can be built with the layer: mend that first")
            type(self)._is_told = True
            raise

    @pytest.fixture
    def found(self, model: Model, layer: Layer, drops: Array) -> Device | None:
        """Return the first device of the layer, unexamined; None where it has none."""
        return found_device(model, layer, drops)

    @pytest.fixture
    def raw_device(self, found: Device | None) -> Device:
        """Return the first device of the layer, unexamined."""
        if found is None:
            pytest.skip("the layer emits no device with a law")
        return found

    @pytest.fixture
    def device(self, raw_device: Device) -> Device:
        """Return the first device of the layer, which answers with numbers."""
        _skip_unsound(raw_device)
        return raw_device

    @pytest.fixture
    def bench(self, model: Model, layer: Layer, found: Device | None) -> Bench:
        """Return the network with its samples."""
        if found is not None:
            _skip_unsound(found)
        return Bench(model, layer, found)

    def test_device_has_a_plain_name(self, layer: Layer) -> None:
        """Files and the command line can hold it."""
        check_device_name(layer)

    def test_settings_are_frozen(self, layer: Layer) -> None:
        """A layer cannot change behind its model's back."""
        with pytest.raises((attrs.exceptions.FrozenInstanceError, AttributeError)):
            layer.name = "other"  # type: ignore[misc]  # that it cannot be set is the test

    def test_trained_names_values(self, layer: Layer) -> None:
        """``trainable=True`` trains what there is."""
        check_trained(layer)

    def test_every_parameter_has_a_unit(self, model: Model, layer: Layer) -> None:
        """Numbers in files mean something."""
        for name, unit in model.parameter_units().items():
            if name.startswith(f"{layer.name}."):
                assert unit, f"{name} has no unit; write '1' for a pure number"

    def test_law_is_well_defined(self, raw_device: Device) -> None:
        """Its methods take what they are called with; its values have units and bounds."""
        check_definition(raw_device)

    def test_law_answers_with_numbers(self, raw_device: Device) -> None:
        """They are finite, one per drop, and the same ones every time."""
        check_results(raw_device)

    def test_slope_is_the_derivative_of_the_current(self, device: Device) -> None:
        """Newton's method goes nowhere with a wrong slope."""
        check_slope(device)

    def test_co_content_is_the_integral_of_the_current(self, device: Device) -> None:
        """The energy must belong to the law."""
        check_co_content(device)

    def test_current_never_falls(self, device: Device) -> None:
        """A falling current allows several operating points."""
        if device.law.may_fall:
            pytest.skip("the law says that its current may fall")
        check_monotone(device)

    def test_current_never_jumps(self, device: Device) -> None:
        """There is no operating point within a jump."""
        check_continuous(device)

    def test_current_depends_on_every_value(self, device: Device) -> None:
        """A value that nothing depends on cannot be learned."""
        check_values_matter(device)

    def test_current_change_keeps_its_digits(self, device: Device) -> None:
        """A nudge moves nodes by femtovolts; plain differences would be noise."""
        check_small_changes(device)

    def test_current_change_equals_the_difference(self, device: Device) -> None:
        """Large changes count in full."""
        check_large_changes(device)

    def test_sensitivities_are_derivatives_of_the_current(self, device: Device) -> None:
        """A trained value is changed by what its contrast says, and the adjoint by this."""
        check_sensitivities(device)

    def test_claims_are_true(self, device: Device) -> None:
        """Whether the law conducts always, and is piecewise linear."""
        check_claims(device)

    def test_array_api_is_followed(self, device: Device) -> None:
        """A law that claims so is computed by any library."""
        check_array_api(device)

    def test_native_solution_is_right(self, bench: Bench) -> None:
        """Kirchhoff's laws hold with the device in a network."""
        check_operating_points(bench)

    def test_spice_elements_are_records(self, device: Device) -> None:
        """They are named after their branch, and numbers stand in fields."""
        check_elements(device)

    @pytest.mark.ngspice
    def test_ngspice_agrees(self, bench: Bench) -> None:
        """What `spice` writes is what the law computes."""
        need_ngspice()
        if bench.device is not None and bench.device.law.native_refusal is None:
            _skip_unwritten(bench.device)
            check_currents(bench.device)
        check_backends_agree(bench)

    def test_gradients_through_the_device_are_exact(self, bench: Bench) -> None:
        """Equilibrium Propagation and the adjoint equal finite differences of the loss."""
        check_gradients(bench)

    def test_a_network_trains_at_every_size(self, bench: Bench) -> None:
        """Nanoamperes to milliamperes, at the recommended beta and ten times that."""
        check_training(bench)


def _skip_unsound(device: Device) -> None:
    """Skip where nothing can be computed yet; other tests say why."""
    try:
        check_arguments(device.law)
        check_results(device)
    except AssertionError:
        pytest.skip("see test_law_is_well_defined and test_law_answers_with_numbers first")


def _skip_unwritten(device: Device) -> None:
    """Skip where `spice` writes no elements yet; another test says why."""
    try:
        check_elements(device)
    except (AssertionError, EbanaError):
        pytest.skip("see test_spice_elements_are_records first")
