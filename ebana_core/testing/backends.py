"""Conformance of a backend: circuits whose operating points can be written down.

A plugin's whole test file::

    class TestMyBackend(BackendConformance):
        @pytest.fixture
        def backend(self):
            return MyBackend()
"""

import pickle

import numpy as np
import pytest

from ebana_core.backends import Backend
from ebana_core.data import DataSet
from ebana_core.errors import ParameterError
from ebana_core.initializers import Given, RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
)
from ebana_core.losses import MSE
from ebana_core.model import Model
from ebana_core.registry import load_registry
from ebana_core.rules import Adjoint, EquilibriumPropagation

G = 1e-6
"""Conductance of every resistor, S."""
RIGHT = 1e-12
"""Largest relative residual and power imbalance."""


class BackendConformance:
    """Checks of one backend; override `backend`."""

    @pytest.fixture
    def backend(self) -> Backend:
        """Return the backend to examine."""
        pytest.fail("override the fixture `backend`: return the backend to examine")

    def test_a_divider_takes_the_mean_of_its_sources(self, backend: Backend) -> None:
        """Equal conductances from 1 V, -0.5 V and a bias of 0.4 V."""
        points = _divider().operating_points({"x": [[1.0, -0.5]]}, backend)
        assert points.at("d") == pytest.approx(np.full((1, 2), 0.3), rel=1e-12)
        assert points.node_names == ("x[0]", "x[1]", "b[0]", "d[0]", "d[1]")

    def test_power_is_that_of_the_resistors(self, backend: Backend) -> None:
        """Drops of 0.7, -0.8 and 0.1 V, twice."""
        points = _divider().operating_points({"x": [[1.0, -0.5]]}, backend)
        expected = 2 * G * (0.7**2 + 0.8**2 + 0.1**2)
        assert points.power("d") == pytest.approx(expected, rel=1e-9)
        delivered = points.power("x") + points.power("b")
        assert delivered == pytest.approx(-expected, rel=1e-9)

    def test_a_nudge_injects_into_the_first_node(self, backend: Backend) -> None:
        """A folded output: into the first node, out of the second, each of 3 G."""
        model, inputs = _divider(), {"x": [[1.0, -0.5]]}
        points = model.operating_points(inputs, backend, nudge={"y": [[3e-9]]})
        assert points.change is not None
        first, second = points.circuit.nodes_of("d")
        assert points.change[0, first] == pytest.approx(1e-3, rel=1e-6)
        assert points.change[0, second] == pytest.approx(-1e-3, rel=1e-6)
        assert points.at("d")[0] == pytest.approx([0.301, 0.299], rel=1e-9)

    @pytest.mark.parametrize("gain", [4.0, -2.5])
    def test_an_amplifier_draws_its_output_current_over_the_gain(
        self, backend: Backend, gain: float
    ) -> None:
        """Source, G, node, amplifier, G, bias: one linear equation in the node."""
        points = _amplified(gain).operating_points({"x": [[0.7]]}, backend)
        shift, bias = 0.1, 0.4
        # G*(v - 0.7) + I/gain = 0 with I = G*(v_out - bias) and v_out = shift + gain*(v - shift).
        node = (0.7 - (shift - gain * shift - bias) / gain) / 2
        output = shift + gain * (node - shift)
        assert points.at("d")[0, 0] == pytest.approx(node, rel=1e-10)
        assert points.at("amp")[0, 0] == pytest.approx(output, rel=1e-10)

    def test_changed_parameters_take_effect_at_once(self, backend: Backend) -> None:
        """Conductances, biases, gains and shifts, without a new model."""
        model, inputs = _divider(), {"x": [[1.0, -0.5]]}
        model.operating_points(inputs, backend)
        model.parameters["b.bias_voltage"] = 1.0
        assert model.operating_points(inputs, backend).at("d") == pytest.approx(0.5)
        model.parameters["d.conductance"] = np.array([[G, G], [G, G], [2 * G, 2 * G]])
        assert model.operating_points(inputs, backend).at("d") == pytest.approx(2.5 / 4)
        amplified = _amplified(4.0)
        amplified.operating_points({"x": [[0.7]]}, backend)
        amplified.parameters["amp.gain"] = -2.5
        found = amplified.operating_points({"x": [[0.7]]}, backend)
        expected = _amplified(-2.5).operating_points({"x": [[0.7]]}, backend)
        assert found.voltages == pytest.approx(expected.voltages, rel=1e-10)

    def test_samples_do_not_depend_on_their_neighbours(self, backend: Backend) -> None:
        """A batch gives what its samples give alone."""
        model, rng = _divider(), np.random.default_rng(0)
        samples = rng.uniform(-1, 1, (300, 2))
        together = model.operating_points({"x": samples}, backend).voltages
        for place in (0, 7, 299):
            alone = model.operating_points({"x": samples[place : place + 1]}, backend).voltages
            assert alone[0] == pytest.approx(together[place], rel=1e-11, abs=1e-12)

    def test_a_nudged_phase_starts_at_its_own_free_phase(self, backend: Backend) -> None:
        """Changes from a free phase of other values would belong to neither."""
        model, samples = _divider(), {"x": np.array([[1.0, -0.5]])}
        simulator, values = model.simulator(backend), model.parameters.snapshot()
        start = simulator.operating_points(values, samples)
        nudge = {"y": np.array([[3e-9]])}
        with pytest.raises(ParameterError, match="free phase that was solved at other inputs"):
            simulator.operating_points(values, {"x": 2 * samples["x"]}, nudge, start)
        other = {**values, "d.conductance": 2 * values["d.conductance"]}
        with pytest.raises(ParameterError, match="free phase that was solved at other parameters"):
            simulator.operating_points(other, samples, nudge, start)

    def test_a_backend_is_its_settings(self, backend: Backend) -> None:
        """Two of equal settings are one key, and workers get the same one."""
        again = pickle.loads(pickle.dumps(backend))
        assert again == backend
        assert hash(again) == hash(backend)

    def test_it_is_found_by_its_name(self, backend: Backend) -> None:
        """``fit(backend="...")`` and files know it."""
        assert load_registry().backend(backend.name) is type(backend)

    def test_gradients_are_those_of_the_loss(self, backend: Backend) -> None:
        """A nudged phase has digits enough to learn from; the adjoint is exact."""
        model = _divider()
        data = DataSet({"x": [[1.0, -0.5], [0.2, 0.3]]}, {"y": [[0.1], [-0.2]]})
        rule = EquilibriumPropagation(G / 10, variant="centered")
        found = model.gradients(data, MSE(), rule, backend)["d.conductance"]
        expected = model.gradients(data, MSE(), Adjoint())["d.conductance"]
        # The bias of a centered nudge of a tenth of one of three conductances: its square.
        assert found == pytest.approx(expected, rel=0, abs=1e-2 * float(np.abs(expected).max()))

    def test_kirchhoff_holds_through_three_amplifiers(self, backend: Backend) -> None:
        """Residual and power balance, free and nudged."""
        model = _deep()
        samples = np.random.default_rng(1).uniform(-1, 1, (5, 3))
        for nudge in (None, {"y": np.full((5, 1), 1e-9)}):
            points = model.operating_points({"x": samples}, backend, nudge=nudge)
            assert points.residual <= RIGHT
            assert points.power_balance <= RIGHT


