"""The bias current layer: a constant current into every node of its input."""

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from ebana_core.arrays import IntArray
from ebana_core.circuit import GROUND, CircuitBuilder
from ebana_core.laws import ConstantCurrent
from ebana_core.layers.shunt import ShuntLayer


@attrs.frozen(kw_only=True, eq=False)
class DCCurrentLayer(ShuntLayer):
    """Delivers a constant current, the same for every sample, into every node of its input.

    It presents these nodes.

    Args:
        name: See `Layer`.
        bias_current: Into each node, A; one number, or one per node.
        trainable: Learning changes the currents; one number is trained as one.
        lr: Learning rate, A²/W.
        max_step: Largest change in one step, A; None: no limit.
        limits: ``{"bias_current": (low, high)}``, A.
        grad_func: See `TrainableLayer`.
        weight_update_func: See `TrainableLayer`.

    Examples:
        >>> from ebana_core.initializers import Given
        >>> from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
        >>> from ebana_core.model import Model
        >>> x = InputVoltageLayer(units=1, name="x")
        >>> node = DenseLayer(units=1, name="d", initializer=Given(1e-6))(x)
        >>> lifted = DCCurrentLayer(name="bias", bias_current=2e-7)(node)
        >>> model = Model([x], [CurrentLayer(name="y", fold=False)(lifted)])
        >>> model.operating_points({"x": [[0.0]]}).at("d").round(9)  # 0.2 µA over 1 µS
        array([[0.2]])
    """

    device = "dc_current"
    law = ConstantCurrent()
    trained = ("bias_current",)

    bias_current: Any = 0.0

    @property
    def numbers(self) -> Mapping[str, Any]:
        return {**self.param, "bias_current": self.bias_current}

    def ends(self, builder: CircuitBuilder, nodes: IntArray) -> tuple[IntArray, IntArray]:
        return np.full(len(nodes), GROUND), nodes
