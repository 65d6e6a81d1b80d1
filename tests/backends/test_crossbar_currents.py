"""Row and column currents of crossbars, by Kirchhoff's current law."""

import numpy as np
import pytest

from ebana_core.errors import UnknownNameError, UnsupportedError
from tests.support.networks import layered_model, samples


def test_rows_and_columns_sum_the_branches() -> None:
    model = layered_model((3, 4, 4), (2.0,), seed=1)
    points = model.operating_points(samples(model, 1, 5).inputs)
    branches = points.currents("d0")["d0"].reshape(5, 4, 4)
    # Sums of four numbers, each rounded: what cancels in a sum leaves the rounding of its terms.
    rounding = 4 * np.finfo(float).eps * np.abs(branches).max()
    assert points.row_currents("d0") == pytest.approx(branches.sum(axis=2), rel=0, abs=rounding)
    assert points.column_currents("d0") == pytest.approx(branches.sum(axis=1), rel=0, abs=rounding)


def test_what_enters_the_rows_leaves_the_columns() -> None:
    model = layered_model((3, 4, 4), (2.0,), seed=1)
    points = model.operating_points(samples(model, 1, 5).inputs)
    layer = model.layers["d_out"]
    entering, leaving = points.row_currents(layer), points.column_currents(layer)
    scale = np.abs(points.currents("d_out")["d_out"]).max()
    assert np.abs(leaving).max() <= 1e-11 * scale, "nothing is attached to free outputs"
    assert np.abs(entering.sum(axis=1)).max() <= 1e-11 * scale


def test_what_is_no_crossbar_has_no_rows() -> None:
    model = layered_model((3, 4, 4), (2.0,), seed=1)
    points = model.operating_points(samples(model, 1, 5).inputs)
    with pytest.raises(UnsupportedError, match="'amp0' is not a crossbar"):
        points.row_currents("amp0")
    with pytest.raises(UnknownNameError, match="'nothing'"):
        points.column_currents("nothing")
