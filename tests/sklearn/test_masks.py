"""Masked arrays: what they hide is neither learned from nor predicted of."""

import numpy as np
import pytest

from ebana_core.errors import DataError
from ebana_core.sklearn import AnalogClassifier, AnalogRegressor

X = np.linspace(-1, 1, 12).reshape(6, 2)
Y = np.array([0, 1, 0, 1, 1, 0])


@pytest.mark.parametrize("estimator", [AnalogClassifier, AnalogRegressor])
def test_what_is_hidden_is_refused_and_what_hides_nothing_is_taken(
    estimator: type[AnalogClassifier] | type[AnalogRegressor],
) -> None:
    hiding = np.ma.masked_less(X, 0.0)
    with pytest.raises(DataError, match="X is a masked array that hides 6 numbers"):
        estimator(epochs=1).fit(hiding, Y)
    with pytest.raises(DataError, match="y is a masked array that hides 3 numbers"):
        estimator(epochs=1).fit(X, np.ma.masked_equal(Y, 1))
    trained = estimator(epochs=1, random_state=0).fit(np.ma.masked_array(X), Y)
    assert (trained.predict(np.ma.masked_array(X)) == trained.predict(X)).all()
    with pytest.raises(DataError, match="X is a masked array"):
        trained.predict(hiding)