def _divider() -> Model:
    source = InputVoltageLayer(units=2, name="x")
    bias = BiasVoltageLayer(units=1, name="b", bias_voltage=0.4)
    joined = ConcatenateLayer(name="j")([source, bias])
    dense = DenseLayer(units=2, name="d", initializer=Given(G, G / 10, 10 * G))(joined)
    return Model(inputs=[source, bias], outputs=[CurrentLayer(name="y")(dense)], seed=0)


def _amplified(gain: float) -> Model:
    """Return source, resistor, amplifier, and a resistor to a node between it and a bias."""
    source = InputVoltageLayer(units=1, name="x")
    bias = BiasVoltageLayer(units=1, name="b", bias_voltage=0.4)
    dense = DenseLayer(units=1, name="d", initializer=Given(G))(source)
    amplified = AmplificationLayer(name="amp", param={"gain": gain, "shift": 0.1})(dense)
    joined = ConcatenateLayer(name="j")([amplified, bias])
    # Two resistors of 2 G in series are one of G.
    last = DenseLayer(units=1, name="last", initializer=Given(2 * G))(joined)
    output = CurrentLayer(name="y", fold=False)(last)
    return Model(inputs=[source, bias], outputs=[output], seed=0)


def _deep() -> Model:
    source = InputVoltageLayer(units=3, name="x")
    layer: Layer = source
    for k, gain in enumerate((4.0, -3.0, 2.0)):
        initializer = RandomUniform(1e-7, 1e-5)
        layer = DenseLayer(units=5, name=f"d{k}", initializer=initializer)(layer)
        layer = AmplificationLayer(name=f"amp{k}", param={"gain": gain, "shift": 0.1})(layer)
    last = DenseLayer(units=2, name="d_out", initializer=RandomUniform(1e-7, 1e-5))(layer)
    return Model(inputs=[source], outputs=[CurrentLayer(name="y")(last)], seed=0)
