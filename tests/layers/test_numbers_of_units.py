"""Numbers of units."""

import pytest

from ebana_core.errors import ShapeError
from ebana_core.layers import BiasVoltageLayer, InputVoltageLayer


def test_a_plane_of_sources_is_told_how_to_become_one() -> None:
    with pytest.raises(ShapeError, match=r"units=\(8, 8, 1\).*\n.*product.*ReshapeLayer"):
        InputVoltageLayer(units=(8, 8, 1), name="x")  # type: ignore[arg-type]  # as in Keras


@pytest.mark.parametrize("units", [0, -1, 2.5, "4", True, (4,)])
def test_what_is_no_number_of_units_is_refused(units: object) -> None:
    with pytest.raises(ShapeError, match="at least 1"):
        BiasVoltageLayer(units=units, name="b", bias_voltage=0.0)  # type: ignore[arg-type]  # wrong
