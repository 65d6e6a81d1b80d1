"""The crossbars of one circuit at the present parameters, as what their ports conduct."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, fixed
from ebana_core.backends.native.wired.condensed_circuit import CondensedCircuit, port_parameters
from ebana_core.backends.native.wired.dissection import Dissection
from ebana_core.backends.native.wired.judging import check_inner
from ebana_core.backends.native.wired.lattice import Lattice
from ebana_core.circuit.given import parameters_among
from ebana_core.errors import ConvergenceError
from ebana_core.latest import Latest

PROBES = 2
"""Samples of random voltages at the ports whose inner nodes have to balance."""
AT_ONCE = 4_000_000
"""Voltages of inner nodes that are found in one call."""


@attrs.frozen(eq=False)
class Network:
    """One crossbar at one set of its values.

    Args:
        lattice: The crossbar.
        dissection: What its ports conduct, and what is inside.
        parameters: Those of the condensed circuit.
    """

    lattice: Lattice
    dissection: Dissection
    parameters: Mapping[str, Array]

    @classmethod
    def of(cls, lattice: Lattice, parameters: Mapping[str, Array]) -> "Network":
        """Eliminate what is inside of a crossbar.

        Raises:
            ConvergenceError: What was found does not balance.
        """
        values = lattice.values(parameters)
        try:
            dissection = Dissection(*values, begins_inside=lattice.begins_inside)
        except np.linalg.LinAlgError:
            raise ConvergenceError(
                f"The wires of layer {lattice.cells.layer!r} could not be eliminated: its "
                "conductances are not all above zero.",
                "give conductances above zero",
            ) from None
        ports = np.random.default_rng(0).uniform(-1, 1, (PROBES, sum(lattice.shape)))
        check_inner(lattice, values, ports, dissection.inner(ports))
        own = fixed(port_parameters(lattice, values, dissection.between))
        return cls(lattice, dissection, own)

    def spread(self, ports: Array, target: Array) -> None:
        """Write the voltages of the inner nodes.

        Args:
            ports: Of the ports. Shape ``(n_samples, n_ports)``, V.
            target: Of all nodes of the whole circuit. Shape ``(n_samples, n_nodes)``, V.
        """
        step = max(1, AT_ONCE // self.lattice.groups[0].size)
        for first in range(0, len(ports), step):
            part = slice(first, first + step)
            inner = self.dissection.inner(ports[part])
            for side, group in enumerate(self.lattice.groups):
                own = inner[:, side].reshape(len(inner), -1)
                target[part, group.first : group.first + group.size] = own


def given_to(lattice: Lattice, parameters: Mapping[str, Array]) -> Mapping[str, Array]:
    """Return the parameters that the elements of a crossbar read."""
    values = (value for array in lattice.arrays for value in array.values.values())
    return parameters_among(values, parameters)


@final
class Networks:
    """The networks of a circuit's crossbars; each is kept while its values are the same arrays.

    Args:
        lattices: The crossbars.
        condensed: The circuit without their inner nodes.
        n_nodes: Of the whole circuit.
    """

    def __init__(
        self, lattices: Sequence[Lattice], condensed: CondensedCircuit, n_nodes: int
    ) -> None:
        self._lattices, self._condensed, self._n_nodes = lattices, condensed, n_nodes
        self._kept: list[Latest[Network]] = [Latest() for _ in lattices]
        self._parameters: Latest[Mapping[str, Array]] = Latest()

    @property
    def are_made(self) -> bool:
        """Whether all are there, of whatever values."""
        return not any(kept.is_empty for kept in self._kept)

    def parameters_at(self, parameters: Mapping[str, Array]) -> Mapping[str, Array]:
        """Return the parameters of the condensed circuit.

        Args:
            parameters: Those of the whole circuit, which nobody can write into.
        """

        def made() -> Mapping[str, Array]:
            result = dict(parameters)
            for network in self._at(parameters):
                result |= network.parameters
            return result

        return self._parameters.at(parameters, made)

    def _at(self, parameters: Mapping[str, Array]) -> list[Network]:
        return [
            kept.at(given_to(lattice, parameters), partial(Network.of, lattice, parameters))
            for lattice, kept in zip(self._lattices, self._kept, strict=True)
        ]

    def spread(self, voltages: Array, parameters: Mapping[str, Array]) -> Array:
        """Return the voltages of all nodes, of those of the condensed circuit, V.

        Args:
            voltages: Shape ``(n_samples, n_nodes)`` of the condensed circuit.
            parameters: As of `parameters_at`.
        """
        result = np.empty((len(voltages), self._n_nodes))
        result[:, self._condensed.nodes] = voltages
        for network, ports in zip(self._at(parameters), self._condensed.ports, strict=True):
            network.spread(voltages[:, ports], result)
        return result
