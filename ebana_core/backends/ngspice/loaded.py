"""A circuit as ngspice holds it: other parameters alter its numbers, or load it anew."""

from collections.abc import Mapping
from typing import final

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.ngspice.format import alterable, deck, element_lines, is_altered
from ebana_core.backends.ngspice.netlist import Netlist, write_elements
from ebana_core.backends.ngspice.options import of_circuit
from ebana_core.backends.ngspice.sweep import PausedSweep
from ebana_core.circuit.circuit import GROUND
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import resolved
from ebana_core.errors import EbanaError

TITLE = "EBANA circuit"


@final
class LoadedCircuit:
    """A circuit as ngspice holds it: nothing before `prepare`.

    Args:
        compiled: The circuit.
        fold_inputs: Replace what ideal sources drive by its exact Norton equivalent.
        is_lean: See `write_elements`.
    """

    def __init__(
        self, compiled: CompiledCircuit, *, fold_inputs: bool, is_lean: bool = False
    ) -> None:
        self._compiled, self._fold_inputs, self._is_lean = compiled, fold_inputs, is_lean
        self._parameters: dict[str, Array] | None = None
        self._netlist: Netlist | None = None
        self._sweep: PausedSweep | None = None

    @property
    def netlist(self) -> Netlist:
        """The netlist that was prepared last."""
        assert self._netlist is not None
        return self._netlist

    @property
    def sweep(self) -> PausedSweep:
        """The sweep that solves the circuit, sample by sample."""
        assert self._sweep is not None
        return self._sweep

    def prepare(self, parameters: Mapping[str, Array], offsets: Array) -> Netlist:
        """Bring ngspice to the present parameters: by altering values, else by reloading.

        Args:
            parameters: Parameter name to array.
            offsets: Voltages of the fixed nodes. Shape ``(n_samples, n_nodes)``, V.
        """
        known = self._parameters
        # By identity: an update replaces a parameter's array, and never writes into it.
        if known is not None and all(known[name] is value for name, value in parameters.items()):
            return self.netlist
        # With the values of one sample; those of others are altered before they are solved.
        netlist = write_elements(
            self._compiled,
            parameters,
            offsets[:1],
            {},
            fold_inputs=self._fold_inputs,
            is_lean=self._is_lean,
        )
        self._parameters = None  # a value that is refused below leaves others altered
        try:
            is_at_hand = self._sweep is not None and self._alter(netlist)
        except EbanaError:
            self.close()
            raise
        # Models and expressions are text, which `alter` does not reach.
        if not is_at_hand:
            self.close()
            lines = deck(TITLE, element_lines(netlist.elements))
            options = of_circuit(self._compiled.circuit)
            self._sweep = PausedSweep(lines, saved=netlist.saved, options=options)
        self._netlist, self._parameters = netlist, dict(parameters)
        return netlist

    def spread(self, offsets: Array, read: Array) -> Array:
        """Return the voltages of all nodes, V, for what was read; unknowns left out are 0.

        Args:
            offsets: Voltages of the fixed nodes. Shape ``(n_samples, n_nodes)``, V.
            read: Shape ``(n_samples, n_read)``, V (A for a current).
        """
        circuit, parameters = self._compiled.circuit, self._parameters
        assert parameters is not None
        voltages = np.where(self._compiled.constraints.root == GROUND, offsets, 0.0)
        voltages[:, self.netlist.read] = read
        for devices in circuit.terminal_devices if self._is_lean else ():
            nodes, values = devices.nodes, resolved(devices.values, parameters)
            for place, base, above in devices.law.followers(values):
                voltages[:, nodes[:, place]] = above + (
                    voltages[:, nodes[:, base]] if base >= 0 else 0.0
                )
        return voltages

    def _alter(self, netlist: Netlist) -> bool:
        """Alter what changed; tell whether that was possible without a reload."""
        old, new = self.netlist.elements, netlist.elements
        if len(old) != len(new) or not all(map(is_altered, old, new)):
            return False
        for before, after in zip(old, new, strict=True):
            number = alterable(after)
            if number is not None and number != alterable(before):
                self.sweep.set(*number)
        return True

    def close(self) -> None:
        """Let go of the sweep; `prepare` loads the circuit again."""
        self._parameters = None
        if self._sweep is not None:
            self._sweep.close()
            self._sweep = None
