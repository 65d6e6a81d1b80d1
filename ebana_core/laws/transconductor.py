"""A current in proportion to a voltage that a source holds: the input current."""

from collections.abc import Mapping, Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, Values
from ebana_core.laws.spice import Element, Transconductance
from ebana_core.laws.terminal_law import TerminalLaw
from ebana_core.laws.terminal_state import TerminalState
from ebana_core.quantities import quantity

CONTROL, NODE = range(2)
"""Terminals: what controls the current, against ground, and where it is delivered."""


@final
@attrs.frozen
class Transconductor(TerminalLaw):
    """Delivers ``transconductance*v(control)`` into its node, from ground.

    Its control is a node that a source holds, so that the current depends on no unknown: the
    circuit keeps its energy, in which it counts as a source of current.

    Value: ``transconductance``, S, of either sign.
    """

    values = (quantity("transconductance", "S", default=1.0, meaning="amperes per volt"),)
    n_terminals = n_outer = 2
    terminal_names = ("control", "out")
    is_linear = True

    @property
    def inertial(self) -> Sequence[int]:
        return ()

    def at(self, voltages: Array, values: Values) -> TerminalState:
        slope = np.broadcast_to(values["transconductance"], voltages.shape[:-1])
        currents, slopes = np.zeros(voltages.shape), np.zeros((*voltages.shape, 2))
        currents[..., NODE] = -slope * voltages[..., CONTROL]
        slopes[..., NODE, CONTROL] = -slope
        return TerminalState(currents, np.abs(currents), slopes)

    def contrast(self, name: str, voltages: Array, change: Array, values: Values) -> Array:
        # That of a current source into the node, minus its voltage, times what controls it.
        return -voltages[..., CONTROL] * change[..., NODE]

    def sensitivity(self, name: str, voltages: Array, values: Values) -> Array:
        moved = np.zeros(voltages.shape)
        moved[..., NODE] = -voltages[..., CONTROL]
        return moved

    def spice(
        self, device: str, nodes: Sequence[str], values: Mapping[str, float]
    ) -> Sequence[Element]:
        control, node = nodes
        return [Transconductance(f"g{device}", "0", node, control, "0", values["transconductance"])]
