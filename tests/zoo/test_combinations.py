"""Why the regression after Stern 2021 decays at several rates, and the allostery at few."""

import numpy as np
import pytest

from ebana_core.data import DataSet
from ebana_core.losses import MSE
from ebana_core.rules import Adjoint
from ebana_core.zoo import stern2021


def test_two_outputs_with_three_coefficients_each_are_six_combinations() -> None:
    """Every error follows from six of them, each of which falls at a rate of its own."""
    train, _ = stern2021.REGRESSION.load(None)
    model = stern2021.REGRESSION.build(0)
    rows = []
    for k in range(6):
        sample = DataSet({"x": train.inputs["x"][[k]]})
        free = model.predict(sample)["y"]
        for output in range(2):
            # A distance of 1 V at one output: the gradient of the loss is minus that of the output.
            target = free + np.eye(2)[[output]]
            found = model.gradients(DataSet(dict(sample.inputs), {"y": target}), MSE(), Adjoint())
            rows.append(found["net.conductance"])
    jacobian = np.array(rows)
    values = np.linalg.svd(jacobian, compute_uv=False)
    assert values[6:] == pytest.approx(0.0, abs=1e-9 * values[0])
    assert values[5] > 1e-4 * values[0]
    # Rates go with the squares.
    assert (values[0] / values[5]) ** 2 > 50
