"""Values that ngspice is altered to, from one solve to the next."""

import numpy as np
import pytest

from ebana_core import Model
from ebana_core.backends import NgspiceBackend
from ebana_core.errors import ParameterError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer

pytestmark = pytest.mark.ngspice


def test_values_that_are_refused_leave_none_altered() -> None:
    source = InputVoltageLayer(units=2, name="x")
    first = DenseLayer(units=2, name="d", initializer=RandomUniform(1e-6, 1e-5))(source)
    last = DenseLayer(units=2, name="e", initializer=RandomUniform(1e-6, 1e-5))(first)
    model = Model([source], [CurrentLayer(name="y")(last)], seed=0)
    simulator, right = model.simulator(NgspiceBackend()), model.parameters.snapshot()
    samples = {"x": np.array([[1.0, -0.5]])}
    expected = simulator.operating_points(right, samples).node_voltages
    wrong = {name: 3 * values for name, values in right.items()}
    wrong["e.conductance"][-1] = -1e-6
    with pytest.raises(ParameterError, match=r"value for 're__1__0' is -1000000\.0"):
        simulator.operating_points(wrong, samples)
    found = simulator.operating_points(right, samples).node_voltages
    # The same netlist, loaded anew: ngspice stops within its own tolerance of 1e-9.
    assert found == pytest.approx(expected, rel=1e-8, abs=0)
