"""The bias current layer: a constant current into every node of its input."""

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from ebana_core.circuit import GROUND, CircuitBuilder
from ebana_core.circuit.elements import IntArray
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
