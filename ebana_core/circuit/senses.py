"""Resistors between the nodes of an output and sources of their own, which clamp it."""

import attrs
import numpy as np

from ebana_core.circuit.elements import Branches, CurrentSources, ElementArray
from ebana_core.derived import derived

GROUND = 0


@attrs.frozen(eq=False, kw_only=True)
class SenseResistors(ElementArray):
    """A resistor from each node of an output to a source at 0 V, through which it is read.

    Where a node is clamped, its source stands at another voltage and its resistor is smaller. In
    the circuit they are what they are in the free phase; what more a clamp does is a current into
    the node, under the name of `clamps`.

    Args:
        topology: From the nodes to ground.
        clamp_resistance: What the resistor of a clamped node has, ohm, above zero.
    """

    topology: Branches
    clamp_resistance: float

    clamps: CurrentSources = derived(lambda own: own._clamps())
    """Where the currents of clamps enter, one per node."""

    def _clamps(self) -> CurrentSources:
        return CurrentSources(
            name=f"{self.layer}__clamp",
            layer=self.layer,
            heads=self.topology.heads,
            tails=np.full(self.topology.size, GROUND),
        )
