"""The laws of cells pass the conformance kit, as shunts at every node."""

import attrs
import pytest
from ebana_memristor import SinhCell, StanfordCell

from ebana_core.layers import ShuntLayer
from ebana_core.testing import DeviceConformance


@attrs.frozen(kw_only=True, eq=False)
class SinhShunt(ShuntLayer):
    """A cell to ground."""

    device = "sinh_shunt"
    law = SinhCell()


@attrs.frozen(kw_only=True, eq=False)
class StanfordShunt(ShuntLayer):
    """A cell to ground."""

    device = "stanford_shunt"
    law = StanfordCell()


class TestSinhCell(DeviceConformance):
    @pytest.fixture
    def layer(self) -> ShuntLayer:
        return SinhShunt(
            name="cell", param={"conductance": [1e-6, 3e-6, 2e-6]}, trainable=("conductance", "V0")
        )


class TestStanfordCell(DeviceConformance):
    @pytest.fixture
    def layer(self) -> ShuntLayer:
        return StanfordShunt(
            name="cell", param={"gap": [1.2e-9, 1.4e-9, 1.6e-9]}, trainable=("gap", "g0")
        )
