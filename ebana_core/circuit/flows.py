"""What flows in a solved circuit, layer by layer: currents and powers, sources among them."""

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.circuit.circuit import Circuit
from ebana_core.circuit.currents import element_currents
from ebana_core.circuit.elements import Element
from ebana_core.circuit.kirchhoff import Balance


@attrs.frozen(eq=False)
class Flows:
    """Currents and powers at solved node voltages.

    Args:
        circuit: The circuit.
        parameters: Parameter name to array.
        inputs: Input name to ``(n_samples, n_elements)``, V.
        voltages: Of all nodes. Shape ``(n_samples, n_nodes)``, V.
        balance: Kirchhoff's laws on them.
    """

    circuit: Circuit
    parameters: Mapping[str, Array]
    inputs: Mapping[str, Array]
    voltages: Array
    balance: Balance

    def power(self, layer: Any) -> Array:
        """Return the power that a layer (or its name) takes up. Shape ``(n_samples,)``, W.

        It is negative where a layer delivers: sources and amplifiers.

        Raises:
            UnknownNameError: There is no such layer.
        """
        name = self.circuit.checked_layer(layer)
        own = [element.name for element in self.circuit.elements if element.layer == name]
        return self._summed(own)

    def total_power(self) -> Array:
        """Return what all devices take up and sources deliver. Shape ``(n_samples,)``, W."""
        circuit = self.circuit
        devices: list[Element] = [
            *circuit.element_arrays,
            *circuit.clamps,
            *circuit.terminal_devices,
        ]
        return self._summed([element.name for element in devices])

    def _summed(self, names: list[str]) -> Array:
        total = np.zeros(len(self.voltages))
        for name in names:
            total += self.balance.power[name]
        return total

    def currents(self, layer: Any) -> dict[str, Array]:
        """Return the branch currents of a layer (or its name) by element, A.

        Into the head of a branch or a voltage source, out of the output of an amplifier, into
        the ports of a block, device by device. Shape ``(n_samples, n_branches)``; a crossbar's
        branches row by row.

        Raises:
            UnknownNameError: There is no such layer.
        """
        name = self.circuit.checked_layer(layer)
        of_sources = self.balance.source_currents
        return element_currents(self.circuit, name, self.parameters, self.inputs, self.voltages) | {
            element.name: of_sources[element.name].copy()
            for element in self.circuit.elements
            if element.layer == name and element.name in of_sources
        }
